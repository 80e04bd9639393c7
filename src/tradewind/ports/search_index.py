"""Finds documents by words, fast. A copy of what is kept elsewhere: it may be lost, and is built anew.

What is asked is understood by the caller: `Clause`s of alternatives, so that synonyms, compounds, misspellings
and half-typed words cost the index nothing new. How words are stemmed and ranked is the index's own business,
within these promises: a document that has the whole query as a code comes first; words of the title and of
what kind of thing it is count more than words of the description; a document that has all the words comes before one
that has some; equal requests of equal documents give equal answers, in every copy.

Errors: `SearchIndexUnavailable`, after which a repeat may succeed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

LARGEST_NUMBER = 10**13


class SearchIndexUnavailable(Exception):
    """The index does not answer, or has no room to be written."""


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """`codes` are found by their whole alone, and are given normalised. `facts` are short values of attributes;
    `details` are long ones, by which a document is found where little else is, for they mention much. `keywords` are
    filtered and counted as they are, by name; those in `countable` may be chosen by `Counts.families`. `numbers` (0
    to LARGEST_NUMBER) are filtered and sorted by. `weight`, near 1, multiplies the score. `change` tells versions of
    it apart. `payload` is given back with each hit; `title` and `body` are given back highlighted."""

    document_id: str
    change: int
    title: str
    codes: tuple[str, ...] = ()
    kind: str = ""
    brand: str = ""
    facts: tuple[str, ...] = ()
    body: str = ""
    details: tuple[str, ...] = ()
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    countable: tuple[str, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)
    weight: float = 1.0
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Option:
    """Words of which all must be there, lower case and without accents; `weight` 1 is what was typed itself.
    With `prefix`, the last may go on."""

    words: tuple[str, ...]
    weight: float = 1.0
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing asked for, in one of several ways."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Both ends are within; None is open."""

    lowest: int | None = None
    highest: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What to count of the documents found. A name that is filtered by is counted as if it were not.

    `keywords`: the most frequent values of each name, so many. `steps`: for a number, how many documents lie from
    each step up to the next; below the first is not counted. `families`: of the countable names that begin so, those
    that most documents have, so many, with as many values."""

    keywords: Mapping[str, int] = field(default_factory=dict)
    steps: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    families: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: hits go on after this document, or, where it is gone, after so many."""

    hits: int
    serial: int


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """Without clauses, and without a code, everything is found. `must` are always filtered by and never counted
    around; `any_of` are the filters that a person chose: any of the values, all of the names. `order` is the name of a
    number, ascending, or with `-` before it descending; empty: by relevance. Where fewer than `enough` documents have
    all clauses, those that have most of them follow, as few clauses less as it takes."""

    clauses: tuple[Clause, ...] = ()
    code: str = ""
    must: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    any_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    order: str = ""
    limit: int = 24
    after: Place | None = None
    enough: int = 1
    counts: Counts = Counts()
    highlight: bool = True


Piece = tuple[str, bool]  # text, and whether it is what was asked for


@dataclass(frozen=True, slots=True)
class Hit:
    document_id: str
    payload: bytes
    title: tuple[Piece, ...] = ()
    body: tuple[Piece, ...] = ()  # the part of it that has most of the words


@dataclass(frozen=True, slots=True)
class SearchPage:
    """`next` is None on the last page. Steps are counted by their lower end."""

    hits: list[Hit]
    total: int
    keywords: dict[str, list[tuple[str, int]]]
    steps: dict[str, dict[int, int]]
    next: Place | None


@dataclass(frozen=True, slots=True)
class Held:
    """What a copy holds: everything up to change `position` of the source `source`."""

    source: str
    position: int


class SearchIndex(Protocol):
    """One copy. A copy is written by the one process that opened it."""

    async def held(self) -> Held | None:
        """None where nothing usable is kept: it is to be built."""
        ...

    async def apply(self, documents: Sequence[IndexDocument], gone: Sequence[str], held: Held) -> None:
        """Put these in the place of what has their ids, drop those that are `gone`; found from the next search on.
        Repeatable."""
        ...

    async def build(self, documents: AsyncIterator[Sequence[IndexDocument]], held: Held) -> None:
        """All documents anew, beside the old, which answers until the new one takes its place."""
        ...

    async def search(self, request: SearchRequest) -> SearchPage: ...

    async def frequencies(self, words: Sequence[str]) -> list[int]:
        """In how many documents each word is, in any of its forms."""
        ...

    async def spellings(self, word: str, most: int) -> list[tuple[str, int, int]]:
        """Words of the documents that `word` may be a slip of: word, edits (1 or 2), documents; the likeliest first."""
        ...

    async def completions(self, prefix: str, most: int) -> list[tuple[str, int]]:
        """Words of the documents that begin so, with how many have them, the most frequent first."""
        ...

    async def size(self) -> int:
        """How many documents are held."""
        ...

    async def changes(self) -> dict[str, int]:
        """Of every document that is held, which change: to compare the copy with its source."""
        ...

    async def close(self) -> None: ...
