"""A draft gets other lines; an order that is expected gets another day, reference or note."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import EXPECTED_OF, PURCHASE_ORDERS
from tradewind.services.inventory.ordering import whole_lines
from tradewind.services.inventory.queries import purchase_orders as queries
from tradewind.services.inventory.queries import suppliers as supplier_queries
from tradewind.services.inventory.shapes.purchase_orders import PurchaseOrder, PurchaseOrderChange
from tradewind.services.inventory.store import documents, purchase_orders


async def change_purchase_order(
    deps: Deps, order_id: UUID, command: PurchaseOrderChange, actor: str, once: Once
) -> PurchaseOrder:
    """Raises NotFound, Invalid(nothing_to_change and those of its lines), Conflict(state_conflict)."""
    wanted = [name for name in command.__struct_fields__ if getattr(command, name) is not None]
    if not wanted:
        raise Invalid("nothing_to_change", f"send at least one of {', '.join(command.__struct_fields__)}")
    async with deps.db.begin() as tx:
        state = await documents.lock(tx, PURCHASE_ORDERS, order_id)
        if state not in ("draft", *EXPECTED_OF):
            raise Conflict("state_conflict", f"it is {state}: nothing of it changes any more")
        if command.lines is not None:
            if state != "draft":
                message = f"it is {state}: the lines of a draft alone change"
                raise Conflict("state_conflict", message, field="lines")
            order = await purchase_orders.header(tx, order_id)
            supplier = await supplier_queries.supplier(tx, order.supplier)
            lines = await whole_lines(tx, supplier, command.lines)
            await purchase_orders.replace_lines(tx, order_id, lines)
        await purchase_orders.change(
            tx, order_id, command.expected_on, command.supplier_reference, command.note
        )
        words = f"changed: {', '.join(wanted)}"
        await documents.note(tx, PURCHASE_ORDERS, order_id, words, actor, deps.clock.now())
        return await once.answer(tx, await queries.purchase_order(tx, order_id))
