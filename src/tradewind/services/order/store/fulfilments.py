"""Parcels as rows. Their pieces are taken as pieces.py says: none is shipped twice.

Order of locks, which keeps this service free of deadlocks: the order's row first, then its lines and parcels.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.inventory import StockLine
from tradewind.ports.database import Connection, Transaction
from tradewind.services.order.domain.after_sale import origins
from tradewind.services.order.domain.states import PARCEL_TRANSITIONS, Parcel
from tradewind.services.order.shapes.orders import FulfilLine
from tradewind.services.order.store import orders, pieces
from tradewind.services.order.store.whereabouts import STATE_BY_PIECES


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
    resume_at: datetime | None = None  # when another driver takes it over; each that does sets it anew


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
                AND amending_id IS NULL
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
) -> FulfilmentRecord | None:
    """Its pieces are taken, and what they are to capture is reckoned: None when a line has fewer left, and the caller
    rolls back. The order's first parcel (of those that came to something) bears its shipping. What returned pieces paid
    for by an exchange is not captured again. The order is locked."""
    shares = await pieces.pack(tx, fulfilment.order_id, fulfilment.lines)
    if shares is None:
        return None
    text = await tx.value(
        """
        WITH borne AS (
            SELECT coalesce(bool_or(with_shipping), false) AS shipping, coalesce(sum(credited_minor), 0) AS credited
            FROM fulfilments WHERE order_id = $2 AND state NOT IN ('failed', 'cancelled')),
        cost AS (
            SELECT NOT shipping AS due, amount, least(amount, (
                SELECT credited_minor FROM orders WHERE order_id = $2) - credited)::bigint AS credited
            FROM borne, LATERAL (SELECT $4::bigint + CASE WHEN shipping THEN 0 ELSE $5::bigint END AS amount) c)
        INSERT INTO fulfilments (fulfilment_id, order_id, state, lines, capture_minor, with_shipping, carrier,
            tracking_number, resume_at, created_at, shares, credited_minor)
        SELECT $1, $2, $10, $3::jsonb, amount - credited, due, $6, $7, $8, $9, $11::jsonb, credited
        FROM cost RETURNING to_jsonb(fulfilments)::text
        """,
        fulfilment.fulfilment_id,
        fulfilment.order_id,
        msgspec.json.encode(fulfilment.lines).decode(),
        sum(shares.values()),
        shipping_minor,
        fulfilment.carrier,
        fulfilment.tracking_number,
        resume_at,
        now,
        fulfilment.state,
        msgspec.json.encode(shares).decode(),
    )
    return _decode(text)


async def mark_paid(db: Connection, fulfilment_id: UUID, now: datetime) -> bool:
    """Its money is had, and whoever drives it sends it. False when it has ended meanwhile."""
    marked = await db.execute(
        """
        UPDATE fulfilments SET paid_at = $2 WHERE fulfilment_id = $1 AND state = 'shipping' AND paid_at IS NULL
        """,
        fulfilment_id,
        now,
    )
    if marked:
        return True
    state = (
        "SELECT state FROM fulfilments WHERE fulfilment_id = $1"  # marked by who drives it as well, or ended
    )
    return bool(await db.value(state, fulfilment_id) == Parcel.SHIPPING)


async def finish_shipped(
    tx: Transaction, fulfilment: FulfilmentRecord, actor: str, now: datetime
) -> bool | None:
    """The parcel left: whether nothing is left to ship; None when this was recorded before."""
    moved = await tx.execute(
        """
        WITH locked AS (SELECT order_id FROM orders WHERE order_id = $3 FOR UPDATE)
        UPDATE fulfilments SET state = 'shipped', shipped_at = $2, resume_at = NULL
        FROM locked WHERE fulfilment_id = $1 AND state = ANY ($4::text[])
        """,
        fulfilment.fulfilment_id,
        now,
        fulfilment.order_id,
        origins(PARCEL_TRANSITIONS, Parcel.SHIPPED),
    )
    if not moved:
        return None
    state = await tx.value(
        f"""
        WITH seen AS (
            SELECT o.order_id, o.state, NOT (o.open_fulfilments > 1 OR EXISTS (
                SELECT 1 FROM order_lines l WHERE l.order_id = o.order_id
                    AND l.fulfilled_quantity + l.cancelled_quantity < l.quantity)) AS complete
            FROM orders o WHERE o.order_id = $1 FOR UPDATE),
        moved AS (
            UPDATE orders o SET open_fulfilments = o.open_fulfilments - 1, version = o.version + 1, updated_at = $2,
                held_at = CASE WHEN complete THEN NULL ELSE o.held_at END,
                hold_reason = CASE WHEN complete THEN NULL ELSE o.hold_reason END,
                state = {STATE_BY_PIECES}
            FROM seen WHERE o.order_id = seen.order_id
            RETURNING o.order_id, o.version, o.state, seen.state AS before)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, 'state', before, state, $4, $3, $2 FROM moved RETURNING to_state
        """,
        fulfilment.order_id,
        now,
        actor,
        "shipped " + named(fulfilment.lines),
    )
    return bool(state != "partially_fulfilled")


async def finish_failed(
    tx: Transaction,
    fulfilment: FulfilmentRecord,
    reason: str,
    actor: str,
    now: datetime,
    *,
    unless_paid: bool = False,
    unless_taken_over: bool = False,
) -> bool:
    """The parcel came to nothing: its pieces are open again. False when this was recorded before, or, if so wished,
    when its money is had, or another drives it since it was read."""
    moved = await tx.execute(
        """
        WITH locked AS (SELECT order_id FROM orders WHERE order_id = $3 FOR UPDATE)
        UPDATE fulfilments SET state = 'failed', reason = $2, resume_at = NULL
        FROM locked WHERE fulfilment_id = $1 AND state = ANY ($4::text[])
            AND (NOT $5 OR paid_at IS NULL) AND (NOT $6 OR resume_at IS NOT DISTINCT FROM $7)
        """,
        fulfilment.fulfilment_id,
        reason,
        fulfilment.order_id,
        origins(PARCEL_TRANSITIONS, Parcel.FAILED),
        unless_paid,
        unless_taken_over,
        fulfilment.resume_at,
    )
    if not moved:
        return False
    await pieces.unpack(tx, fulfilment.order_id, fulfilment.lines, fulfilment.shares)
    await tx.execute(
        "UPDATE orders SET open_fulfilments = open_fulfilments - 1 WHERE order_id = $1", fulfilment.order_id
    )
    await _note(tx, fulfilment, f"fulfilment failed: {reason}", actor, now)
    return True


async def request_noted(tx: Transaction, fulfilment: FulfilmentRecord, actor: str, now: datetime) -> None:
    """The history says that the warehouse was asked for it. The order is locked."""
    await _note(tx, fulfilment, "asked for " + named(fulfilment.lines), actor, now)


async def pack(tx: Transaction, fulfilment: FulfilmentRecord, actor: str, now: datetime) -> bool:
    """False unless it was asked for and not packed yet."""
    await orders.lock(tx, fulfilment.order_id)
    moved = await tx.execute(
        """
        UPDATE fulfilments SET state = 'packed', packed_at = $2
        WHERE fulfilment_id = $1 AND state = ANY ($3::text[])
        """,
        fulfilment.fulfilment_id,
        now,
        origins(PARCEL_TRANSITIONS, Parcel.PACKED),
    )
    if moved:
        await _note(tx, fulfilment, "packed " + named(fulfilment.lines), actor, now)
    return bool(moved)


async def begin_shipping(
    tx: Transaction,
    fulfilment: FulfilmentRecord,
    carrier: str | None,
    tracking_number: str | None,
    resume_at: datetime,
) -> FulfilmentRecord | None:
    """From now on it is driven. None unless it waited in the warehouse, and its order is not held."""
    text = await tx.value(
        """
        WITH locked AS (SELECT order_id FROM orders WHERE order_id = $2 AND held_at IS NULL FOR UPDATE)
        UPDATE fulfilments f SET state = 'shipping', resume_at = $5, carrier = coalesce($3, carrier),
            tracking_number = coalesce($4, tracking_number)
        FROM locked WHERE f.fulfilment_id = $1 AND f.state = ANY ($6::text[])
        RETURNING to_jsonb(f)::text
        """,
        fulfilment.fulfilment_id,
        fulfilment.order_id,
        carrier,
        tracking_number,
        resume_at,
        origins(PARCEL_TRANSITIONS, Parcel.SHIPPING),
    )
    return None if text is None else _decode(text)


async def cancel(
    tx: Transaction, fulfilment: FulfilmentRecord, reason: str, actor: str, now: datetime
) -> bool:
    """It is not to be shipped: its pieces are open again. False unless it waited in the warehouse."""
    await orders.lock(tx, fulfilment.order_id)
    moved = await tx.execute(
        """
        UPDATE fulfilments SET state = 'cancelled', reason = $2
        WHERE fulfilment_id = $1 AND state = ANY ($3::text[])
        """,
        fulfilment.fulfilment_id,
        reason,
        origins(PARCEL_TRANSITIONS, Parcel.CANCELLED),
    )
    if not moved:
        return False
    await pieces.unpack(tx, fulfilment.order_id, fulfilment.lines, fulfilment.shares)
    await tx.execute(
        "UPDATE orders SET open_fulfilments = open_fulfilments - 1 WHERE order_id = $1", fulfilment.order_id
    )
    shown = f"parcel cancelled: {reason}" if reason else "parcel cancelled"
    await _note(tx, fulfilment, shown, actor, now)
    return True


async def correct_tracking(
    tx: Transaction,
    fulfilment: FulfilmentRecord,
    carrier: str,
    tracking_number: str,
    actor: str,
    now: datetime,
) -> bool:
    """False for a parcel that came to nothing."""
    await orders.lock(tx, fulfilment.order_id)
    moved = await tx.execute(
        """
        UPDATE fulfilments SET carrier = $2, tracking_number = $3
        WHERE fulfilment_id = $1 AND state NOT IN ('failed', 'cancelled')
        """,
        fulfilment.fulfilment_id,
        carrier,
        tracking_number,
    )
    if moved:
        await _note(tx, fulfilment, f"tracking is {carrier} {tracking_number}".rstrip(), actor, now)
    return bool(moved)


async def _note(tx: Transaction, fulfilment: FulfilmentRecord, shown: str, actor: str, now: datetime) -> None:
    await tx.execute(
        """
        WITH moved AS (
            UPDATE orders SET version = version + 1, updated_at = $2
            WHERE order_id = $1 RETURNING order_id, version, state)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, 'fulfilment', state, state, $4, $3, $2 FROM moved
        """,
        fulfilment.order_id,
        now,
        actor,
        shown,
    )


def named(lines: Sequence[FulfilLine | StockLine]) -> str:
    return ", ".join(f"{line.quantity} x {line.sku}" for line in lines)


async def finish_delivered(tx: Transaction, fulfilment: FulfilmentRecord, actor: str, now: datetime) -> bool:
    """The parcel arrived; the order's state stays as it is. False unless it was under way."""
    moved = await tx.value(
        """
        WITH locked AS (SELECT order_id FROM orders WHERE order_id = $5 FOR UPDATE),
        arrived AS (
            UPDATE fulfilments f SET state = 'delivered', delivered_at = $2
            FROM locked WHERE fulfilment_id = $1 AND state = ANY ($6::text[]) RETURNING f.order_id),
        moved AS (
            UPDATE orders o SET version = o.version + 1, updated_at = $2
            FROM arrived WHERE o.order_id = arrived.order_id RETURNING o.order_id, o.version, o.state)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, 'fulfilment', state, state, $4, $3, $2 FROM moved RETURNING true
        """,
        fulfilment.fulfilment_id,
        now,
        actor,
        "delivered " + named(fulfilment.lines),
        fulfilment.order_id,
        origins(PARCEL_TRANSITIONS, Parcel.DELIVERED),
    )
    return bool(moved)


async def capture_needed(db: Connection, order_id: UUID) -> int:
    """What the parcels that left, and those being shipped, are to have captured: in minor units."""
    needed: int = await db.value(
        """
        SELECT coalesce(sum(capture_minor), 0)::bigint FROM fulfilments
        WHERE order_id = $1 AND state IN ('shipping', 'shipped', 'delivered')
        """,
        order_id,
    )
    return needed


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
