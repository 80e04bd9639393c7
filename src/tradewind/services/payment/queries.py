"""What decisions are read from, and payment_of. What staff read is in listings.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tradewind.contracts.common import Money
from tradewind.contracts.payment import NoPayment, PaymentSummary
from tradewind.ports.database import Connection
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import Attempt, AttemptKey, Holding, Operation, OperationKey
from tradewind.services.payment.store.attempts import ATTEMPT_COLUMNS, attempt_of
from tradewind.services.payment.store.closing import HOLDING_COLUMNS, holding_of
from tradewind.services.payment.store.operations import OPERATION_COLUMNS, operation_of


async def payment_of(deps: Deps, order_id: UUID) -> PaymentSummary | NoPayment:
    row = await deps.db.row(
        """
        SELECT payments.id, payments.status, payments.currency, authorised_minor, captured_minor,
            refunded_minor, network, last4, action_url
        FROM payments JOIN attempts USING (order_id, attempt) WHERE order_id = $1
        """,
        order_id,
    )
    if row is None:
        return NoPayment()
    return PaymentSummary(
        payment_id=row["id"],
        order_id=order_id,
        status=row["status"],
        authorised=Money(row["authorised_minor"], row["currency"]),
        captured=Money(row["captured_minor"], row["currency"]),
        refunded=Money(row["refunded_minor"], row["currency"]),
        network=row["network"],
        last4=row["last4"],
        action_url=row["action_url"],
    )


async def attempt(db: Connection, key: AttemptKey) -> Attempt | None:
    row = await db.row(
        f"""
        SELECT {ATTEMPT_COLUMNS} FROM attempts JOIN payments USING (order_id)
        WHERE attempts.order_id = $1 AND attempts.attempt = $2
        """,
        key.order_id,
        key.attempt,
    )
    return None if row is None else attempt_of(row)


async def latest_attempt(db: Connection, order_id: UUID) -> Attempt | None:
    """None where the order has no payment, or was cancelled before it had one."""
    row = await db.row(
        f"""
        SELECT {ATTEMPT_COLUMNS} FROM payments JOIN attempts USING (order_id, attempt)
        WHERE payments.order_id = $1
        """,
        order_id,
    )
    return None if row is None else attempt_of(row)


async def operation(db: Connection, key: OperationKey) -> Operation | None:
    row = await db.row(
        f"""
        SELECT {OPERATION_COLUMNS}
        FROM operations JOIN payments USING (order_id)
            JOIN attempts ON attempts.order_id = operations.order_id
                AND attempts.attempt = operations.attempt
        WHERE operations.id = $1 AND operations.kind = $2
        """,
        key.id,
        key.kind,
    )
    return None if row is None else operation_of(row)


async def holding(db: Connection, order_id: UUID) -> Holding | None:
    row = await db.row(f"SELECT {HOLDING_COLUMNS} FROM payments WHERE order_id = $1", order_id)
    return None if row is None else holding_of(row)


async def has_unknown_operation(db: Connection, order_id: UUID) -> bool:
    return bool(
        await db.value(
            "SELECT EXISTS (SELECT FROM operations WHERE order_id = $1 AND state = 'unknown')", order_id
        )
    )


async def open_of_order(db: Connection, order_id: UUID, now: datetime) -> list[AttemptKey | OperationKey]:
    """What of this payment is open and in nobody's hand."""
    rows = await db.fetch(
        """
        SELECT 'authorise' AS kind, order_id AS id, attempt FROM attempts
        WHERE order_id = $1 AND due_at IS NOT NULL AND leased_until <= $2
        UNION ALL
        SELECT kind, id, attempt FROM operations
        WHERE order_id = $1 AND due_at IS NOT NULL AND leased_until <= $2
        """,
        order_id,
        now,
    )
    return [_key(row["kind"], row["id"], row["attempt"]) for row in rows]


async def due(db: Connection, now: datetime, most: int) -> list[AttemptKey | OperationKey]:
    """What is open and due to be asked about, longest due first."""
    rows = await db.fetch(
        """
        SELECT 'authorise' AS kind, order_id AS id, attempt, due_at FROM attempts
        WHERE due_at <= $1 AND leased_until <= $1
        UNION ALL
        SELECT kind, id, attempt, due_at FROM operations WHERE due_at <= $1 AND leased_until <= $1
        ORDER BY due_at LIMIT $2
        """,
        now,
        most,
    )
    return [_key(row["kind"], row["id"], row["attempt"]) for row in rows]


def _key(kind: str, id_: UUID, attempt_number: int) -> AttemptKey | OperationKey:
    match kind:
        case "authorise":
            return AttemptKey(id_, attempt_number)
        case "capture" | "refund" | "void":
            return OperationKey(kind, id_)
    raise AssertionError(kind)


async def due_closings(db: Connection, now: datetime, most: int) -> list[UUID]:
    rows = await db.fetch(
        "SELECT order_id FROM payments WHERE closing_due_at <= $1 ORDER BY closing_due_at LIMIT $2", now, most
    )
    return [row["order_id"] for row in rows]


@dataclass(frozen=True, slots=True)
class MoveTarget:
    """`known_minor` is the amount of the operation, where it exists already."""

    order_id: UUID
    currency: str
    known_minor: int | None
    left_minor: int


async def move_target(db: Connection, payment_id: UUID, key: OperationKey) -> MoveTarget | None:
    """The payment that a capture or refund by hand is about, and what is left to it."""
    row = await db.row(
        """
        SELECT order_id, currency,
            (SELECT amount_minor FROM operations WHERE id = $2 AND kind = $3) AS known_minor,
            CASE $3
                WHEN 'capture' THEN authorised_minor - captured_minor - capturing_minor
                ELSE captured_minor - refunded_minor - refunding_minor
            END AS left_minor
        FROM payments WHERE id = $1 AND attempt > 0
        """,
        payment_id,
        key.id,
        key.kind,
    )
    return (
        None
        if row is None
        else MoveTarget(row["order_id"], row["currency"], row["known_minor"], row["left_minor"])
    )
