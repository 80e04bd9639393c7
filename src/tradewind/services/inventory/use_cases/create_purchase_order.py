"""A purchase order is drafted: nothing is expected yet."""

from __future__ import annotations

from datetime import timedelta

from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import Transaction
from tradewind.services.inventory import queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import PURCHASE_ORDERS
from tradewind.services.inventory.ordering import whole_lines
from tradewind.services.inventory.queries import purchase_orders as order_queries
from tradewind.services.inventory.queries import suppliers as supplier_queries
from tradewind.services.inventory.shapes.purchase_orders import PurchaseOrder, PurchaseOrderDraft
from tradewind.services.inventory.store import documents, purchase_orders
from tradewind.services.inventory.store.purchase_orders import Header


async def create_purchase_order(
    deps: Deps, command: PurchaseOrderDraft, actor: str, once: Once
) -> PurchaseOrder:
    """Raises Invalid(supplier_unknown, warehouse_unknown and those of its lines), Conflict(supplier_inactive)."""
    async with deps.db.begin() as tx:
        made = await draft_in(deps, tx, command, actor)
        return await once.answer(tx, made)


async def draft_in(deps: Deps, tx: Transaction, command: PurchaseOrderDraft, actor: str) -> PurchaseOrder:
    """In the caller's transaction."""
    try:
        supplier = await supplier_queries.supplier(tx, command.supplier)
    except NotFound as missing:
        raise Invalid("supplier_unknown", missing.message, field="supplier") from missing
    if not supplier.active:
        raise Conflict("supplier_inactive", f"{supplier.code} is not ordered from", field="supplier")
    try:
        await queries.warehouse(tx, command.warehouse)
    except NotFound as missing:
        raise Invalid("warehouse_unknown", missing.message, field="warehouse") from missing
    lines = await whole_lines(tx, supplier, command.lines)
    now, order_id = deps.clock.now(), deps.clock.new_id()
    header = Header(
        order_id,
        await documents.next_number(tx, PURCHASE_ORDERS),
        supplier.code,
        command.warehouse,
        supplier.currency,
        "draft",
        command.expected_on or now.date() + timedelta(days=supplier.lead_time_days),
    )
    await purchase_orders.insert(tx, header, command.supplier_reference, command.note, actor, now)
    await purchase_orders.replace_lines(tx, order_id, lines)
    await documents.begin(tx, order_id, "draft", actor, now)
    return await order_queries.purchase_order(tx, order_id)
