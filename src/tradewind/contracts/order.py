"""What the order service tells the others."""

from __future__ import annotations

from uuid import UUID

import msgspec

from tradewind.contracts.common import Money
from tradewind.kernel.events import Event


class OrderedLine(msgspec.Struct, frozen=True):
    sku: str
    product_id: UUID
    title: str
    quantity: int
    unit_price_minor: int
    total_minor: int  # after its share of discounts


class OrderPlaced(Event, tag="order.placed"):
    """Paid for (or as good as) and its stock held: it will be shipped."""

    order_id: UUID
    number: str
    account_id: UUID | None
    email: str
    total: Money
    lines: list[OrderedLine]
    country: str


class OrderCancelled(Event, tag="order.cancelled"):
    """Final. Whoever holds stock or money for it gives it back."""

    order_id: UUID
    number: str
    reason: str


class OrderFulfilled(Event, tag="order.fulfilled"):
    """A parcel left. `complete` when nothing is left to ship."""

    order_id: UUID
    number: str
    fulfilment_id: UUID
    carrier: str
    tracking_number: str
    complete: bool
