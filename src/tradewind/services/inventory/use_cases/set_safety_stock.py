"""Some pieces are kept back, for whatever was counted wrong."""

from __future__ import annotations

from tradewind.kernel.idempotency import Once
from tradewind.services.inventory import queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.moving import move_in
from tradewind.services.inventory.shapes import StockLevel
from tradewind.services.inventory.shapes.policies import SafetyStock
from tradewind.services.inventory.store import holding, policies
from tradewind.services.inventory.store.stock import UnknownWarehouses
from tradewind.services.inventory.use_cases.adjust_stock import unknown_warehouse


async def set_safety_stock(deps: Deps, command: SafetyStock, actor: str, once: Once) -> StockLevel:
    """What was promised before stays promised. Raises Invalid(warehouse_unknown)."""
    sku, warehouse = command.sku, command.warehouse
    try:
        async with deps.db.begin() as tx:
            now = deps.clock.now()
            await policies.lock(tx, [sku])
            await holding.open_shelves(tx, [(sku, warehouse)], now)
            before = await queries.stock_level(tx, sku, warehouse)
            change = command.quantity - before.safety_stock
            if change:
                cause = Cause("safety", command.reason, actor, "")
                short = await move_in(deps, tx, [Move(sku, warehouse, safety_stock=change)], cause, now)
                assert not short, "set from the locked row"
            return await once.answer(tx, await queries.stock_level(tx, sku, warehouse))
    except UnknownWarehouses as unknown:
        raise unknown_warehouse(warehouse, "warehouse") from unknown
