"""Parcels as rows. Their pieces are taken as pieces.py says: none is shipped twice.

Order of locks, which keeps this service free of deadlocks: the order's row first, then its lines and parcels.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Transaction
from tradewind.services.order.shapes.orders import FulfilLine
from tradewind.services.order.store import pieces


class FulfilmentRecord(msgspec.Struct, frozen=True):
    fulfilment_id: UUID
    order_id: UUID
    state: str
    lines: list[FulfilLine]
    capture_minor: int
    with_shipping: bool
    carrier: str
    tracking_number: str
    shares: dict[str, int] = {}  # by SKU: what of the line's total it captures, in minor units
    reason: str | None = None  # why it failed


_decode = msgspec.json.Decoder(FulfilmentRecord).decode


async def load(db: Connection, fulfilment_id: UUID) -> FulfilmentRecord | None:
    text = await db.value(
        "SELECT to_jsonb(f)::text FROM fulfilments f WHERE f.fulfilment_id = $1", fulfilment_id
    )
    return None if text is None else _decode(text)


async def open_on_order(tx: Transaction, order_id: UUID, now: datetime) -> bool:
    """Lock the order and count one more parcel under way; False when its state takes none, or it is held."""
    return bool(
        await tx.execute(
            """
            UPDATE orders SET open_fulfilments = open_fulfilments + 1, updated_at = $2
            WHERE order_id = $1 AND state IN ('placed', 'partially_fulfilled') AND held_at IS NULL
            """,
            order_id,
            now,
        )
    )


async def insert(
    tx: Transaction,
    fulfilment: FulfilmentRecord,
    shipping_minor: int,
    resume_at: datetime | None,
    now: datetime,
) -> FulfilmentRecord:
    """The order's first parcel (of those that came to something) bears its shipping. The order is locked."""
    text = await tx.value(
        """
        WITH shipping AS (
            SELECT NOT EXISTS (
                SELECT 1 FROM fulfilments WHERE order_id = $2 AND with_shipping
                    AND state NOT IN ('failed', 'cancelled')) AS due)
        INSERT INTO fulfilments (fulfilment_id, order_id, state, lines, capture_minor, with_shipping, carrier,
            tracking_number, resume_at, created_at, shares)
        SELECT $1, $2, $10, $3::jsonb, $4::bigint + CASE WHEN due THEN $5::bigint ELSE 0 END, due,
            $6, $7, $8, $9, $11::jsonb
        FROM shipping RETURNING to_jsonb(fulfilments)::text
        """,
        fulfilment.fulfilment_id,
        fulfilment.order_id,
        msgspec.json.encode(fulfilment.lines).decode(),
        fulfilment.capture_minor,
        shipping_minor,
        fulfilment.carrier,
        fulfilment.tracking_number,
        resume_at,
        now,
        fulfilment.state,
        msgspec.json.encode(fulfilment.shares).decode(),
    )
    return _decode(text)


async def finish_shipped(
    tx: Transaction, fulfilment: FulfilmentRecord, actor: str, now: datetime
) -> bool | None:
    """The parcel left: whether nothing is left to ship; None when this was recorded before."""
    moved = await tx.execute(
        """
        WITH locked AS (SELECT order_id FROM orders WHERE order_id = $3 FOR UPDATE)
        UPDATE fulfilments SET state = 'shipped', shipped_at = $2, resume_at = NULL
        FROM locked WHERE fulfilment_id = $1 AND state = 'shipping'
        """,
        fulfilment.fulfilment_id,
        now,
        fulfilment.order_id,
    )
    if not moved:
        return None
    state = await tx.value(
        """
        WITH seen AS (SELECT order_id, state FROM orders WHERE order_id = $1 FOR UPDATE),
        moved AS (
            UPDATE orders o SET open_fulfilments = o.open_fulfilments - 1, version = o.version + 1, updated_at = $2,
                state = CASE WHEN o.open_fulfilments > 1 OR EXISTS (
                    SELECT 1 FROM order_lines l WHERE l.order_id = o.order_id
                      AND l.fulfilled_quantity + l.cancelled_quantity < l.quantity)
                    THEN 'partially_fulfilled' ELSE 'fulfilled' END
            FROM seen WHERE o.order_id = seen.order_id
            RETURNING o.order_id, o.version, o.state, seen.state AS before)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, 'state', before, state, $4, $3, $2 FROM moved RETURNING to_state
        """,
        fulfilment.order_id,
        now,
        actor,
        "shipped " + ", ".join(f"{line.quantity} x {line.sku}" for line in fulfilment.lines),
    )
    return bool(state == "fulfilled")


async def finish_failed(
    tx: Transaction, fulfilment: FulfilmentRecord, reason: str, actor: str, now: datetime
) -> bool:
    """The parcel came to nothing: its pieces are open again. False when this was recorded before."""
    moved = await tx.execute(
        """
        WITH locked AS (SELECT order_id FROM orders WHERE order_id = $3 FOR UPDATE)
        UPDATE fulfilments SET state = 'failed', reason = $2, resume_at = NULL
        FROM locked WHERE fulfilment_id = $1 AND state = 'shipping'
        """,
        fulfilment.fulfilment_id,
        reason,
        fulfilment.order_id,
    )
    if not moved:
        return False
    await pieces.unpack(tx, fulfilment.order_id, fulfilment.lines, fulfilment.shares)
    await tx.execute(
        """
        WITH moved AS (
            UPDATE orders SET open_fulfilments = open_fulfilments - 1, version = version + 1, updated_at = $2
            WHERE order_id = $1 RETURNING order_id, version, state)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, 'fulfilment', state, state, $4, $3, $2 FROM moved
        """,
        fulfilment.order_id,
        now,
        actor,
        f"fulfilment failed: {reason}",
    )
    return True


async def finish_delivered(tx: Transaction, fulfilment: FulfilmentRecord, actor: str, now: datetime) -> bool:
    """The parcel arrived; the order's state stays as it is. False unless it was under way."""
    moved = await tx.value(
        """
        WITH locked AS (SELECT order_id FROM orders WHERE order_id = $5 FOR UPDATE),
        arrived AS (
            UPDATE fulfilments f SET state = 'delivered', delivered_at = $2
            FROM locked WHERE fulfilment_id = $1 AND state = 'shipped' RETURNING f.order_id),
        moved AS (
            UPDATE orders o SET version = o.version + 1, updated_at = $2
            FROM arrived WHERE o.order_id = arrived.order_id RETURNING o.order_id, o.version, o.state)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, 'fulfilment', state, state, $4, $3, $2 FROM moved RETURNING true
        """,
        fulfilment.fulfilment_id,
        now,
        actor,
        "delivered " + ", ".join(f"{line.quantity} x {line.sku}" for line in fulfilment.lines),
        fulfilment.order_id,
    )
    return bool(moved)


async def take_due(db: Connection, now: datetime, lease_until: datetime, most: int) -> list[UUID]:
    """Parcels left in the middle, each lent to this caller until `lease_until`."""
    rows = await db.fetch(
        """
        UPDATE fulfilments SET resume_at = $2 WHERE fulfilment_id IN (
            SELECT fulfilment_id FROM fulfilments WHERE resume_at <= $1
            ORDER BY resume_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING fulfilment_id
        """,
        now,
        lease_until,
        most,
    )
    return [row["fulfilment_id"] for row in rows]


async def resume_now(tx: Transaction, fulfilment_id: UUID, now: datetime) -> None:
    """What it waited for is known: the job goes on with it."""
    await tx.execute(
        "UPDATE fulfilments SET resume_at = $2 WHERE fulfilment_id = $1 AND state = 'shipping'",
        fulfilment_id,
        now,
    )
