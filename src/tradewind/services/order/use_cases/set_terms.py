"""Staff set the shop's terms: which codes hold, how parcels go, and what tax is contained."""

from __future__ import annotations

from tradewind.contracts.currencies import is_currency
from tradewind.kernel.errors import Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.order.deps import Deps
from tradewind.services.order.queries.terms import discount_view, method_view
from tradewind.services.order.shapes.terms import (
    DiscountView,
    ShippingMethodInput,
    ShippingMethodView,
    TaxRate,
)
from tradewind.services.order.store import terms


async def set_discount_active(deps: Deps, code: str, active: bool, once: Once) -> DiscountView:
    async with deps.db.begin() as tx:
        row = await terms.set_discount_active(tx, code, active)
        if row is None:
            raise NotFound("discount_not_found", f"there is no discount {code}")
        return await once.answer(tx, discount_view(row))


async def set_shipping_method(
    deps: Deps, code: str, method: ShippingMethodInput, once: Once
) -> ShippingMethodView:
    """Creates or replaces the method of this code."""
    for currency in method.prices:
        if not is_currency(currency):
            raise Invalid("currency_unknown", f"{currency} is no currency of ISO 4217", field="prices")
    if method.days_max < method.days_min:
        raise Invalid("days_reversed", "days_max must not be below days_min", field="days_max")
    async with deps.db.begin() as tx:
        row = await terms.put_shipping_method(tx, code, method)
        return await once.answer(tx, method_view(row))


async def set_tax_rate(deps: Deps, country: str, tax_class: str, basis_points: int, once: Once) -> TaxRate:
    """Holds for orders placed from now on."""
    async with deps.db.begin() as tx:
        await terms.put_tax_rate(tx, country, tax_class, basis_points)
        return await once.answer(tx, TaxRate(country, tax_class, basis_points))
