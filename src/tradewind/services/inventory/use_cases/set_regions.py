"""Which addresses a warehouse is near to."""

from __future__ import annotations

from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import policies as queries
from tradewind.services.inventory.shapes.policies import Regions
from tradewind.services.inventory.store import warehouses


async def set_regions(deps: Deps, code: str, command: Regions, once: Once) -> Regions:
    """In place of all before. Raises NotFound, Invalid(region_repeated)."""
    named = {(region.country, region.postal_prefix): region.distance for region in command.items}
    if len(named) < len(command.items):
        raise Invalid("region_repeated", "name each country and postal prefix once", field="items")
    async with deps.db.begin() as tx:
        await warehouses.lock_all(tx)
        await queries.regions(tx, code)
        await warehouses.set_regions(tx, code, named)
        return await once.answer(tx, await queries.regions(tx, code))
