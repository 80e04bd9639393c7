"""What the inventory service tells, and what it does on what it hears."""

from __future__ import annotations

from tradewind.contracts.inventory import (
    BackorderAllocated,
    LowStock,
    OrderPacked,
    ReservationReleased,
    StockChanged,
)
from tradewind.contracts.order import OrderCancelled
from tradewind.kernel.service import Subscription
from tradewind.ports.database import Transaction
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import SERVICE_ACTOR
from tradewind.services.inventory.use_cases.release_stock import release_in


async def release_cancelled_order(deps: Deps, tx: Transaction, event: OrderCancelled) -> None:
    """Also when its reservation is still under way: what comes late is then refused."""
    await release_in(deps, tx, event.order_id, SERVICE_ACTOR)


PUBLISHES = (StockChanged, ReservationReleased, BackorderAllocated, OrderPacked, LowStock)
SUBSCRIPTIONS = (Subscription(OrderCancelled, release_cancelled_order),)
