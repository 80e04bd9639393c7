"""Orders as they are placed, shipped, listed and answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts import payment
from tradewind.contracts.common import (
    LARGEST_AMOUNT_MINOR,
    MOST_LINES,
    Address,
    AmountMinor,
    Body,
    Email,
    Language,
    Limit,
    Money,
    Quantity,
    Sku,
)
from tradewind.contracts.payment import PaymentSummary
from tradewind.services.order.domain.pricing import Totals
from tradewind.services.order.shapes.carts import PickupCode

CardToken = Annotated[str, Meta(min_length=8, max_length=200, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]
MainMethod = (
    payment.CardToken | payment.SavedMethod | payment.Wallet | payment.BankTransfer | payment.CashOnDelivery
)
GiftCards = Annotated[list[payment.GiftCode], Meta(max_length=5)]
ReturnUrl = Annotated[str, Meta(max_length=2000, pattern=r"^https?://[^\s]+$(?!\n)")]
Reason = Annotated[str, Meta(max_length=500)]
Text = Annotated[str, Meta(max_length=120)]


class PlaceOrder(Body, frozen=True):
    """`gift_cards` pay first, and `payment` what they leave; `card_token`, which comes from the card processor, is
    the short form of a payment by card. `expected_total_minor`, where given, must be the total that the shopper
    saw: a price that changed since is never charged in silence. `language` is what the shopper is written to in:
    without it the cart's, else the account's, else English. `pickup` is short for setting the cart's, by the name
    in its address."""

    cart_id: UUID
    card_token: CardToken | None = None
    payment: MainMethod | None = None
    gift_cards: GiftCards = []
    expected_total_minor: AmountMinor | None = None
    return_url: ReturnUrl | None = None
    language: Language | None = None
    pickup: PickupCode | None = None


class PayAgain(Body, frozen=True):
    """As in PlaceOrder. Gift cards that were given before still hold what they held. `expected_total_minor`, where
    given, must be what the shopper saw: the total, or of an order that was placed what is due."""

    card_token: CardToken | None = None
    payment: MainMethod | None = None
    gift_cards: GiftCards = []
    expected_total_minor: AmountMinor | None = None
    return_url: ReturnUrl | None = None


class CancelOrder(Body, frozen=True):
    reason: Reason = ""


class FulfilLine(Body, frozen=True):
    sku: Sku
    quantity: Quantity


class FulfilOrder(Body, frozen=True):
    """Without `lines`, all that is left. `ship` false only asks for the parcel: it is packed and shipped later."""

    lines: Annotated[list[FulfilLine], Meta(max_length=MOST_LINES)] = []
    carrier: Text = ""
    tracking_number: Text = ""
    ship: bool = True


class RefundOrder(Body, frozen=True):
    """`lines` say what was sent back, or is not sent: their share of the total is refunded, unless
    `amount_minor` says how much. Without either, all that is left."""

    amount_minor: Annotated[int, Meta(ge=1, le=LARGEST_AMOUNT_MINOR)] | None = None
    lines: Annotated[list[FulfilLine], Meta(max_length=MOST_LINES)] = []
    reason: Reason = ""


class NewNote(Body, frozen=True):
    text: Annotated[str, Meta(min_length=1, max_length=2000)]


class LookUp(Body, frozen=True):
    number: Annotated[str, Meta(min_length=1, max_length=40)]
    email: Email


class OrderLine(msgspec.Struct, frozen=True):
    sku: str
    product_id: UUID | None
    title: str
    options: dict[str, str]
    image_url: str | None
    quantity: int
    fulfilled_quantity: int
    unit_price_minor: int
    discount_minor: int
    total_minor: int
    tax_minor: int
    refunded_quantity: int = 0
    cancelled_quantity: int = 0
    kind: str = "product"
    returning_quantity: int = 0
    returned_quantity: int = 0
    awaited_quantity: int = 0  # not sent before what they are exchanged for is here
    unpaid_quantity: int = 0  # not sent while something is due
    backordered_quantity: int = 0  # promised, and not there yet
    expected_at: datetime | None = None  # of what is back-ordered or pre-ordered, where it is known
    tax_class: str = "standard"


class Fulfilment(msgspec.Struct, frozen=True):
    fulfilment_id: UUID
    state: str
    lines: list[FulfilLine]
    carrier: str
    tracking_number: str
    created_at: datetime
    shipped_at: datetime | None
    reason: str | None = None
    delivered_at: datetime | None = None
    packed_at: datetime | None = None
    tracking_url: str | None = None


class Replacement(msgspec.Struct, frozen=True):
    """What a claim has sent free of charge, in a parcel of its own. `number` is the claim's."""

    claim_id: UUID
    number: str
    lines: list[FulfilLine]
    sent: bool
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str | None = None


class Refund(msgspec.Struct, frozen=True, omit_defaults=True):
    """`state` is requested, succeeded or failed. `credited` is what of its pieces' worth paid for what they were
    exchanged for, beside `amount`. `reason` and `actor` are for staff alone."""

    refund_id: UUID
    state: str
    amount: Money
    lines: list[FulfilLine]
    created_at: datetime
    finished_at: datetime | None = None
    failure: str | None = None
    reason: str | None = None
    actor: str | None = None
    credited: Money | None = None


class OrderPromotion(msgspec.Struct, frozen=True):
    """What took something off the order, and how much off the lines and off shipping. Without a `promotion_id`,
    staff gave it, and `name` is why."""

    name: str
    kind: str
    code: str | None
    discount_minor: int
    shipping_discount_minor: int
    promotion_id: UUID | None = None


class OrderPayment(msgspec.Struct, frozen=True, omit_defaults=True):
    """What it was placed with, and for a card which. The rest is for staff who may see payments, and for the buyer
    where it is more than one card: a transfer that is awaited, gift cards, a difference."""

    network: str
    last4: str
    payment_id: UUID | None = None
    status: str | None = None
    authorised: Money | None = None
    captured: Money | None = None
    refunded: Money | None = None
    method: str = "card"
    received: Money | None = None  # of a bank transfer, or of what was collected on delivery
    others: list[PaymentSummary] = []  # gift cards, and differences that were paid since
    awaited: Money | None = None  # still to come of a transfer, or from the carrier


class Entry(msgspec.Struct, frozen=True):
    """One line of an order's history. Notes and reasons that are for staff (kinds `staff_note`, `hold`, `release`,
    `draft`, `import`, `dispute`, `packing`) are shown to staff alone."""

    kind: str
    from_state: str | None
    to_state: str
    reason: str | None
    actor: str
    at: datetime


class Order(msgspec.Struct, frozen=True, omit_defaults=True):
    """`action_url`: where the shopper confirms the payment. `token` opens a guest's order: keep it.
    `stream_ticket`, where one order was read, opens its events at /v1/stream for an hour.
    `credited` is what of the total returned pieces paid, in exchanges.
    `refundable` is what was captured, and neither given back nor about to be, nor disputed. For staff, `disputed` is
    what open disputes hold of it, and `charged_back` what was lost to disputes: the shop has it no more. `cancelled`
    is what of the total is never to be had, because pieces were cancelled. `held_at`: it is stopped for now, for
    `hold_reason`. `version` counts its changes. `source` and `external_id` are those of an import. `awaits_transfer`:
    it is placed, and of the bank transfer that is to pay it less has come than it still comes to. `arrived`: all of it
    left, and every parcel was delivered. `replacements` are in no line and parcel of its own."""

    order_id: UUID
    number: str
    state: str
    email: str
    account_id: UUID | None
    totals: Totals
    captured: Money
    refunded: Money
    lines: list[OrderLine]
    shipping_address: Address
    billing_address: Address
    shipping_method: str
    fulfilments: list[Fulfilment]
    history: list[Entry]
    created_at: datetime
    placed_at: datetime | None
    reason: str | None = None
    action_url: str | None = None
    discount_code: str | None = None
    token: str | None = None
    language: str = "en"
    name: str = ""
    refunds: list[Refund] = []
    refundable: Money | None = None
    payment: OrderPayment | None = None
    stream_ticket: str | None = None
    decide_by: datetime | None = None
    pickup: str | None = None  # the pickup point where it is collected
    version: int = 0
    origin: str = "checkout"
    origin_order_id: UUID | None = None
    source: str | None = None
    external_id: str | None = None
    cancelled: Money | None = None
    due: Money | None = None  # yet to be paid, after an edit
    held_at: datetime | None = None
    hold_reason: str | None = None
    discount_codes: list[str] = []
    promotions: list[OrderPromotion] = []
    credited: Money | None = None
    disputed: Money | None = None
    charged_back: Money | None = None
    awaits_transfer: bool = False
    arrived: bool = False
    replacements: list[Replacement] = []


class OrderSummary(msgspec.Struct, frozen=True):
    """`title` and `image_url` are of the first of its `lines`; `name` is the buyer's. `awaits_transfer` and `arrived`
    as of an Order."""

    order_id: UUID
    number: str
    state: str
    email: str
    total: Money
    lines: int
    created_at: datetime
    placed_at: datetime | None
    name: str
    account_id: UUID | None
    country: str
    pieces: int
    fulfilled_pieces: int
    captured: Money
    refunded: Money
    title: str
    image_url: str | None
    origin: str = "checkout"
    held: bool = False
    pickup: str | None = None
    awaits_transfer: bool = False
    arrived: bool = False


StateName = Literal[
    "draft",
    "pending",
    "action_required",
    "payment_failed",
    "placed",
    "partially_fulfilled",
    "fulfilled",
    "partially_returned",
    "returned",
    "cancelled",
    "expired",
]


OriginName = Literal["checkout", "draft", "import", "reissue", "exchange"]


class OrderFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`q` finds by the beginnings of words: of number, e-mail address, names, companies and SKUs.
    `from` and `to` are days of `timezone`, both included, on which it was ordered."""

    q: Annotated[str, Meta(max_length=200)] | None = None
    from_: date | None = msgspec.field(default=None, name="from")
    to: date | None = None
    timezone: Annotated[str, Meta(max_length=64, examples=["Europe/Berlin"])] = "UTC"
    email: Annotated[str, Meta(max_length=254)] | None = None
    number: Annotated[str, Meta(max_length=40)] | None = None
    order_id: Annotated[list[UUID], Meta(max_length=100)] | None = None
    account_id: UUID | None = None
    origin: Annotated[list[OriginName], Meta(max_length=5)] | None = None
    held: bool | None = None


class OrderQuery(OrderFilter, frozen=True, forbid_unknown_fields=True):
    state: Annotated[list[StateName], Meta(max_length=11)] | None = None
    sort: Literal["newest", "oldest", "total", "-total"] = "newest"
    limit: Limit = 24
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class OrderCounts(msgspec.Struct, frozen=True):
    """`states` has every state."""

    total: int
    states: dict[str, int]


class Attention(msgspec.Struct, frozen=True):
    """What waits for somebody. Too long is more than 5 minutes; refunds that failed are those of 7 days. What waits for
    its transfer is not to be fulfilled yet, nor what is `held`."""

    payment_failed: int
    action_required: int
    pending_too_long: int
    to_fulfil: int
    oldest_to_fulfil_at: datetime | None
    held: int
    awaiting_transfer: int
    parcels_too_long: int
    refunds_under_way: int
    refunds_failed: int


class CustomerSummary(msgspec.Struct, frozen=True):
    """`spent_minor` by currency: totals of orders that were placed and not cancelled, less what was refunded."""

    account_id: UUID
    orders: int
    spent_minor: dict[str, int]
    first_order_at: datetime | None
    last_order_at: datetime | None


class TokenQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`token` is a guest's key to the order, given when it was placed."""

    token: Annotated[str, Meta(max_length=100)] | None = None
