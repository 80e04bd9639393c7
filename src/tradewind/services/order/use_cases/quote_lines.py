"""What lines would cost at an address: asked by a shop's own pages, an app or an agent, without a cart."""

from __future__ import annotations

from tradewind.contracts.common import Address
from tradewind.contracts.currencies import check_currency
from tradewind.kernel.identity import Principal
from tradewind.services.order.collecting import collected, place_of
from tradewind.services.order.deps import Deps
from tradewind.services.order.quoting import cart_view, offers_of, priced
from tradewind.services.order.shapes.quotes import PriceQuote, QuoteRequest
from tradewind.services.order.store.carts import CartRecord
from tradewind.services.order.store.selling import load_terms
from tradewind.services.order.use_cases.edit_cart import added, in_lines, refuse_unsold


async def quote_lines(deps: Deps, caller: Principal, wanted: QuoteRequest) -> PriceQuote:
    """Raises Invalid for a SKU that is not sold, a currency that is none, and for an unknown pickup point."""
    check_currency(wanted.currency)
    codes = list(dict.fromkeys(code.upper() for code in wanted.discount_codes))
    place = None if wanted.pickup is None else await place_of(deps, wanted.pickup)
    terms = await load_terms(
        deps.db,
        wanted.currency,
        country=place.country if place else wanted.country,
        codes=codes,
        account_id=caller.account_id,
        email=None,
        now=deps.clock.now(),
    )
    cart = CartRecord(
        deps.clock.new_id(),
        caller.account_id,
        wanted.currency,
        None,
        _address(wanted),
        None,
        wanted.shipping_method,
        codes,
        "open",
        1,
        None,
        added([], [(line.sku, line.quantity) for line in wanted.lines]),
        terms.methods,
        terms.rates,
        terms.prices_include_tax,
        terms.promotions,
    )
    if place is not None:
        cart = collected(cart, place, "")
    offers = await offers_of(deps, cart)
    refuse_unsold(offers, wanted.currency, in_lines(wanted.lines))
    shown = cart_view(priced(deps, cart, offers), version=1)
    return PriceQuote(shown.lines, shown.totals, shown.promotions, shown.shipping_options, shown.warnings)


def _address(wanted: QuoteRequest) -> Address | None:
    """Only what prices depend on."""
    if wanted.country is None:
        return None
    return Address("", "", "", wanted.country, postal_code=wanted.postal_code, region=wanted.region)
