"""A disk that is full for a while: nothing is lost of what is written to a search index meanwhile."""

from __future__ import annotations

import resource
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tradewind.adapters.search_index.tantivy_index import TantivyIndex
from tradewind.ports.search_index import Held, IndexDocument, SearchIndexUnavailable


def document(name: str, change: int) -> IndexDocument:
    return IndexDocument(name, change, f"Kite {name}", numbers={"price": 1})


async def shelf() -> AsyncIterator[Sequence[IndexDocument]]:
    yield [document("a", 1)]


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process grows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_what_could_not_be_written_is_written_once_there_is_room(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path, ("en",), ("price",))
    await index.held()
    await index.build(shelf(), Held("shop", 1))
    await index.apply([document("b", 2)], [], Held("shop", 2))
    for _ in range(2):
        with full_disk(), pytest.raises(SearchIndexUnavailable):
            await index.apply([document("c", 3)], ["a"], Held("shop", 3))
    assert (await index.held(), await index.changes()) == (Held("shop", 2), {"a": 1, "b": 2})
    await index.apply([document("c", 3)], ["a"], Held("shop", 3))
    assert (await index.held(), await index.changes()) == (Held("shop", 3), {"b": 2, "c": 3})
    with full_disk(), pytest.raises(SearchIndexUnavailable):
        await index.build(shelf(), Held("another", 1))
    assert await index.changes() == {"b": 2, "c": 3}
    await index.build(shelf(), Held("another", 1))
    assert (await index.held(), await index.changes()) == (Held("another", 1), {"a": 1})
    await index.close()
