"""What is measured: the search service's own code over the adapter, or the service behind HTTP with its database."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tradewind.adapters.search_index.tantivy_index import TantivyIndex
from tradewind.contracts.product import ProductDocument
from tradewind.ports.search_index import Held, IndexDocument
from tradewind.services.search.domain.indexing import index_document
from tradewind.services.search.domain.memory import Memory
from tradewind.services.search.queries.searching import find
from tradewind.services.search.settings import Settings
from tradewind.services.search.shapes import SearchQuery

BATCH = 500


class Subject(Protocol):
    @property
    def way(self) -> str: ...
    @property
    def documents(self) -> int: ...
    @property
    def documents_per_second(self) -> float: ...

    async def search(self, query: SearchQuery) -> list[str]:
        """The external ids of the hits; all that a client gets is made."""
        ...


@dataclass
class InProcess:
    index: TantivyIndex
    settings: Settings
    memory: Memory
    documents: int
    documents_per_second: float
    way: str = "the service's code, in process"

    async def search(self, query: SearchQuery) -> list[str]:
        found = await find(self.index, self.memory, self.settings, query)
        return [hit.external_id for hit in found.hits]


@asynccontextmanager
async def open_subject(products: Sequence[ProductDocument]) -> AsyncIterator[Subject]:
    """Indexed, from products as their service tells them; the rate counts all of that."""
    settings, memory = Settings(), Memory()
    with tempfile.TemporaryDirectory(prefix="bench-search-") as folder:
        index = TantivyIndex(Path(folder), settings.languages, settings.number_names)
        await index.held()
        begun = time.perf_counter()
        await index.build(_documents(products), Held(f"bench {os.getpid()}", len(products)))
        seconds = time.perf_counter() - begun
        try:
            yield InProcess(index, settings, memory, len(products), len(products) / seconds)
        finally:
            await index.close()


async def _documents(products: Sequence[ProductDocument]) -> AsyncIterator[list[IndexDocument]]:
    for start in range(0, len(products), BATCH):
        some = products[start : start + BATCH]
        yield [index_document(p, start + n, in_stock=True, sold=0) for n, p in enumerate(some, 1)]
