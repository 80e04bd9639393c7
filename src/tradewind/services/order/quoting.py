"""A cart as its shopper sees it: priced at what is offered now, with warnings for what changed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tradewind.contracts.product import Offer
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.pricing import (
    PricedLine,
    Quote,
    ShippingPrice,
    discount_problem,
    quote,
    shipping_amount,
)
from tradewind.services.order.shapes.carts import Cart, CartLine, ShippingOption, Warning
from tradewind.services.order.store.carts import CartItem, CartRecord

DISCOUNT_PROBLEMS = {
    "discount_unknown": "there is no such discount code",
    "discount_not_yet_valid": "this discount code is not valid yet",
    "discount_expired": "this discount code has ended",
    "discount_used_up": "this discount code has been used up",
    "discount_other_currency": "this discount code is for another currency",
    "discount_minimum_not_reached": "the cart is below this discount code's minimum",
}


class Priced(msgspec.Struct, frozen=True):
    """A cart, what of it is offered, and what that costs. `items` leaves out what cannot be bought."""

    cart: CartRecord
    items: list[CartItem]
    offers: dict[str, Offer]
    quote: Quote
    shipping: ShippingPrice | None
    warnings: list[Warning]


async def price_cart(deps: Deps, cart: CartRecord) -> Priced:
    """One call of the product service. Refuses nothing: what is wrong becomes a warning."""
    offered = (
        await deps.product.offers([item.sku for item in cart.items], cart.currency) if cart.items else []
    )
    offers = {offer.sku: offer for offer in offered}
    items = [item for item in cart.items if item.sku in offers]
    warnings = [
        Warning("not_for_sale", "this is no longer sold in this currency: take it out", item.sku, True)
        for item in cart.items
        if item.sku not in offers
    ]
    lines = [PricedLine(i.sku, i.quantity, offers[i.sku].price_minor, offers[i.sku].tax_class) for i in items]
    discount = cart.discount
    if cart.discount_code is not None:
        subtotal = sum(line.quantity * line.unit_price_minor for line in lines)
        problem = discount_problem(discount, cart.currency, subtotal, deps.clock.now())
        if problem is not None:
            warnings.append(Warning(problem, DISCOUNT_PROBLEMS[problem], blocking=True))
            discount = None
    shipping = _chosen_shipping(cart)
    if cart.shipping_method is not None and shipping is None:
        message = "this shipping method does not serve the address: choose another"
        warnings.append(Warning("shipping_method_not_available", message, blocking=True))
    return Priced(
        cart, items, offers, quote(lines, cart.currency, shipping, discount, cart.rates), shipping, warnings
    )


def _chosen_shipping(cart: CartRecord) -> ShippingPrice | None:
    for method in cart.methods:
        if method.code == cart.shipping_method:
            return method.prices[cart.currency]
    return None


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
            )
        )
    goods = totals.subtotal_minor - totals.discount_minor
    options = [
        ShippingOption(
            method.code,
            method.name,
            shipping_amount(method.prices[cart.currency], cart.discount, goods),
            method.days_min,
            method.days_max,
            method.prices[cart.currency].free_from_minor,
        )
        for method in cart.methods
        if cart.shipping_address is not None
    ]
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
        options,
        cart.discount_code,
        [*priced.warnings, *warnings],
        cart.language,
    )
