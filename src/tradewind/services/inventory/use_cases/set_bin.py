"""A place in a warehouse that pieces lie in."""

from __future__ import annotations

from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import ForeignKeyViolation
from tradewind.services.inventory import queries as warehouse_queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import bins as queries
from tradewind.services.inventory.shapes.bins import Bin, BinChange
from tradewind.services.inventory.store import bins


async def set_bin(deps: Deps, warehouse: str, code: str, command: BinChange, once: Once) -> Bin:
    """Made, or changed where it is known. Raises NotFound for the warehouse, Invalid(zone_unknown)."""
    try:
        async with deps.db.begin() as tx:
            await warehouse_queries.warehouse(tx, warehouse)
            await bins.put_bin(tx, warehouse, code, command, deps.clock.now())
            return await once.answer(tx, await queries.bin_of(tx, warehouse, code))
    except ForeignKeyViolation as violation:
        message = f"there is no zone {command.zone} in {warehouse}: create it first"
        raise Invalid("zone_unknown", message, field="zone") from violation
