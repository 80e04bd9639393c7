"""A supplier no longer sells a SKU. Orders that name it keep it."""

from __future__ import annotations

from tradewind.kernel.errors import NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.shapes.suppliers import SupplierPartName
from tradewind.services.inventory.store import suppliers


async def remove_supplier_part(deps: Deps, part: SupplierPartName, once: Once) -> None:
    """Raises NotFound."""
    async with deps.db.begin() as tx:
        if not await suppliers.remove_part(tx, part.supplier, part.sku):
            raise NotFound("part_not_found", f"{part.supplier} does not sell {part.sku}")
        return await once.answer(tx, None)
