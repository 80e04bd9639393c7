"""Staff correct by whom a parcel goes, and by which number it is followed."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.fulfilments import CorrectTracking
from tradewind.services.order.shapes.orders import Order
from tradewind.services.order.store import fulfilments, orders
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.use_cases.pack_fulfilment import find_fulfilment
from tradewind.services.order.views import order_view


async def correct_tracking(
    deps: Deps, caller: Principal, order: OrderRecord, fulfilment_id: UUID, right: CorrectTracking, once: Once
) -> Order:
    """The customer sees it at once; no mail is sent again.

    Raises NotFound(fulfilment_not_found), Conflict(fulfilment_ended) for a parcel that came to nothing.
    """
    fulfilment = await find_fulfilment(deps, order, fulfilment_id)
    carrier, number = right.carrier.strip(), right.tracking_number.strip()
    async with deps.db.begin() as tx:
        if not await fulfilments.correct_tracking(
            tx, fulfilment, carrier, number, caller.name, deps.clock.now()
        ):
            raise Conflict("fulfilment_ended", "this parcel came to nothing: there is nothing to follow")
        current = await orders.load(tx, order.order_id)
        assert current is not None, "orders are never deleted"
        return await once.answer(tx, order_view(current, deps.settings, staff=True))
