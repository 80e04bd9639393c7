"""Messages: written once an event, lent to whoever sends them, moved by guarded updates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tradewind.contracts.common import Language
from tradewind.ports.database import Connection, Row, Transaction
from tradewind.services.notification.domain import EMAIL, KINDS, Kind, language_of

LEASE = timedelta(minutes=5)  # longer than a mail server takes for every answer of one mail


@dataclass(frozen=True)
class NewMessage:
    message_id: UUID
    event_id: UUID
    kind: Kind
    recipient: str
    language: Language
    subject: str
    data: bytes
    account_id: UUID | None
    order_id: UUID | None
    occurred_at: datetime
    order_number: str | None = None


@dataclass(frozen=True)
class Lent:
    """A message that this process alone tries to send, until its lease ends."""

    message_id: UUID
    kind: Kind
    recipient: str
    language: Language
    subject: str
    data: bytes
    round: int
    tries: int  # with this one
    occurred_at: datetime
    order_number: str | None


async def insert(tx: Transaction, message: NewMessage, now: datetime) -> str:
    """Queued, or suppressed where its recipient does not want it. One that is there already stays as it is."""
    state = await tx.value(
        """
        INSERT INTO messages (message_id, event_id, kind, channel, recipient, language, subject, data,
            account_id, order_id, occurred_at, created_at, order_number, state, next_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10, $11, $12::timestamptz, $14,
            CASE WHEN unwanted THEN 'suppressed' ELSE 'queued' END, CASE WHEN NOT unwanted THEN $12::timestamptz END
        FROM (SELECT $13 AND EXISTS (
            SELECT FROM preferences
            WHERE email = lower($5) AND kind = $3 AND channel = $4 AND NOT enabled) AS unwanted) AS chosen
        ON CONFLICT ON CONSTRAINT messages_once_an_event DO NOTHING
        RETURNING state
        """,
        message.message_id,
        message.event_id,
        message.kind.name,
        EMAIL,
        message.recipient,
        message.language,
        message.subject,
        message.data.decode(),
        message.account_id,
        message.order_id,
        message.occurred_at,
        now,
        message.kind.optional,
        message.order_number,
    )
    return str(state)


async def number_of(tx: Transaction, order_id: UUID) -> str | None:
    """What its buyer was told that the order is called: events of payments do not tell it."""
    number = await tx.value(
        "SELECT data ->> 'number' FROM messages WHERE order_id = $1 AND data ? 'number' LIMIT 1", order_id
    )
    return None if number is None else str(number)


async def lend(database: Connection, most: int, now: datetime) -> list[Lent]:
    """What is due, each to one caller only. Whoever dies with it leaves a try that counts, and a lease that ends."""
    rows = await database.fetch(
        """
        UPDATE messages SET tries = tries + 1, next_at = $2
        WHERE message_id IN (
            SELECT message_id FROM messages WHERE state = 'queued' AND next_at <= $1
            ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING message_id, kind, recipient, language, subject, data, round, tries, occurred_at,
            order_number
        """,
        now,
        now + LEASE,
        most,
    )
    return [_lent(row) for row in rows]


def _lent(row: Row) -> Lent:
    return Lent(
        row["message_id"],
        KINDS[row["kind"]],
        row["recipient"],
        language_of(row["language"]),
        row["subject"],
        row["data"].encode(),
        row["round"],
        row["tries"],
        row["occurred_at"],
        row["order_number"],
    )


async def sent(database: Connection, lent: Lent, now: datetime) -> bool:
    """False where somebody else recorded an outcome: the lease had ended."""
    return bool(
        await database.execute(
            """
            UPDATE messages SET state = 'sent', sent_at = $4, next_at = NULL, reason = NULL
            WHERE message_id = $1 AND round = $2 AND tries = $3 AND state = 'queued'
            """,
            lent.message_id,
            lent.round,
            lent.tries,
            now,
        )
    )


async def not_sent(database: Connection, lent: Lent, reason: str, again_at: datetime | None) -> bool:
    """To be tried at `again_at`, or failed for good. False as in `sent`."""
    return bool(
        await database.execute(
            """
            UPDATE messages
            SET state = CASE WHEN $5::timestamptz IS NULL THEN 'failed' ELSE 'queued' END, next_at = $5, reason = $4
            WHERE message_id = $1 AND round = $2 AND tries = $3 AND state = 'queued'
            """,
            lent.message_id,
            lent.round,
            lent.tries,
            reason[:1000],
            again_at,
        )
    )


async def queue_again(tx: Transaction, message_id: UUID, now: datetime) -> bool:
    """A new round. False unless it was sent or has failed."""
    return bool(
        await tx.execute(
            """
            UPDATE messages SET state = 'queued', round = round + 1, tries = 0, next_at = $2, reason = NULL
            WHERE message_id = $1 AND state IN ('sent', 'failed')
            """,
            message_id,
            now,
        )
    )


async def suppress(tx: Transaction, email: str, kind: str) -> None:
    """What is still to be sent of a kind that the recipient has just done without."""
    await tx.execute(
        """
        UPDATE messages SET state = 'suppressed', next_at = NULL
        WHERE lower(recipient) = $1 AND kind = $2 AND state = 'queued' AND tries = 0
        """,
        email.lower(),
        kind,
    )


async def forget(database: Connection, before: datetime) -> int:
    return await database.execute("DELETE FROM messages WHERE created_at < $1 AND state <> 'queued'", before)
