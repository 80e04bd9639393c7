"""Pieces of an order's lines, counted as fulfilled, refunded or cancelled by guarded UPDATEs: none is counted
twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

from tradewind.ports.database import Transaction
from tradewind.services.order.domain.pricing import capture_share
from tradewind.services.order.shapes.orders import FulfilLine

Counted = Literal["fulfilled_quantity", "refunded_quantity"]


async def take(tx: Transaction, order_id: UUID, lines: Sequence[FulfilLine], counted: Counted) -> int | None:
    """Count these pieces; answers their share of the lines' totals, in minor units. The order is locked first.

    None when one line has fewer left, or the order has no such line: the caller rolls back.
    """
    rows = await tx.fetch(
        f"""
        WITH locked AS (SELECT order_id FROM orders WHERE order_id = $1 FOR UPDATE)
        UPDATE order_lines l SET {counted} = l.{counted} + wanted.quantity
        FROM locked, unnest($2::text[], $3::int[]) AS wanted (sku, quantity)
        WHERE l.order_id = $1 AND l.sku = wanted.sku AND l.{counted} + wanted.quantity <= l.quantity
        RETURNING l.total_minor, l.quantity, l.{counted} - wanted.quantity AS before, l.{counted} AS after
        """,
        order_id,
        [line.sku for line in lines],
        [line.quantity for line in lines],
    )
    if len(rows) != len(lines):
        return None
    return sum(capture_share(r["total_minor"], r["quantity"], r["before"], r["after"]) for r in rows)


async def give_back(tx: Transaction, order_id: UUID, lines: Sequence[FulfilLine], counted: Counted) -> None:
    """What they were taken for came to nothing: they may be taken again. The order is locked."""
    await tx.execute(
        f"""
        UPDATE order_lines l SET {counted} = l.{counted} - given.quantity
        FROM unnest($2::text[], $3::int[]) AS given (sku, quantity)
        WHERE l.order_id = $1 AND l.sku = given.sku
        """,
        order_id,
        [line.sku for line in lines],
        [line.quantity for line in lines],
    )


async def pack(tx: Transaction, order_id: UUID, lines: Sequence[FulfilLine]) -> dict[str, int] | None:
    """Take these pieces for a parcel; answers what of each line's total it is to capture. The order is locked.

    A line's parcels together capture the share of the pieces that they hold, whatever parcels came to nothing
    before. None when one line has fewer left, or the order has no such line: the caller rolls back.
    """
    rows = await tx.fetch(
        """
        WITH due AS (
            SELECT l.line, wanted.quantity, greatest(l.charged_minor,
                l.total_minor * (l.fulfilled_quantity + wanted.quantity) / l.quantity) - l.charged_minor AS share
            FROM order_lines l JOIN unnest($2::text[], $3::int[]) AS wanted (sku, quantity) USING (sku)
            WHERE l.order_id = $1)
        UPDATE order_lines l SET fulfilled_quantity = l.fulfilled_quantity + due.quantity,
            charged_minor = l.charged_minor + due.share
        FROM due WHERE l.order_id = $1 AND l.line = due.line
            AND l.fulfilled_quantity + l.cancelled_quantity + l.awaited_quantity + due.quantity
                + CASE WHEN (SELECT due_minor FROM orders WHERE order_id = $1) > 0 THEN l.unpaid_quantity ELSE 0 END
                <= l.quantity
        RETURNING l.sku, due.share
        """,
        order_id,
        [line.sku for line in lines],
        [line.quantity for line in lines],
    )
    return {row["sku"]: row["share"] for row in rows} if len(rows) == len(lines) else None


async def unpack(
    tx: Transaction, order_id: UUID, lines: Sequence[FulfilLine], shares: Mapping[str, int]
) -> None:
    """The parcel came to nothing: its pieces are open again, and their shares not captured. The order is locked."""
    await tx.execute(
        """
        UPDATE order_lines l SET fulfilled_quantity = l.fulfilled_quantity - given.quantity,
            charged_minor = l.charged_minor - given.share
        FROM unnest($2::text[], $3::int[], $4::bigint[]) AS given (sku, quantity, share)
        WHERE l.order_id = $1 AND l.sku = given.sku
        """,
        order_id,
        [line.sku for line in lines],
        [line.quantity for line in lines],
        [shares.get(line.sku, 0) for line in lines],
    )
