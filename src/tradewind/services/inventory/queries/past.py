"""Stock as it was: from the ledger, and the balances that are kept of it so that little has to be added up."""

from __future__ import annotations

from datetime import datetime

from tradewind.kernel.errors import Invalid, NotFound
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import sum_of_levels
from tradewind.services.inventory.queries.conditions import utc
from tradewind.services.inventory.shapes import StockLevel, StockOfSku

_AS_OF = """
    SELECT place.warehouse, warehouses.active, greatest(base.at, since.at) AS at,
        coalesce(base.on_hand, 0) + coalesce(since.on_hand, 0) AS on_hand,
        coalesce(base.reserved, 0) + coalesce(since.reserved, 0) AS reserved,
        coalesce(base.damaged, 0) + coalesce(since.damaged, 0) AS damaged,
        coalesce(base.quality_control, 0) + coalesce(since.quality_control, 0) AS quality_control,
        coalesce(base.incoming, 0) + coalesce(since.incoming, 0) AS incoming,
        coalesce(base.safety_stock, 0) + coalesce(since.safety_stock, 0) AS safety_stock
    FROM stock AS place
    JOIN warehouses ON warehouses.code = place.warehouse
    LEFT JOIN LATERAL (
        SELECT * FROM stock_balances AS b
        WHERE b.sku = $1 AND b.warehouse = place.warehouse AND b.at <= $2 ORDER BY b.at DESC LIMIT 1
    ) AS base ON true
    LEFT JOIN LATERAL (
        SELECT max(m.at) AS at, sum(m.on_hand_delta) AS on_hand, sum(m.reserved_delta) AS reserved,
            sum(m.damaged_delta) AS damaged, sum(m.quality_control_delta) AS quality_control,
            sum(m.incoming_delta) AS incoming, sum(m.safety_stock_delta) AS safety_stock
        FROM stock_movements AS m
        WHERE m.sku = $1 AND m.warehouse = place.warehouse AND m.at <= $2
            AND m.at > coalesce(base.at, '-infinity')
    ) AS since ON true
    WHERE place.sku = $1 AND coalesce(base.at, since.at) IS NOT NULL
    ORDER BY warehouses.priority, place.warehouse
"""


async def stock_as_of(deps: Deps, sku: str, moment: datetime) -> StockOfSku:
    """Raises NotFound where no warehouse had the SKU by then, Invalid(as_of_in_the_future)."""
    at = utc(moment, "as_of")
    if at > deps.clock.now():
        raise Invalid("as_of_in_the_future", "ask for a moment that is past", field="as_of")
    rows = await deps.db.fetch(_AS_OF, sku, at)
    if not rows:
        raise NotFound("sku_not_found", "no warehouse had this SKU by then")
    levels = [
        StockLevel(
            sku,
            row["warehouse"],
            row["on_hand"],
            row["reserved"],
            max(row["on_hand"] - row["reserved"] - row["safety_stock"], 0),
            row["at"],
            row["damaged"],
            row["quality_control"],
            row["incoming"],
            row["safety_stock"],
        )
        for row in rows
    ]
    return sum_of_levels(sku, levels, [bool(row["active"]) for row in rows], as_of=at)
