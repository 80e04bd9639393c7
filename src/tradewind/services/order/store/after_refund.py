"""What waits for a refund is moved by it, in the transaction that records what became of the money."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Transaction
from tradewind.services.order.store import returns


async def paid_out(tx: Transaction, refund_id: UUID, now: datetime) -> None:
    """The return, or the claim, that it is of is at its end. The order is locked."""
    return_id = await tx.value(
        """
        SELECT return_id FROM order_returns
        WHERE refund_id = $1 AND state IN ('partially_received', 'received')
        """,
        refund_id,
    )
    if return_id is not None:
        await returns.let_go(tx, return_id)
        await returns.move(tx, return_id, "refunded", now)
    await tx.execute(
        """
        UPDATE order_claims SET state = 'settled', resume_at = NULL, updated_at = $2
        WHERE refund_id = $1 AND state = 'accepted'
        """,
        refund_id,
        now,
    )


async def came_to_nothing(tx: Transaction, refund_id: UUID, failure: str, now: datetime) -> None:
    """The return may be refunded again, the claim be decided again. The order is locked."""
    await tx.execute(
        """
        UPDATE order_returns SET refund_id = NULL, fee_minor = 0, shipping_minor = 0, given_minor = 0,
            other_pieces = false, updated_at = $2
        WHERE refund_id = $1
        """,
        refund_id,
        now,
    )
    await tx.execute(
        """
        UPDATE order_claims SET state = 'requested', outcome = NULL, refund_id = NULL, resume_at = NULL, failure = $2,
            updated_at = $3
        WHERE refund_id = $1 AND state = 'accepted'
        """,
        refund_id,
        f"refund failed: {failure}",
        now,
    )
