"""Uses of a discount code are counted by one guarded UPDATE: the last use is given to one order alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Transaction


async def use(tx: Transaction, code: str, order_id: UUID, now: datetime) -> bool:
    """Take one use for this order; False when none is left, or the code has ended."""
    used = await tx.value(
        """
        WITH taken AS (
            UPDATE discounts SET uses = uses + 1
            WHERE code = $1 AND active AND (most_uses IS NULL OR uses < most_uses)
              AND (ends_at IS NULL OR ends_at > $3)
            RETURNING code)
        INSERT INTO discount_uses (code, order_id, used_at) SELECT code, $2, $3 FROM taken RETURNING true
        """,
        code,
        order_id,
        now,
    )
    return bool(used)


async def give_back(tx: Transaction, order_id: UUID) -> None:
    """The order came to nothing; safe to repeat."""
    await tx.execute(
        """
        WITH gone AS (DELETE FROM discount_uses WHERE order_id = $1 RETURNING code)
        UPDATE discounts SET uses = uses - 1 FROM gone WHERE discounts.code = gone.code
        """,
        order_id,
    )
