"""A part of a warehouse, and where it lies on a picker's path."""

from __future__ import annotations

from tradewind.kernel.errors import NotFound
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import ForeignKeyViolation
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import bins as queries
from tradewind.services.inventory.shapes.bins import Zone, ZoneChange
from tradewind.services.inventory.store import bins


async def set_zone(deps: Deps, warehouse: str, code: str, command: ZoneChange, once: Once) -> Zone:
    """Made, or changed where it is known. Raises NotFound for the warehouse."""
    try:
        async with deps.db.begin() as tx:
            await bins.put_zone(tx, warehouse, code, command, deps.clock.now())
            return await once.answer(tx, await queries.zone(tx, warehouse, code))
    except ForeignKeyViolation as violation:
        raise NotFound("warehouse_not_found", f"there is no warehouse {warehouse}") from violation
