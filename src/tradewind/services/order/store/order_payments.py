"""What is paid after an order was placed, as rows. Order of locks: the order's row first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Connection, Row, Transaction

_COLUMNS = "order_id, number, state, amount_minor, sealed_plan, return_url, action_url, failure"


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    order_id: UUID
    number: int
    state: str
    amount_minor: int
    sealed_plan: bytes | None
    return_url: str | None
    action_url: str | None
    failure: str | None


def _record(row: Row) -> PaymentRecord:
    return PaymentRecord(**{name.strip(): row[name.strip()] for name in _COLUMNS.split(",")})


async def ask(
    tx: Transaction,
    order_id: UUID,
    due_minor: int,
    sealed_plan: bytes,
    return_url: str | None,
    actor: str,
    resume_at: datetime,
    now: datetime,
) -> PaymentRecord | None:
    """The intent to pay what is due. None where that changed, or another payment is under way."""
    row = await tx.row(
        f"""
        WITH numbered AS (
            UPDATE orders SET payments = payments + 1, updated_at = $7
            WHERE order_id = $1 AND due_minor = $2 AND due_minor > 0
                AND NOT EXISTS (SELECT FROM order_payments p WHERE p.order_id = $1 AND p.state = 'asked')
            RETURNING payments)
        INSERT INTO order_payments (order_id, number, state, amount_minor, sealed_plan, return_url, actor, resume_at,
            created_at)
        SELECT $1, payments, 'asked', $2, $3, $4, $5, $6, $7 FROM numbered RETURNING {_COLUMNS}
        """,
        order_id,
        due_minor,
        sealed_plan,
        return_url,
        actor,
        resume_at,
        now,
    )
    return None if row is None else _record(row)


async def asked(db: Connection, order_id: UUID) -> PaymentRecord | None:
    """The one that is under way."""
    row = await db.row(
        f"SELECT {_COLUMNS} FROM order_payments WHERE order_id = $1 AND state = 'asked'", order_id
    )
    return None if row is None else _record(row)


async def wait_for_shopper(
    tx: Transaction, payment: PaymentRecord, action_url: str, resume_at: datetime
) -> None:
    await tx.execute(
        """
        UPDATE order_payments SET action_url = $3, resume_at = $4
        WHERE order_id = $1 AND number = $2 AND state = 'asked'
        """,
        payment.order_id,
        payment.number,
        action_url,
        resume_at,
    )


async def finish_authorised(
    tx: Transaction, payment: PaymentRecord, held_minor: int, shown: str, actor: str, now: datetime
) -> bool:
    """Counted once: so much less is due. A gift card may hold less than was asked for."""
    moved = await tx.value(
        """
        WITH locked AS (SELECT order_id FROM orders WHERE order_id = $1 FOR UPDATE),
        paid AS (
            UPDATE order_payments p
            SET state = 'authorised', amount_minor = $6, sealed_plan = NULL, action_url = NULL,
                resume_at = NULL, finished_at = $4
            FROM locked WHERE p.order_id = locked.order_id AND p.number = $2 AND p.state = 'asked'
            RETURNING p.order_id, p.amount_minor),
        moved AS (
            UPDATE orders o SET spare_minor = spare_minor + greatest(0, paid.amount_minor - due_minor),
                due_minor = greatest(0, due_minor - paid.amount_minor), version = version + 1, updated_at = $4
            FROM paid WHERE o.order_id = paid.order_id RETURNING o.order_id, o.version, o.state)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, 'payment', state, state, $3, $5, $4 FROM moved RETURNING true
        """,
        payment.order_id,
        payment.number,
        shown,
        now,
        actor,
        held_minor,
    )
    return bool(moved)


async def finish_failed(tx: Transaction, payment: PaymentRecord, failure: str, now: datetime) -> bool:
    """What was due still is."""
    return bool(
        await tx.execute(
            """
            UPDATE order_payments
            SET state = 'failed', sealed_plan = NULL, action_url = NULL, resume_at = NULL, failure = $3,
                finished_at = $4
            WHERE order_id = $1 AND number = $2 AND state = 'asked'
            """,
            payment.order_id,
            payment.number,
            failure,
            now,
        )
    )


async def lapsed(tx: Transaction, order_id: UUID, amount_minor: int, now: datetime) -> None:
    """So much less is held: what was not in vain is due again, and open pieces wait for it. Of an order of which
    nothing is left to ship nothing is due."""
    await tx.execute(
        """
        WITH locked AS (
            SELECT order_id, greatest(0, $2 - spare_minor) AS more_minor FROM orders
            WHERE order_id = $1 AND state IN ('placed', 'partially_fulfilled') FOR UPDATE),
        due AS (
            UPDATE orders o SET due_minor = due_minor + more_minor,
                spare_minor = spare_minor - least(spare_minor, $2), updated_at = $3
            FROM locked WHERE o.order_id = locked.order_id RETURNING o.order_id, more_minor)
        UPDATE order_lines l
        SET unpaid_quantity = greatest(0, quantity - fulfilled_quantity - cancelled_quantity - awaited_quantity)
        FROM due WHERE l.order_id = due.order_id AND more_minor > 0
        """,
        order_id,
        amount_minor,
        now,
    )


async def resume_now(tx: Transaction, order_id: UUID, number: int, now: datetime) -> None:
    """Its outcome is known: the job goes on with it."""
    await tx.execute(
        "UPDATE order_payments SET resume_at = $3 WHERE order_id = $1 AND number = $2 AND state = 'asked'",
        order_id,
        number,
        now,
    )


async def take_due(db: Connection, now: datetime, lease_until: datetime, most: int) -> list[PaymentRecord]:
    """Those left in the middle, each lent to this caller until `lease_until`."""
    rows = await db.fetch(
        f"""
        UPDATE order_payments SET resume_at = $2 WHERE (order_id, number) IN (
            SELECT order_id, number FROM order_payments WHERE resume_at <= $1
            ORDER BY resume_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING {_COLUMNS}
        """,
        now,
        lease_until,
        most,
    )
    return [_record(row) for row in rows]
