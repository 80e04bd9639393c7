"""A party that we buy from."""

from __future__ import annotations

from tradewind.contracts.currencies import DIGITS
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import UniqueViolation
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.shapes.suppliers import Supplier, SupplierDraft
from tradewind.services.inventory.store import suppliers


async def create_supplier(deps: Deps, command: SupplierDraft, once: Once) -> Supplier:
    """Raises Invalid(currency_unknown), Conflict(supplier_exists)."""
    if command.currency not in DIGITS:
        raise Invalid("currency_unknown", f"there is no currency {command.currency}", field="currency")
    now = deps.clock.now()
    made = Supplier(
        command.code,
        command.name,
        command.currency,
        command.lead_time_days,
        command.over_basis_points,
        command.contacts,
        command.note,
        command.active,
        now,
        now,
    )
    try:
        async with deps.db.begin() as tx:
            await suppliers.insert(tx, made)
            return await once.answer(tx, made)
    except UniqueViolation as violation:
        if violation.constraint != "suppliers_pkey":
            raise
        message = f"there is a supplier {command.code} already"
        raise Conflict("supplier_exists", message, field="code") from violation
