"""The shop's terms over HTTP: shipping zones and methods, tax rates, what a currency's prices contain."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from tradewind.contracts.common import CountryCode, CurrencyCode
from tradewind.contracts.currencies import check_currency
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import PUBLIC, Call, Route, permission
from tradewind.kernel.invalid import invalid
from tradewind.services.order.deps import Deps
from tradewind.services.order.queries import terms as queries
from tradewind.services.order.shapes.terms import (
    CurrencyTerms,
    CurrencyTermsInput,
    CurrencyTermsList,
    EuropeanRates,
    EuropeanRatesInput,
    Region,
    ShippingMethodInput,
    ShippingMethods,
    ShippingMethodView,
    ShippingZone,
    ShippingZoneInput,
    ShippingZones,
    TaxRate,
    TaxRateInput,
    TaxRates,
)
from tradewind.services.order.use_cases.load_european_rates import load_european_rates
from tradewind.services.order.use_cases.set_terms import (
    remove_shipping_zone,
    remove_tax_rate,
    set_currency_terms,
    set_shipping_method,
    set_shipping_zone,
    set_tax_rate,
)


class MethodQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`postal_code` needs `country`."""

    country: CountryCode | None = None
    currency: CurrencyCode | None = None
    postal_code: Annotated[str, Meta(max_length=20)] | None = None


class RateQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    country: CountryCode | None = None


class BeginningQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which of the rates of this country and class: the one of `region` that begins at `valid_from`."""

    valid_from: datetime
    region: Region = ""


class RatePath(msgspec.Struct, frozen=True):
    country: CountryCode
    tax_class: Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,40}$(?!\n)")]


async def get_shipping_methods(deps: Deps, call: Call[None, MethodQuery]) -> ShippingMethods:
    check_currency(call.query.currency)
    active_only = not call.principal.may("orders:write")
    query = call.query
    return await queries.list_shipping_methods(
        deps.db, query.country, query.postal_code, query.currency, active_only=active_only
    )


async def put_shipping_method(deps: Deps, call: Call[ShippingMethodInput, None]) -> ShippingMethodView:
    return await set_shipping_method(deps, _code(call.parameters["code"]), call.body, call.once)


async def get_shipping_zones(deps: Deps, call: Call[None, None]) -> ShippingZones:
    return await queries.list_shipping_zones(deps.db)


async def put_shipping_zone(deps: Deps, call: Call[ShippingZoneInput, None]) -> ShippingZone:
    return await set_shipping_zone(deps, _code(call.parameters["code"]), call.body, call.once)


async def delete_shipping_zone(deps: Deps, call: Call[None, None]) -> None:
    await remove_shipping_zone(deps, call.parameters["code"], call.once)


def _code(code: str) -> str:
    if not re.fullmatch("[a-z0-9_-]{1,40}", code):
        raise Invalid("code_invalid", "a code has 1 to 40 of a-z, 0-9, _ and -", field="code")
    return code


async def get_tax_rates(deps: Deps, call: Call[None, RateQuery]) -> TaxRates:
    return await queries.list_tax_rates(deps.db, call.query.country)


async def put_tax_rate(deps: Deps, call: Call[TaxRateInput, None]) -> TaxRate:
    path = _rate_path(call.parameters)
    return await set_tax_rate(deps, path.country, path.tax_class, call.body, call.once)


async def delete_tax_rate(deps: Deps, call: Call[None, BeginningQuery]) -> None:
    path, query = _rate_path(call.parameters), call.query
    await remove_tax_rate(deps, path.country, path.tax_class, query.region, query.valid_from, call.once)


def _rate_path(parameters: dict[str, str]) -> RatePath:
    try:
        return msgspec.convert(parameters, RatePath)
    except msgspec.ValidationError as error:
        wrong = invalid(error)
        message = f"a country such as DE, a class such as standard: {wrong.message}"
        raise Invalid("path_invalid", message, field=wrong.field) from error


async def post_european_rates(deps: Deps, call: Call[EuropeanRatesInput, None]) -> EuropeanRates:
    return await load_european_rates(deps, call.body, call.once)


async def get_currency_terms(deps: Deps, call: Call[None, None]) -> CurrencyTermsList:
    return await queries.list_currency_terms(deps.db)


async def put_currency_terms(deps: Deps, call: Call[CurrencyTermsInput, None]) -> CurrencyTerms:
    return await set_currency_terms(
        deps, call.parameters["currency"], call.body.prices_include_tax, call.once
    )


TERMS_ROUTES = (
    Route(
        "GET",
        "/v1/shipping-methods",
        get_shipping_methods,
        PUBLIC,
        "How parcels go",
        answer=ShippingMethods,
        query=MethodQuery,
        errors=((Invalid, "currency_unknown"),),
    ),
    Route(
        "PUT",
        "/v1/shipping-methods/{code}",
        put_shipping_method,
        permission("orders:write"),
        "Create or replace a shipping method",
        answer=ShippingMethodView,
        body=ShippingMethodInput,
        errors=(
            (Invalid, "currency_unknown"),
            (Invalid, "country_unknown"),
            (Invalid, "days_reversed"),
            (Invalid, "zone_unknown"),
            (Invalid, "field_missing"),
            (Invalid, "field_not_expected"),
            (Invalid, "code_invalid"),
        ),
        example={
            "name": "Standard",
            "zone": "home",
            "prices": {
                "EUR": {
                    "price_minor": 1690,
                    "free_from_minor": 7500,
                    "steps": [
                        {"up_to_grams": 2000, "price_minor": 490},
                        {"up_to_grams": 10000, "price_minor": 890},
                    ],
                }
            },
            "most_grams": 31500,
        },
    ),
    Route(
        "GET",
        "/v1/shipping-zones",
        get_shipping_zones,
        PUBLIC,
        "Where shipping methods go",
        answer=ShippingZones,
    ),
    Route(
        "PUT",
        "/v1/shipping-zones/{code}",
        put_shipping_zone,
        permission("orders:write"),
        "Create or replace a shipping zone",
        answer=ShippingZone,
        body=ShippingZoneInput,
        errors=((Invalid, "country_unknown"), (Invalid, "postal_range_invalid"), (Invalid, "code_invalid")),
        example={
            "name": "Germany without its islands",
            "areas": [{"country": "DE", "except_postal_codes": ["18565", "25846-25849", "27498"]}],
        },
    ),
    Route(
        "DELETE",
        "/v1/shipping-zones/{code}",
        delete_shipping_zone,
        permission("orders:write"),
        "Remove a shipping zone that no method goes to",
        status=204,
        errors=((NotFound, "zone_not_found"), (Conflict, "zone_in_use")),
    ),
    Route(
        "GET",
        "/v1/tax-rates",
        get_tax_rates,
        PUBLIC,
        "Tax rates by country and class, with when they hold",
        answer=TaxRates,
        query=RateQuery,
    ),
    Route(
        "PUT",
        "/v1/tax-rates/{country}/{tax_class}",
        put_tax_rate,
        permission("orders:write"),
        "Set a tax rate, from now on or from a later day",
        answer=TaxRate,
        body=TaxRateInput,
        errors=((Invalid, "path_invalid"), (Invalid, "time_zone_missing"), (Invalid, "ends_before_start")),
        example={"basis_points": 1900, "valid_from": "2027-01-01T00:00:00+01:00"},
    ),
    Route(
        "DELETE",
        "/v1/tax-rates/{country}/{tax_class}",
        delete_tax_rate,
        permission("orders:write"),
        "Remove a tax rate that has not begun",
        status=204,
        query=BeginningQuery,
        errors=(
            (Invalid, "path_invalid"),
            (Invalid, "time_zone_missing"),
            (NotFound, "tax_rate_not_found"),
            (Conflict, "tax_rate_begun"),
        ),
    ),
    Route(
        "POST",
        "/v1/tax-rates/european",
        post_european_rates,
        permission("orders:write"),
        "Take over the European Union's VAT rates",
        answer=EuropeanRates,
        body=EuropeanRatesInput,
        errors=((Invalid, "country_unknown"),),
        example={"countries": ["DE", "FR"]},
    ),
    Route(
        "GET",
        "/v1/currency-terms",
        get_currency_terms,
        PUBLIC,
        "Whether prices include tax, by currency",
        answer=CurrencyTermsList,
    ),
    Route(
        "PUT",
        "/v1/currency-terms/{currency}",
        put_currency_terms,
        permission("orders:write"),
        "Say whether prices in a currency include tax",
        answer=CurrencyTerms,
        body=CurrencyTermsInput,
        errors=((Invalid, "currency_unknown"),),
        example={"prices_include_tax": False},
    ),
)
