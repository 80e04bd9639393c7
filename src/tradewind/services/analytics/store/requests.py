"""What a process without the store asks of the one that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Database, Row


async def add(connection: Connection, request_id: UUID, kind: str, now: datetime) -> None:
    await connection.execute(
        "INSERT INTO store_requests (request_id, kind, requested_at) VALUES ($1, $2, $3)",
        request_id,
        kind,
        now,
    )


async def open_ones(db: Database) -> Sequence[Row]:
    """(request_id, kind), oldest first."""
    return await db.fetch(
        "SELECT request_id, kind FROM store_requests WHERE done_at IS NULL ORDER BY requested_at LIMIT 20"
    )


async def finish(db: Database, request_ids: Sequence[UUID], differences: list[str], now: datetime) -> None:
    await db.execute(
        """
        UPDATE store_requests SET done_at = $2, differences = $3::jsonb
        WHERE request_id = ANY($1::uuid[]) AND done_at IS NULL
        """,
        request_ids,
        now,
        msgspec.json.encode(differences).decode(),
    )


async def outcome(db: Database, request_id: UUID) -> list[str] | None:
    """None while it is under way."""
    text = await db.value(
        "SELECT differences FROM store_requests WHERE request_id = $1 AND done_at IS NOT NULL", request_id
    )
    return None if text is None else msgspec.json.decode(text, type=list[str])


async def forget_old(db: Database, before: datetime) -> None:
    await db.execute("DELETE FROM store_requests WHERE requested_at < $1", before)
