"""Pieces of an order that are never to be shipped, while its others are. The order's row is locked first.

An order's lines and totals stay as ordered; `cancelled_minor` is what of the total is never to be had. Of a line
with so many pieces left as q of n, q * total / n (rounded down) stays: what its parcels capture together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Transaction
from tradewind.services.order.shapes.orders import FulfilLine
from tradewind.services.order.store import orders
from tradewind.services.order.store.whereabouts import STATE_BY_PIECES


class CancellationRecord(msgspec.Struct, frozen=True):
    cancellation_id: UUID
    order_id: UUID
    state: str
    lines: list[FulfilLine]
    amount_minor: int
    refunded_minor: int
    reason: str
    actor: str
    created_at: datetime


class Standing(msgspec.Struct, frozen=True):
    """An order as a cancellation finds it, its row locked. `all_open`: these are all the pieces that are in no
    parcel. `packed`: pieces are in parcels that came, or may come, to something. `exchanged`: pieces that came
    back pay for some of it."""

    state: str
    open_fulfilments: int
    all_open: bool
    packed: bool
    exchanged: bool


_decode = msgspec.json.Decoder(CancellationRecord).decode


async def load(db: Connection, cancellation_id: UUID) -> CancellationRecord | None:
    text = await db.value(
        "SELECT to_jsonb(c)::text FROM order_cancellations c WHERE cancellation_id = $1", cancellation_id
    )
    return None if text is None else _decode(text)


async def standing(tx: Transaction, order_id: UUID, lines: Sequence[FulfilLine]) -> Standing:
    """Locks the order."""
    await orders.lock(tx, order_id)
    row = await tx.row(
        """
        SELECT CASE WHEN o.amending_id IS NULL THEN o.state ELSE 'being edited' END AS state, o.open_fulfilments,
            bool_and(l.quantity - l.fulfilled_quantity - l.cancelled_quantity <= coalesce(wanted.quantity, 0))
                AS all_open,
            bool_or(l.fulfilled_quantity > 0) AS packed, o.credited_minor > 0 AS exchanged
        FROM orders o JOIN order_lines l USING (order_id)
        LEFT JOIN unnest($2::text[], $3::int[]) AS wanted (sku, quantity) USING (sku)
        WHERE o.order_id = $1 GROUP BY o.order_id
        """,
        order_id,
        [line.sku for line in lines],
        [line.quantity for line in lines],
    )
    assert row is not None, "orders have lines, and are never deleted"
    return Standing(row["state"], row["open_fulfilments"], row["all_open"], row["packed"], row["exchanged"])


async def take(tx: Transaction, order_id: UUID, lines: Sequence[FulfilLine]) -> int | None:
    """Count these pieces as cancelled; answers their worth in minor units. The order is locked.

    None when one line has fewer that are in no parcel, or the order has no such line: the caller rolls back.
    """
    rows = await tx.fetch(
        """
        UPDATE order_lines l SET cancelled_quantity = l.cancelled_quantity + wanted.quantity
        FROM unnest($2::text[], $3::int[]) AS wanted (sku, quantity)
        WHERE l.order_id = $1 AND l.sku = wanted.sku
            AND l.fulfilled_quantity + l.cancelled_quantity + wanted.quantity <= l.quantity
        RETURNING l.total_minor * (l.quantity - l.cancelled_quantity + wanted.quantity) / l.quantity
            - l.total_minor * (l.quantity - l.cancelled_quantity) / l.quantity AS worth
        """,
        order_id,
        [line.sku for line in lines],
        [line.quantity for line in lines],
    )
    return sum(row["worth"] for row in rows) if len(rows) == len(lines) else None


async def unborne_shipping(tx: Transaction, order_id: UUID) -> int:
    """The order's shipping where no parcel bears it: with nothing left to ship, it is never captured."""
    due: int = await tx.value(
        """
        SELECT CASE WHEN EXISTS (
            SELECT 1 FROM fulfilments f WHERE f.order_id = o.order_id AND f.with_shipping
                AND f.state NOT IN ('failed', 'cancelled')) THEN 0
            ELSE o.shipping_minor + CASE WHEN o.prices_include_tax THEN 0 ELSE o.shipping_tax_minor END END
        FROM orders o WHERE o.order_id = $1
        """,
        order_id,
    )
    return due


async def insert(
    tx: Transaction, it: CancellationRecord, shown: str, resume_at: datetime, *, complete: bool
) -> None:
    """With the order's sum and history; `complete` moves the order on: nothing is left to ship."""
    await tx.execute(
        f"""
        WITH seen AS (SELECT order_id, state FROM orders WHERE order_id = $2),
        moved AS (
            UPDATE orders o SET cancelled_minor = cancelled_minor + $4, version = version + 1, updated_at = $7,
                due_minor = greatest(0, due_minor - $4), spare_minor = spare_minor + greatest(0, $4 - due_minor),
                state = CASE WHEN $10 THEN {STATE_BY_PIECES} ELSE o.state END,
                held_at = CASE WHEN $10 THEN NULL ELSE o.held_at END,
                hold_reason = CASE WHEN $10 THEN NULL ELSE o.hold_reason END
            FROM seen WHERE o.order_id = seen.order_id
            RETURNING o.order_id, o.version, o.state, seen.state AS before),
        history AS (
            INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
            SELECT order_id, version, CASE WHEN $10 THEN 'state' ELSE 'cancellation' END, before, state, $9, $6, $7
            FROM moved)
        INSERT INTO order_cancellations (cancellation_id, order_id, state, lines, amount_minor, reason, actor,
            created_at, resume_at)
        SELECT $1, order_id, 'requested', $3::jsonb, $4, $5, $6, $7, $8 FROM moved
        """,
        it.cancellation_id,
        it.order_id,
        msgspec.json.encode(it.lines).decode(),
        it.amount_minor,
        it.reason,
        it.actor,
        it.created_at,
        resume_at,
        shown,
        complete,
    )


async def finish(tx: Transaction, it: CancellationRecord, now: datetime) -> bool:
    """Its stock is free again. False when this was recorded before. Locks the order."""
    await orders.lock(tx, it.order_id)
    return bool(
        await tx.execute(
            """
            UPDATE order_cancellations SET state = 'done', finished_at = $2, resume_at = NULL
            WHERE cancellation_id = $1 AND state = 'requested'
            """,
            it.cancellation_id,
            now,
        )
    )


async def captured_too_much(tx: Transaction, order_id: UUID) -> tuple[int, UUID] | None:
    """What was captured of pieces that are cancelled, and was not given back for that: in minor units, with the
    cancellation that it is given back for. None where nothing was. The order is locked."""
    row = await tx.row(
        """
        SELECT least(
                o.captured_minor - (o.total_minor + o.adjustment_minor - o.cancelled_minor),
                o.captured_minor - o.refunded_minor - o.refunding_minor)::bigint AS excess,
            (array_agg(c.cancellation_id ORDER BY c.created_at DESC))[1] AS cancellation_id
        FROM orders o JOIN order_cancellations c USING (order_id) WHERE o.order_id = $1 GROUP BY o.order_id
        """,
        order_id,
    )
    return (row["excess"], row["cancellation_id"]) if row is not None and row["excess"] > 0 else None


async def count_given_back(tx: Transaction, cancellation_id: UUID, amount_minor: int) -> None:
    """It was captured, so it was not authorised in vain: nothing that is added later is paid with it. The order is
    locked."""
    await tx.execute(
        """
        WITH counted AS (
            UPDATE order_cancellations SET refunded_minor = refunded_minor + $2 WHERE cancellation_id = $1
            RETURNING order_id)
        UPDATE orders o SET adjustment_minor = adjustment_minor + $2, spare_minor = spare_minor - $2
        FROM counted WHERE o.order_id = counted.order_id
        """,
        cancellation_id,
        amount_minor,
    )


async def take_due(db: Connection, now: datetime, lease_until: datetime, most: int) -> list[UUID]:
    """Cancellations left in the middle, each lent to this caller until `lease_until`."""
    rows = await db.fetch(
        """
        UPDATE order_cancellations SET resume_at = $2 WHERE cancellation_id IN (
            SELECT cancellation_id FROM order_cancellations WHERE resume_at <= $1
            ORDER BY resume_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING cancellation_id
        """,
        now,
        lease_until,
        most,
    )
    return [row["cancellation_id"] for row in rows]
