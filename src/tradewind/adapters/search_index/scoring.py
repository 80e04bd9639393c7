"""From clauses to Tantivy queries: what matches, and how much a match is worth.

The weights were chosen on judged queries (bench/search), few and round on purpose: what fits a few dozen queries to
the last digit fits others worse. A match in the title counts by how rare the word is, and half by BM25, which
favours short titles: on its own it would put accessories, whose titles are short, before the things themselves. A word
that says what kind of thing a document is counts once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from tantivy import Occur, Query

from tradewind.adapters.search_index.schema import EXACT, Layout
from tradewind.ports.search_index import Clause, Option

TITLE_RARITY, TITLE_FREQUENCY = 2.0, 1.0
KIND, BRAND, FACTS, BODY, CODE, DETAILS = 1.0, 1.0, 0.6, 1.0, 1.0, 0.3
KIND_BESIDES = 1.0  # on top of the best field
TIE = 0.2  # of the other fields, besides the best
PHRASE = 2.0
ALL_CLAUSES = 20.0  # above what the words of a document that lacks some can be worth together
WHOLE_CODE = 10_000.0
MUST, SHOULD = Occur.Must, Occur.Should


@dataclass(frozen=True)
class Reach:
    """How far it is looked for: in documents that have so many of the clauses, be it in their details alone.
    With `last`, the last is one of them: in "external CD drive" it says what the thing is."""

    clauses: int
    details: bool = False
    last: bool = False


class Scoring:
    """Of one state of the index: how rare a word is, is learned from it."""

    def __init__(self, layout: Layout, searcher: Any) -> None:
        self._layout, self._searcher = layout, searcher
        self._schema = layout.schema

    def matching(self, clauses: Sequence[Clause], reach: Reach) -> Any:
        """What has as many of the clauses."""
        fields = ("all", "details") if reach.details else ("all",)
        parts = [self._clause_matches(clause, fields) for clause in clauses]
        if not parts:
            return Query.all_query()
        if reach.clauses == len(parts):
            return Query.boolean_query([(MUST, part) for part in parts])
        some = Query.boolean_query([(SHOULD, part) for part in parts], reach.clauses)
        return Query.boolean_query([(MUST, some), (MUST, parts[-1])]) if reach.last else some

    def scores(self, clauses: Sequence[Clause], reach: Reach) -> list[tuple[Any, Any]]:
        """What adds to the score of that which matches."""
        parts = [(SHOULD, self._clause_scores(clause)) for clause in clauses]
        if len(clauses) > 1:
            typed = [option.words for clause in clauses for option in clause.options[:1]]
            words = [word for option in typed for word in option]
            parts += [(SHOULD, phrase) for phrase in self._phrases(words)]
            if reach != Reach(len(clauses)):
                whole = self.matching(clauses, Reach(len(clauses)))
                parts.append((SHOULD, Query.const_score_query(whole, ALL_CLAUSES)))
        return parts

    def whole_code(self, code: str) -> Any:
        return Query.const_score_query(Query.term_query(self._schema, "codes", code), WHOLE_CODE)

    def frequency(self, word: str) -> int:
        """In how many documents it is, in any of its forms."""
        forms = self._layout.forms(word).items()
        return max((self._searcher.doc_freq(f"all_{name}", form) for name, form in forms), default=0)

    def _clause_matches(self, clause: Clause, fields: Sequence[str]) -> Any:
        options = []
        for option in clause.options:
            words = [self._word_matches(word, fields) for word in option.words]
            if option.prefix:
                words[-1] = _any([words[-1], self._prefix("all_exact", option.words[-1])])
            options.append(words[0] if len(words) == 1 else Query.boolean_query([(MUST, w) for w in words]))
        return _any(options)

    def _word_matches(self, word: str, fields: Sequence[str]) -> Any:
        forms = self._layout.forms(word).items()
        return _any([self._term(f"{field}_{name}", form) for field in fields for name, form in forms])

    def _clause_scores(self, clause: Clause) -> Any:
        return _best([self._option_scores(option) for option in clause.options], 0.0)

    def _option_scores(self, option: Option) -> Any:
        parts = [(MUST, self._word_scores(word)) for word in option.words]
        if option.prefix:
            *whole, last = option.words
            begun = (
                self._prefix("title_exact", last),
                self._prefix("words", last),
                self._prefix("all_exact", last),
            )
            score = _best(
                [Query.const_score_query(b, w) for b, w in zip(begun, (6.0, 4.0, 2.0), strict=True)], 0.0
            )
            parts = [*parts[: len(whole)], (MUST, _any([parts[-1][1], score]))]
        if len(parts) > 1:
            parts += [(SHOULD, phrase) for phrase in self._phrases(option.words)]
        scored = parts[0][1] if len(parts) == 1 else Query.boolean_query(parts)
        return scored if option.weight == 1 else Query.boost_query(scored, float(option.weight))

    def _word_scores(self, word: str) -> Any:
        """The best field's score, and some of the others'; what says the kind of thing comes on top."""
        forms = self._layout.forms(word)
        stems = {name: form for name, form in forms.items() if name != EXACT}
        rarity = self._rarity(word)

        def frequent(field: str, weight: float) -> Any:
            terms = [self._term(f"{field}_{name}", form) for name, form in stems.items()]
            return Query.boost_query(_best(terms, 0.0), weight)

        def present(terms: list[Any], weight: float) -> Any:
            return Query.const_score_query(_any(terms), weight * rarity)

        in_title = [self._term(f"title_{name}", form) for name, form in stems.items()]
        kinds = [self._term(f"kind_{name}", form) for name, form in stems.items()]
        title = [(SHOULD, present(in_title, TITLE_RARITY)), (SHOULD, frequent("title", TITLE_FREQUENCY))]
        fields = [
            Query.boolean_query(title),
            present(kinds, KIND),
            frequent("facts", FACTS),
            frequent("body", BODY),
            frequent("details", DETAILS),
        ]
        if EXACT in forms:
            fields.append(present([self._term("brand", forms[EXACT])], BRAND))
            fields.append(Query.boost_query(self._term("code_words", forms[EXACT]), CODE))
        return Query.boolean_query([(SHOULD, _best(fields, TIE)), (SHOULD, present(kinds, KIND_BESIDES))])

    def _phrases(self, words: Sequence[str]) -> list[Any]:
        """The words side by side, in this order, in the title."""
        found = []
        for name in self._layout.languages:
            forms: list[str | tuple[int, str]] = [
                form for word in words if (form := self._layout.forms(word).get(name))
            ]
            if 1 < len(forms) == len(words):
                near = Query.phrase_query(self._schema, f"title_{name}", forms, 1)
                found.append(Query.boost_query(near, PHRASE / len(self._layout.languages)))
        return found

    def _rarity(self, word: str) -> float:
        documents, having = self._searcher.num_docs, self.frequency(word)
        return log(1 + (max(documents - having, 0) + 0.5) / (having + 0.5))

    def _term(self, field: str, form: str) -> Any:
        return Query.term_query(self._schema, field, form)

    def _prefix(self, field: str, word: str) -> Any:
        form = self._layout.forms(word).get(EXACT, word)
        return Query.fuzzy_term_query(self._schema, field, form, distance=0, prefix=True)


def _any(queries: list[Any]) -> Any:
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(SHOULD, query) for query in queries]) if queries else Query.empty_query()


def _best(queries: list[Any], tie: float) -> Any:
    if len(queries) == 1:
        return queries[0]
    return Query.disjunction_max_query(queries, tie) if queries else Query.empty_query()
