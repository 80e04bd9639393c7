"""The analytics store on DuckDB: one file, held by one process, opened when it is first needed.

DuckDB is 50 MB of memory that a shop which is asked for no report need not spend: its half of the adapter,
`engine.py`, is imported when the store is opened.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar
from uuid import UUID

from tradewind.adapters.analytics_store import sql
from tradewind.ports.analytics_store import (
    Abandoned,
    AbandonedCart,
    BucketSales,
    Dimension,
    EventCount,
    Filter,
    GroupSales,
    ProductCount,
    Sales,
    Span,
    StoreHeld,
)

CLAIM_SECONDS = 5.0  # how long a process that is ending is waited for
IDLE_SECONDS = 30.0  # after which the file is closed, and its memory given back: opening it takes 40 ms
READERS = 2
T = TypeVar("T")


class DuckDbSettings(Protocol):
    @property
    def data_dir(self) -> str: ...
    @property
    def memory_limit_mb(self) -> int: ...
    @property
    def threads(self) -> int: ...


def open_duckdb_store(settings: DuckDbSettings) -> DuckDbStore:
    return DuckDbStore(
        Path(settings.data_dir).resolve() / "analytics", settings.memory_limit_mb, settings.threads
    )


class DuckDbStore:
    """Writes one after the other in a thread, reads in others: the event loop never waits for the disk."""

    def __init__(self, folder: Path, memory_limit_mb: int = 128, threads: int = 2) -> None:
        self.loading = asyncio.Lock()
        self._folder, self._memory_limit_mb, self._threads = folder, memory_limit_mb, threads
        self._held: IO[str] | None = None
        self._engine: Any = None
        self._opening = asyncio.Lock()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="analytics-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="analytics-read")
        self._schema = "main"
        self._use = _Use()

    async def claim(self) -> None:
        ends = asyncio.get_running_loop().time() + CLAIM_SECONDS
        while True:
            try:
                self._hold()
            except StoreHeld:
                if asyncio.get_running_loop().time() > ends:
                    raise
                await asyncio.sleep(0.1)
            else:
                return

    def _hold(self) -> None:
        """A lock beside the file, which ends with its process however that ends. Raises StoreHeld."""
        if self._held is not None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        held = (self._folder / "held").open("a+", encoding="ascii")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            held.seek(0)
            holder = held.read().strip() or "unknown"
            held.close()
            raise StoreHeld(
                f"{self._folder} is held by process {holder}: one process of analytics has the file at a time"
            ) from error
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        self._held = held

    async def _opened(self) -> Any:
        if self._engine is None:
            async with self._opening:
                if self._engine is None:
                    self._hold()
                    self._engine = await asyncio.get_running_loop().run_in_executor(self._writer, self._open)
        return self._engine

    def _open(self) -> Any:
        engine = import_module("tradewind.adapters.analytics_store.engine")
        return engine.Engine(self._folder / "analytics.duckdb", self._memory_limit_mb, self._threads)

    async def _write(self, work: Callable[[Any], T]) -> T:
        """To its end, also when nobody waits for it any more: half a write is none, and a repeat is harmless."""
        with self._use:
            engine = await self._opened()
            return await asyncio.shield(
                asyncio.get_running_loop().run_in_executor(self._writer, work, engine)
            )

    async def _read(self, sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Broken off where nobody waits for it any more."""
        with self._use:
            query = (await self._opened()).query(sql, parameters)
            try:
                rows: list[tuple[Any, ...]] = await asyncio.get_running_loop().run_in_executor(
                    self._readers, query.run
                )
            except asyncio.CancelledError:
                query.interrupt()
                raise
            return rows

    async def identity(self) -> tuple[UUID, bool]:
        rows = await self._read(sql.IDENTITY, {})
        return rows[0][0], bool(rows[0][1])

    async def put_events(self, batches: Sequence[bytes], received_us: int) -> int:
        texts = [batch.decode() for batch in batches]
        return await self._write(lambda engine: engine.put_events(texts, received_us))

    async def put_orders(self, order_ids: Sequence[UUID], orders: bytes, lines: bytes) -> None:
        await self._write(
            lambda engine: engine.put_orders(self._schema, list(order_ids), orders.decode(), lines.decode())
        )

    async def put_carts(self, cart_ids: Sequence[UUID], carts: bytes) -> None:
        await self._write(lambda engine: engine.put_carts(self._schema, list(cart_ids), carts.decode()))

    async def put_history(self, chunk_id: UUID, lines: bytes) -> None:
        await self._write(lambda engine: engine.put_history(self._schema, chunk_id, lines.decode()))

    async def rebuilding(self) -> DuckDbStore:
        await self._write(lambda engine: engine.begin_rebuild())
        beside = DuckDbStore.__new__(DuckDbStore)
        beside.__dict__.update(self.__dict__)
        beside._schema = "rebuilt"
        return beside

    async def differences(self) -> list[str]:
        return await self._write(lambda engine: engine.differences())

    async def switch(self) -> None:
        await self._write(lambda engine: engine.switch())

    async def tidy(self) -> None:
        if self._engine is None:
            return
        if self._use.idle_seconds > IDLE_SECONDS:
            async with self._opening:
                engine, self._engine = self._engine, None
                await asyncio.get_running_loop().run_in_executor(self._writer, engine.close)
        elif not self._use.now:
            engine = self._engine
            await asyncio.get_running_loop().run_in_executor(self._writer, engine.checkpoint)

    async def sales(self, span: Span, bucket_seconds: int, filter: Filter) -> list[BucketSales]:
        text = sql.sales(filter)
        rows = await self._read(
            text, {**_spanned(span), **_given(filter), "bucket": bucket_seconds * 1_000_000}
        )
        return [BucketSales(row[0], row[1], _sales(row[2:])) for row in rows]

    async def sales_by(
        self, dimension: Dimension, span: Span, currency: str, filter: Filter, limit: int
    ) -> list[GroupSales]:
        text = sql.sales_by(dimension, filter)
        rows = await self._read(
            text, {**_spanned(span), **_given(filter), "currency": currency, "limit": limit}
        )
        return [GroupSales(row[0], row[1], _sales(row[4:]), row[2], row[3]) for row in rows]

    async def currencies(self, span: Span) -> list[tuple[str, int]]:
        text = sql.CURRENCIES
        return [(row[0], int(row[1])) for row in await self._read(text, _spanned(span))]

    async def purchased(self, span: Span, limit: int) -> list[ProductCount]:
        text = sql.PURCHASED
        return [ProductCount(*row) for row in await self._read(text, {**_spanned(span), "limit": limit})]

    async def seen(self, name: str, span: Span, limit: int) -> list[ProductCount]:
        text = sql.SEEN
        rows = await self._read(text, {**_spanned(span), "name": name, "limit": limit})
        return [ProductCount(*row) for row in rows]

    async def abandoned(self, span: Span, currency: str, limit: int) -> Abandoned:
        asked = {**_spanned(span), "currency": currency}
        totals = (await self._read(sql.ABANDONED, asked))[0]
        rows = await self._read(sql.ABANDONED_CARTS, {**asked, "limit": limit})
        counts = [int(number) for number in totals]
        return Abandoned(counts[0], counts[1], counts[2], counts[3], [AbandonedCart(*row) for row in rows])

    async def cart_currencies(self, span: Span) -> list[tuple[str, int]]:
        text = sql.CART_CURRENCIES
        return [(row[0], int(row[1])) for row in await self._read(text, _spanned(span))]

    async def funnel(self, steps: Sequence[str], span: Span, window_us: int) -> list[int]:
        text = sql.funnel(len(steps))
        names = {f"step{number}": name for number, name in enumerate(steps, 1)}
        rows = await self._read(text, {**_spanned(span), **names, "window": window_us})
        return [int(number) for number in rows[0]]

    async def event_counts(self, span: Span, limit: int) -> list[EventCount]:
        text = sql.EVENT_COUNTS
        return [EventCount(*row) for row in await self._read(text, {**_spanned(span), "limit": limit})]

    async def close(self) -> None:
        self._readers.shutdown(wait=True, cancel_futures=True)
        if self._engine is not None:
            await asyncio.get_running_loop().run_in_executor(self._writer, self._engine.close)
            self._engine = None
        self._writer.shutdown(wait=True)
        if self._held is not None:
            self._held.close()
            self._held = None


class _Use:
    """How many use the engine now, and since when nobody does."""

    def __init__(self) -> None:
        self.now = 0
        self._last = time.monotonic()

    def __enter__(self) -> None:
        self.now += 1

    def __exit__(self, *_: object) -> None:
        self.now -= 1
        self._last = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        return 0.0 if self.now else time.monotonic() - self._last


def _spanned(span: Span) -> dict[str, Any]:
    return {"from_us": span.from_us, "to_us": span.to_us}


def _given(filter: Filter) -> dict[str, Any]:
    """The parameters of what is asked for: SQL has no place for the others."""
    named = (
        ("sku", filter.sku),
        ("category", filter.category),
        ("country", filter.country),
        ("customer", filter.customer),
    )
    return {name: value for name, value in named if value}


def _sales(row: tuple[Any, ...]) -> Sales:
    gross, refund, orders, units, returned, demo, charged_back = row
    return Sales(
        int(gross), int(refund), int(orders), int(units), int(returned), bool(demo), int(charged_back)
    )
