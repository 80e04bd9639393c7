"""Bring products in from a file, batch by batch; what was broken off goes on with the same file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import NoReturn

import msgspec

from tradewind.contracts.inventory import Counted, CountRefused, StockCount
from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import UniqueViolation
from tradewind.services.product import queries
from tradewind.services.product.deps import Deps
from tradewind.services.product.importing.batch import write_batch
from tradewind.services.product.importing.rows import Row
from tradewind.services.product.importing.source import ImportSource, Reading, rows_of
from tradewind.services.product.shapes import ImportProblem, ImportResult, ImportRun
from tradewind.services.product.store import imports
from tradewind.services.product.store.imports import PendingCount, Progress

TRIES = 3  # of a batch that collided with another transaction
COUNTS_AT_ONCE = 1000
PROBLEMS_ANSWERED = 1000


@dataclass(frozen=True)
class ImportProgress:
    """Told after every batch. `problems` are those found since the last telling."""

    run: ImportRun
    line: int
    bytes_read: int
    problems: list[ImportProblem]


Report = Callable[[ImportProgress], None]


async def import_products(
    deps: Deps, source: ImportSource, report: Report, once: Once | None = None
) -> ImportResult:
    """Upsert the products of `source` by external_id, and set the stock that it names.

    A batch commits with the position it reaches, so that the same content started again goes on after the
    last one; a finished import starts anew, and leaves alone what is as it was. The stock of a batch goes
    to the inventory after its commit, and is kept until the inventory has taken it.

    Raises Conflict when another process works on the same content; Unavailable and DatabaseUnavailable
    break the import off where it is.
    """
    source.reader()  # what cannot be read is refused before anything is recorded
    async with deps.db.begin() as tx:
        if once is not None:
            await once.claim(tx)
        new_id, now = deps.clock.new_id(), deps.clock.now()
        at = await imports.open_run(tx, new_id, source.fingerprint, source.file_name, source.format, now)
    resumed = at.run.import_id != new_id
    reading = Reading()
    at = await _settle_stock(deps, at, report, reading)
    async for batch in _batches(source, reading, at.run.position, deps.settings.import_batch_products):
        at = await _take(deps, at, batch, report, reading)
        at = await _settle_stock(deps, at, report, reading)
    async with deps.db.begin() as tx:
        if not await imports.finish(tx, at, deps.clock.now()):
            _taken_over()
        run = await queries.import_run(tx, at.run.import_id)
        problems = await queries.import_problems(tx, run.import_id, 0, PROBLEMS_ANSWERED)
        result = ImportResult(run, resumed, [problem for _, problem in problems])
        return result if once is None else await once.complete(tx, result)


async def _batches(
    source: ImportSource, reading: Reading, position: int, size: int
) -> AsyncIterator[list[Row]]:
    """The file's products after the first `position`, `size` at a time."""
    batch: list[Row] = []
    passed = 0
    async for row in rows_of(source, reading):
        passed += 1
        if passed <= position:
            continue
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


async def _take(deps: Deps, at: Progress, batch: list[Row], report: Report, reading: Reading) -> Progress:
    """Commit one batch."""
    for tried in range(1, TRIES + 1):
        try:
            async with deps.db.begin() as tx:
                outcome = await write_batch(deps, tx, batch)
                run = msgspec.structs.replace(
                    at.run,
                    position=at.run.position + len(batch),
                    created=at.run.created + outcome.created,
                    updated=at.run.updated + outcome.updated,
                    unchanged=at.run.unchanged + outcome.unchanged,
                    rejected=at.run.rejected + outcome.rejected,
                    warnings=at.run.warnings + _warnings(outcome.problems),
                    updated_at=deps.clock.now(),
                )
                if not await imports.advance(tx, at, run, outcome.pending, outcome.problems):
                    _taken_over()
            break
        except UniqueViolation as violation:
            if tried == TRIES:
                message = f"others write the same products at this moment ({violation}): start it again"
                raise Conflict("import_collided", message) from violation
    report(ImportProgress(run, reading.line, reading.bytes_read, outcome.problems))
    return Progress(run, at.batches + 1, outcome.pending)


async def _settle_stock(deps: Deps, at: Progress, report: Report, reading: Reading) -> Progress:
    """Hand the last batch's stock counts to the inventory. Keyed by import and batch: safe to repeat."""
    if not at.pending:
        return at
    reference = f"import:{at.run.import_id}:{at.batches}"
    taken, problems = 0, list[ImportProblem]()
    for start in range(0, len(at.pending), COUNTS_AT_ONCE):
        counts = at.pending[start : start + COUNTS_AT_ONCE]
        accepted, refused = await _count(deps, reference, counts)
        taken, problems = taken + accepted, problems + refused
    run = msgspec.structs.replace(
        at.run,
        stock_counts=at.run.stock_counts + taken,
        warnings=at.run.warnings + len(problems),
        updated_at=deps.clock.now(),
    )
    async with deps.db.begin() as tx:
        if not await imports.settle(tx, at, run, problems):
            _taken_over()
    report(ImportProgress(run, reading.line, reading.bytes_read, problems))
    return Progress(run, at.batches, [])


async def _count(deps: Deps, reference: str, counts: list[PendingCount]) -> tuple[int, list[ImportProblem]]:
    """How many counts the inventory took, and why it did not take the others. It takes all or none: what
    it refuses is left out, and the rest is handed in again."""
    problems: list[ImportProblem] = []
    while counts:
        lines = [StockCount(count.sku, count.warehouse, count.on_hand) for count in counts]
        match await deps.inventory.count(reference, lines):
            case Counted():
                break
            case CountRefused(unknown, below):
                too_low = {(count.sku, count.warehouse) for count in below}
                kept = []
                for count in counts:
                    if count.warehouse in unknown:
                        message = f"there is no warehouse {count.warehouse}"
                        problems.append(_stock_problem(count, "warehouse_unknown", message))
                    elif (count.sku, count.warehouse) in too_low:
                        message = f"{count.on_hand} in {count.warehouse} is less than is reserved there"
                        problems.append(_stock_problem(count, "stock_below_reserved", message))
                    else:
                        kept.append(count)
                assert len(kept) < len(counts), "a refusal names what it refuses"
                counts = kept
    return len(counts), problems


def _stock_problem(count: PendingCount, code: str, message: str) -> ImportProblem:
    return ImportProblem(count.line, "warning", code, message, count.external_id, count.sku, "stock")


def _warnings(problems: list[ImportProblem]) -> int:
    return sum(problem.severity == "warning" for problem in problems)


def _taken_over() -> NoReturn:
    raise Conflict("import_elsewhere", "another process imports this file at this moment")
