"""Staff stop an order until they know more: nothing of it is packed, shipped or captured by a parcel."""

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


async def hold_order(deps: Deps, caller: Principal, order: OrderRecord, reason: str, once: Once) -> Order:
    """A parcel that is being shipped just now leaves all the same. It may still be cancelled.

    Raises Conflict(order_not_holdable) unless it waits for the warehouse, Conflict(order_held) for a second time.
    """
    async with deps.db.begin() as tx:
        held = await holds.hold(tx, order.order_id, reason, caller.name, deps.clock.now())
        current = await orders.load(tx, order.order_id)
        assert current is not None, "orders are never deleted"
        if not held and current.held_at is not None:
            raise Conflict("order_held", f"this order is held: {current.hold_reason}")
        if not held:
            raise Conflict("order_not_holdable", f"an order that is {current.state.value} is not held")
        await deps.outbox.append(tx, telling.held(current, reason))
        return await once.answer(tx, order_view(current, deps.settings, staff=True))
