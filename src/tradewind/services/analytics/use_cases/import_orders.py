"""The orders of another system come in, so that reports reach back before this shop began.

A chunk of rows a transaction. Started again after an interruption it goes on behind the last one; the same file
again changes nothing. Each row is taken or named with its reason; two equal rows are two lines.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Final
from uuid import UUID

import msgspec

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.analytics_store import SaleLine
from tradewind.ports.database import Transaction
from tradewind.services.analytics.amounts import exact
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.importing.rows import HistoryRow, RowReader, RowRefused
from tradewind.services.analytics.importing.source import HistoryOptions, HistorySource
from tradewind.services.analytics.shapes import HistoryResult
from tradewind.services.analytics.store import history
from tradewind.services.analytics.store.history import HistoryProblem

ROWS_AT_ONCE: Final = 2_000
Progress = Callable[[int, list[HistoryProblem]], None]


@dataclass(frozen=True, slots=True)
class _Run:
    import_id: UUID
    options: HistoryOptions
    demo: bool
    rows_done: int  # by an earlier start
    chunks_done: int


async def import_orders(
    deps: Deps, source: HistorySource, options: HistoryOptions, progress: Progress, once: Once
) -> HistoryResult:
    """`progress` is told how many rows were read, and what was wrong with those since.

    Raises Invalid for a file of which no row can be read as told, Conflict(history_imported_otherwise) for one that
    was imported in another way.
    """
    records = iter(source.records)
    header = next(records, None)
    if header is None:
        raise Invalid("file_empty", "the file has no header", field="file_name")
    reader = RowReader(header[1], options)
    run, repeated = await _begin(deps, source, options, once)
    if not repeated:
        await _go_on(deps, run, reader, records, progress)
    async with deps.db.begin() as tx:
        await history.finish(tx, run.import_id, deps.clock.now())
        result = await _result(tx, source.digest, options, repeated=repeated)
        return await once.complete(tx, result)


async def _go_on(
    deps: Deps,
    run: _Run,
    reader: RowReader,
    records: Iterator[tuple[int, list[str]]],
    progress: Progress,
) -> None:
    """Behind what an earlier start has done: of that, only by which rows its orders are counted is read again."""
    counted: set[str] = set()
    done = islice(records, run.rows_done)
    while (read := await asyncio.to_thread(_next, reader, done))[0]:
        _count(read[1], counted)
    rows_read, number = run.rows_done, run.chunks_done
    while (read := await asyncio.to_thread(_next, reader, records))[0]:
        more, rows, problems = read
        if not rows and not rows_read:
            await _give_up(deps, run.import_id)
            first = problems[0]
            told = f"no row can be read; line {first.line}, {first.field}: {first.reason}"
            raise Invalid("history_unreadable", told, field=first.field)
        rows_read += more
        problems = await _put(deps, run, number, rows_read, rows, problems, counted)
        number += 1
        progress(rows_read, problems)


async def _begin(deps: Deps, source: HistorySource, options: HistoryOptions, once: Once) -> tuple[_Run, bool]:
    """The run, and whether it was finished before."""
    told = asdict(options)
    async with deps.db.begin() as tx:
        await once.claim(tx)
        await history.begin(
            tx, deps.clock.new_id(), source.digest, source.file_name, told, deps.clock.now(), demo=source.demo
        )
        known = await history.of_content(tx, source.digest)
        assert known is not None, "begun before, or just now"
        if msgspec.json.decode(known["options"]) != msgspec.json.decode(msgspec.json.encode(told)):
            raise Conflict(
                "history_imported_otherwise",
                f"this file was imported before, as {known['file_name']} and with {known['options']}",
            )
    run = _Run(known["import_id"], options, source.demo, known["rows_read"], known["chunks"])
    return run, known["state"] == "finished"


async def _give_up(deps: Deps, import_id: UUID) -> None:
    """A file of which nothing was taken may be imported in another way."""
    await deps.db.execute(
        "DELETE FROM history_imports WHERE import_id = $1 AND rows_read = 0 AND state = 'running'", import_id
    )


def _next(
    reader: RowReader, records: Iterator[tuple[int, list[str]]]
) -> tuple[int, list[HistoryRow], list[HistoryProblem]]:
    """The next rows, and how many they were. On a thread: the shop that serves meanwhile does not wait for it."""
    chunk = list(islice(records, ROWS_AT_ONCE))
    return len(chunk), *_read(reader, chunk)


def _read(
    reader: RowReader, chunk: list[tuple[int, list[str]]]
) -> tuple[list[HistoryRow], list[HistoryProblem]]:
    rows: list[HistoryRow] = []
    problems: list[HistoryProblem] = []
    for line, cells in chunk:
        try:
            rows.append(reader.read(line, cells))
        except RowRefused as refused:
            problems.append(refused.at(line))
    return rows, problems


def _count(rows: list[HistoryRow], counted: set[str]) -> list[bool]:
    """By which of these an order is counted: its first line of something sold."""
    found = []
    for row in rows:
        first = not row.returns and row.quantity > 0 and row.invoice not in counted
        if first:
            counted.add(row.invoice)
        found.append(first)
    return found


async def _put(
    deps: Deps,
    run: _Run,
    number: int,
    rows_read: int,
    rows: list[HistoryRow],
    problems: list[HistoryProblem],
    counted: set[str],
) -> list[HistoryProblem]:
    """All that was wrong with the chunk's rows, those included that came with another file before."""
    source = run.options.source
    async with deps.db.begin() as tx:
        invoices = sorted({row.invoice for row in rows})
        elsewhere = await history.take_orders(tx, source, invoices, run.import_id)
        repeated = [
            HistoryProblem(row.line, "invoice", f"{row.invoice} came with {elsewhere[row.invoice]}")
            for row in rows
            if row.invoice in elsewhere
        ]
        taken = [row for row in rows if row.invoice not in elsewhere]
        lines: list[SaleLine] = [
            row.sale_line(source, counted=counts, demo=run.demo)
            for row, counts in zip(taken, _count(taken, counted), strict=True)
        ]
        found = sorted([*problems, *repeated], key=lambda problem: problem.line)
        await history.add_chunk(tx, deps.clock.new_id(), run.import_id, number, rows_read, lines, found)
    return found


async def _result(
    tx: Transaction, content: bytes, options: HistoryOptions, *, repeated: bool
) -> HistoryResult:
    row = await history.of_content(tx, content)
    assert row is not None, "begun above"
    net_parts = await tx.value(
        "SELECT coalesce(sum(net_parts), 0)::text FROM history_chunks WHERE import_id = $1", row["import_id"]
    )
    return HistoryResult(
        row["import_id"],
        row["file_name"],
        row["state"],
        row["rows_read"],
        row["lines"],
        row["rejected"],
        row["orders"],
        exact(int(net_parts), options.currency),
        options.currency,
        repeated,
    )
