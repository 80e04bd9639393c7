"""Refunds of an order as rows. What may be given back is held by a guarded UPDATE before it is asked for.

Order of locks, which keeps this service free of deadlocks: the order's row first, then its lines and refunds.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Transaction
from tradewind.services.order.shapes.orders import FulfilLine
from tradewind.services.order.store import after_refund, pieces


class RefundRecord(msgspec.Struct, frozen=True):
    refund_id: UUID
    order_id: UUID
    state: str
    amount_minor: int
    lines: list[FulfilLine]
    reason: str
    actor: str
    created_at: datetime
    finished_at: datetime | None = None
    failure: str | None = None  # why it came to nothing
    credited_minor: int = 0  # what paid for pieces that these were exchanged for
    # Of what is not sold any more, and no invoice says: no credit note is issued for it.
    uninvoiced: bool = False


_decode = msgspec.json.Decoder(RefundRecord).decode


async def load(db: Connection, refund_id: UUID) -> RefundRecord | None:
    text = await db.value("SELECT to_jsonb(r)::text FROM order_refunds r WHERE r.refund_id = $1", refund_id)
    return None if text is None else _decode(text)


async def request(tx: Transaction, refund: RefundRecord, shown: str, resume_at: datetime) -> bool:
    """Hold its amount and write it down, with an entry in the history that reads `shown`.

    False when less is left of what was captured.
    """
    made = await tx.value(
        """
        WITH held AS (
            UPDATE orders SET refunding_minor = refunding_minor + $3, version = version + 1, updated_at = $7
            WHERE order_id = $2 AND refunded_minor + refunding_minor + $3 <= captured_minor
            RETURNING order_id, version, state),
        made AS (
            INSERT INTO order_refunds (refund_id, order_id, state, amount_minor, lines, reason, actor, resume_at,
                created_at, uninvoiced)
            SELECT $1, order_id, 'requested', $3, $4::jsonb, $5, $6, $8, $7, $10 FROM held)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, 'payment', state, state, $9, $6, $7 FROM held RETURNING true
        """,
        refund.refund_id,
        refund.order_id,
        refund.amount_minor,
        msgspec.json.encode(refund.lines).decode(),
        refund.reason,
        refund.actor,
        refund.created_at,
        resume_at,
        shown,
        refund.uninvoiced,
    )
    return bool(made)


async def credit(tx: Transaction, refund: RefundRecord) -> None:
    """What its pieces cost pays for those that they are exchanged for: no money moves. The order is locked."""
    await tx.execute(
        """
        INSERT INTO order_refunds (refund_id, order_id, state, amount_minor, credited_minor, lines, reason, actor,
            created_at, finished_at)
        VALUES ($1, $2, 'credited', 0, $3, $4::jsonb, $5, $6, $7, $7)
        """,
        refund.refund_id,
        refund.order_id,
        refund.credited_minor,
        msgspec.json.encode(refund.lines).decode(),
        refund.reason,
        refund.actor,
        refund.created_at,
    )


async def finish_succeeded(
    tx: Transaction, refund_id: UUID, order_id: UUID, amount_minor: int, actor: str, now: datetime
) -> bool:
    """Count it, also one that was asked of the payment service by others. False when it was counted before.

    Breaks a CHECK where less was captured, as far as this service knows.
    """
    ours = await tx.execute(
        """
        WITH locked AS (SELECT order_id FROM orders WHERE order_id = $3 FOR UPDATE)
        UPDATE order_refunds SET state = 'succeeded', finished_at = $2, resume_at = NULL
        FROM locked WHERE refund_id = $1 AND state = 'requested'
        """,
        refund_id,
        now,
        order_id,
    )
    if not ours:
        made = await tx.execute(
            """
            INSERT INTO order_refunds (refund_id, order_id, state, amount_minor, lines, reason, actor, created_at,
                finished_at)
            VALUES ($1, $2, 'succeeded', $3, '[]', '', $4, $5, $5) ON CONFLICT DO NOTHING
            """,
            refund_id,
            order_id,
            amount_minor,
            actor,
            now,
        )
        if not made:
            return False
    await tx.execute(
        """
        UPDATE orders SET refunded_minor = refunded_minor + $2, refunding_minor = refunding_minor - $3
        WHERE order_id = $1
        """,
        order_id,
        amount_minor,
        amount_minor if ours else 0,
    )
    await after_refund.paid_out(tx, refund_id, now)
    return True


async def finish_failed(
    tx: Transaction, refund: RefundRecord, failure: str, actor: str, now: datetime
) -> bool:
    """It came to nothing: its amount and its pieces may be refunded again. False unless it was under way."""
    moved = await tx.execute(
        """
        WITH locked AS (SELECT order_id FROM orders WHERE order_id = $4 FOR UPDATE)
        UPDATE order_refunds SET state = 'failed', failure = $2, finished_at = $3, resume_at = NULL
        FROM locked WHERE refund_id = $1 AND state = 'requested'
        """,
        refund.refund_id,
        failure,
        now,
        refund.order_id,
    )
    if not moved:
        return False
    await pieces.give_back(tx, refund.order_id, refund.lines, "refunded_quantity")
    await after_refund.came_to_nothing(tx, refund.refund_id, failure, now)
    await tx.execute(
        """
        WITH moved AS (
            UPDATE orders SET refunding_minor = refunding_minor - $5, version = version + 1, updated_at = $2
            WHERE order_id = $1 RETURNING order_id, version, state)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, 'payment', state, state, $4, $3, $2 FROM moved
        """,
        refund.order_id,
        now,
        actor,
        f"refund failed: {failure}",
        refund.amount_minor,
    )
    return True


async def take_due(db: Connection, now: datetime, lease_until: datetime, most: int) -> list[UUID]:
    """Refunds left in the middle, each lent to this caller until `lease_until`."""
    rows = await db.fetch(
        """
        UPDATE order_refunds SET resume_at = $2 WHERE refund_id IN (
            SELECT refund_id FROM order_refunds WHERE resume_at <= $1
            ORDER BY resume_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING refund_id
        """,
        now,
        lease_until,
        most,
    )
    return [row["refund_id"] for row in rows]
