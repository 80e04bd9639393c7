"""Bulk imports as rows: how far each file is, and what was wrong in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Transaction
from tradewind.services.product.shapes import ImportProblem, ImportRun

RUN_COLUMNS = """
    import_id, file_name, format, state, position, created, updated, unchanged, rejected, warnings,
    stock_counts, started_at, updated_at, finished_at
"""


class PendingCount(msgspec.Struct, frozen=True):
    """A stock count of a committed batch, on its way to the inventory."""

    line: int
    external_id: str
    sku: str
    warehouse: str
    on_hand: int


class Progress(msgspec.Struct, frozen=True):
    """An import between two batches, with the stock counts that the inventory does not have yet."""

    run: ImportRun
    batches: int
    pending: list[PendingCount]


async def open_run(
    tx: Transaction, import_id: UUID, fingerprint: bytes, file_name: str, file_format: str, now: datetime
) -> Progress:
    """Go on with the unfinished import of this content, or begin one."""
    await tx.execute(
        """
        INSERT INTO imports (import_id, fingerprint, file_name, format, state, position, batches, created, updated,
            unchanged, rejected, warnings, stock_counts, started_at, updated_at)
        VALUES ($1, $2, $3, $4, 'running', 0, 0, 0, 0, 0, 0, 0, 0, $5, $5)
        ON CONFLICT (fingerprint) WHERE state = 'running' DO NOTHING
        """,
        import_id,
        fingerprint,
        file_name,
        file_format,
        now,
    )
    row = await tx.row(
        f"""
        SELECT batches, pending_stock, {RUN_COLUMNS} FROM imports
        WHERE fingerprint = $1 AND state = 'running'
        """,
        fingerprint,
    )
    assert row is not None, "inserted, or there already"
    batches, pending, *run = row
    counts = [] if pending is None else msgspec.json.decode(pending, type=list[PendingCount])
    return Progress(ImportRun(*run), batches, counts)


async def advance(
    tx: Transaction,
    was: Progress,
    run: ImportRun,
    pending: Sequence[PendingCount],
    problems: Sequence[ImportProblem],
) -> bool:
    """Record a batch in its own transaction; False when another process took this import further meanwhile."""
    moved = await tx.execute(
        """
        UPDATE imports SET
            position = $3, created = $4, updated = $5, unchanged = $6, rejected = $7, warnings = $8,
            batches = batches + 1, pending_stock = $9::json, updated_at = $10
        WHERE import_id = $1 AND batches = $2 AND state = 'running' AND pending_stock IS NULL
        """,
        run.import_id,
        was.batches,
        run.position,
        run.created,
        run.updated,
        run.unchanged,
        run.rejected,
        run.warnings,
        msgspec.json.encode(pending).decode() if pending else None,
        run.updated_at,
    )
    await add_problems(tx, run.import_id, problems)
    return moved == 1


async def settle(tx: Transaction, was: Progress, run: ImportRun, problems: Sequence[ImportProblem]) -> bool:
    """The inventory has the counts of the last batch; False when another process settled them meanwhile."""
    moved = await tx.execute(
        """
        UPDATE imports SET pending_stock = NULL, stock_counts = $3, warnings = $4, updated_at = $5
        WHERE import_id = $1 AND batches = $2 AND pending_stock IS NOT NULL
        """,
        run.import_id,
        was.batches,
        run.stock_counts,
        run.warnings,
        run.updated_at,
    )
    if moved:
        await add_problems(tx, run.import_id, problems)
    return moved == 1


async def finish(tx: Connection, was: Progress, now: datetime) -> bool:
    moved = await tx.execute(
        """
        UPDATE imports SET state = 'finished', updated_at = $3, finished_at = $3
        WHERE import_id = $1 AND batches = $2 AND state = 'running' AND pending_stock IS NULL
        """,
        was.run.import_id,
        was.batches,
        now,
    )
    return moved == 1


async def add_problems(tx: Transaction, import_id: UUID, problems: Sequence[ImportProblem]) -> None:
    if not problems:
        return
    await tx.execute(
        """
        INSERT INTO import_errors (import_id, line, severity, code, reason, external_id, sku, field)
        SELECT $1, line, severity, code, reason, external_id, sku, field
        FROM json_to_recordset($2::json) AS r (line bigint, severity text, code text, reason text,
            external_id text, sku text, field text)
        """,
        import_id,
        msgspec.json.encode(problems).decode(),
    )
