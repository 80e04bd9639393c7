"""Writes to payments and attempts. Each is one statement, so that it can be a transaction of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Row, Transaction
from tradewind.services.payment.domain import (
    Attempt,
    AttemptMove,
    payment_state,
)
from tradewind.services.payment.references import (
    AttemptKey,
    authorisation_reference,
)

_OF_ATTEMPT = ", ".join(
    f"attempts.{field.name}"
    for field in fields(Attempt)
    if field.name not in ("payment_id", "void_requested", "customer_id")
)
ATTEMPT_COLUMNS = f"""
    {_OF_ATTEMPT}, payments.id AS payment_id, payments.customer_id,
    payments.void_requested_at IS NOT NULL AS void_requested
"""


class Moved(msgspec.Struct, frozen=True):
    """Where an attempt's move left its payment."""

    payment_id: UUID
    void_requested: bool


def attempt_of(row: Row) -> Attempt:
    return Attempt(**{field.name: row[field.name] for field in fields(Attempt)})


@dataclass(frozen=True, slots=True)
class Intent:
    """An authorisation that is about to be asked for. `processors` are those that could, the likeliest first."""

    key: AttemptKey
    amount_minor: int
    currency: str
    method: str
    processors: Sequence[str]
    sealed_token: bytes | None
    return_url: str | None = None
    customer_id: UUID | None = None
    country: str | None = None
    gift_card_id: UUID | None = None
    saved_method_id: UUID | None = None
    keep_method: bool = False


async def begin_attempt(
    tx: Connection, intent: Intent, *, new_payment_id: UUID, leased_until: datetime, now: datetime
) -> tuple[UUID, str, Sequence[str]] | None:
    """The intent, with this caller as its driver; answers the payment's id, the processor that the rules name
    first, and those that may stand in for it.

    None where the order's payment does not allow it: there is an attempt already that was not declined,
    or the order was cancelled. Of a payment above number 1, the caller holds `lock_order`.
    """
    row = await tx.row(
        """
        WITH payment AS (
            INSERT INTO payments AS known
                (order_id, number, id, attempt, state, currency, method, customer_id, country, created_at, updated_at)
            SELECT $1, $11, $2, $3, 'processing', $4, $12, $13, $14, $5, $5
            WHERE $11 = 1 OR NOT EXISTS (
                SELECT FROM payments WHERE order_id = $1 AND void_reason = 'order_cancelled')
            ON CONFLICT (order_id, number) DO UPDATE
            SET attempt = excluded.attempt, state = 'processing', currency = excluded.currency,
                method = excluded.method, customer_id = excluded.customer_id, country = excluded.country,
                updated_at = excluded.updated_at
            WHERE known.state = 'declined' AND known.void_requested_at IS NULL
                AND known.attempt < excluded.attempt
            RETURNING id
        ), rule AS (
            SELECT ARRAY (
                SELECT named FROM unnest(processors) WITH ORDINALITY AS route (named, place)
                WHERE named = ANY ($10::text[]) ORDER BY place) AS processors
            FROM payment_rules
            WHERE active AND (country IS NULL OR country = $14) AND (currency IS NULL OR currency = $4)
                AND (method IS NULL OR method = $12) AND (from_minor IS NULL OR $6 >= from_minor)
                AND (to_minor IS NULL OR $6 <= to_minor)
            ORDER BY position, id LIMIT 1
        ), route AS (
            SELECT coalesce((SELECT nullif(processors, '{}') FROM rule), $10::text[]) AS processors
        )
        INSERT INTO attempts
            (order_id, number, attempt, state, amount_minor, currency, sealed_token, return_url, sent_at,
             due_at, leased_until, created_at, method, processor, stand_ins, gift_card_id, saved_method_id,
             keep_method)
        SELECT $1, $11, $3, 'processing', $6, $4, $7, $8, $5, $9, $9, $5, $12, processors[1], processors[2:],
            $15, $16, $17
        FROM payment, route
        RETURNING (SELECT id FROM payment), processor, stand_ins
        """,
        intent.key.order_id,
        new_payment_id,
        intent.key.attempt,
        intent.currency,
        now,
        intent.amount_minor,
        intent.sealed_token,
        intent.return_url,
        leased_until,
        list(intent.processors),
        intent.key.number,
        intent.method,
        intent.customer_id,
        intent.country,
        intent.gift_card_id,
        intent.saved_method_id,
        intent.keep_method,
    )
    return None if row is None else (row["id"], row["processor"], row["stand_ins"])


def begun_attempt(
    intent: Intent, payment_id: UUID, processor: str, stand_ins: Sequence[str], now: datetime
) -> Attempt:
    """As `begin_attempt` wrote it."""
    return Attempt(
        order_id=intent.key.order_id,
        number=intent.key.number,
        attempt=intent.key.attempt,
        state="processing",
        payment_id=payment_id,
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        void_requested=False,
        sealed_token=intent.sealed_token,
        return_url=intent.return_url,
        processor_id=None,
        network="",
        last4="",
        action_url=None,
        decline_code=None,
        retryable=False,
        sent_at=now,
        tries=1,
        created_at=now,
        method=intent.method,
        processor=processor,
        stand_ins=stand_ins,
        keep_method=intent.keep_method,
        customer_id=intent.customer_id,
    )


def reference_of(key: AttemptKey) -> str:
    return authorisation_reference(key.order_id, key.attempt, key.number)


def token_place(reference: str) -> str:
    """Where what an attempt is made with belongs: it opens nowhere else."""
    return f"attempts.sealed_token:{reference}"


async def lock_order(tx: Transaction, order_id: UUID) -> None:
    """Payments above number 1 are begun, and an order's payments are voided, one after the other."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('payments:' || $1, 0))", str(order_id))


async def claim_attempt(
    tx: Connection, key: AttemptKey, leased_until: datetime, now: datetime
) -> Attempt | None:
    """Have an attempt with an open outcome to oneself until then; None if it has none, or another has it."""
    row = await tx.row(
        f"""
        UPDATE attempts SET leased_until = $3, due_at = $3, tries = tries + 1
        FROM payments
        WHERE attempts.order_id = $1 AND attempts.attempt = $2 AND attempts.number = $5
            AND due_at IS NOT NULL AND leased_until <= $4
            AND payments.order_id = attempts.order_id AND payments.number = attempts.number
        RETURNING {ATTEMPT_COLUMNS}
        """,
        key.order_id,
        key.attempt,
        leased_until,
        now,
        key.number,
    )
    return None if row is None else attempt_of(row)


async def mark_attempt_sent(tx: Connection, attempt: Attempt, now: datetime) -> str | None:
    """Before it is sent (again); answers the state it is then in, None if it has moved on."""
    state: str | None = await tx.value(
        """
        WITH sent AS (
            UPDATE attempts SET sent_at = $4, state = CASE state WHEN 'pending' THEN 'processing' ELSE state END
            WHERE order_id = $1 AND attempt = $2 AND state = $3 AND number = $6
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
        attempt.number,
    )
    return state


async def release_attempt(tx: Connection, attempt: Attempt, due_at: datetime | None) -> None:
    """Its driver learned nothing new: ask again at `due_at`."""
    await tx.execute(
        """
        UPDATE attempts SET due_at = $4, leased_until = '-infinity'
        WHERE order_id = $1 AND attempt = $2 AND state = $3 AND tries = $5 AND number = $6
        """,
        attempt.order_id,
        attempt.attempt,
        attempt.state,
        due_at,
        attempt.tries,
        attempt.number,
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
                settled_at = CASE WHEN $11::timestamptz IS NULL THEN $12::timestamptz END,
                processor = CASE WHEN $18 THEN stand_ins[1] ELSE processor END,
                stand_ins = CASE WHEN $18 THEN stand_ins[2:] ELSE stand_ins END
            WHERE order_id = $1 AND attempt = $2 AND state = $3 AND number = $17
                AND (tries = $16 OR $4 NOT IN ('pending', 'unknown', 'abandoned'))
            RETURNING order_id, number, amount_minor
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
            closing_due_at = CASE WHEN void_requested_at IS NOT NULL THEN $12 END,
            expires_at = CASE $4 WHEN 'authorised' THEN $19::timestamptz END,
            expiry_due_at = CASE WHEN $4 = 'authorised' AND $19 IS NOT NULL THEN $12 END,
            captures_once = $20
        FROM moved
        WHERE payments.order_id = moved.order_id AND payments.number = moved.number AND payments.attempt = $2
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
        attempt.number,
        move.stand_in,
        move.expires_at,
        move.captures_once,
    )
    return None if row is None else Moved(row["payment_id"], row["void_requested"])


async def make_attempts_due(tx: Connection, keys: Sequence[AttemptKey], now: datetime) -> list[AttemptKey]:
    """Ask about these now, where their outcome is open or was given up; answers which those are."""
    rows = await tx.fetch(
        """
        UPDATE attempts SET due_at = $3
        FROM unnest($1::uuid[], $2::int[], $4::int[]) AS named (order_id, attempt, number)
        WHERE attempts.order_id = named.order_id AND attempts.attempt = named.attempt
            AND attempts.number = named.number AND (due_at IS NOT NULL OR state = 'abandoned')
        RETURNING attempts.order_id, attempts.attempt, attempts.number
        """,
        [key.order_id for key in keys],
        [key.attempt for key in keys],
        now,
        [key.number for key in keys],
    )
    return [AttemptKey(row["order_id"], row["attempt"], row["number"]) for row in rows]
