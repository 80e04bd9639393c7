"""What of an order's money customers have their banks ask back, as the payment service tells it. Sums alone: each
event is counted once, and one that closes a dispute that was not heard of yet breaks a CHECK and is tried again."""

from __future__ import annotations

from uuid import UUID

from tradewind.ports.database import Connection, Transaction


async def opened(tx: Transaction, order_id: UUID, held_minor: int) -> None:
    await tx.execute(
        "UPDATE orders SET disputed_minor = disputed_minor + $2 WHERE order_id = $1", order_id, held_minor
    )


async def closed(tx: Transaction, order_id: UUID, held_minor: int, *, won: bool) -> None:
    await tx.execute(
        """
        UPDATE orders SET disputed_minor = disputed_minor - $2, charged_back_minor = charged_back_minor + $3
        WHERE order_id = $1
        """,
        order_id,
        held_minor,
        0 if won else held_minor,
    )


async def held_minor(db: Connection, order_id: UUID) -> int:
    """What disputes, open or lost, keep from being given back."""
    return int(
        await db.value("SELECT disputed_minor + charged_back_minor FROM orders WHERE order_id = $1", order_id)
    )
