"""What we know of a supplier changes."""

from __future__ import annotations

import msgspec

from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import suppliers as queries
from tradewind.services.inventory.shapes.suppliers import Supplier, SupplierChange
from tradewind.services.inventory.store import suppliers


async def change_supplier(deps: Deps, code: str, command: SupplierChange, once: Once) -> Supplier:
    """Raises NotFound, Invalid(nothing_to_change)."""
    wanted = {
        name: value
        for name in command.__struct_fields__
        if (value := getattr(command, name))
        is not None  # contacts stay what they are: asdict would open them
    }
    if not wanted:
        raise Invalid("nothing_to_change", f"send at least one of {', '.join(command.__struct_fields__)}")
    async with deps.db.begin() as tx:
        await suppliers.lock(tx, code)
        before = await queries.supplier(tx, code)
        changed = msgspec.structs.replace(before, updated_at=deps.clock.now(), **wanted)
        await suppliers.update(tx, changed)
        return await once.answer(tx, changed)
