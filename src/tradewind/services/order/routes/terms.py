"""The shop's terms over HTTP: discount codes, shipping methods, tax rates."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from tradewind.contracts.common import CountryCode, CurrencyCode, Page
from tradewind.contracts.currencies import check_currency
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import PUBLIC, Call, Route, permission
from tradewind.services.order.deps import Deps
from tradewind.services.order.queries import terms as queries
from tradewind.services.order.shapes.terms import (
    DiscountChange,
    DiscountQuery,
    DiscountView,
    NewDiscount,
    ShippingMethodInput,
    ShippingMethods,
    ShippingMethodView,
    TaxRate,
    TaxRateInput,
    TaxRates,
)
from tradewind.services.order.use_cases.create_discount import create_discount
from tradewind.services.order.use_cases.set_terms import (
    set_discount_active,
    set_shipping_method,
    set_tax_rate,
)


class TermsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    country: CountryCode | None = None
    currency: CurrencyCode | None = None


class CountryPath(msgspec.Struct, frozen=True):
    country: CountryCode
    tax_class: Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,40}$(?!\n)")]


async def get_discounts(deps: Deps, call: Call[None, DiscountQuery]) -> Page[DiscountView]:
    return await queries.list_discounts(deps.db, call.query)


async def post_discount(deps: Deps, call: Call[NewDiscount, None]) -> DiscountView:
    return await create_discount(deps, call.body, call.once)


async def patch_discount(deps: Deps, call: Call[DiscountChange, None]) -> DiscountView:
    return await set_discount_active(deps, call.parameters["code"], call.body.active, call.once)


async def get_shipping_methods(deps: Deps, call: Call[None, TermsQuery]) -> ShippingMethods:
    check_currency(call.query.currency)
    active_only = not call.principal.may("orders:write")
    return await queries.list_shipping_methods(
        deps.db, call.query.country, call.query.currency, active_only=active_only
    )


async def put_shipping_method(deps: Deps, call: Call[ShippingMethodInput, None]) -> ShippingMethodView:
    code = call.parameters["code"]
    if not re.fullmatch("[a-z0-9_-]{1,40}", code):
        raise Invalid("code_invalid", "a code has 1 to 40 of a-z, 0-9, _ and -", field="code")
    return await set_shipping_method(deps, code, call.body, call.once)


async def get_tax_rates(deps: Deps, call: Call[None, None]) -> TaxRates:
    return await queries.list_tax_rates(deps.db)


async def put_tax_rate(deps: Deps, call: Call[TaxRateInput, None]) -> TaxRate:
    try:
        path = msgspec.convert(call.parameters, CountryPath)
    except msgspec.ValidationError as error:
        raise Invalid("path_invalid", f"a country such as DE, a class such as standard: {error}") from error
    return await set_tax_rate(deps, path.country, path.tax_class, call.body.basis_points, call.once)


TERMS_ROUTES = (
    Route(
        "GET",
        "/v1/discounts",
        get_discounts,
        permission("orders:write"),
        "Discount codes",
        answer=Page[DiscountView],
        query=DiscountQuery,
    ),
    Route(
        "POST",
        "/v1/discounts",
        post_discount,
        permission("orders:write"),
        "Offer a discount code",
        answer=DiscountView,
        body=NewDiscount,
        status=201,
        errors=((Conflict, "discount_exists"), (Invalid, "field_missing"), (Invalid, "currency_unknown")),
        example={"code": "WELCOME10", "kind": "percentage", "basis_points": 1000, "most_uses": 500},
    ),
    Route(
        "PATCH",
        "/v1/discounts/{code}",
        patch_discount,
        permission("orders:write"),
        "Switch a discount code on or off",
        answer=DiscountView,
        body=DiscountChange,
        errors=((NotFound, "discount_not_found"),),
        example={"active": False},
    ),
    Route(
        "GET",
        "/v1/shipping-methods",
        get_shipping_methods,
        PUBLIC,
        "How parcels go",
        answer=ShippingMethods,
        query=TermsQuery,
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
        errors=((Invalid, "currency_unknown"), (Invalid, "days_reversed")),
        example={"name": "Standard", "prices": {"EUR": {"price_minor": 490, "free_from_minor": 7500}}},
    ),
    Route(
        "GET",
        "/v1/tax-rates",
        get_tax_rates,
        PUBLIC,
        "Tax contained in prices, by country and class",
        answer=TaxRates,
    ),
    Route(
        "PUT",
        "/v1/tax-rates/{country}/{tax_class}",
        put_tax_rate,
        permission("orders:write"),
        "Set a tax rate",
        answer=TaxRate,
        body=TaxRateInput,
        errors=((Invalid, "path_invalid"),),
        example={"basis_points": 1900},
    ),
)
