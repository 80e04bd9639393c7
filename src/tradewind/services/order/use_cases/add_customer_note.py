"""A customer writes something to an order, or staff write to its customer: both see it."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.timeline import CUSTOMER_NOTE
from tradewind.services.order.shapes.orders import Order
from tradewind.services.order.store import orders
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.views import order_view

MOST_NOTES = 50


async def add_customer_note(
    deps: Deps, caller: Principal, order: OrderRecord, text: str, once: Once
) -> Order:
    """Raises Conflict(too_many_notes) after MOST_NOTES of them."""
    async with deps.db.begin() as tx:
        await orders.note(tx, order.order_id, text, caller.name, deps.clock.now(), kind=CUSTOMER_NOTE)
        noted = await orders.load(tx, order.order_id)
        assert noted is not None, "orders are never deleted"
        if sum(entry.kind == CUSTOMER_NOTE for entry in noted.history) > MOST_NOTES:
            raise Conflict("too_many_notes", f"an order takes {MOST_NOTES} notes: write us a mail")
        return await once.answer(tx, order_view(noted, deps.settings, staff=caller.may("orders:read")))
