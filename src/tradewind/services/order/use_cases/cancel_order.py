"""A customer, or staff for them, cancels an order of which nothing was shipped."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import CANCELLABLE
from tradewind.services.order.shapes.orders import Order
from tradewind.services.order.store import orders
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.use_cases.pay_order import cancel
from tradewind.services.order.views import order_view

TRIES = 5


async def cancel_order(deps: Deps, caller: Principal, order: OrderRecord, reason: str, once: Once) -> Order:
    """Stock is released and the payment voided (or, where captured, refunded) by the event, for certain.

    Raises Conflict(order_not_cancellable) once a parcel was begun.
    """
    for _ in range(TRIES):
        if order.open_fulfilments:
            raise Conflict("order_not_cancellable", "a parcel of this order is under way: cancel that first")
        if order.state not in CANCELLABLE:
            raise Conflict(
                "order_not_cancellable", f"an order that is {order.state.value} cannot be cancelled"
            )
        async with deps.db.begin() as tx:
            cancelled = await cancel(deps, tx, order, reason or "cancelled on request", caller.name)
            if cancelled is not None:
                return await once.answer(tx, order_view(cancelled, deps.settings))
        order = await orders.load(deps.db, order.order_id) or order
    raise Conflict("order_busy", "this order is changing just now: try again")
