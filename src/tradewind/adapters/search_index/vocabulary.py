"""The words of the documents, kept beside the index to look for what a slip of the keyboard was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tantivy
from tantivy import Order, Query

SHORTEST = 3
SHORTEST_FOR_ONE_EDIT = 4
SHORTEST_FOR_TWO_EDITS = 7
MOST_LOOKED_AT = 50
HEAP_BYTES = 15_000_000


class Vocabulary:
    """In memory, never changed: made anew when the documents have changed enough."""

    def __init__(self, words: Iterable[tuple[str, int]]) -> None:
        """Each word with the number of documents that have it."""
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("word", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_integer_field("documents", stored=True, fast=True)
        self._schema = builder.build()
        index = tantivy.Index(self._schema)
        writer = index.writer(HEAP_BYTES, 1)
        for word, documents in words:
            if len(word) >= SHORTEST and word.isalpha():
                writer.add_document(_entry(word, documents))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()

    def spellings(self, word: str, most: int) -> list[tuple[str, int, int]]:
        """See ports/search_index.py. A word of digits is a code: nothing is like it."""
        if len(word) < SHORTEST_FOR_ONE_EDIT or not word.isalpha():
            return []
        found = self._within(word, 1)
        if not found and len(word) >= SHORTEST_FOR_TWO_EDITS:
            found = self._within(word, 2)
        # Whoever slips rarely misses the first letter.
        found.sort(key=lambda one: (one[0][0] != word[0], -one[2], one[0]))
        return found[:most]

    def completions(self, prefix: str, most: int) -> list[tuple[str, int]]:
        begun = Query.fuzzy_term_query(self._schema, "word", prefix, distance=0, prefix=True)
        return [pair for pair in self._most_frequent(begun, most + 1) if pair[0] != prefix][:most]

    def _within(self, word: str, edits: int) -> list[tuple[str, int, int]]:
        near = Query.fuzzy_term_query(self._schema, "word", word, distance=edits)
        return [(found, edits, n) for found, n in self._most_frequent(near, MOST_LOOKED_AT) if found != word]

    def _most_frequent(self, query: Any, most: int) -> list[tuple[str, int]]:
        hits = self._searcher.search(
            query, most, count=False, order_by_field="documents", order=Order.Desc
        ).hits
        found = [self._searcher.doc(address).to_dict() for _, address in hits]
        return [(entry["word"][0], entry["documents"][0]) for entry in found]


def _entry(word: str, documents: int) -> Any:
    entry = tantivy.Document()
    entry.add_text("word", word)
    entry.add_integer("documents", documents)
    return entry
