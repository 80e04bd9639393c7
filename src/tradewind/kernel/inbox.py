"""One event, one effect: a subscriber's inbox row commits together with what the event made it do.

A handler that fails has the event kept here (state `failed`) and tried again with growing pauses;
after MOST_TRIES it is `parked`, for a person to look at and replay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tradewind.kernel import deadline
from tradewind.kernel.clock import Clock
from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.events import Envelope, decode, handling
from tradewind.kernel.service import Subscription
from tradewind.kernel.telemetry import enter, log, span
from tradewind.ports.database import Database, DatabaseUnavailable, Transaction

MOST_TRIES = 8
KEPT_DAYS = 60  # twice as long as an outbox keeps an event: a late repeat is still known


class Parked(msgspec.Struct, frozen=True):
    """An event that a subscriber could not take, with the reason of the last try."""

    event_id: UUID
    subscriber: str
    type: str
    state: str
    tries: int
    received_at: datetime
    reason: str | None
    envelope: msgspec.Raw


@dataclass(frozen=True)
class Inbox:
    database: Database
    deps: Any
    clock: Clock
    subscriptions: Mapping[str, Subscription]  # by subscriber name

    async def receive(self, envelope: Envelope, subscriber: str) -> bool:
        """True once the event is durably here, whether its handler succeeded or must be tried again."""
        subscription = self.subscriptions[subscriber]
        deadline.clear()
        enter(envelope.trace, envelope.request_id)
        handling(envelope)
        try:
            with span(f"event {envelope.type}", subscriber=subscriber):
                async with self.database.begin() as tx:
                    if await self._first_time(tx, envelope, subscriber):
                        await subscription.handler(self.deps, tx, decode(subscription.event, envelope.data))
            return True
        except DatabaseUnavailable as error:
            log.warning("event_not_received", event_id=envelope.id, subscriber=subscriber, error=str(error))
            return False
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, the event is kept and tried again
            return await self._keep_failed(envelope, subscriber, error)

    async def _first_time(self, tx: Transaction, envelope: Envelope, subscriber: str) -> bool:
        inserted = await tx.value(
            """
            INSERT INTO inbox (event_id, subscriber, type, state, received_at) VALUES ($1, $2, $3, 'done', $4)
            ON CONFLICT DO NOTHING RETURNING true
            """,
            envelope.id,
            subscriber,
            envelope.type,
            self.clock.now(),
        )
        return bool(inserted)

    async def _keep_failed(self, envelope: Envelope, subscriber: str, error: Exception) -> bool:
        log.error("event_failed", event_id=envelope.id, subscriber=subscriber, exc_info=error)
        try:
            await self.database.execute(
                """
                INSERT INTO inbox (event_id, subscriber, type, state, received_at, retry_at, reason, envelope)
                VALUES ($1, $2, $3, 'failed', $4, $5, $6, $7::jsonb) ON CONFLICT DO NOTHING
                """,
                envelope.id,
                subscriber,
                envelope.type,
                self.clock.now(),
                self.clock.now() + timedelta(seconds=1),
                f"{type(error).__name__}: {error}",
                msgspec.json.encode(envelope).decode(),
            )
        except DatabaseUnavailable:
            log.warning("event_not_received", event_id=envelope.id, subscriber=subscriber)
            return False
        return True

    async def retry_failed(self) -> int:
        """Try again what is due; answers how many were tried."""
        due = await self.database.fetch(
            "SELECT event_id, subscriber FROM inbox WHERE state = 'failed' AND retry_at <= $1 LIMIT 50",
            self.clock.now(),
        )
        for row in due:
            await self._retry(row["event_id"], row["subscriber"])
        return len(due)

    async def _retry(self, event_id: UUID, subscriber: str) -> None:
        subscription = self.subscriptions.get(subscriber)
        if subscription is None:  # of a subscription that this version no longer has: a person decides
            await self._failed_again(event_id, subscriber, "no such subscription", parked=True)
            return
        deadline.clear()
        try:
            async with self.database.begin() as tx:
                text = await tx.value(
                    """
                    SELECT envelope FROM inbox
                    WHERE event_id = $1 AND subscriber = $2 AND state = 'failed' FOR UPDATE SKIP LOCKED
                    """,
                    event_id,
                    subscriber,
                )
                if text is None:
                    return
                envelope = msgspec.json.decode(text, type=Envelope)
                enter(envelope.trace, envelope.request_id)
                handling(envelope)
                await subscription.handler(self.deps, tx, decode(subscription.event, envelope.data))
                await tx.execute(
                    """
                    UPDATE inbox SET state = 'done', tries = tries + 1, reason = NULL, envelope = NULL
                    WHERE event_id = $1 AND subscriber = $2
                    """,
                    event_id,
                    subscriber,
                )
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - counted and kept: see receive
            log.error("event_failed", event_id=event_id, subscriber=subscriber, exc_info=error)
            await self._failed_again(event_id, subscriber, f"{type(error).__name__}: {error}")

    async def _failed_again(
        self, event_id: UUID, subscriber: str, reason: str, *, parked: bool = False
    ) -> None:
        await self.database.execute(
            """
            UPDATE inbox
            SET tries = tries + 1, reason = $3,
                state = CASE WHEN $6 OR tries + 1 >= $4 THEN 'parked' ELSE 'failed' END,
                retry_at = $5::timestamptz + make_interval(secs => least(300, power(2, tries)))
            WHERE event_id = $1 AND subscriber = $2 AND state = 'failed'
            """,
            event_id,
            subscriber,
            reason,
            MOST_TRIES,
            self.clock.now(),
            parked,
        )

    async def unfinished(self) -> list[Parked]:
        """Failed and parked events, oldest first."""
        rows = await self.database.fetch(
            """
            SELECT event_id, subscriber, type, state, tries, received_at, reason, envelope
            FROM inbox WHERE state <> 'done' ORDER BY received_at LIMIT 500
            """
        )
        return [
            Parked(
                row["event_id"],
                row["subscriber"],
                row["type"],
                row["state"],
                row["tries"],
                row["received_at"],
                row["reason"],
                msgspec.Raw(row["envelope"].encode()),
            )
            for row in rows
        ]

    async def replay(self, event_id: UUID, subscriber: str) -> None:
        """Have a parked event tried again. Raises NotFound, or Conflict when it is done."""
        state = await self.database.value(
            """
            UPDATE inbox SET state = CASE state WHEN 'done' THEN 'done' ELSE 'failed' END,
                tries = CASE state WHEN 'done' THEN tries ELSE 0 END, retry_at = $3
            WHERE event_id = $1 AND subscriber = $2 RETURNING state
            """,
            event_id,
            subscriber,
            self.clock.now(),
        )
        if state is None:
            raise NotFound("event_not_found", f"{subscriber} holds no event {event_id}")
        if state == "done":
            raise Conflict("event_done", "this event had its effect; replaying it would have it twice")

    async def forget_old(self) -> None:
        await self.database.execute(
            "DELETE FROM inbox WHERE state = 'done' AND received_at < $1",
            self.clock.now() - timedelta(days=KEPT_DAYS),
        )
