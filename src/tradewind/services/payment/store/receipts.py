"""Money that came by bank transfer, or that was collected on delivery."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Connection, Row, Transaction
from tradewind.services.payment.shapes.methods import RecordReceipt

# What is collected on delivery is what was shipped, less what was given back before; a transfer is awaited whole,
# but for what its order, complete, needs no more.
_MOST = """
    CASE payments.method WHEN 'cash_on_delivery' THEN captured_minor - uncollected_minor
        ELSE authorised_minor - let_go_minor END
"""
# Of a payment: what is still to come of its transfer, or from its carrier; null of every other.
AWAITED = f"""
    CASE WHEN payments.method IN ('bank_transfer', 'cash_on_delivery') AND payments.state = 'authorised'
        AND payments.void_requested_at IS NULL THEN greatest(0, {_MOST} - payments.received_minor) END
"""


async def receive(tx: Transaction, payment_id: UUID, amount_minor: int, now: datetime) -> Row | None:
    """None where no money, or less, is awaited of this payment."""
    return await tx.row(
        f"""
        UPDATE payments SET received_minor = received_minor + $2, updated_at = $3
        WHERE id = $1 AND method IN ('bank_transfer', 'cash_on_delivery') AND state = 'authorised'
            AND void_requested_at IS NULL AND received_minor + $2 <= {_MOST}
        RETURNING order_id, number, method, currency, received_minor, {_MOST} - received_minor AS awaited_minor
        """,
        payment_id,
        amount_minor,
        now,
    )


async def awaited(db: Connection, payment_id: UUID) -> Row | None:
    return await db.row(
        f"SELECT currency, {AWAITED} AS awaited_minor FROM payments WHERE id = $1 AND attempt > 0", payment_id
    )


async def insert(
    tx: Transaction, receipt_id: UUID, payment: Row, command: RecordReceipt, actor: str, now: datetime
) -> bool:
    """False where this payment has one of that reference."""
    return bool(
        await tx.execute(
            """
            INSERT INTO receipts (id, order_id, number, amount_minor, currency, reference, received_on, actor, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT ON CONSTRAINT receipt_recorded_once DO NOTHING
            """,
            receipt_id,
            payment["order_id"],
            payment["number"],
            command.amount_minor,
            payment["currency"],
            command.reference,
            command.received_on,
            actor,
            now,
        )
    )
