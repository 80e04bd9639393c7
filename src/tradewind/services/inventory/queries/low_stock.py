"""Reads of thresholds, and what would be ordered."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Annotated

from msgspec import Meta

from tradewind.contracts.common import Page
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.purchasing import LARGEST_LINE, pack_price, whole_packs
from tradewind.services.inventory.queries import suppliers
from tradewind.services.inventory.shapes.low_stock import MOST_REORDERED, Proposal, Threshold, ThresholdQuery
from tradewind.services.inventory.shapes.suppliers import SupplierPart
from tradewind.services.inventory.store.low_stock import LOOKED

_Text = Annotated[str, Meta(max_length=64, pattern=r"^[^\x00]*$")]


async def thresholds(deps: Deps, connection: Connection, query: ThresholdQuery) -> Page[Threshold]:
    """By SKU. Low is what is so now; `low_since` is when it was told."""
    after = decode_cursor(query.cursor, tuple[_Text, _Text]) if query.cursor else ("", "")
    days = deps.settings.sales_days
    rows = await connection.fetch(
        f"""
        WITH {LOOKED}
        SELECT sku, looked.warehouse, minimum, cover_days, target_days, looked.available, incoming, per_day,
            looked.at, looked.available / nullif(per_day, 0), looked.available <= looked.at,
            CASE WHEN alert.state = 'low' THEN alert.at END
        FROM looked LEFT JOIN stock_alerts AS alert USING (sku, warehouse)
        WHERE (sku, looked.warehouse) > ($4, $5) AND ($6::text IS NULL OR looked.warehouse IN ('', $6))
            AND ($7::boolean IS NULL OR (looked.available <= looked.at) = $7)
        ORDER BY sku, looked.warehouse LIMIT {query.limit + 1}
        """,
        None if query.sku is None else [query.sku],
        deps.clock.now() - timedelta(days=days),
        days,
        *after,
        query.warehouse,
        query.low,
    )
    items = [_threshold(row) for row in rows[: query.limit]]
    last = items[-1] if len(rows) > query.limit else None
    return Page(items, encode_cursor(last.sku, last.warehouse or "") if last else None)


def _threshold(row: Row) -> Threshold:
    sku, warehouse, *rest = row
    return Threshold(sku, warehouse or None, *rest)


async def proposals(deps: Deps, connection: Connection, warehouse: str | None) -> list[Proposal]:
    """What is low, counting what is on its way and what is drafted, and who waits for it; the shortest cover first.
    For a threshold over all warehouses, into the given one or the first by priority. Who waits for no warehouse in
    particular is counted once: with the threshold over all, or else with the first warehouse that has one."""
    days = deps.settings.sales_days
    rows = await connection.fetch(
        f"""
        WITH {LOOKED},
        aimed AS (
            SELECT looked.*, greatest(at, ceil(per_day * target_days))::integer AS target, coalesce(
                nullif(looked.warehouse, ''), $4,
                (SELECT code FROM warehouses WHERE active ORDER BY priority, code LIMIT 1)) AS to_warehouse,
                coalesce((
                    SELECT sum(line.quantity) FROM purchase_order_lines AS line
                    JOIN purchase_orders AS orders USING (purchase_order_id)
                    WHERE orders.state = 'draft' AND line.sku = looked.sku
                        AND looked.warehouse IN ('', orders.warehouse)), 0)::integer AS drafted,
                coalesce((
                    SELECT sum(quantity - allocated - cancelled) FROM backorders
                    WHERE backorders.sku = looked.sku AND quantity > allocated + cancelled
                        AND (looked.warehouse = '' OR looked.warehouse = coalesce(pickup, (
                            SELECT thresholds.warehouse FROM stock_thresholds AS thresholds
                            LEFT JOIN warehouses ON code = thresholds.warehouse
                            WHERE thresholds.sku = looked.sku
                            ORDER BY priority NULLS FIRST, thresholds.warehouse LIMIT 1)))), 0)::integer AS waiting
            FROM looked
        ),
        counted AS (SELECT *, available + incoming + drafted - waiting AS had FROM aimed)
        SELECT sku, to_warehouse, available, incoming, drafted, waiting, per_day, at, target, target - had FROM counted
        WHERE had <= at AND target > had
            AND to_warehouse IS NOT NULL AND ($4::text IS NULL OR to_warehouse = $4)
        ORDER BY (available + incoming - waiting) / greatest(per_day, 0.01), sku LIMIT {MOST_REORDERED}
        """,
        None,
        deps.clock.now() - timedelta(days=days),
        days,
        warehouse,
    )
    parts = await suppliers.preferred_parts(connection, [row["sku"] for row in rows])
    return [_proposal(row, parts.get(row["sku"])) for row in rows]


def _proposal(row: Row, part: SupplierPart | None) -> Proposal:
    sku, into, available, incoming, drafted, waiting, per_day, at, target, need = row
    found = (sku, into, available, incoming, drafted, waiting, per_day, at, target, need)
    if part is None:
        return Proposal(
            *found, supplier=None, packs=0, pieces=0, pack_price_minor=0, total_minor=0, currency=None
        )
    packs = max(whole_packs(need, part.pack_size), part.minimum_packs)
    packs = min(packs, math.floor(LARGEST_LINE / part.pack_size))
    price = pack_price(part.prices, packs)
    return Proposal(
        *found,
        supplier=part.supplier,
        packs=packs,
        pieces=packs * part.pack_size,
        pack_price_minor=price,
        total_minor=packs * price,
        currency=part.currency,
    )
