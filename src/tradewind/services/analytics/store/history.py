"""Order histories as they were imported: the runs, their chunks of lines, and what was wrong with rows."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.analytics_store import SaleLine
from tradewind.ports.database import Connection, Database, Row, Transaction

_lines = msgspec.json.Decoder(list[SaleLine])


class HistoryProblem(msgspec.Struct, frozen=True):
    """Why a row was not taken. `line` counts from 1, which is the header."""

    line: int
    field: str
    reason: str


async def begin(
    tx: Transaction,
    import_id: UUID,
    content: bytes,
    file_name: str,
    options: Mapping[str, object],
    now: datetime,
    *,
    demo: bool,
) -> None:
    """Unless the same content was begun before."""
    await tx.execute(
        """
        INSERT INTO history_imports (import_id, content, file_name, options, demo, state, started_at)
        VALUES ($1, $2, $3, $4::jsonb, $5, 'running', $6) ON CONFLICT (content) DO NOTHING
        """,
        import_id,
        content,
        file_name,
        msgspec.json.encode(options).decode(),
        demo,
        now,
    )


async def of_content(connection: Connection, content: bytes) -> Row | None:
    """The import of this content: import_id, file_name, options, state, rows_read, lines, rejected, orders, chunks."""
    return await connection.row(
        """
        SELECT import_id, file_name, options, state, rows_read, lines, rejected, orders, (
            SELECT count(*) FROM history_chunks WHERE history_chunks.import_id = history_imports.import_id
        ) AS chunks
        FROM history_imports WHERE content = $1
        """,
        content,
    )


async def take_orders(
    tx: Transaction, source: str, invoices: Sequence[str], import_id: UUID
) -> dict[str, str]:
    """Enter these orders for the import; those that came with another already, with that one's file name."""
    await tx.execute(
        """
        INSERT INTO history_orders (source, invoice, import_id)
        SELECT $1, invoice, $3 FROM unnest($2::text[]) AS invoice ORDER BY invoice ON CONFLICT DO NOTHING
        """,
        source,
        invoices,
        import_id,
    )
    rows = await tx.fetch(
        """
        SELECT invoice, file_name FROM history_orders JOIN history_imports USING (import_id)
        WHERE source = $1 AND invoice = ANY($2::text[]) AND import_id <> $3
        """,
        source,
        invoices,
        import_id,
    )
    return {row["invoice"]: row["file_name"] for row in rows}


async def add_chunk(
    tx: Transaction,
    chunk_id: UUID,
    import_id: UUID,
    number: int,
    rows_read: int,
    lines: Sequence[SaleLine],
    problems: Sequence[HistoryProblem],
) -> bool:
    """False where another process put this very chunk first. `rows_read` counts the import's rows up to here."""
    added = await tx.value(
        """
        INSERT INTO history_chunks (chunk_id, import_id, number, last_row, line_count, net_parts, lines)
        VALUES ($1, $2, $3, $4, $5, $6::text::numeric, $7)
        ON CONFLICT (import_id, number) DO NOTHING RETURNING true
        """,
        chunk_id,
        import_id,
        number,
        rows_read,
        len(lines),
        str(sum(line.gross_parts - line.refund_parts for line in lines)),
        zlib.compress(msgspec.json.encode(lines), 1),
    )
    if not added:
        return False
    await tx.execute_many(
        "INSERT INTO history_problems (import_id, line, field, reason) VALUES ($1, $2, $3, $4)",
        [(import_id, problem.line, problem.field, problem.reason) for problem in problems],
    )
    await tx.execute(
        """
        UPDATE history_imports SET rows_read = rows_read + $2 + $3, lines = lines + $2, rejected = rejected + $3,
            orders = orders + $4
        WHERE import_id = $1
        """,
        import_id,
        len(lines),
        len(problems),
        sum(line.orders for line in lines),
    )
    return True


async def finish(tx: Transaction, import_id: UUID, now: datetime) -> None:
    await tx.execute(
        "UPDATE history_imports SET state = 'finished', finished_at = $2 WHERE import_id = $1 AND state = 'running'",
        import_id,
        now,
    )


async def unloaded(db: Database, most: int) -> Sequence[Row]:
    """Chunks (chunk_id, lines) that the store was not told of."""
    return await db.fetch(
        """
        SELECT chunk_id, lines FROM history_chunks WHERE loaded_at IS NULL
        ORDER BY import_id, number LIMIT $1
        """,
        most,
    )


async def after(db: Database, chunk_id: UUID | None, most: int) -> Sequence[Row]:
    """Chunks (chunk_id, lines) in the order of their ids."""
    return await db.fetch(
        """
        SELECT chunk_id, lines FROM history_chunks WHERE $1::uuid IS NULL OR chunk_id > $1
        ORDER BY chunk_id LIMIT $2
        """,
        chunk_id,
        most,
    )


def opened(lines: bytes) -> bytes:
    """A chunk's lines as the store takes them. Those that were kept before there were charge-backs have none."""
    text = zlib.decompress(lines)
    return text if b'"charged_back_parts":' in text else msgspec.json.encode(_lines.decode(text))


async def mark_loaded(db: Database, chunk_id: UUID, now: datetime) -> None:
    await db.execute("UPDATE history_chunks SET loaded_at = $2 WHERE chunk_id = $1", chunk_id, now)
