"""A SKU is no longer watched."""

from __future__ import annotations

from tradewind.kernel.errors import NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.shapes.low_stock import ThresholdName
from tradewind.services.inventory.store import low_stock


async def remove_threshold(deps: Deps, name: ThresholdName, once: Once) -> None:
    """Raises NotFound."""
    async with deps.db.begin() as tx:
        if not await low_stock.remove(tx, name.sku, name.warehouse or ""):
            raise NotFound("threshold_not_found", f"{name.sku} has no such threshold")
        return await once.answer(tx, None)
