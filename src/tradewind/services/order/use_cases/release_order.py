"""Staff let an order go on that was held."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order import telling
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.orders import Order
from tradewind.services.order.store import holds, orders
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.views import order_view


async def release_order(deps: Deps, caller: Principal, order: OrderRecord, once: Once) -> Order:
    """Raises Conflict(order_not_held)."""
    async with deps.db.begin() as tx:
        if not await holds.release(tx, order.order_id, caller.name, deps.clock.now()):
            raise Conflict("order_not_held", "this order is not held")
        current = await orders.load(tx, order.order_id)
        assert current is not None, "orders are never deleted"
        await deps.outbox.append(tx, telling.held(current, None))
        return await once.answer(tx, order_view(current, deps.settings, staff=True))
