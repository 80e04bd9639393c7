"""A purchase order goes to its supplier: from now on its pieces are expected."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.arriving import expect
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.documents import PURCHASE_ORDERS
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.queries import purchase_orders as queries
from tradewind.services.inventory.queries import suppliers as supplier_queries
from tradewind.services.inventory.shapes.purchase_orders import PurchaseOrder
from tradewind.services.inventory.store import documents, purchase_orders


async def place_purchase_order(deps: Deps, order_id: UUID, actor: str, once: Once) -> PurchaseOrder:
    """Raises NotFound, Conflict(state_conflict), Conflict(supplier_inactive)."""
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        was = await documents.lock(tx, PURCHASE_ORDERS, order_id)
        await documents.move(tx, PURCHASE_ORDERS, order_id, was, "placed", actor, now)
        order = await purchase_orders.header(tx, order_id)
        if not (await supplier_queries.supplier(tx, order.supplier)).active:
            raise Conflict("supplier_inactive", f"{order.supplier} is not ordered from")
        await purchase_orders.mark_placed(tx, order_id, now)
        lines = await purchase_orders.ordered(tx, order_id)
        coming = [Move(line.sku, order.warehouse, incoming=line.outstanding) for line in lines.values()]
        await expect(tx, coming, Cause("expect", "purchase order placed", actor, order.number), now)
        return await once.answer(tx, await queries.purchase_order(tx, order_id))
