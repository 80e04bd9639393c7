"""Carts as they are changed and answered."""

from __future__ import annotations

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
MethodCode = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$(?!\n)")]


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
    available: int | None = None


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
    free_from_minor: int | None = None


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
