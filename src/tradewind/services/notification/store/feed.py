"""What happened lately, in the order of the commits, for those who watch a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Connection, Row, Transaction


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    type: str
    order_id: UUID
    number: str | None
    state: str
    at: datetime


async def append(
    tx: Transaction,
    event_id: UUID,
    entry_type: str,
    order_id: UUID,
    number: str | None,
    state: str,
    at: datetime,
) -> None:
    """To be the last of its transaction: from here on the others wait for the commit. Without a `number`, the
    one that was told last."""
    await tx.execute(
        """
        WITH head AS (UPDATE feed_head SET id = id + 1 RETURNING id)
        INSERT INTO feed (id, event_id, type, order_id, number, state, at)
        SELECT head.id, $1, $2, $3, coalesce($4, (
            SELECT number FROM feed WHERE order_id = $3 AND number IS NOT NULL ORDER BY id DESC LIMIT 1)), $5, $6
        FROM head
        """,
        event_id,
        entry_type,
        order_id,
        number,
        state,
        at,
    )


async def head(connection: Connection) -> int:
    """The newest id; 0 where nothing has happened."""
    return int(await connection.value("SELECT id FROM feed_head"))


async def oldest(connection: Connection) -> int | None:
    found = await connection.value("SELECT min(id) FROM feed")
    return None if found is None else int(found)


async def after(connection: Connection, id: int, upto: int, order_id: UUID | None, most: int) -> list[Entry]:
    """Of one order, or of all: those above `id`, and no newer than `upto`."""
    rows = await connection.fetch(
        f"""
        SELECT id, type, order_id, number, state, at FROM feed
        WHERE id > $1 AND id <= $2 {"AND order_id = $4" if order_id is not None else ""} ORDER BY id LIMIT $3
        """,
        id,
        upto,
        most,
        *([order_id] if order_id is not None else []),
    )
    return [_entry(row) for row in rows]


def _entry(row: Row) -> Entry:
    return Entry(row["id"], row["type"], row["order_id"], row["number"], row["state"], row["at"])


async def forget(database: Connection, before: datetime) -> int:
    """The oldest, and never one that is newer than one that stays."""
    return await database.execute(
        """
        DELETE FROM feed
        WHERE id < coalesce((SELECT min(id) FROM feed WHERE at >= $1), (SELECT id + 1 FROM feed_head))
        """,
        before,
    )
