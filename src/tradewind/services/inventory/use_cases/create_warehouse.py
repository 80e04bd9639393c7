"""A place that stock lies in."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import UniqueViolation
from tradewind.services.inventory import queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.shapes import Warehouse, WarehouseDraft
from tradewind.services.inventory.store import warehouses


async def create_warehouse(deps: Deps, command: WarehouseDraft, once: Once) -> Warehouse:
    """Raises Conflict(warehouse_exists)."""
    try:
        async with deps.db.begin() as tx:
            await warehouses.insert(tx, command, deps.clock.now())
            return await once.answer(tx, await queries.warehouse(tx, command.code))
    except UniqueViolation as violation:
        if violation.constraint != "warehouses_pkey":
            raise
        raise Conflict(
            "warehouse_exists", f"there is a warehouse {command.code} already", field="code"
        ) from violation
