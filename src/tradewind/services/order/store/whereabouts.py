"""What state an order's pieces put it in, once it is placed: one rule for parcels, returns, edits, cancellations."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Transaction

# Of the order `o`, in an UPDATE that has just changed its pieces or parcels. Custom lines are shipped like others.
STATE_BY_PIECES = """
    CASE
        WHEN EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.order_id
                     AND l.fulfilled_quantity + l.cancelled_quantity < l.quantity)
          OR EXISTS (SELECT 1 FROM fulfilments f WHERE f.order_id = o.order_id
                     AND f.state IN ('requested', 'packed', 'shipping'))
            THEN CASE WHEN EXISTS (SELECT 1 FROM fulfilments f WHERE f.order_id = o.order_id
                                   AND f.state IN ('shipped', 'delivered'))
                 THEN 'partially_fulfilled' ELSE 'placed' END
        WHEN NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.order_id AND l.returned_quantity > 0)
            THEN 'fulfilled'
        WHEN EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.order_id
                     AND l.returned_quantity < l.fulfilled_quantity)
            THEN 'partially_returned'
        ELSE 'returned'
    END
"""


async def lock(tx: Transaction, order_id: UUID) -> bool:
    """Nobody else changes the order until this transaction ends: its row comes before all others.

    False while an edit of it changes its stock: what that reckons with must not be changed meanwhile.
    """
    free = await tx.value("SELECT amending_id IS NULL FROM orders WHERE order_id = $1 FOR UPDATE", order_id)
    return bool(free)


async def settle(tx: Transaction, order_id: UUID, shown: str, actor: str, now: datetime, *, kind: str) -> str:
    """Move the order to where its pieces are, with an entry of its history; answers the state. The order is locked.

    The entry is of `kind` where the state stays as it is.
    """
    state: str = await tx.value(
        f"""
        WITH seen AS (SELECT order_id, state FROM orders WHERE order_id = $1),
        moved AS (
            UPDATE orders o SET version = o.version + 1, updated_at = $4, state = {STATE_BY_PIECES}
            FROM seen WHERE o.order_id = seen.order_id
            RETURNING o.order_id, o.version, o.state, seen.state AS before)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, CASE WHEN before = state THEN $5 ELSE 'state' END, before, state, $2, $3, $4
        FROM moved RETURNING to_state
        """,
        order_id,
        shown,
        actor,
        now,
        kind,
    )
    return state
