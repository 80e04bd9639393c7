"""Staging: what was acknowledged and is on its way into the analytics store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.analytics_store import EventFact
from tradewind.ports.database import Connection, Database, Row, Transaction
from tradewind.services.analytics.domain import Record, Told

_told = msgspec.json.Decoder(Told)


async def add_events(
    tx: Transaction, batch_id: UUID, received_at: datetime, events: Sequence[EventFact]
) -> None:
    await tx.execute(
        "INSERT INTO staged_events (batch_id, received_at, event_count, events) VALUES ($1, $2, $3, $4)",
        batch_id,
        received_at,
        len(events),
        msgspec.json.encode(events),
    )


async def add_told(
    tx: Transaction,
    event_id: UUID,
    event_type: str,
    subject: str,
    subject_id: UUID,
    record: Record,
    account_id: UUID | None,
) -> None:
    await tx.execute(
        """
        INSERT INTO business_events (event_id, type, subject, subject_id, occurred_at, account_id, data)
        VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb) ON CONFLICT (event_id) DO NOTHING
        """,
        event_id,
        event_type,
        subject,
        subject_id,
        record.at,
        account_id,
        msgspec.json.encode(record.told).decode(),
    )


async def anything(connection: Connection) -> bool:
    """Whether anything is on its way."""
    return (await waiting(connection))[0]


async def waiting(connection: Connection) -> tuple[bool, bool]:
    """Whether anything is on its way, and whether another process asks something of the store's holder."""
    row = await connection.row(
        """
        SELECT EXISTS (SELECT 1 FROM staged_events WHERE refused IS NULL)
            OR EXISTS (SELECT 1 FROM business_events WHERE loaded_at IS NULL)
            OR EXISTS (SELECT 1 FROM history_chunks WHERE loaded_at IS NULL),
            EXISTS (SELECT 1 FROM store_requests WHERE done_at IS NULL)
        """
    )
    assert row is not None, "a row without FROM"
    return bool(row[0]), bool(row[1])


async def oldest_events(db: Database, most_bytes: int) -> Sequence[Row]:
    """Batches (batch_id, received_at, events), oldest first, the first one and more of about so many bytes in all."""
    return await db.fetch(
        """
        SELECT batch_id, received_at, events FROM (
            SELECT batch_id, sum(size) OVER (ORDER BY batch_id) - size AS before
            FROM (SELECT batch_id, octet_length(events) AS size FROM staged_events WHERE refused IS NULL
                  ORDER BY batch_id LIMIT 2000) AS oldest
        ) AS counted JOIN staged_events USING (batch_id)
        WHERE before < $1 ORDER BY batch_id
        """,
        most_bytes,
    )


async def forget_events(db: Database, batch_ids: Sequence[UUID]) -> None:
    await db.execute("DELETE FROM staged_events WHERE batch_id = ANY($1::uuid[])", batch_ids)


async def refuse_events(db: Database, batch_id: UUID, reason: str) -> None:
    await db.execute("UPDATE staged_events SET refused = $2 WHERE batch_id = $1", batch_id, reason)


async def unloaded(db: Database, subject: str, most: int) -> Sequence[Row]:
    """Events (sequence, subject_id) that the store was not told of, oldest first."""
    return await db.fetch(
        """
        SELECT sequence, subject_id FROM business_events WHERE loaded_at IS NULL AND subject = $1
        ORDER BY sequence LIMIT $2
        """,
        subject,
        most,
    )


async def records_of(db: Database, subject: str, subject_ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """All that was told of these, in the order that it came."""
    rows = await db.fetch(
        """
        SELECT subject_id, occurred_at, data FROM business_events
        WHERE subject = $1 AND subject_id = ANY($2::uuid[]) ORDER BY sequence
        """,
        subject,
        subject_ids,
    )
    found: dict[UUID, list[Record]] = {subject_id: [] for subject_id in subject_ids}
    for row in rows:
        found[row["subject_id"]].append(Record(row["occurred_at"], _told.decode(row["data"])))
    return found


async def subjects_after(db: Database, subject: str, after: UUID | None, most: int) -> list[UUID]:
    """Ids of those that the store was told of, in the order of their ids."""
    rows = await db.fetch(
        """
        SELECT DISTINCT subject_id FROM business_events
        WHERE subject = $1 AND ($2::uuid IS NULL OR subject_id > $2) ORDER BY subject_id LIMIT $3
        """,
        subject,
        after,
        most,
    )
    return [row["subject_id"] for row in rows]


async def mark_loaded(db: Database, sequences: Sequence[int], now: datetime) -> None:
    await db.execute(
        "UPDATE business_events SET loaded_at = $2 WHERE sequence = ANY($1::bigint[]) AND loaded_at IS NULL",
        sequences,
        now,
    )


async def forget_names(tx: Transaction, account_id: UUID) -> None:
    """Of a closed account: what it bought stays counted, as somebody's."""
    await tx.execute(
        """
        UPDATE business_events SET data = data || '{"email": "", "name": ""}'::jsonb, loaded_at = NULL
        WHERE account_id = $1 AND data->>'type' IN ('placed', 'left_behind')
        """,
        account_id,
    )
