"""Writes to payments and attempts. Each is one statement, so that it can be a transaction of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Row
from tradewind.services.payment.domain import (
    Attempt,
    AttemptKey,
    AttemptMove,
    payment_state,
)

_OF_ATTEMPT = ", ".join(
    f"attempts.{field.name}"
    for field in fields(Attempt)
    if field.name not in ("payment_id", "void_requested")
)
ATTEMPT_COLUMNS = (
    f"{_OF_ATTEMPT}, payments.id AS payment_id, payments.void_requested_at IS NOT NULL AS void_requested"
)


class Moved(msgspec.Struct, frozen=True):
    """Where an attempt's move left its payment."""

    payment_id: UUID
    void_requested: bool


def attempt_of(row: Row) -> Attempt:
    return Attempt(**{field.name: row[field.name] for field in fields(Attempt)})


async def begin_attempt(
    tx: Connection,
    key: AttemptKey,
    *,
    new_payment_id: UUID,
    amount_minor: int,
    currency: str,
    sealed_token: bytes,
    return_url: str | None,
    leased_until: datetime,
    now: datetime,
) -> UUID | None:
    """The intent, with this caller as its driver; answers the payment's id.

    None where the order's payment does not allow it: there is an attempt already that was not declined,
    or the order was cancelled.
    """
    payment_id: UUID | None = await tx.value(
        """
        WITH payment AS (
            INSERT INTO payments AS known (order_id, id, attempt, state, currency, created_at, updated_at)
            VALUES ($1, $2, $3, 'processing', $4, $5, $5)
            ON CONFLICT (order_id) DO UPDATE
            SET attempt = excluded.attempt, state = 'processing', currency = excluded.currency,
                updated_at = excluded.updated_at
            WHERE known.state = 'declined' AND known.void_requested_at IS NULL
                AND known.attempt < excluded.attempt
            RETURNING id
        )
        INSERT INTO attempts
            (order_id, attempt, state, amount_minor, currency, sealed_token, return_url, sent_at,
             due_at, leased_until, created_at)
        SELECT $1, $3, 'processing', $6, $4, $7, $8, $5, $9, $9, $5 FROM payment
        RETURNING (SELECT id FROM payment)
        """,
        key.order_id,
        new_payment_id,
        key.attempt,
        currency,
        now,
        amount_minor,
        sealed_token,
        return_url,
        leased_until,
    )
    return payment_id


async def claim_attempt(
    tx: Connection, key: AttemptKey, leased_until: datetime, now: datetime
) -> Attempt | None:
    """Have an attempt with an open outcome to oneself until then; None if it has none, or another has it."""
    row = await tx.row(
        f"""
        UPDATE attempts SET leased_until = $3, due_at = $3, tries = tries + 1
        FROM payments
        WHERE attempts.order_id = $1 AND attempts.attempt = $2 AND due_at IS NOT NULL AND leased_until <= $4
            AND payments.order_id = attempts.order_id
        RETURNING {ATTEMPT_COLUMNS}
        """,
        key.order_id,
        key.attempt,
        leased_until,
        now,
    )
    return None if row is None else attempt_of(row)


async def mark_attempt_sent(tx: Connection, attempt: Attempt, now: datetime) -> str | None:
    """Before it is sent (again); answers the state it is then in, None if it has moved on."""
    state: str | None = await tx.value(
        """
        WITH sent AS (
            UPDATE attempts SET sent_at = $4, state = CASE state WHEN 'pending' THEN 'processing' ELSE state END
            WHERE order_id = $1 AND attempt = $2 AND state = $3
            RETURNING state
        ), written AS (
            INSERT INTO history (reference, from_state, to_state, at)
            SELECT $5, $3, state, $4 FROM sent WHERE state <> $3
        )
        SELECT state FROM sent
        """,
        attempt.order_id,
        attempt.attempt,
        attempt.state,
        now,
        attempt.reference,
    )
    return state


async def release_attempt(tx: Connection, attempt: Attempt, due_at: datetime | None) -> None:
    """Its driver learned nothing new: ask again at `due_at`."""
    await tx.execute(
        """
        UPDATE attempts SET due_at = $4, leased_until = '-infinity'
        WHERE order_id = $1 AND attempt = $2 AND state = $3 AND tries = $5
        """,
        attempt.order_id,
        attempt.attempt,
        attempt.state,
        due_at,
        attempt.tries,
    )


async def move_attempt(
    tx: Connection, attempt: Attempt, move: AttemptMove, due_at: datetime | None, now: datetime
) -> Moved | None:
    """Attempt, payment and history in one statement; None if the attempt is in another state by now.

    What the processor said is a fact, whoever asked. That nothing is known is only for the latest driver to
    say: `tries` tells whether this one still is.
    """
    row = await tx.row(
        """
        WITH moved AS (
            UPDATE attempts
            SET state = $4, processor_id = coalesce($5, processor_id),
                network = CASE $6 WHEN '' THEN network ELSE $6 END,
                last4 = CASE $7 WHEN '' THEN last4 ELSE $7 END,
                action_url = $8, decline_code = $9, retryable = $10,
                due_at = $11, leased_until = '-infinity',
                sealed_token = CASE WHEN $4 IN ('pending', 'unknown') THEN sealed_token END,
                sent_at = CASE WHEN $4 <> 'pending' THEN sent_at END,
                settled_at = CASE WHEN $11::timestamptz IS NULL THEN $12::timestamptz END
            WHERE order_id = $1 AND attempt = $2 AND state = $3
                AND (tries = $16 OR $4 NOT IN ('pending', 'unknown', 'abandoned'))
            RETURNING order_id, amount_minor
        ), written AS (
            INSERT INTO history (reference, from_state, to_state, detail, at)
            SELECT $13, $3, $4, $14, $12 FROM moved
        )
        UPDATE payments
        SET state = $15, updated_at = $12,
            authorised_minor = CASE $4 WHEN 'authorised' THEN moved.amount_minor ELSE authorised_minor END,
            void_requested_at = CASE WHEN $4 = 'voided' THEN coalesce(void_requested_at, $12)
                ELSE void_requested_at END,
            void_reason = CASE WHEN $4 = 'voided' THEN coalesce(void_reason, 'voided_at_processor')
                ELSE void_reason END,
            closing_due_at = CASE WHEN void_requested_at IS NOT NULL THEN $12 END
        FROM moved WHERE payments.order_id = moved.order_id AND payments.attempt = $2
        RETURNING id AS payment_id, void_requested_at IS NOT NULL AS void_requested
        """,
        attempt.order_id,
        attempt.attempt,
        attempt.state,
        move.to,
        move.processor_id,
        move.network,
        move.last4,
        move.action_url,
        move.decline_code,
        move.retryable,
        due_at,
        now,
        attempt.reference,
        move.detail[:200],
        payment_state(move.to or attempt.state),
        attempt.tries,
    )
    return None if row is None else Moved(row["payment_id"], row["void_requested"])


async def make_attempts_due(tx: Connection, keys: Sequence[AttemptKey], now: datetime) -> list[AttemptKey]:
    """Ask about these now, where their outcome is open or was given up; answers which those are."""
    rows = await tx.fetch(
        """
        UPDATE attempts SET due_at = $3
        FROM unnest($1::uuid[], $2::int[]) AS named (order_id, attempt)
        WHERE attempts.order_id = named.order_id AND attempts.attempt = named.attempt
            AND (due_at IS NOT NULL OR state = 'abandoned')
        RETURNING attempts.order_id, attempts.attempt
        """,
        [key.order_id for key in keys],
        [key.attempt for key in keys],
        now,
    )
    return [AttemptKey(row["order_id"], row["attempt"]) for row in rows]
