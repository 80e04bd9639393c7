"""What a supplier sells: its own name for a SKU, packs and prices."""

from __future__ import annotations

import msgspec

from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import ForeignKeyViolation
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import suppliers as queries
from tradewind.services.inventory.shapes.suppliers import SupplierPart, SupplierPartDraft
from tradewind.services.inventory.store import suppliers


async def set_supplier_part(deps: Deps, command: SupplierPartDraft, once: Once) -> SupplierPart:
    """Made, or changed where it is known. Raises Invalid(supplier_unknown), Invalid(prices_repeated)."""
    prices = sorted(command.prices, key=lambda price: price.packs)
    if len({price.packs for price in prices}) < len(prices):
        raise Invalid("prices_repeated", "name each number of packs once", field="prices")
    part = msgspec.structs.replace(command, prices=prices)
    try:
        async with deps.db.begin() as tx:
            await suppliers.put_part(tx, part, deps.clock.now())
            made = await queries.part(tx, command.supplier, command.sku)
            assert made is not None, "it was just written"
            return await once.answer(tx, made)
    except ForeignKeyViolation as violation:
        message = f"there is no supplier {command.supplier}: create it first"
        raise Invalid("supplier_unknown", message, field="supplier") from violation
