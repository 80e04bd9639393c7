"""No more is to come of a purchase order: cancelled before anything came, or closed with what came."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.arriving import expect
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.documents import EXPECTED_OF, PURCHASE_ORDERS
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.queries import purchase_orders as queries
from tradewind.services.inventory.shapes.purchase_orders import PurchaseOrder
from tradewind.services.inventory.store import documents, purchase_orders


async def end_purchase_order(
    deps: Deps, order_id: UUID, to: Literal["cancelled", "closed"], reason: str, actor: str, once: Once
) -> PurchaseOrder:
    """What was still expected no longer is. Raises NotFound, Conflict(state_conflict)."""
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        was = await documents.lock(tx, PURCHASE_ORDERS, order_id)
        await documents.move(tx, PURCHASE_ORDERS, order_id, was, to, actor, now, reason)
        if was in EXPECTED_OF:
            order = await purchase_orders.header(tx, order_id)
            lines = await purchase_orders.ordered(tx, order_id)
            gone = [
                Move(line.sku, order.warehouse, incoming=-line.outstanding)
                for line in lines.values()
                if line.outstanding
            ]
            await expect(tx, gone, Cause("expect", f"purchase order {to}", actor, order.number), now)
        return await once.answer(tx, await queries.purchase_order(tx, order_id))
