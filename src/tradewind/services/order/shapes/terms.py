"""The shop's terms as they are set and answered: shipping zones and methods, tax rates, currencies."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from tradewind.contracts.common import AmountMinor, Body, CountryCode, CurrencyCode

BasisPoints = Annotated[int, Meta(ge=0, le=10_000)]
TermCode = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]{1,40}$(?!\n)")]
Grams = Annotated[int, Meta(ge=1, le=10**9)]
PostalCodes = Annotated[
    list[Annotated[str, Meta(max_length=24, pattern=r"^[A-Za-z0-9 ]{1,10}(-[A-Za-z0-9 ]{1,10})?$(?!\n)")]],
    Meta(max_length=500),
]
Region = Annotated[str, Meta(max_length=80)]


class MethodStep(Body, frozen=True, omit_defaults=True):
    """The price up to a weight, up to a value of the goods, or up to both."""

    price_minor: AmountMinor
    up_to_grams: Grams | None = None
    up_to_minor: AmountMinor | None = None


class MethodPrice(Body, frozen=True, omit_defaults=True):
    """The first of `steps` that holds is the price, `price_minor` where none does. From `free_from_minor` on, of
    goods after discounts, it costs nothing."""

    price_minor: AmountMinor
    free_from_minor: AmountMinor | None = None
    steps: Annotated[list[MethodStep], Meta(max_length=50)] = []


class ShippingMethodInput(Body, frozen=True):
    """It goes to its `zone`, or to its `countries`: without both, everywhere. `prices` by currency. `most_grams`
    is what it carries at most. Its price bears the tax of `tax_class`."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    prices: Annotated[dict[CurrencyCode, MethodPrice], Meta(min_length=1, max_length=200)]
    countries: Annotated[list[CountryCode], Meta(max_length=250)] = []
    days_min: Annotated[int, Meta(ge=0, le=365)] = 1
    days_max: Annotated[int, Meta(ge=0, le=365)] = 5
    position: Annotated[int, Meta(ge=0, le=10_000)] = 0
    active: bool = True
    zone: TermCode | None = None
    tax_class: TermCode = "standard"
    most_grams: Grams | None = None


class ShippingMethodView(msgspec.Struct, frozen=True):
    code: str
    name: str
    countries: list[str]
    prices: dict[str, MethodPrice]
    days_min: int
    days_max: int
    position: int
    active: bool
    zone: str | None
    tax_class: str
    most_grams: int | None


class ShippingMethods(msgspec.Struct, frozen=True):
    items: list[ShippingMethodView]


class ZoneArea(Body, frozen=True, omit_defaults=True):
    """A country, or of it the postal codes that begin so ("20", "SW1") or lie in a range of beginnings of equal
    length ("20000-21149")."""

    country: CountryCode
    postal_codes: PostalCodes = []
    except_postal_codes: PostalCodes = []


class ShippingZoneInput(Body, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    areas: Annotated[list[ZoneArea], Meta(min_length=1, max_length=250)]


class ShippingZone(msgspec.Struct, frozen=True):
    code: str
    name: str
    areas: list[ZoneArea]


class ShippingZones(msgspec.Struct, frozen=True):
    items: list[ShippingZone]


class TaxRateInput(Body, frozen=True):
    """Without `valid_from` it holds from now on; where there is none yet, from ever on. Without `valid_to`, until
    the next one begins."""

    basis_points: BasisPoints
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    region: Region = ""


class TaxRate(msgspec.Struct, frozen=True):
    """`valid_from` null: ever since. `region` empty: the whole country. `source` empty: set by staff."""

    country: str
    tax_class: str
    basis_points: int
    region: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    source: str = ""


class TaxRates(msgspec.Struct, frozen=True):
    items: list[TaxRate]


class EuropeanRatesInput(Body, frozen=True):
    """`countries` empty: all of the European Union. `replace` lets the library's rate follow one that differs,
    from now on; without it, that one stays and is told."""

    countries: Annotated[list[CountryCode], Meta(max_length=60)] = []
    replace: bool = False


class RateDifference(msgspec.Struct, frozen=True):
    country: str
    tax_class: str
    basis_points: int  # as it is kept
    offered_basis_points: int


class EuropeanRates(msgspec.Struct, frozen=True):
    """What was taken over from `source`, whose data is of `data_date`. `different` are those that were kept as they
    were; with `replace` they are among `taken`."""

    source: str
    data_date: str
    taken: list[TaxRate]
    unchanged: int
    different: list[RateDifference]


class CurrencyTermsInput(Body, frozen=True):
    prices_include_tax: bool


class CurrencyTerms(msgspec.Struct, frozen=True):
    currency: str
    prices_include_tax: bool


class CurrencyTermsList(msgspec.Struct, frozen=True):
    """Prices in a currency that is not here include tax."""

    items: list[CurrencyTerms]
