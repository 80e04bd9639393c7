"""The lines of a purchase order, as they are asked for, made whole: packs, prices, what may come."""

from __future__ import annotations

from collections.abc import Sequence

from tradewind.kernel.errors import Invalid
from tradewind.ports.database import Connection
from tradewind.services.inventory.domain.purchasing import LARGEST_LINE, pack_price, whole_packs
from tradewind.services.inventory.queries import suppliers as queries
from tradewind.services.inventory.shapes.purchase_orders import PurchaseLineDraft
from tradewind.services.inventory.shapes.suppliers import Supplier, SupplierPart
from tradewind.services.inventory.store.purchase_orders import NewLine


async def whole_lines(
    connection: Connection, supplier: Supplier, drafts: Sequence[PurchaseLineDraft]
) -> list[NewLine]:
    """By SKU. Raises Invalid: sku_repeated, part_unknown, packs_or_pieces, not_whole_packs, below_minimum,
    quantity_too_large."""
    parts = await queries.parts_of(connection, supplier.code, [draft.sku for draft in drafts])
    lines: dict[str, NewLine] = {}
    for index, draft in enumerate(drafts):
        field = f"lines[{index}]"
        if draft.sku in lines:
            raise Invalid("sku_repeated", f"name {draft.sku} in one line", field=f"{field}.sku")
        part = parts.get(draft.sku)
        if part is None:
            message = f"{supplier.code} does not sell {draft.sku}: say how with PUT /v1/supplier-parts"
            raise Invalid("part_unknown", message, field=f"{field}.sku")
        lines[draft.sku] = _line(supplier, part, draft, field)
    return [lines[sku] for sku in sorted(lines)]


def _line(supplier: Supplier, part: SupplierPart, draft: PurchaseLineDraft, field: str) -> NewLine:
    packs = _packs(part, draft, field)
    if packs < part.minimum_packs:
        message = f"{supplier.code} sells at least {part.minimum_packs} packs of {part.pack_size}"
        raise Invalid("below_minimum", message, field=field, details={"minimum_packs": part.minimum_packs})
    quantity = packs * part.pack_size
    if quantity > LARGEST_LINE:
        message = f"at most {LARGEST_LINE} pieces in one line"
        raise Invalid("quantity_too_large", message, field=field)
    price = draft.pack_price_minor
    return NewLine(
        part.sku,
        part.supplier_sku,
        packs,
        part.pack_size,
        pack_price(part.prices, packs) if price is None else price,
        part.weight_grams,
        quantity + quantity * supplier.over_basis_points // 10_000,
    )


def _packs(part: SupplierPart, draft: PurchaseLineDraft, field: str) -> int:
    if (draft.packs is None) == (draft.pieces is None):
        raise Invalid("packs_or_pieces", "say how many packs, or how many pieces", field=field)
    if draft.packs is not None:
        return draft.packs
    pieces = draft.pieces or 0
    packs = whole_packs(pieces, part.pack_size)
    if packs * part.pack_size != pieces:
        raise Invalid(
            "not_whole_packs",
            f"a pack has {part.pack_size} pieces: order {packs * part.pack_size}",
            field=f"{field}.pieces",
            details={"pack_size": part.pack_size, "pieces": packs * part.pack_size},
        )
    return packs
