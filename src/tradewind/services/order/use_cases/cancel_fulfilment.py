"""A parcel that was asked for is not to be shipped after all: its pieces are open again."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import Parcel
from tradewind.services.order.shapes.orders import Order
from tradewind.services.order.store import fulfilments, orders
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.use_cases.pack_fulfilment import find_fulfilment
from tradewind.services.order.views import order_view


async def cancel_fulfilment(
    deps: Deps, caller: Principal, order: OrderRecord, fulfilment_id: UUID, reason: str, once: Once
) -> Order:
    """Raises NotFound(fulfilment_not_found), Conflict(fulfilment_not_cancellable) once it is being shipped."""
    fulfilment = await find_fulfilment(deps, order, fulfilment_id)
    async with deps.db.begin() as tx:
        await fulfilments.cancel(tx, fulfilment, reason, caller.name, deps.clock.now())
        current = await orders.load(tx, order.order_id)
        assert current is not None, "orders are never deleted"
        (parcel,) = [f for f in current.fulfilments if f.fulfilment_id == fulfilment_id]
        if parcel.state != Parcel.CANCELLED:
            raise Conflict(
                "fulfilment_not_cancellable", f"a parcel that is {parcel.state} can no longer be cancelled"
            )
        return await once.answer(tx, order_view(current, deps.settings, staff=True))
