"""Writes about payments that must be given back because their order was cancelled, or by hand."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from uuid import UUID

from tradewind.contracts.payment import MoneyToReturn
from tradewind.ports.database import Connection, Row, Transaction
from tradewind.services.payment.domain import (
    INTERNAL_METHODS,
    Holding,
)
from tradewind.services.payment.references import PaymentKey
from tradewind.services.payment.store import gift_cards, internal
from tradewind.services.payment.store.attempts import lock_order

_NAMED = {
    "payment_id": "id AS payment_id",
    "void_requested": "void_requested_at IS NOT NULL AS void_requested",
}
HOLDING_COLUMNS = ", ".join(_NAMED.get(field.name, field.name) for field in fields(Holding))


def holding_of(row: Row) -> Holding:
    return Holding(**{field.name: row[field.name] for field in fields(Holding)})


async def request_void(
    tx: Transaction, order_id: UUID, new_payment_id: UUID, reason: str, now: datetime
) -> None:
    """From here on nothing is authorised or captured for this order, even if nothing was so far."""
    await lock_order(tx, order_id)
    await tx.execute(
        """
        INSERT INTO payments AS known
            (order_id, id, attempt, state, void_requested_at, void_reason, created_at, updated_at)
        VALUES ($1, $2, 0, 'voided', $4, $3, $4, $4)
        ON CONFLICT (order_id, number) DO UPDATE
        SET void_requested_at = coalesce(known.void_requested_at, $4),
            void_reason = $3,
            closing_due_at = CASE WHEN known.state IN ('declined', 'voided') THEN known.closing_due_at
                ELSE $4 END,
            updated_at = $4
        """,
        order_id,
        new_payment_id,
        reason,
        now,
    )
    await tx.execute(
        """
        UPDATE payments
        SET void_requested_at = coalesce(void_requested_at, $3), void_reason = $2,
            closing_due_at = CASE WHEN state IN ('declined', 'voided') THEN closing_due_at ELSE $3 END,
            updated_at = $3
        WHERE order_id = $1 AND number > 1
        """,
        order_id,
        reason,
        now,
    )


async def request_void_by_hand(tx: Connection, payment_id: UUID, reason: str, now: datetime) -> bool:
    """The same for a payment of which nothing was captured; False for any other."""
    return bool(
        await tx.execute(
            """
            UPDATE payments
            SET void_requested_at = coalesce(void_requested_at, $3), void_reason = coalesce(void_reason, $2),
                closing_due_at = CASE WHEN state = 'voided' THEN closing_due_at ELSE $3 END, updated_at = $3
            WHERE id = $1 AND attempt > 0 AND state <> 'declined' AND captured_minor = 0 AND capturing_minor = 0
            """,
            payment_id,
            reason,
            now,
        )
    )


async def claim_closing(
    tx: Connection, key: PaymentKey, first_seconds: float, most_seconds: float, now: datetime
) -> Holding | None:
    """What a payment that is to be given back still holds. Unless it is closed before, it is due again after
    a pause that is twice as long each time."""
    row = await tx.row(
        f"""
        UPDATE payments
        SET closing_tries = closing_tries + 1,
            closing_due_at = $4::timestamptz
                + make_interval(secs => least($3::float8, $2::float8 * power(2, least(closing_tries, 30))))
        WHERE order_id = $1 AND number = $5 AND closing_due_at IS NOT NULL
        RETURNING {HOLDING_COLUMNS}
        """,
        key.order_id,
        first_seconds,
        most_seconds,
        now,
        key.number,
    )
    return None if row is None else holding_of(row)


async def close(tx: Connection, holding: Holding) -> bool:
    """It holds nothing any more; False if it changed since it was looked at."""
    closed = await tx.execute(
        """
        UPDATE payments SET closing_due_at = NULL
        WHERE order_id = $1 AND state = $2 AND captured_minor = $3 AND capturing_minor = 0
            AND refunded_minor = $4 AND refunding_minor = 0 AND number = $5 AND disputed_minor = $6
        """,
        holding.order_id,
        holding.state,
        holding.captured_minor,
        holding.refunded_minor,
        holding.number,
        holding.disputed_minor,
    )
    return closed == 1


async def let_go(tx: Transaction, order_id: UUID, now: datetime) -> list[MoneyToReturn]:
    """Of a complete order nothing more is captured: what no capture under way needs is let go. Of a gift card it
    is the balance's again; a payment of which nothing was captured is voided; of a transfer it is answered, where it
    arrived; the rest is the bank's to release, which release_rest asks for."""
    await lock_order(tx, order_id)
    rows = await tx.fetch(
        """
        WITH open AS (
            SELECT order_id, number, authorised_minor - captured_minor - capturing_minor - let_go_minor AS left_minor
            FROM payments WHERE order_id = $1 AND state = 'authorised' AND void_requested_at IS NULL
            ORDER BY number FOR UPDATE)
        UPDATE payments
        SET let_go_minor = CASE WHEN captured_minor + capturing_minor > 0 THEN let_go_minor + left_minor
                ELSE let_go_minor END,
            void_requested_at = CASE WHEN captured_minor + capturing_minor = 0 THEN $2::timestamptz END,
            void_reason = CASE WHEN captured_minor + capturing_minor = 0 THEN 'order_complete' END,
            closing_due_at = CASE WHEN captured_minor + capturing_minor = 0 THEN $2 ELSE closing_due_at END,
            release_due_at = CASE WHEN captured_minor + capturing_minor > 0 AND method <> ALL ($3::text[]) THEN $2 END,
            expiry_due_at = NULL, updated_at = $2
        FROM open
        WHERE payments.order_id = open.order_id AND payments.number = open.number AND left_minor > 0
        RETURNING payments.number, payments.attempt, method, left_minor, void_requested_at
        """,
        order_id,
        now,
        sorted(INTERNAL_METHODS),
    )
    to_return = []
    for row in rows:
        if row["void_requested_at"] is not None:
            continue
        if row["method"] == "gift_card":
            await gift_cards.release(tx, order_id, row["number"], row["attempt"], row["left_minor"], now)
        elif row["method"] == "bank_transfer":
            to_return.append(await internal.return_rest(tx, PaymentKey(order_id, row["number"]), now))
    return [owed for owed in to_return if owed is not None]
