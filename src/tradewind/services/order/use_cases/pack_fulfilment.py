"""The warehouse has packed a parcel that was asked for: where it is collected, the buyer may come for it."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order import telling
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import Parcel
from tradewind.services.order.shapes.orders import Order
from tradewind.services.order.store import fulfilments, orders
from tradewind.services.order.store.fulfilments import FulfilmentRecord
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.views import order_view


async def pack_fulfilment(
    deps: Deps, caller: Principal, order: OrderRecord, fulfilment_id: UUID, once: Once
) -> Order:
    """Said of one that is packed, it answers the order as it is.

    Raises NotFound(fulfilment_not_found), Conflict(fulfilment_not_packable).
    """
    fulfilment = await find_fulfilment(deps, order, fulfilment_id)
    async with deps.db.begin() as tx:
        packed = await fulfilments.pack(tx, fulfilment, caller.name, deps.clock.now())
        current = await orders.load(tx, order.order_id)
        assert current is not None, "orders are never deleted"
        (parcel,) = [f for f in current.fulfilments if f.fulfilment_id == fulfilment_id]
        if parcel.state != Parcel.PACKED:
            raise Conflict("fulfilment_not_packable", f"a parcel that is {parcel.state} is not packed")
        if packed and current.pickup is not None:
            await deps.outbox.append(tx, telling.ready_for_collection(deps, current, fulfilment))
        return await once.answer(tx, order_view(current, deps.settings, staff=True))


async def find_fulfilment(deps: Deps, order: OrderRecord, fulfilment_id: UUID) -> FulfilmentRecord:
    """Raises NotFound(fulfilment_not_found) for a parcel of another order as well."""
    fulfilment = await fulfilments.load(deps.db, fulfilment_id)
    if fulfilment is None or fulfilment.order_id != order.order_id:
        raise NotFound("fulfilment_not_found", "this order has no such parcel")
    return fulfilment
