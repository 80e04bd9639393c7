"""What decisions are read from, and payment_of. What staff read is in listings.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tradewind.contracts.common import Money
from tradewind.contracts.payment import NoPayment, PaymentSummary
from tradewind.ports.database import Connection, Row
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import (
    Attempt,
    Holding,
    Operation,
)
from tradewind.services.payment.references import (
    AttemptKey,
    OperationKey,
    PaymentKey,
)
from tradewind.services.payment.store.attempts import ATTEMPT_COLUMNS, attempt_of
from tradewind.services.payment.store.closing import HOLDING_COLUMNS, holding_of
from tradewind.services.payment.store.operations import OPERATION_COLUMNS, operation_of
from tradewind.services.payment.store.receipts import AWAITED

_SUMMARY = f"""
    SELECT payments.order_id, payments.id, payments.status, payments.currency, authorised_minor, captured_minor,
        refunded_minor, received_minor, let_go_minor, capturing_minor, network, last4, action_url, expires_at,
        payments.number, payments.method, attempts.processor, disputed_minor, {AWAITED} AS awaited_minor,
        greatest(0, captured_minor - refunded_minor - refunding_minor - disputed_minor) AS refundable_minor
    FROM payments JOIN attempts USING (order_id, number, attempt) WHERE order_id = $1 ORDER BY payments.number
"""


async def payment_of(deps: Deps, order_id: UUID) -> PaymentSummary | NoPayment:
    row = await deps.db.row(f"{_SUMMARY} LIMIT 1", order_id)
    return NoPayment() if row is None else _summary(row)


async def payments_of(deps: Deps, order_id: UUID) -> list[PaymentSummary]:
    return [_summary(row) for row in await deps.db.fetch(_SUMMARY, order_id)]


def _summary(row: Row) -> PaymentSummary:
    currency = row["currency"]
    left = row["authorised_minor"] - row["captured_minor"] - row["let_go_minor"]
    return PaymentSummary(
        payment_id=row["id"],
        order_id=row["order_id"],
        status=row["status"],
        authorised=Money(row["authorised_minor"], currency),
        captured=Money(row["captured_minor"], currency),
        refunded=Money(row["refunded_minor"], currency),
        network=row["network"],
        last4=row["last4"],
        action_url=row["action_url"],
        number=row["number"],
        method=row["method"],
        processor=row["processor"],
        open=Money(left if row["status"] != "voided" else 0, currency),
        received=Money(row["received_minor"], currency),
        expires_at=row["expires_at"],
        refundable=Money(row["refundable_minor"], currency),
        disputed=Money(row["disputed_minor"], currency),
        awaited=None if row["awaited_minor"] is None else Money(row["awaited_minor"], currency),
    )


async def attempt(db: Connection, key: AttemptKey) -> Attempt | None:
    row = await db.row(
        f"""
        SELECT {ATTEMPT_COLUMNS} FROM attempts JOIN payments USING (order_id, number)
        WHERE attempts.order_id = $1 AND attempts.attempt = $2 AND attempts.number = $3
        """,
        key.order_id,
        key.attempt,
        key.number,
    )
    return None if row is None else attempt_of(row)


async def latest_attempt(db: Connection, order_id: UUID, number: int) -> Attempt | None:
    """None where the order has no such payment, or was cancelled before it had one."""
    row = await db.row(
        f"""
        SELECT {ATTEMPT_COLUMNS} FROM payments JOIN attempts USING (order_id, number, attempt)
        WHERE payments.order_id = $1 AND payments.number = $2
        """,
        order_id,
        number,
    )
    return None if row is None else attempt_of(row)


async def operation(db: Connection, key: OperationKey) -> Operation | None:
    row = await db.row(
        f"""
        SELECT {OPERATION_COLUMNS}
        FROM operations JOIN payments USING (order_id, number)
            JOIN attempts ON attempts.order_id = operations.order_id
                AND attempts.number = operations.number AND attempts.attempt = operations.attempt
        WHERE operations.id = $1 AND operations.kind = $2
        """,
        key.id,
        key.kind,
    )
    return None if row is None else operation_of(row)


async def is_disputed(db: Connection, operation: Operation) -> bool:
    """Whether what this refund would give back is disputed, since it was begun."""
    return bool(
        await db.value(
            """
            SELECT disputed_minor > 0 AND refunded_minor + refunding_minor + disputed_minor > captured_minor
            FROM payments WHERE id = $1
            """,
            operation.payment_id,
        )
    )


async def parts_of(db: Connection, spread: OperationKey) -> list[Operation]:
    """By number."""
    rows = await db.fetch(
        f"""
        SELECT {OPERATION_COLUMNS}
        FROM operations JOIN payments USING (order_id, number)
            JOIN attempts ON attempts.order_id = operations.order_id
                AND attempts.number = operations.number AND attempts.attempt = operations.attempt
        WHERE operations.spread_id = $1 AND operations.kind = $2 ORDER BY operations.number
        """,
        spread.id,
        spread.kind,
    )
    return [operation_of(row) for row in rows]


async def holding(db: Connection, key: PaymentKey) -> Holding | None:
    row = await db.row(
        f"SELECT {HOLDING_COLUMNS} FROM payments WHERE order_id = $1 AND number = $2",
        key.order_id,
        key.number,
    )
    return None if row is None else holding_of(row)


async def holdings(db: Connection, order_id: UUID, *, lock: bool = False) -> list[Holding]:
    """Those of the order that were begun, by number."""
    rows = await db.fetch(
        f"""
        SELECT {HOLDING_COLUMNS} FROM payments WHERE order_id = $1 AND attempt > 0
        ORDER BY number {"FOR UPDATE" if lock else ""}
        """,
        order_id,
    )
    return [holding_of(row) for row in rows]


async def has_unknown_operation(db: Connection, order_id: UUID, number: int | None) -> bool:
    """Of one payment, or with None of any of the order's."""
    return bool(
        await db.value(
            """
            SELECT EXISTS (SELECT FROM operations
                WHERE order_id = $1 AND state = 'unknown' AND ($2::int IS NULL OR number = $2))
            """,
            order_id,
            number,
        )
    )


async def open_of_order(
    db: Connection, order_id: UUID, number: int | None, now: datetime
) -> list[AttemptKey | OperationKey]:
    """What of this payment, or with None of all of the order's, is open and in nobody's hand."""
    rows = await db.fetch(
        """
        SELECT 'authorise' AS kind, order_id AS id, attempt, number FROM attempts
        WHERE order_id = $1 AND due_at IS NOT NULL AND leased_until <= $2 AND ($3::int IS NULL OR number = $3)
        UNION ALL
        SELECT kind, id, attempt, number FROM operations
        WHERE order_id = $1 AND due_at IS NOT NULL AND leased_until <= $2 AND ($3::int IS NULL OR number = $3)
        """,
        order_id,
        now,
        number,
    )
    return [_key(row) for row in rows]


async def due(db: Connection, now: datetime, most: int) -> list[AttemptKey | OperationKey]:
    """What is open and due to be asked about, longest due first."""
    rows = await db.fetch(
        """
        SELECT 'authorise' AS kind, order_id AS id, attempt, number, due_at FROM attempts
        WHERE due_at <= $1 AND leased_until <= $1
        UNION ALL
        SELECT kind, id, attempt, number, due_at FROM operations WHERE due_at <= $1 AND leased_until <= $1
        ORDER BY due_at LIMIT $2
        """,
        now,
        most,
    )
    return [_key(row) for row in rows]


def _key(row: Row) -> AttemptKey | OperationKey:
    match row["kind"]:
        case "authorise":
            return AttemptKey(row["id"], row["attempt"], row["number"])
        case "capture" | "refund" | "void" as kind:
            return OperationKey(kind, row["id"])
    raise AssertionError(row["kind"])


async def due_closings(db: Connection, now: datetime, most: int) -> list[PaymentKey]:
    rows = await db.fetch(
        "SELECT order_id, number FROM payments WHERE closing_due_at <= $1 ORDER BY closing_due_at LIMIT $2",
        now,
        most,
    )
    return [PaymentKey(row["order_id"], row["number"]) for row in rows]


@dataclass(frozen=True, slots=True)
class MoveTarget:
    """`known_minor` is the amount of the operation, where it exists already."""

    payment: PaymentKey
    currency: str
    known_minor: int | None
    left_minor: int
    disputed_minor: int


async def move_target(db: Connection, payment_id: UUID, key: OperationKey) -> MoveTarget | None:
    """The payment that a capture or refund by hand is about, and what is left to it."""
    row = await db.row(
        """
        SELECT order_id, number, currency, disputed_minor,
            (SELECT amount_minor FROM operations WHERE id = $2 AND kind = $3) AS known_minor,
            CASE $3
                WHEN 'capture' THEN least(authorised_minor - let_go_minor,
                    CASE method WHEN 'bank_transfer' THEN received_minor END) - captured_minor - capturing_minor
                ELSE captured_minor - refunded_minor - refunding_minor - disputed_minor
            END AS left_minor
        FROM payments WHERE id = $1 AND attempt > 0
        """,
        payment_id,
        key.id,
        key.kind,
    )
    if row is None:
        return None
    key_of_payment = PaymentKey(row["order_id"], row["number"])
    return MoveTarget(
        key_of_payment, row["currency"], row["known_minor"], row["left_minor"], row["disputed_minor"]
    )
