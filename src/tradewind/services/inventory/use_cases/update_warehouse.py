"""Change a warehouse; closing or opening one changes what is for sale."""

from __future__ import annotations

import msgspec

from tradewind.contracts.inventory import StockChanged
from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory import queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.moving import settle
from tradewind.services.inventory.shapes import Warehouse, WarehouseChange
from tradewind.services.inventory.store import policies, warehouses


async def update_warehouse(deps: Deps, code: str, command: WarehouseChange, once: Once) -> Warehouse:
    """Raises NotFound. Tells of every SKU that is sold out, or for sale again, only by this."""
    wanted = {name: value for name, value in msgspec.structs.asdict(command).items() if value is not None}
    if not wanted:
        raise Invalid("nothing_to_change", "send at least one of name, country, priority, active, pickup")
    async with deps.db.begin() as tx:
        await warehouses.lock_all(tx)
        before = await queries.warehouse(tx, code)
        changed = msgspec.structs.replace(before, updated_at=deps.clock.now(), **wanted)
        special: list[str] = []
        if changed.active != before.active:
            special = await policies.lock_of_warehouse(tx, code)
            for_sale = await warehouses.only_here(tx, code)
            events = (StockChanged(s.sku, s.available if changed.active else 0) for s in for_sale)
            await deps.outbox.append(tx, *events)
        await warehouses.update(tx, changed)
        if special:
            await settle(deps, tx, special, changed.updated_at)
        return await once.answer(tx, changed)
