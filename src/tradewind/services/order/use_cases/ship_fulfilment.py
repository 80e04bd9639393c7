"""A parcel that was asked for, and perhaps packed, leaves the warehouse."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import CAME_TO_NOTHING, Parcel
from tradewind.services.order.shapes.fulfilments import ShipFulfilment
from tradewind.services.order.shapes.orders import Order
from tradewind.services.order.store import fulfilments
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.use_cases.fulfil_order import (
    check_released,
    drive_and_answer,
    stocked_lines,
    why_not_fulfillable,
)
from tradewind.services.order.use_cases.pack_fulfilment import find_fulfilment
from tradewind.services.order.use_cases.pay_order import resume_soon


async def ship_fulfilment(
    deps: Deps,
    caller: Principal,
    order: OrderRecord,
    fulfilment_id: UUID,
    command: ShipFulfilment,
    once: Once,
) -> Order:
    """As fulfil_order does, from the capture on. Said of one that is being shipped or left, it goes on with that.

    Raises NotFound(fulfilment_not_found), Conflict(fulfilment_not_shippable) for one that came to nothing,
    Conflict(order_held), Conflict(capture_failed), Conflict(stock_not_reserved): then its pieces are open again.
    Conflict(not_released): then it waits as it did.
    """
    fulfilment = await find_fulfilment(deps, order, fulfilment_id)
    if fulfilment.state in (Parcel.REQUESTED, Parcel.PACKED):
        stock = stocked_lines(order, fulfilment.lines)
        otherwise = "Cancel this parcel and ship its other lines"
        await check_released(deps, order.order_id, fulfilment_id, stock, otherwise)
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        await once.claim(tx)
        begun = await fulfilments.begin_shipping(
            tx, fulfilment, command.carrier, command.tracking_number, now + resume_soon(deps)
        )
    fulfilment = begun or await find_fulfilment(deps, order, fulfilment_id)
    if fulfilment.state in (Parcel.REQUESTED, Parcel.PACKED):
        raise await why_not_fulfillable(deps, order)
    if fulfilment.state in CAME_TO_NOTHING:
        raise Conflict("fulfilment_not_shippable", f"a parcel that {_how[fulfilment.state]} is not shipped")
    return await drive_and_answer(deps, fulfilment, order, caller.name, once)


_how = {Parcel.FAILED.value: "failed", Parcel.CANCELLED.value: "was cancelled"}
