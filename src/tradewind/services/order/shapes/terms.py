"""The shop's terms as they are set and answered: discounts, shipping methods, tax rates."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tradewind.contracts.common import AmountMinor, Body, CountryCode, CurrencyCode, Limit

BasisPoints = Annotated[int, Meta(ge=0, le=10_000)]


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
