"""Writes about what is held and lapses, about rests that processors must let go of, and purchases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from uuid import UUID

from tradewind.ports.database import Connection, Row, Transaction
from tradewind.services.payment.references import PaymentKey

LOOK_AGAIN = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=6)

_OF_PAYMENT = """
    payments.order_id, payments.number, payments.id AS payment_id, payments.method, payments.currency,
    payments.captured_minor, payments.capturing_minor, payments.received_minor, payments.expires_at,
    payments.renewals, payments.renewal_refused, attempts.attempt, attempts.processor, attempts.processor_id,
    payments.authorised_minor - payments.captured_minor - payments.capturing_minor - payments.let_go_minor AS left_minor
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A payment of which something may still be held, and the authorisation that holds it."""

    order_id: UUID
    number: int
    payment_id: UUID
    method: str
    currency: str
    captured_minor: int
    capturing_minor: int
    received_minor: int
    expires_at: datetime | None
    renewals: int
    renewal_refused: bool
    attempt: int
    processor: str
    processor_id: str
    left_minor: int  # neither captured, nor being captured, nor let go

    @property
    def key(self) -> PaymentKey:
        return PaymentKey(self.order_id, self.number)


def _held(row: Row) -> Held:
    return Held(**{field.name: row[field.name] for field in fields(Held)})


async def claim_expiring(db: Connection, before: datetime, now: datetime, most: int) -> list[Held]:
    """Those that lapse before then, each to be looked at again after a pause unless more is learned."""
    return await _claimed(
        db,
        "expiry_due_at = $1::timestamptz + $2::interval",
        "expiry_due_at <= $1 AND expires_at <= $4 AND state = 'authorised' AND void_requested_at IS NULL",
        "expiry_due_at",
        (now, LOOK_AGAIN, most, before),
    )


async def claim_releases(db: Connection, now: datetime, most: int) -> list[Held]:
    """Those of which a processor must let go of the rest, each due again after a longer pause."""
    pause = "least($2::interval, interval '1 minute' * power(2, least(release_tries, 20)))"
    return await _claimed(
        db,
        f"release_tries = release_tries + 1, release_due_at = $1::timestamptz + {pause}",
        "release_due_at <= $1",
        "release_due_at",
        (now, LONGEST_PAUSE, most),
    )


async def claim_purchases(db: Connection, now: datetime, most: int) -> list[Held]:
    """Those of which all is to be captured at once."""
    return await _claimed(
        db,
        "purchase_due_at = $1::timestamptz + $2::interval",
        "purchase_due_at <= $1",
        "purchase_due_at",
        (now, timedelta(minutes=1), most),
    )


async def _claimed(
    db: Connection, change: str, due: str, order: str, parameters: Sequence[object]
) -> list[Held]:
    rows = await db.fetch(
        f"""
        UPDATE payments SET {change} FROM attempts
        WHERE (payments.order_id, payments.number) IN (
                SELECT order_id, number FROM payments WHERE {due}
                ORDER BY {order} LIMIT $3 FOR UPDATE SKIP LOCKED)
            AND attempts.order_id = payments.order_id AND attempts.number = payments.number
            AND attempts.attempt = payments.attempt
        RETURNING {_OF_PAYMENT}
        """,
        *parameters,
    )
    return [_held(row) for row in rows]


async def renewed(
    tx: Transaction, held: Held, processor_id: str, expires_at: datetime | None, now: datetime
) -> bool:
    """It is held anew, and known by another name. False where that was recorded, or it was let go of meanwhile."""
    done = await tx.execute(
        """
        UPDATE payments SET renewals = renewals + 1, expires_at = $4, expiry_told_at = NULL,
            expiry_due_at = CASE WHEN $4::timestamptz IS NOT NULL THEN $5::timestamptz END, updated_at = $5
        WHERE order_id = $1 AND number = $2 AND renewals = $3 AND state = 'authorised'
        """,
        held.order_id,
        held.number,
        held.renewals,
        expires_at,
        now,
    )
    if done:
        await tx.execute(
            "UPDATE attempts SET processor_id = $4 WHERE order_id = $1 AND number = $2 AND attempt = $3",
            held.order_id,
            held.number,
            held.attempt,
            processor_id,
        )
    return bool(done)


async def prolonged(db: Connection, held: Held, expires_at: datetime, now: datetime) -> None:
    """The processor holds it longer than was known."""
    await db.execute(
        """
        UPDATE payments SET expires_at = $3, expiry_told_at = NULL, expiry_due_at = $4
        WHERE order_id = $1 AND number = $2 AND state = 'authorised'
        """,
        held.order_id,
        held.number,
        expires_at,
        now,
    )


async def note_told(tx: Transaction, held: Held, now: datetime) -> bool:
    """It lapses and cannot be renewed: looked at again when it has. False where that was told before."""
    return bool(
        await tx.execute(
            """
            UPDATE payments SET renewal_refused = true, expiry_due_at = expires_at,
                expiry_told_at = $3
            WHERE order_id = $1 AND number = $2 AND state = 'authorised' AND void_requested_at IS NULL
                AND expiry_told_at IS NULL AND expires_at = $4
            """,
            held.order_id,
            held.number,
            now,
            held.expires_at,
        )
    )


async def wait_until_lapsed(db: Connection, held: Held) -> None:
    await db.execute(
        "UPDATE payments SET expiry_due_at = expires_at WHERE order_id = $1 AND number = $2",
        held.order_id,
        held.number,
    )


async def nothing_left(db: Connection, held: Held) -> None:
    """All of it was captured: nothing lapses."""
    await db.execute(
        """
        UPDATE payments SET expiry_due_at = NULL
        WHERE order_id = $1 AND number = $2
            AND captured_minor + let_go_minor = authorised_minor
        """,
        held.order_id,
        held.number,
    )


async def lapse(tx: Transaction, held: Held, now: datetime) -> int | None:
    """Nothing more of it is captured: what was not is let go of. Answers how much that is; None where it was
    captured, renewed or let go of meanwhile."""
    left: int | None = await tx.value(
        """
        WITH open AS (
            SELECT order_id, number, authorised_minor - captured_minor - let_go_minor AS left_minor
            FROM payments
            WHERE order_id = $1 AND number = $2 AND state = 'authorised' AND void_requested_at IS NULL
                AND capturing_minor = 0 AND expires_at <= $3
                AND NOT (method = 'bank_transfer' AND received_minor > 0)
            FOR UPDATE)
        UPDATE payments
        SET let_go_minor = CASE WHEN captured_minor > 0 THEN let_go_minor + left_minor ELSE let_go_minor END,
            release_due_at = CASE WHEN captured_minor > 0 THEN $3::timestamptz END,
            void_requested_at = CASE WHEN captured_minor = 0 THEN $3 END,
            void_reason = CASE WHEN captured_minor = 0 THEN 'lapsed' END,
            closing_due_at = CASE WHEN captured_minor = 0 THEN $3 END,
            lapsed_at = $3, expiry_due_at = NULL, updated_at = $3
        FROM open
        WHERE payments.order_id = open.order_id AND payments.number = open.number AND left_minor > 0
        RETURNING left_minor
        """,
        held.order_id,
        held.number,
        now,
    )
    return left


async def released(db: Connection, held: Held) -> None:
    await db.execute(
        "UPDATE payments SET release_due_at = NULL WHERE order_id = $1 AND number = $2",
        held.order_id,
        held.number,
    )


async def void_instead(db: Connection, held: Held, now: datetime) -> None:
    """The capture that was under way failed: nothing was taken, and all of it goes back."""
    await db.execute(
        """
        UPDATE payments SET release_due_at = NULL, void_requested_at = $3, void_reason = 'order_complete',
            closing_due_at = $3
        WHERE order_id = $1 AND number = $2 AND captured_minor = 0 AND capturing_minor = 0
            AND state = 'authorised' AND void_requested_at IS NULL
        """,
        held.order_id,
        held.number,
        now,
    )


async def want_purchase(tx: Transaction, order_id: UUID, methods: Sequence[str], now: datetime) -> None:
    await tx.execute(
        """
        UPDATE payments SET purchase_due_at = $3
        WHERE order_id = $1 AND method = ANY ($2::text[]) AND state = 'authorised' AND captured_minor = 0
            AND capturing_minor = 0 AND void_requested_at IS NULL
        """,
        order_id,
        list(methods),
        now,
    )


async def purchased(db: Connection, held: Held) -> None:
    """Taken, or not to be had at once: its parcels take it then."""
    await db.execute(
        "UPDATE payments SET purchase_due_at = NULL WHERE order_id = $1 AND number = $2",
        held.order_id,
        held.number,
    )


async def note_delivered(tx: Transaction, order_id: UUID, now: datetime) -> None:
    """What is paid on delivery has been collected: the carrier owes it."""
    await tx.execute(
        """
        UPDATE payments SET delivered_at = $2
        WHERE order_id = $1 AND method = 'cash_on_delivery' AND state = 'authorised'
        """,
        order_id,
        now,
    )
