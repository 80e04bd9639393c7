"""Staff write something down about an order, for one another: its customer does not see it."""

from __future__ import annotations

from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.timeline import STAFF_NOTE
from tradewind.services.order.shapes.orders import Order
from tradewind.services.order.store import orders
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.views import order_view


async def add_note(deps: Deps, caller: Principal, order: OrderRecord, text: str, once: Once) -> Order:
    async with deps.db.begin() as tx:
        await orders.note(tx, order.order_id, text, caller.name, deps.clock.now(), kind=STAFF_NOTE)
        noted = await orders.load(tx, order.order_id)
        assert noted is not None, "orders are never deleted"
        return await once.answer(tx, order_view(noted, deps.settings, staff=True))
