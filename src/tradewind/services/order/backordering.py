"""What of an order is promised and not there yet, as inventory tells it: shown on the order's lines."""

from __future__ import annotations

from collections.abc import Sequence

from tradewind.contracts.inventory import BackorderAllocated, Backordered
from tradewind.kernel.service import Subscription
from tradewind.ports.database import Transaction
from tradewind.services.order.deps import Deps
from tradewind.services.order.store import orders
from tradewind.services.order.store.orders import OrderRecord

ACTOR = "service:inventory"


async def keep_backordered(deps: Deps, order: OrderRecord, backordered: Sequence[Backordered]) -> OrderRecord:
    """The order as it is then. A repeat changes nothing."""
    known = {line.sku: line.backordered_quantity for line in order.lines}
    if all(known.get(one.sku) == one.quantity for one in backordered):
        return order
    words = ", ".join(f"{one.quantity} of {one.sku}" for one in backordered)
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        await orders.note(tx, order.order_id, f"waits for {words}", ACTOR, now, kind="stock")
        await orders.set_backordered(tx, order.order_id, backordered)
    current = await orders.load(deps.db, order.order_id)
    assert current is not None, "orders are never deleted"
    return current


async def count_allocated(deps: Deps, tx: Transaction, event: BackorderAllocated) -> None:
    """Of a hold, which is no order, nothing is known here."""
    words = f"{event.quantity} of {event.sku} came in"
    await orders.note(tx, event.owner_id, words, ACTOR, deps.clock.now(), kind="stock", event=event)
    await orders.count_allocated(tx, event.owner_id, event.sku, event.quantity)


BACKORDERING = (Subscription(BackorderAllocated, count_allocated),)
