"""A parcel arrived: the warehouse, or who heard of it from the carrier, says so."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order import telling
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.orders import Order
from tradewind.services.order.store import fulfilments, orders
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.views import order_view


async def deliver_fulfilment(
    deps: Deps, caller: Principal, order: OrderRecord, fulfilment_id: UUID, once: Once
) -> Order:
    """Told once; said of a parcel that was delivered, it answers the order as it is.

    Raises NotFound(fulfilment_not_found), and Conflict(fulfilment_not_shipped) for a parcel that did not leave.
    """
    fulfilment = await fulfilments.load(deps.db, fulfilment_id)
    if fulfilment is None or fulfilment.order_id != order.order_id:
        raise NotFound("fulfilment_not_found", "this order has no such parcel")
    async with deps.db.begin() as tx:
        arrived = await fulfilments.finish_delivered(tx, fulfilment, caller.name, deps.clock.now())
        current = await orders.load(tx, order.order_id)
        assert current is not None, "orders are never deleted"
        if arrived:
            await deps.outbox.append(tx, telling.delivered(deps, current, fulfilment))
        if not any(f.fulfilment_id == fulfilment_id and f.state == "delivered" for f in current.fulfilments):
            raise Conflict("fulfilment_not_shipped", "only a parcel that left can be delivered")
        return await once.answer(tx, order_view(current, deps.settings))
