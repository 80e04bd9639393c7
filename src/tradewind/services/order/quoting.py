"""A cart as its shopper sees it: priced at what is offered now, with warnings for what changed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tradewind.contracts.common import LARGEST_AMOUNT_MINOR
from tradewind.contracts.product import Offer
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.pricing import (
    AppliedPromotion,
    PricedLine,
    Promotion,
    Quote,
    ShippingPrice,
    Terms,
    quote,
)
from tradewind.services.order.domain.pricing.promotions import promotion_problem
from tradewind.services.order.domain.pricing.shipping import shipping_price
from tradewind.services.order.domain.pricing.tax import rates_at
from tradewind.services.order.shapes.carts import Cart, CartLine, CartPromotion, ShippingOption, Warning
from tradewind.services.order.store.carts import CartItem, CartRecord
from tradewind.services.order.store.selling import Method

DISCOUNT_PROBLEMS = {
    "discount_unknown": "there is no such discount code",
    "discount_not_yet_valid": "this discount code is not valid yet",
    "discount_expired": "this discount code has ended",
    "discount_used_up": "this discount code has been used up",
    "discount_used_by_customer": "you have used this discount code as often as it may be",
    "discount_other_currency": "this discount code is for another currency",
    "discount_nothing_matches": "nothing in the cart is what this discount code is for",
    "discount_minimum_not_reached": "the cart is below this discount code's minimum",
    "discount_not_applied": "this discount code takes nothing off, or another saves more: both cannot be had",
}
Offers = dict[str, Offer]


class Priced(msgspec.Struct, frozen=True):
    """A cart, what of it is offered, and what that costs. `items` leaves out what cannot be bought; `weight_grams`
    is theirs."""

    cart: CartRecord
    items: list[CartItem]
    offers: Offers
    quote: Quote
    shipping: ShippingPrice | None
    warnings: list[Warning]
    weight_grams: int = 0


async def price_cart(deps: Deps, cart: CartRecord) -> Priced:
    """One call of the product service. Refuses nothing: what is wrong becomes a warning."""
    return priced(deps, cart, await offers_of(deps, cart))


async def offers_of(deps: Deps, cart: CartRecord) -> Offers:
    offered = (
        await deps.product.offers([item.sku for item in cart.items], cart.currency) if cart.items else []
    )
    return {offer.sku: offer for offer in offered}


def priced(deps: Deps, cart: CartRecord, offers: Offers) -> Priced:
    """No call and no statement: what the cart was loaded with, and what is offered."""
    items = [item for item in cart.items if item.sku in offers]
    lines = [priced_line(offers[item.sku], item.quantity) for item in items]
    weight_grams = sum(line.quantity * line.weight_grams for line in lines)
    warnings = [*_vanished(cart, offers), *_changed_prices(items, offers)]
    promotions, refused = _usable(deps, cart, lines)
    method = next((m for m in methods_for(cart, weight_grams) if m.code == cart.shipping_method), None)
    if cart.shipping_method is not None and method is None:
        message = "this shipping method does not serve the address, or not this weight: choose another"
        warnings.append(Warning("shipping_method_not_available", message, blocking=True))
    shipping = None if method is None else method.prices[cart.currency]
    quoted = quote(lines, _terms(deps, cart, method), shipping, promotions)
    warnings += [*refused, *_not_applied(promotions, quoted.promotions)]
    if quoted.totals.subtotal_minor > LARGEST_AMOUNT_MINOR:
        warnings.append(Warning("total_too_large", "this is more than one order can come to", blocking=True))
    return Priced(cart, items, offers, quoted, shipping, warnings, weight_grams)


def priced_line(offer: Offer, quantity: int) -> PricedLine:
    return PricedLine(
        offer.sku,
        quantity,
        offer.price_minor,
        offer.tax_class,
        offer.product_id,
        tuple(offer.group_ids),
        offer.weight_grams,
    )


def seen(cart: CartRecord, offers: Offers) -> CartRecord:
    """The cart as it is saved: what the shopper took just now was taken at the price of now."""
    items = [
        msgspec.structs.replace(item, seen_price_minor=offers[item.sku].price_minor)
        if item.seen_price_minor is None and item.sku in offers
        else item
        for item in cart.items
    ]
    return msgspec.structs.replace(cart, items=items)


def methods_for(cart: CartRecord, weight_grams: int = 0) -> list[Method]:
    """Those that go to the cart's address, and carry the weight."""
    address = cart.shipping_address
    country, postal_code = (address.country, address.postal_code) if address else ("", "")
    return [method for method in cart.methods if method.goes_to(country, postal_code, weight_grams)]


def _vanished(cart: CartRecord, offers: Offers) -> list[Warning]:
    message = "this is no longer sold in this currency: take it out"
    return [
        Warning("not_for_sale", message, item.sku, blocking=True)
        for item in cart.items
        if item.sku not in offers
    ]


def _changed_prices(items: Sequence[CartItem], offers: Offers) -> list[Warning]:
    """Not blocking by itself: an order that names the total that the shopper saw is placed."""
    return [
        Warning(
            "price_changed",
            "this costs something else than when it was put into the cart",
            item.sku,
            old_price_minor=item.seen_price_minor,
            new_price_minor=offers[item.sku].price_minor,
        )
        for item in items
        if item.seen_price_minor not in (None, offers[item.sku].price_minor)
    ]


def _usable(
    deps: Deps, cart: CartRecord, lines: Sequence[PricedLine]
) -> tuple[list[Promotion], list[Warning]]:
    """What is taken into account; and of each code that cannot be, why. One promotion counts once."""
    now, refused = deps.clock.now(), list[Warning]()
    usable = {
        p.promotion_id: p
        for p in cart.promotions
        if p.automatic and promotion_problem(p, cart.currency, lines, now) is None
    }
    by_code = {p.code: p for p in cart.promotions if p.code is not None}
    for code in cart.discount_codes:
        promotion = by_code.get(code)
        problem = promotion_problem(promotion, cart.currency, lines, now)
        if problem is None and promotion is not None:
            usable.setdefault(promotion.promotion_id, promotion)
        elif problem is not None:
            message = DISCOUNT_PROBLEMS[problem]
            refused.append(Warning(problem, message, blocking=True, discount_code=code))
    return list(usable.values()), refused


def _not_applied(promotions: Sequence[Promotion], applied: Sequence[AppliedPromotion]) -> list[Warning]:
    known = {one.promotion_id for one in applied}
    message = DISCOUNT_PROBLEMS["discount_not_applied"]
    return [
        Warning("discount_not_applied", message, discount_code=promotion.code)
        for promotion in promotions
        if promotion.code is not None and promotion.promotion_id not in known
    ]


def _terms(deps: Deps, cart: CartRecord, method: Method | None) -> Terms:
    region = cart.shipping_address.region if cart.shipping_address else ""
    return Terms(
        cart.currency,
        rates_at(cart.rates, region, deps.clock.now()),
        cart.prices_include_tax,
        method.tax_class if method else "standard",
    )


def cart_view(priced: Priced, *, version: int, warnings: Sequence[Warning] = ()) -> Cart:
    """`version` is the cart's after the edit that this answers."""
    cart, totals = priced.cart, priced.quote.totals
    lines = []
    for item, line in zip(priced.items, priced.quote.lines, strict=True):
        offer = priced.offers[item.sku]
        lines.append(
            CartLine(
                item.sku,
                offer.product_id,
                offer.title,
                offer.options,
                offer.image_url,
                item.quantity,
                offer.price_minor,
                offer.compare_at_minor,
                line.discount_minor,
                line.total_minor,
                line.tax_minor,
            )
        )
    return Cart(
        cart.cart_id,
        version,
        cart.state,
        cart.currency,
        cart.email,
        lines,
        totals,
        cart.shipping_address,
        cart.billing_address,
        cart.shipping_method,
        _shipping_options(priced) if cart.shipping_address is not None and cart.pickup is None else [],
        cart.discount_codes[0] if cart.discount_codes else None,
        [*priced.warnings, *warnings],
        cart.language,
        cart.discount_codes,
        promotion_views(priced.quote.promotions),
        cart.name,
        cart.pickup,
    )


def promotion_views(applied: Sequence[AppliedPromotion]) -> list[CartPromotion]:
    return [
        CartPromotion(p.name, p.kind, p.code, p.discount_minor, p.shipping_discount_minor) for p in applied
    ]


def _shipping_options(priced: Priced) -> list[ShippingOption]:
    cart, totals = priced.cart, priced.quote.totals
    goods = totals.subtotal_minor - totals.discount_minor
    freed = any(one.kind == "free_shipping" for one in priced.quote.promotions)
    return [
        ShippingOption(
            method.code,
            method.name,
            0 if freed else shipping_price(method.prices[cart.currency], goods, priced.weight_grams),
            method.days_min,
            method.days_max,
            method.prices[cart.currency].free_from_minor,
        )
        for method in methods_for(cart, priced.weight_grams)
    ]
