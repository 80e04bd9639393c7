"""What every search of this process looks at: synonyms, categories, and what people search for."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

Term = tuple[str, ...]
LEAST_ALIKE = 0.75  # of two queries, for one to be what the other was meant to be
MOST_COMPARED = 100  # the most asked: to compare two takes up to a millisecond, in which nothing else is done


@dataclass
class Memory:
    """Each part is replaced as a whole, never changed."""

    synonyms: Mapping[str, Sequence[tuple[Term, Sequence[Term]]]] = field(default_factory=dict)
    slugs: Mapping[str, str] = field(default_factory=dict)  # of categories, by path
    paths: Mapping[str, str] = field(default_factory=dict)  # of categories, by slug
    queries: Mapping[str, int] = field(
        default_factory=dict
    )  # that found something, and how often they were asked
    _sorted: list[str] = field(default_factory=list)
    read_at: float = -1.0
    queries_read_at: float = -1.0

    def remember_categories(self, slugs: Mapping[str, str]) -> None:
        self.slugs, self.paths = slugs, {slug: path for path, slug in slugs.items()}

    def remember_queries(self, queries: Mapping[str, int]) -> None:
        self.queries, self._sorted = queries, sorted(queries)

    def remember_synonyms(self, rows: Sequence[tuple[str, Term | None, Sequence[Term]]]) -> None:
        """(kind, from_term, terms), each in words. Longer terms come first: they are what is meant where they fit."""
        others: dict[Term, list[Term]] = {}
        for kind, from_term, terms in rows:
            asked = terms if kind == "two_way" else [from_term] if from_term else []
            for term in asked:
                if term:
                    others.setdefault(term, []).extend(t for t in terms if t != term and t)
        by_first: dict[str, list[tuple[Term, Sequence[Term]]]] = {}
        for term, alternatives in others.items():
            by_first.setdefault(term[0], []).append((term, list(dict.fromkeys(alternatives))))
        for entries in by_first.values():
            entries.sort(key=lambda entry: -len(entry[0]))
        self.synonyms = by_first

    def queries_from(self, beginning: str, most: int) -> list[str]:
        """What others asked and found that begins so, the most asked first."""
        start = bisect_left(self._sorted, beginning)
        end = bisect_left(self._sorted, beginning + "\U0010ffff", lo=start)
        best = Counter({query: self.queries[query] for query in self._sorted[start:end]}).most_common(most)
        return [query for query, _ in best]

    def query_like(self, query: str) -> str | None:
        """What others asked and found, and this was likely meant to be."""
        near = [
            other
            for other in self._sorted
            if abs(len(other) - len(query)) <= 3 and (other[:1] == query[:1] or other[-3:] == query[-3:])
        ]
        near.sort(key=lambda other: -self.queries[other])
        matcher = SequenceMatcher(b=query)
        best = (0.0, 0, "")
        for other in near[:MOST_COMPARED]:
            matcher.set_seq1(other)
            if matcher.quick_ratio() >= LEAST_ALIKE:
                best = max(best, (matcher.ratio(), self.queries[other], other))
        return best[2] if best[0] >= LEAST_ALIKE and best[2] != query else None
