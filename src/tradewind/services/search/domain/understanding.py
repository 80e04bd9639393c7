"""What is meant by what is typed: words, with what may stand for them.

A word that no product has may be half typed, a slip, two words that others write as one, or one that others write as
two. A word that products have is taken at its word: nobody who looks for "desk" wants every desktop.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tradewind.ports.search_index import Clause, Option, SearchIndex
from tradewind.services.search.domain.memory import Memory, Term
from tradewind.services.search.domain.words import MOST_WORDS, code_of, words_of

SYNONYM, COMPOUND, UMLAUT, UNFINISHED, ONE_EDIT, TWO_EDITS = 0.9, 0.8, 0.95, 0.7, 0.7, 0.5
RARE = 20  # times rarer than what it may have been meant to be
SEEN_OFTEN = 50  # a word of so many products is certainly meant
SEEN_ONCE = 2  # a word of no more products may be a slip of theirs
SHORTEST_UNFINISHED = 2
SHORTEST_PART = 3  # of a compound
MOST_SPELLINGS = 3
STOP_WORDS = frozenset(
    (
        *("a", "an", "and", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"),
        *("auf", "aus", "das", "dem", "den", "der", "des", "die", "ein", "eine", "einen", "einer"),
        *("im", "mit", "oder", "und", "von", "zu", "zum", "zur"),
    )
)
_TWO_LETTERS = (("ae", "a"), ("oe", "o"), ("ue", "u"))


@dataclass(frozen=True)
class Understood:
    """`corrected` is the query with its slips mended, where there were any."""

    clauses: tuple[Clause, ...]
    code: str
    corrected: str | None = None


async def understand(index: SearchIndex, memory: Memory, text: str, *, typing: bool = False) -> Understood:
    """`typing`: the last word may go on, even where it is a word already."""
    code = code_of(text)
    typed = words_of(text)[:MOST_WORDS]
    words = [word for word in typed if word not in STOP_WORDS] or typed
    if not words:
        return Understood((), code)
    pairs = [first + second for first, second in itertools.pairwise(words)]
    seen = await _frequencies(index, [*words, *pairs, *filter(None, map(_umlaut, words))])
    goes_on = not text[-1:].isspace()
    clauses: list[Clause] = []
    mended: list[str] = []
    at = 0
    while at < len(words):
        clause, length = _several_words(words, at, seen, memory)
        if clause is not None:
            mended += words[at : at + length]
        else:
            last = at == len(words) - 1 and goes_on
            clause, meant = await _one_word(index, words[at], seen, last=last, typing=typing and last)
            mended.append(meant)
        clauses.append(clause)
        at += length
    corrected = " ".join(mended)
    return Understood(tuple(clauses), code, corrected if corrected != " ".join(words) else None)


async def _frequencies(index: SearchIndex, words: Sequence[str]) -> dict[str, int]:
    return dict(zip(words, await index.frequencies(words), strict=True))


def _several_words(
    words: Sequence[str], at: int, seen: Mapping[str, int], memory: Memory
) -> tuple[Clause | None, int]:
    """A synonym's term that begins here, or two words that products write as one; and how many words it takes."""
    for term, alternatives in memory.synonyms.get(words[at], ()):
        if tuple(words[at : at + len(term)]) == term:
            return _with_synonyms(term, alternatives), len(term)
    if at + 1 < len(words):
        joined = words[at] + words[at + 1]
        if seen.get(joined, 0) > 1 and words[at + 1] not in memory.synonyms:
            together = Option((words[at], words[at + 1]))
            return Clause((together, Option((joined,), COMPOUND))), 2
    return None, 1


def _with_synonyms(term: Term, alternatives: Sequence[Term]) -> Clause:
    return Clause((Option(term), *(Option(other, SYNONYM) for other in alternatives)))


async def _one_word(
    index: SearchIndex, word: str, seen: Mapping[str, int], *, last: bool, typing: bool
) -> tuple[Clause, str]:
    """What may stand for a word, and what it was meant to be."""
    options = [Option((word,))]
    if seen[word] > SEEN_OFTEN and not typing:
        return Clause(tuple(options)), word
    umlaut = _umlaut(word)
    if umlaut and seen.get(umlaut, 0) > seen[word]:
        return Clause((*options, Option((umlaut,), UMLAUT))), word
    if last and len(word) >= SHORTEST_UNFINISHED:
        completions = await index.completions(word, 1)
        if completions and (typing or completions[0][1] > seen[word] * RARE):
            return Clause((*options, Option((word,), UNFINISHED, prefix=True))), word
    if seen[word] > SEEN_ONCE:
        return Clause(tuple(options)), word
    spellings = await index.spellings(word, MOST_SPELLINGS)
    likely = [one for one in spellings if one[2] > seen[word] * RARE]
    if likely:
        options += [Option((other,), ONE_EDIT if edits == 1 else TWO_EDITS) for other, edits, _ in likely]
        return Clause(tuple(options)), likely[0][0]
    parts = None if seen[word] else await _parts(index, word)
    return Clause((*options, Option(parts, COMPOUND)) if parts else tuple(options)), word


async def _parts(index: SearchIndex, word: str) -> Term | None:
    """The two words that this one is made of, where products have both."""
    cuts = range(SHORTEST_PART, len(word) - SHORTEST_PART + 1)
    if not cuts:
        return None
    seen = await _frequencies(index, [part for cut in cuts for part in (word[:cut], word[cut:])])
    best = max(cuts, key=lambda cut: min(seen[word[:cut]], seen[word[cut:]]))
    parts = (word[:best], word[best:])
    return parts if min(seen[part] for part in parts) > 1 else None


def _umlaut(word: str) -> str:
    """`stuehle` as `stühle` is compared; empty where nothing was written so."""
    written = word
    for two, one in _TWO_LETTERS:
        written = written.replace(two, one)
    return written if written != word else ""
