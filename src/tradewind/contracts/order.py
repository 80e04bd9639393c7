"""What the order service tells the others. Each event carries what its hearers need of its own moment: a mail
that is rendered later says what was true when it happened."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.common import Address, Money
from tradewind.kernel.events import Event


class OrderedLine(msgspec.Struct, frozen=True):
    """`product_id` is None for what is in no catalogue: a line that staff wrote."""

    sku: str
    product_id: UUID | None
    title: str
    quantity: int
    unit_price_minor: int
    total_minor: int  # after its share of discounts
    category: str = ""  # the primary category's path when it was ordered
    image_url: str | None = None


class OrderTotals(msgspec.Struct, frozen=True):
    """Of the whole order, in minor units of its currency: items - discount + shipping = total; tax is within."""

    items_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int


class Buyer(msgspec.Struct, frozen=True):
    """Whom to tell, and in which language. `sealed_token` is there for a guest: it opens with
    Sealer(secret_key, "order.link") at place str(order_id), and the token within opens the order's page."""

    email: str
    name: str
    language: str = "en"
    account_id: UUID | None = None
    sealed_token: bytes | None = None


class OrderPlaced(Event, tag="order.placed"):
    """Paid for (or as good as) and its stock held: it will be shipped."""

    order_id: UUID
    number: str
    buyer: Buyer
    total: Money
    totals: OrderTotals
    lines: list[OrderedLine]
    shipping_address: Address
    shipping_method: str
    cart_id: UUID | None = None
    discount_code: str | None = None


class OrderPaymentFailed(Event, tag="order.payment_failed"):
    """The card was declined; the order waits for another until `decide_by` and is cancelled then."""

    order_id: UUID
    number: str
    buyer: Buyer
    total: Money
    code: str
    decide_by: datetime | None = None


class OrderCancelled(Event, tag="order.cancelled"):
    """Final. Whoever holds stock or money for it gives it back. `was_placed`: the buyer had been promised it."""

    order_id: UUID
    number: str
    reason: str
    buyer: Buyer
    total: Money
    was_placed: bool


class ShippedLine(msgspec.Struct, frozen=True):
    sku: str
    title: str
    quantity: int


class OrderFulfilled(Event, tag="order.fulfilled"):
    """A parcel left. `complete` when nothing is left to ship."""

    order_id: UUID
    number: str
    fulfilment_id: UUID
    buyer: Buyer
    lines: list[ShippedLine]
    carrier: str
    tracking_number: str
    complete: bool
    tracking_url: str | None = None  # where the carrier is known


class OrderDelivered(Event, tag="order.delivered"):
    """A parcel arrived."""

    order_id: UUID
    number: str
    fulfilment_id: UUID
    buyer: Buyer
    lines: list[ShippedLine]


class OrderRefunded(Event, tag="order.refunded"):
    """`amount` went back to the card by this refund; `refunded` in all."""

    order_id: UUID
    number: str
    refund_id: UUID
    buyer: Buyer
    amount: Money
    refunded: Money
    total: Money


class CartAbandoned(Event, tag="order.cart_abandoned"):
    """Nobody touched this cart for a while (TRADEWIND_ORDER_ABANDONED_AFTER_SECONDS); told once a cart, and again
    only after it was changed. `value` is what its lines cost as last priced, without shipping."""

    cart_id: UUID
    account_id: UUID | None
    email: str | None
    value: Money
    lines: list[OrderedLine]


ORDER_LINK = "order.link"  # the purpose under which Buyer.sealed_token is sealed
