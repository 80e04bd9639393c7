"""An order as it was at any moment of its past."""

from __future__ import annotations

from datetime import datetime

from tradewind.kernel.errors import Invalid
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.orders import Order
from tradewind.services.order.store import versions
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.views import order_view


async def order_as_of(deps: Deps, caller: Principal, order: OrderRecord, moment: datetime) -> Order:
    """As GET answered it then, after all that had happened up to this moment; without what lives elsewhere: the
    payment's state and the ticket to follow it.

    Raises Invalid(as_of_in_future), and Invalid(as_of_too_early) with the first moment that is known.
    """
    if moment > deps.clock.now():
        raise Invalid("as_of_in_future", "what an order will be is not known yet", field="as_of")
    first = await versions.beginning(deps.db, order.order_id)
    assert first is not None, "orders are never deleted"
    if moment < first:
        raise Invalid(
            "as_of_too_early",
            f"what this order was is known from {first.isoformat()} on",
            field="as_of",
            details={"first_at": first.isoformat()},
        )
    then = await versions.load_as_of(deps.db, order.order_id, moment)
    assert then is not None, "it had begun"
    return order_view(then, deps.settings, staff=caller.may("orders:read"))
