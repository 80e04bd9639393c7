"""The search index port on Tantivy: a copy of its own for each process, in a folder that is only a cache.

Everything runs on threads of its own: Tantivy lets go of the interpreter while it searches.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tantivy import Query

from tradewind.adapters.search_index.folder import IndexFolder
from tradewind.adapters.search_index.schema import Layout, decode_stored
from tradewind.adapters.search_index.scoring import Scoring
from tradewind.adapters.search_index.searching import run
from tradewind.adapters.search_index.vocabulary import Vocabulary
from tradewind.ports.search_index import (
    Held,
    IndexDocument,
    SearchIndexUnavailable,
    SearchPage,
    SearchRequest,
)

THREADS = 2
HEAP_BYTES = 64_000_000
VOCABULARY_SHARE = 20  # its words are learned anew when one document in so many has changed

T = TypeVar("T")


class IndexSettings(Protocol):
    """What the adapter is told by the settings of the service that it is made for."""

    @property
    def index_folder(self) -> Path | None: ...

    @property
    def languages(self) -> tuple[str, ...]: ...

    @property
    def number_names(self) -> tuple[str, ...]: ...


def open_tantivy_index(settings: IndexSettings) -> TantivyIndex:
    return TantivyIndex(settings.index_folder, settings.languages, settings.number_names)


class TantivyIndex:
    def __init__(self, folder: Path | None, languages: Sequence[str], numbers: Sequence[str]) -> None:
        """Touches nothing before it is first used. Raises ValueError for a language without a stemmer."""
        self._layout = Layout(languages, numbers)
        self._folder = IndexFolder(folder, self._layout)
        self._threads = ThreadPoolExecutor(THREADS, "search")
        self._writing = asyncio.Lock()
        self._opened = False
        self._index: Any = None
        self._path: Path | None = None
        self._writer: Any = None
        self._held: Held | None = None
        self._vocabulary: Vocabulary | None = None
        self._changed = 0

    async def held(self) -> Held | None:
        if not self._opened:
            async with self._writing:
                await self._open_once()
        return self._held

    async def apply(self, documents: Sequence[IndexDocument], gone: Sequence[str], held: Held) -> None:
        async with self._writing:
            assert self._index is not None, "an index is built before it is changed"
            await self._on_disk(lambda: self._apply(documents, gone, held))

    async def build(self, documents: AsyncIterator[Sequence[IndexDocument]], held: Held) -> None:
        async with self._writing:
            await self._open_once()
            path, index = await self._on_disk(self._folder.fresh)
            try:
                writer = await self._on_disk(lambda: index.writer(HEAP_BYTES, 1))
                async for some in documents:
                    await self._on_disk(partial(self._add, writer, some))
                await self._on_disk(lambda: self._switch(path, index, writer, held))
            finally:
                self._folder.clear_others(self._path)

    async def search(self, request: SearchRequest) -> SearchPage:
        return await self._on_thread(lambda: run(self._layout, self._searcher(), request))

    async def frequencies(self, words: Sequence[str]) -> list[int]:
        def counted() -> list[int]:
            scoring = Scoring(self._layout, self._searcher())
            return [scoring.frequency(word) for word in words]

        return await self._on_thread(counted)

    async def spellings(self, word: str, most: int) -> list[tuple[str, int, int]]:
        return await self._on_thread(lambda: self._words().spellings(word, most))

    async def completions(self, prefix: str, most: int) -> list[tuple[str, int]]:
        return await self._on_thread(lambda: self._words().completions(prefix, most))

    async def size(self) -> int:
        """As `changes`, of the copy that is open here or kept in the folder."""
        return await self._on_thread(lambda: int(self._copy().searcher().num_docs))

    async def changes(self) -> dict[str, int]:
        """Of the copy that is open here, or else of the one that another process keeps in the folder."""
        return await self._on_thread(self._changes)

    async def close(self) -> None:
        async with self._writing:
            self._threads.shutdown(wait=True)
            self._writer = self._index = None
            self._folder.release()

    async def _on_thread(self, work: Callable[[], T]) -> T:
        """Raises SearchIndexUnavailable for what the disk, or the closing of the process, does not allow."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except (OSError, RuntimeError) as error:
            raise SearchIndexUnavailable(str(error)) from error

    async def _on_disk(self, work: Callable[[], T]) -> T:
        """As _on_thread, for what writes: of a full disk Tantivy makes a ValueError."""
        try:
            return await self._on_thread(work)
        except ValueError as error:
            raise SearchIndexUnavailable(str(error)) from error

    async def _open_once(self) -> None:
        if not self._opened:
            await self._on_disk(self._open)

    def _open(self) -> None:
        kept = self._folder.open()
        if kept is not None:
            self._index, self._held = kept
            self._path = self._folder.folder_kept()
        self._folder.clear_others(self._path)
        self._opened = True

    def _apply(self, documents: Sequence[IndexDocument], gone: Sequence[str], held: Held) -> None:
        if documents or gone:
            try:
                self._write(documents, gone)
            except BaseException:
                # One that failed once says that it commits, and does not: a new one begins at the last commit.
                self._writer = None
                raise
            self._index.reload()
            self._changed += len(documents) + len(gone)
            if self._changed * VOCABULARY_SHARE >= self._searcher().num_docs:
                self._vocabulary = None
        assert self._path is not None
        self._folder.keep(self._path, held)
        self._held = held

    def _write(self, documents: Sequence[IndexDocument], gone: Sequence[str]) -> None:
        if self._writer is None:
            self._writer = self._index.writer(HEAP_BYTES, 1)
        for document_id in (*gone, *(document.document_id for document in documents)):
            self._writer.delete_documents_by_term("id", document_id)
        self._add(self._writer, documents)
        self._writer.commit()

    def _add(self, writer: Any, documents: Sequence[IndexDocument]) -> None:
        for document in documents:
            writer.add_document(self._layout.document(document))

    def _switch(self, path: Path, index: Any, writer: Any, held: Held) -> None:
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._folder.keep(path, held)
        self._index, self._path, self._writer, self._held = index, path, None, held
        self._vocabulary = None

    def _searcher(self) -> Any:
        if self._index is None:
            raise SearchIndexUnavailable("the index is being built")
        return self._index.searcher()

    def _words(self) -> Vocabulary:
        if self._vocabulary is None:
            self._changed = 0
            self._vocabulary = Vocabulary(self._searcher().terms_with_prefix("words", ""))
        return self._vocabulary

    def _copy(self) -> Any:
        if self._index is not None:
            return self._index
        kept = self._folder.peek()
        if kept is None:
            raise SearchIndexUnavailable("there is no index here")
        return kept[0]

    def _changes(self) -> dict[str, int]:
        searcher = self._copy().searcher()
        hits = searcher.search(Query.all_query(), max(1, searcher.num_docs), count=False).hits
        stored = [decode_stored(searcher.doc(address).get_first("stored")) for _, address in hits]
        return {one.document_id: one.change for one in stored}
