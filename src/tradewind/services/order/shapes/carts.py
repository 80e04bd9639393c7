"""Carts as they are changed and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tradewind.contracts.common import (
    MOST_LINES,
    Address,
    Body,
    CurrencyCode,
    Email,
    Language,
    Quantity,
    Sku,
)
from tradewind.services.order.domain.pricing import Totals

DiscountCode = Annotated[str, Meta(min_length=1, max_length=40)]
MOST_CODES = 10  # in one cart
MethodCode = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$(?!\n)")]


PickupCode = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z0-9][A-Z0-9_-]{1,15}$(?!\n)",
        description="a pickup point of /v1/pickup-points, where all of the order is collected",
    ),
]


class Pickup(Body, frozen=True):
    """All of it is collected, by whoever has this `name`."""

    code: PickupCode
    name: Annotated[str, Meta(min_length=1, max_length=120)]


class CartLineInput(Body, frozen=True):
    sku: Sku
    quantity: Quantity = 1


Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
CartName = Annotated[str, Meta(min_length=1, max_length=80)]


class AddLine(CartLineInput, frozen=True):
    """`version`, where given, must be the cart's."""

    version: Version | None = None


class NewCart(Body, frozen=True):
    """An account's lines go into its active cart, unless a `name` says that it is to be another, kept for later."""

    currency: CurrencyCode = "EUR"
    lines: Annotated[list[CartLineInput], Meta(max_length=MOST_LINES)] = []
    language: Language | None = None
    name: CartName | None = None


class SaveCart(Body, frozen=True):
    name: CartName


class CartChange(Body, frozen=True):
    """What is left out stays; null takes it away. `version`, where given, must be the cart's. `discount_code` is
    short for a list of that one. `accept_prices` says that the shopper has seen what things cost now. `pickup` stands
    in place of an address and a method, which it takes away, and they it: what is collected costs no shipping, and is
    taxed where it is handed over."""

    email: Email | UnsetType | None = UNSET
    shipping_address: Address | UnsetType | None = UNSET
    billing_address: Address | UnsetType | None = UNSET
    shipping_method: MethodCode | UnsetType | None = UNSET
    pickup: Pickup | UnsetType | None = UNSET
    discount_code: DiscountCode | UnsetType | None = UNSET
    discount_codes: Annotated[list[DiscountCode], Meta(max_length=MOST_CODES)] | UnsetType = UNSET
    accept_prices: bool = False
    language: Language | UnsetType | None = UNSET
    version: Version | UnsetType = UNSET


class LineQuantity(Body, frozen=True):
    """0 takes the line away. `version`, where given, must be the cart's."""

    quantity: Annotated[int, Meta(ge=0, le=10_000)]
    version: Version | None = None


class VersionQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`version`, where given, must be the cart's."""

    version: Version | None = None


class CartSummary(msgspec.Struct, frozen=True):
    """`state` is open for the active one, saved for the others."""

    cart_id: UUID
    name: str
    state: str
    version: int
    currency: str
    lines: int
    pieces: int
    updated_at: datetime


class Carts(msgspec.Struct, frozen=True):
    """The active one first, then those touched last."""

    items: list[CartSummary]


class Warning(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the shopper should know before paying; `blocking` ones must be mended first. A piece that costs
    `new_price_minor` cost `old_price_minor` when the shopper last took some. `expected_at`: when what is
    back-ordered or pre-ordered comes, where it is known. Of what is too few: `asked` are in the cart, `available` are
    there, in all or at `place`, the name of where the cart is collected."""

    code: str
    message: str
    sku: str | None = None
    blocking: bool = False
    available: int | None = None
    discount_code: str | None = None
    old_price_minor: int | None = None
    new_price_minor: int | None = None
    expected_at: datetime | None = None
    asked: int | None = None
    place: str | None = None


class CartPromotion(msgspec.Struct, frozen=True):
    """What a promotion takes off the lines and off shipping. Without a `code`, it came by itself."""

    name: str
    kind: str
    code: str | None
    discount_minor: int
    shipping_discount_minor: int


class CartLine(msgspec.Struct, frozen=True):
    """`total_minor` is after the line's share of discounts, with the tax that is added to it."""

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
    tax_minor: int = 0


class ShippingOption(msgspec.Struct, frozen=True):
    code: str
    name: str
    price_minor: int
    days_min: int
    days_max: int
    free_from_minor: int | None = None


class Cart(msgspec.Struct, frozen=True):
    """`shipping_options` are those for the address's country, once there is an address. `state` is open, saved
    (of an account, for later), ordered, merged, discarded or expired; the first two can be changed, the first can
    be ordered. One that is collected at `pickup` has that place for its address, and no method."""

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
    discount_codes: list[str] = []
    promotions: list[CartPromotion] = []
    name: str = ""
    pickup: str | None = None
