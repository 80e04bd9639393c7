"""Events leave in the transaction that made them true, and stay until every subscriber has confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from tradewind.kernel.clock import Clock
from tradewind.kernel.events import Envelope, Event
from tradewind.kernel.telemetry import current_request_id, current_trace
from tradewind.ports.database import Connection, Row, Transaction

KEPT_DAYS = 30
SEND_AGAIN_SECONDS = 2  # what the bus did not take; longer than a bus takes to mend its subscriptions
REDRIVE_FIRST_SECONDS = 10  # what it took and nobody confirmed
REDRIVE_MOST_SECONDS = 600


class Outbox:
    """`subscribers` maps an event's name to all who must confirm it, in this process or another.

    Whoever changes several events locks them in the order of their ids: two relays then wait for each other
    one way only.
    """

    def __init__(self, service: str, subscribers: Mapping[str, tuple[str, ...]], clock: Clock) -> None:
        self.service = service
        self.wake = asyncio.Event()
        self._subscribers, self._clock = subscribers, clock

    async def append(self, tx: Transaction, *events: Event) -> None:
        """Publish with this transaction. One statement, however many events."""
        if not events:
            return
        names = [event.event_type() for event in events]
        awaiting = [",".join(self._subscribers.get(name, ())) for name in names]
        await tx.execute(
            """
            INSERT INTO outbox (id, type, key, payload, trace, request_id, occurred_at, awaiting, owed)
            SELECT id, type, key, payload::jsonb, $5, $8, $6, subscribers, subscribers
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $7::text[])
                AS e (id, type, key, payload, named), string_to_array(named, ',') AS subscribers
            """,
            [self._clock.new_id() for _ in events],
            names,
            [event.subject_id() for event in events],
            [msgspec.json.encode(event).decode() for event in events],
            current_trace(),
            self._clock.now(),
            awaiting,
            current_request_id(),
        )
        if any(awaiting):
            tx.after_commit(self.wake.set)

    async def claim(self, database: Connection, most: int) -> list[tuple[Envelope, list[str]]]:
        """Unconfirmed events and whom they await, each lent for a while: longer with every try."""
        now = self._clock.now()
        rows = await database.fetch(
            """
            UPDATE outbox
            SET tries = tries + 1,
                claimed_until = $1::timestamptz
                    + make_interval(secs => least($3::int, $2::int * power(2, least(tries, 16))))
            WHERE id IN (
                SELECT id FROM outbox
                WHERE awaiting <> '{}' AND claimed_until < $1
                ORDER BY id LIMIT $4 FOR UPDATE SKIP LOCKED)
            RETURNING id, type, key, payload, trace, request_id, occurred_at, awaiting
            """,
            now,
            REDRIVE_FIRST_SECONDS,
            REDRIVE_MOST_SECONDS,
            most,
        )
        return sorted(((self.envelope(row), row["awaiting"]) for row in rows), key=lambda item: item[0].id)

    async def not_sent(self, database: Connection, ids: Sequence[UUID]) -> None:
        """The bus did not take these: they are due again soon, and it counts as no try."""
        await database.execute(
            """
            UPDATE outbox
            SET tries = greatest(tries - 1, 0), claimed_until = $2::timestamptz + make_interval(secs => $3::int)
            WHERE id IN (SELECT id FROM outbox WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE)
            """,
            list(ids),
            self._clock.now(),
            SEND_AGAIN_SECONDS,
        )

    async def send_all_again(self, database: Connection) -> None:
        """The bus lost what it had taken: all that is unconfirmed is due soon, as if never sent."""
        await database.execute(
            """
            UPDATE outbox SET tries = 0, claimed_until = $1::timestamptz + make_interval(secs => $2::int)
            WHERE id IN (
                SELECT id FROM outbox
                WHERE awaiting <> '{}' AND claimed_until > $1::timestamptz + make_interval(secs => $2::int)
                ORDER BY id FOR UPDATE)
            """,
            self._clock.now(),
            SEND_AGAIN_SECONDS,
        )

    def envelope(self, row: Row) -> Envelope:
        return Envelope(
            row["id"],
            row["type"],
            self.service,
            row["key"],
            row["occurred_at"],
            row["trace"],
            msgspec.Raw(row["payload"].encode()),
            row["request_id"],
        )

    async def confirm(self, database: Connection, ids: Sequence[UUID], subscribers: Sequence[str]) -> None:
        """These subscribers hold these events durably; safe to repeat."""
        await database.execute(
            """
            UPDATE outbox
            SET awaiting = ARRAY(SELECT name FROM unnest(awaiting) AS name WHERE name <> ALL ($2::text[]))
            WHERE id IN (SELECT id FROM outbox WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE)
            """,
            list(ids),
            list(subscribers),
        )

    async def forget_old(self, database: Connection) -> None:
        """Drop what every subscriber has long confirmed."""
        await database.execute(
            "DELETE FROM outbox WHERE awaiting = '{}' AND occurred_at < $1",
            self._clock.now() - timedelta(days=KEPT_DAYS),
        )
