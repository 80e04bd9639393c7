"""What clients of the order service send and are answered. Amounts are integer minor units."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tradewind.contracts.common import (
    MOST_LINES,
    Address,
    AmountMinor,
    Body,
    CountryCode,
    CurrencyCode,
    Email,
    Language,
    Limit,
    Money,
    Quantity,
    Sku,
)
from tradewind.services.order.domain.pricing import Totals

DiscountCode = Annotated[str, Meta(min_length=1, max_length=40)]
MethodCode = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$(?!\n)")]
CardToken = Annotated[str, Meta(min_length=8, max_length=200, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]
ReturnUrl = Annotated[str, Meta(max_length=2000, pattern=r"^https?://[^\s]+$(?!\n)")]
Reason = Annotated[str, Meta(max_length=500)]
Text = Annotated[str, Meta(max_length=120)]
BasisPoints = Annotated[int, Meta(ge=0, le=10_000)]


class CartLineInput(Body, frozen=True):
    sku: Sku
    quantity: Quantity = 1


class NewCart(Body, frozen=True):
    currency: CurrencyCode = "EUR"
    lines: Annotated[list[CartLineInput], Meta(max_length=MOST_LINES)] = []
    language: Language | None = None


class CartChange(Body, frozen=True):
    """What is left out stays; null takes it away. `version`, where given, must be the cart's."""

    email: Email | UnsetType | None = UNSET
    shipping_address: Address | UnsetType | None = UNSET
    billing_address: Address | UnsetType | None = UNSET
    shipping_method: MethodCode | UnsetType | None = UNSET
    discount_code: DiscountCode | UnsetType | None = UNSET
    language: Language | UnsetType | None = UNSET
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | UnsetType = UNSET


class LineQuantity(Body, frozen=True):
    quantity: Annotated[int, Meta(ge=0, le=10_000)]  # 0 takes the line away


class Warning(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the shopper should know before paying; `blocking` ones must be mended first."""

    code: str
    message: str
    sku: str | None = None
    blocking: bool = False


class CartLine(msgspec.Struct, frozen=True):
    sku: str
    product_id: UUID
    title: str
    options: dict[str, str]
    image_url: str | None
    quantity: int
    unit_price_minor: int
    compare_at_minor: int | None
    discount_minor: int
    total_minor: int


class ShippingOption(msgspec.Struct, frozen=True):
    code: str
    name: str
    price_minor: int
    days_min: int
    days_max: int


class Cart(msgspec.Struct, frozen=True):
    """`shipping_options` are those for the address's country, once there is an address."""

    cart_id: UUID
    version: int
    state: str
    currency: str
    email: str | None
    lines: list[CartLine]
    totals: Totals
    shipping_address: Address | None
    billing_address: Address | None
    shipping_method: str | None
    shipping_options: list[ShippingOption]
    discount_code: str | None
    warnings: list[Warning]
    language: str | None = None


class PlaceOrder(Body, frozen=True):
    """`card_token` comes from the card processor. `expected_total_minor`, where given, must be the
    total that the shopper saw: a price that changed since is never charged in silence. `language` is what the
    shopper is written to in: without it the cart's, else the account's, else English."""

    cart_id: UUID
    card_token: CardToken
    expected_total_minor: AmountMinor | None = None
    return_url: ReturnUrl | None = None
    language: Language | None = None


class PayAgain(Body, frozen=True):
    card_token: CardToken
    return_url: ReturnUrl | None = None


class CancelOrder(Body, frozen=True):
    reason: Reason = ""


class FulfilLine(Body, frozen=True):
    sku: Sku
    quantity: Quantity


class FulfilOrder(Body, frozen=True):
    """Without `lines`, all that is left."""

    lines: Annotated[list[FulfilLine], Meta(max_length=MOST_LINES)] = []
    carrier: Text = ""
    tracking_number: Text = ""


class LookUp(Body, frozen=True):
    number: Annotated[str, Meta(min_length=1, max_length=40)]
    email: Email


class OrderLine(msgspec.Struct, frozen=True):
    sku: str
    product_id: UUID
    title: str
    options: dict[str, str]
    image_url: str | None
    quantity: int
    fulfilled_quantity: int
    unit_price_minor: int
    discount_minor: int
    total_minor: int
    tax_minor: int


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
    tracking_url: str | None = None


class Entry(msgspec.Struct, frozen=True):
    """One line of an order's history."""

    kind: str
    from_state: str | None
    to_state: str
    reason: str | None
    actor: str
    at: datetime


class Order(msgspec.Struct, frozen=True, omit_defaults=True):
    """`action_url`: where the shopper confirms the payment. `token` opens a guest's order: keep it."""

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


class OrderSummary(msgspec.Struct, frozen=True):
    order_id: UUID
    number: str
    state: str
    email: str
    total: Money
    lines: int
    created_at: datetime
    placed_at: datetime | None


class OrderQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    state: (
        Literal[
            "pending",
            "action_required",
            "payment_failed",
            "placed",
            "partially_fulfilled",
            "fulfilled",
            "cancelled",
        ]
        | None
    ) = None
    email: Annotated[str, Meta(max_length=254)] | None = None
    number: Annotated[str, Meta(max_length=40)] | None = None
    account_id: UUID | None = None
    sort: Literal["newest", "oldest"] = "newest"
    limit: Limit = 24
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class TokenQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`token` is a guest's key to the order, given when it was placed."""

    token: Annotated[str, Meta(max_length=100)] | None = None


class NewDiscount(Body, frozen=True):
    """`percentage` takes `basis_points` (1000 is 10 %); `amount` takes `amount_minor` and `currency`."""

    code: Annotated[str, Meta(min_length=2, max_length=40, pattern=r"^[A-Z0-9_-]+$(?!\n)")]
    kind: Literal["percentage", "amount", "free_shipping"]
    basis_points: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    amount_minor: Annotated[int, Meta(ge=1, le=10**13)] | None = None
    currency: CurrencyCode | None = None
    minimum_minor: AmountMinor = 0
    most_uses: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class DiscountChange(Body, frozen=True):
    active: bool


class DiscountView(msgspec.Struct, frozen=True):
    code: str
    kind: str
    basis_points: int | None
    amount_minor: int | None
    currency: str | None
    minimum_minor: int
    most_uses: int | None
    uses: int
    starts_at: datetime | None
    ends_at: datetime | None
    active: bool


class DiscountQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class MethodPrice(Body, frozen=True, omit_defaults=True):
    price_minor: AmountMinor
    free_from_minor: AmountMinor | None = None


class ShippingMethodInput(Body, frozen=True):
    """`countries` empty: everywhere. `prices` by currency."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    prices: Annotated[dict[CurrencyCode, MethodPrice], Meta(min_length=1, max_length=200)]
    countries: Annotated[list[CountryCode], Meta(max_length=250)] = []
    days_min: Annotated[int, Meta(ge=0, le=365)] = 1
    days_max: Annotated[int, Meta(ge=0, le=365)] = 5
    position: Annotated[int, Meta(ge=0, le=10_000)] = 0
    active: bool = True


class ShippingMethodView(msgspec.Struct, frozen=True):
    code: str
    name: str
    countries: list[str]
    prices: dict[str, MethodPrice]
    days_min: int
    days_max: int
    position: int
    active: bool


class ShippingMethods(msgspec.Struct, frozen=True):
    items: list[ShippingMethodView]


class TaxRateInput(Body, frozen=True):
    basis_points: BasisPoints


class TaxRate(msgspec.Struct, frozen=True):
    country: str
    tax_class: str
    basis_points: int


class TaxRates(msgspec.Struct, frozen=True):
    items: list[TaxRate]
