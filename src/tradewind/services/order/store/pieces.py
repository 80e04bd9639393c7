"""Pieces of an order's lines, counted as fulfilled or as refunded by guarded UPDATEs: none is counted twice."""

from __future__ import annotations

from collections.abc import Sequence
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
