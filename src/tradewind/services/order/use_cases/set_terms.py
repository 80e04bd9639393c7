"""Staff set the shop's terms: where parcels go and how, what tax holds, what prices contain."""

from __future__ import annotations

from datetime import datetime

from tradewind.contracts.countries import check_countries
from tradewind.contracts.currencies import check_currency, is_currency
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import ForeignKeyViolation
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.pricing.tax import RatePeriod, rates_at
from tradewind.services.order.queries.terms import method_view, rate_view
from tradewind.services.order.shapes.terms import (
    CurrencyTerms,
    ShippingMethodInput,
    ShippingMethodView,
    ShippingZone,
    ShippingZoneInput,
    TaxRate,
    TaxRateInput,
)
from tradewind.services.order.store import terms
from tradewind.services.order.use_cases.create_promotion import check_period


async def set_shipping_method(
    deps: Deps, code: str, method: ShippingMethodInput, once: Once
) -> ShippingMethodView:
    """Creates or replaces the method of this code."""
    _check_method(method)
    async with deps.db.begin() as tx:
        row = await terms.put_shipping_method(tx, code, method)
        if row is None:
            raise Invalid("zone_unknown", f"there is no shipping zone {method.zone}", field="zone")
        return await once.answer(tx, method_view(row))


def _check_method(method: ShippingMethodInput) -> None:
    for currency, price in method.prices.items():
        if not is_currency(currency):
            raise Invalid("currency_unknown", f"{currency} is no currency of ISO 4217", field="prices")
        for number, step in enumerate(price.steps):
            if step.up_to_grams is None and step.up_to_minor is None:
                message = "a step ends at a weight (up_to_grams), at a value (up_to_minor), or at both"
                raise Invalid("field_missing", message, field=f"prices.{currency}.steps[{number}]")
    check_countries(method.countries)
    if method.days_max < method.days_min:
        raise Invalid("days_reversed", "days_max must not be below days_min", field="days_max")
    if method.zone is not None and method.countries:
        message = "a method of a zone goes where the zone is: leave countries out"
        raise Invalid("field_not_expected", message, field="countries")


async def set_shipping_zone(deps: Deps, code: str, zone: ShippingZoneInput, once: Once) -> ShippingZone:
    """Creates or replaces the zone of this code. Raises Invalid for a country or a range that cannot be."""
    for number, area in enumerate(zone.areas):
        check_countries([area.country], f"areas[{number}].country")
        for name in ("postal_codes", "except_postal_codes"):
            for written in getattr(area, name):
                first, _, last = written.replace(" ", "").upper().partition("-")
                if last and (len(first) != len(last) or last < first):
                    message = f"{written}: a range goes from a beginning to a later one of the same length"
                    raise Invalid("postal_range_invalid", message, field=f"areas[{number}].{name}")
    async with deps.db.begin() as tx:
        await terms.put_shipping_zone(tx, code, zone)
        return await once.answer(tx, ShippingZone(code, zone.name, zone.areas))


async def remove_shipping_zone(deps: Deps, code: str, once: Once) -> None:
    """Raises NotFound, Conflict(zone_in_use) while a method goes there."""
    try:
        async with deps.db.begin() as tx:
            if not await terms.delete_shipping_zone(tx, code):
                raise NotFound("zone_not_found", f"there is no shipping zone {code}")
            await once.answer(tx, None)
    except ForeignKeyViolation as violation:
        raise Conflict("zone_in_use", "a shipping method goes to this zone: change it first") from violation


async def set_tax_rate(
    deps: Deps, country: str, tax_class: str, new: TaxRateInput, once: Once, source: str = ""
) -> TaxRate:
    """Holds for orders placed from then on; those of before keep theirs. The same rate again changes nothing."""
    check_period(new.valid_from, new.valid_to, "valid_from", "valid_to")
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        kept = [
            rate_view(row) for row in await terms.rates_of(tx, [country]) if row["tax_class"] == tax_class
        ]
        mine = [rate for rate in kept if rate.region == new.region]
        unlimited = new.valid_from is None and new.valid_to is None
        if unlimited and mine and rate_now(mine, tax_class, new.region, now) == new.basis_points:
            return await once.answer(tx, latest(mine, now))
        begins = new.valid_from or (now if mine else None)
        rate = TaxRate(country, tax_class, new.basis_points, new.region, begins, new.valid_to, source)
        if new.valid_to is not None and begins is not None and new.valid_to <= begins:
            raise Invalid("ends_before_start", "valid_to must come after its beginning", field="valid_to")
        await terms.put_tax_rate(tx, rate, source)
        return await once.answer(tx, rate)


def rate_now(rates: list[TaxRate], tax_class: str, region: str, now: datetime) -> int | None:
    """What holds in this moment, of rates of one country."""
    periods = [
        RatePeriod(r.tax_class, r.basis_points, r.valid_from or terms.SINCE_EVER, r.valid_to, r.region)
        for r in rates
        if r.region == region
    ]
    return rates_at(periods, region, now).get(tax_class)


def latest(rates: list[TaxRate], now: datetime) -> TaxRate:
    """The one that began last."""
    begun = [rate for rate in rates if (rate.valid_from or terms.SINCE_EVER) <= now]
    return max(begun, key=lambda rate: rate.valid_from or terms.SINCE_EVER)


async def remove_tax_rate(
    deps: Deps, country: str, tax_class: str, region: str, valid_from: datetime, once: Once
) -> None:
    """One that has not begun. Raises NotFound, Conflict(tax_rate_begun)."""
    if valid_from.tzinfo is None:
        raise Invalid("time_zone_missing", "give the time with its zone", field="valid_from")
    if valid_from <= deps.clock.now():
        raise Conflict("tax_rate_begun", "this rate has begun: let another follow it, or end it")
    async with deps.db.begin() as tx:
        if not await terms.delete_tax_rate(tx, country, tax_class, region, valid_from):
            raise NotFound("tax_rate_not_found", "no rate of this class begins then")
        await once.answer(tx, None)


async def set_currency_terms(deps: Deps, currency: str, included: bool, once: Once) -> CurrencyTerms:
    """Holds for carts from now on: orders keep what they were priced by."""
    check_currency(currency)
    async with deps.db.begin() as tx:
        await terms.put_currency_terms(tx, currency, included)
        return await once.answer(tx, CurrencyTerms(currency, included))
