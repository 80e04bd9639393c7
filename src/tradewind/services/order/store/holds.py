"""Orders stopped for a while, and released again: a flag beside the state, written with its history."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Transaction


async def hold(tx: Transaction, order_id: UUID, reason: str, actor: str, now: datetime) -> bool:
    """False unless it waits for the warehouse, and is not held."""
    held = await tx.value(
        """
        WITH held AS (
            UPDATE orders SET held_at = $4, hold_reason = $2, version = version + 1, updated_at = $4
            WHERE order_id = $1 AND state IN ('placed', 'partially_fulfilled') AND held_at IS NULL
            RETURNING order_id, version, state)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, 'hold', state, state, $2, $3, $4 FROM held RETURNING true
        """,
        order_id,
        reason,
        actor,
        now,
    )
    return bool(held)


async def release(tx: Transaction, order_id: UUID, actor: str, now: datetime) -> bool:
    """False unless it is held."""
    released = await tx.value(
        """
        WITH released AS (
            UPDATE orders SET held_at = NULL, hold_reason = NULL, version = version + 1, updated_at = $3
            WHERE order_id = $1 AND held_at IS NOT NULL RETURNING order_id, version, state)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, 'release', state, state, NULL, $2, $3 FROM released RETURNING true
        """,
        order_id,
        actor,
        now,
    )
    return bool(released)
