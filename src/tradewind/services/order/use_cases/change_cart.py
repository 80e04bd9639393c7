"""A shopper says who they are, where it goes, how, and with which code."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import UNSET

from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.collecting import collected, place_of, sent
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.pricing.promotions import promotion_problem
from tradewind.services.order.quoting import DISCOUNT_PROBLEMS, methods_for
from tradewind.services.order.shapes.carts import Cart, CartChange, Pickup
from tradewind.services.order.store.carts import CartItem, CartRecord, replaced
from tradewind.services.order.use_cases.edit_cart import edit_cart

_FIELDS = ("email", "shipping_address", "billing_address", "shipping_method", "language")


async def change_cart(deps: Deps, caller: Principal, cart_id: UUID, change: CartChange, once: Once) -> Cart:
    """Raises Conflict(cart_changed) where the shopper edited another version than the cart has,
    Invalid for a method, a pickup point or a code that cannot be used."""
    given = {name: getattr(change, name) for name in _FIELDS if getattr(change, name) is not UNSET}
    codes = _codes(change)
    if codes is not None:
        given["discount_codes"] = codes

    pickup = change.pickup if isinstance(change.pickup, Pickup) else None
    if pickup is not None and not given.keys().isdisjoint(("shipping_address", "shipping_method")):
        raise Invalid("field_not_expected", "what is collected has no address and no method", field="pickup")
    place = None if pickup is None else await place_of(deps, pickup.code)

    def apply(cart: CartRecord) -> CartRecord:
        if change.pickup is None or "shipping_address" in given:
            cart = sent(cart)
        edited: CartRecord = replaced(cart, **given)
        if pickup is not None and place is not None:
            edited = collected(edited, place, pickup.name)
        if edited.shipping_address is None:
            edited = replaced(edited, methods=[], rates=[])
        if change.accept_prices:
            edited = replaced(edited, items=[CartItem(item.sku, item.quantity) for item in edited.items])
        _check_method(edited, given)
        _check_codes(deps, edited, cart.discount_codes, single=change.discount_codes is UNSET)
        return edited

    address = change.shipping_address
    return await edit_cart(
        deps,
        caller,
        cart_id,
        apply,
        once,
        country=place.country if place else address.country if isinstance(address, msgspec.Struct) else None,
        discount_codes=codes,
        version=None if change.version is UNSET else change.version,
    )


def _codes(change: CartChange) -> list[str] | None:
    """Those that the cart is to have, in capitals and once each; None where none were said."""
    if change.discount_codes is not UNSET:
        if change.discount_code is not UNSET:
            message = "give discount_code or discount_codes, not both"
            raise Invalid("field_not_expected", message, field="discount_code")
        return list(dict.fromkeys(code.upper() for code in change.discount_codes))
    if change.discount_code is UNSET:
        return None
    return [] if change.discount_code is None else [change.discount_code.upper()]


def _check_method(cart: CartRecord, given: dict[str, object]) -> None:
    chosen = given.get("shipping_method")
    if chosen is None:
        return
    if cart.shipping_address is None or cart.pickup is not None:
        raise Invalid(
            "shipping_address_missing",
            "give the shipping address before its method",
            field="shipping_address",
        )
    codes = [method.code for method in methods_for(cart)]
    if chosen not in codes:
        raise Invalid(
            "shipping_method_not_available",
            f"choose one of: {', '.join(codes) or 'none serves this address'}",
            field="shipping_method",
        )


def _check_codes(deps: Deps, cart: CartRecord, before: Sequence[str], *, single: bool) -> None:
    """Those that are new. What the cart holds is not looked at: it may still grow; a warning says so until then."""
    promotions = {p.code: p for p in cart.promotions if p.code is not None}
    for index, code in enumerate(cart.discount_codes):
        if code in before:
            continue
        problem = promotion_problem(promotions.get(code), cart.currency, None, deps.clock.now())
        if problem is not None:
            field = "discount_code" if single else f"discount_codes[{index}]"
            raise Invalid(problem, DISCOUNT_PROBLEMS[problem], field=field, details={"discount_code": code})
