"""Staff take over the European Union's VAT rates. What they set themselves is never changed in silence."""

from __future__ import annotations

from decimal import Decimal

import eu_vat_rates_data

from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.order.deps import Deps
from tradewind.services.order.queries.terms import rate_view
from tradewind.services.order.shapes.terms import (
    EuropeanRates,
    EuropeanRatesInput,
    RateDifference,
    TaxRate,
)
from tradewind.services.order.store import terms
from tradewind.services.order.use_cases.set_terms import rate_now

LOWEST_REDUCED_PERCENT = 5
SOURCE = "European Commission, TEDB (eu-vat-rates-data)"


async def load_european_rates(deps: Deps, wanted: EuropeanRatesInput, once: Once) -> EuropeanRates:
    """Raises Invalid(country_unknown) for one that the library does not have."""
    offered = offers(wanted.countries)
    date, now = eu_vat_rates_data.data_version, deps.clock.now()
    source = f"{SOURCE} {date}"
    taken: list[TaxRate] = []
    different: list[RateDifference] = []
    unchanged = 0
    async with deps.db.begin() as tx:
        kept = [rate_view(row) for row in await terms.rates_of(tx, sorted({c for c, _, _ in offered}))]
        for country, tax_class, points in offered:
            known = [r for r in kept if r.country == country and r.tax_class == tax_class and not r.region]
            present = rate_now(known, tax_class, "", now)
            if known and present == points:
                unchanged += 1
            elif known and not wanted.replace:
                different.append(RateDifference(country, tax_class, present or 0, points))
            else:
                rate = TaxRate(country, tax_class, points, "", now if known else None, None, source)
                await terms.put_tax_rate(tx, rate, source)
                taken.append(rate)
        return await once.answer(tx, EuropeanRates(SOURCE, date, taken, unchanged, different))


def offers(countries: list[str]) -> list[tuple[str, str, int]]:
    """Country, class and basis points, as far as a country has them: standard, reduced and reduced-2 (the lowest
    two of at least 5 %, of which Directive 2006/112/EC, article 98, allows two), super-reduced, parking. For which
    goods a country has its reduced rates is not known here."""
    found = []
    data = eu_vat_rates_data.get_all_rates()
    for country in countries or sorted(code for code, rate in data.items() if rate["eu_member"]):
        if country not in data:
            raise Invalid("country_unknown", f"the library has no rates of {country}", field="countries")
        rate = data[country]
        reduced = sorted(share for share in rate["reduced"] if share >= LOWEST_REDUCED_PERCENT)
        classes = {
            "standard": rate["standard"],
            "reduced": reduced[0] if reduced else None,
            "reduced-2": reduced[1] if len(reduced) > 1 else None,
            "super-reduced": rate["super_reduced"],
            "parking": rate["parking"],
        }
        found += [
            (country, tax_class, int(Decimal(str(percent)) * 100))
            for tax_class, percent in classes.items()
            if percent is not None
        ]
    return found
