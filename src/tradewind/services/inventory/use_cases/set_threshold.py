"""From how few pieces on a SKU is low."""

from __future__ import annotations

from tradewind.kernel.errors import Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory import queries as warehouse_queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import low_stock as queries
from tradewind.services.inventory.shapes.low_stock import Threshold, ThresholdDraft, ThresholdQuery
from tradewind.services.inventory.store import low_stock


async def set_threshold(deps: Deps, command: ThresholdDraft, once: Once) -> Threshold:
    """Made, or changed where it is known; what is low by it is told at once. Raises Invalid(warehouse_unknown)."""
    async with deps.db.begin() as tx:
        if command.warehouse is not None:
            try:
                await warehouse_queries.warehouse(tx, command.warehouse)
            except NotFound as missing:
                raise Invalid("warehouse_unknown", missing.message, field="warehouse") from missing
        now = deps.clock.now()
        await low_stock.put(tx, command, now)
        await deps.outbox.append(tx, *await low_stock.look(tx, [command.sku], now, deps.settings.sales_days))
        listed = await queries.thresholds(deps, tx, ThresholdQuery(sku=command.sku, limit=100))
        made = next(one for one in listed.items if one.warehouse == command.warehouse)
        return await once.answer(tx, made)
