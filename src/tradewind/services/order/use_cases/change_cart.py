"""A shopper says who they are, where it goes, how, and with which code."""

from __future__ import annotations

from uuid import UUID

import msgspec
from msgspec import UNSET

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.pricing import discount_problem
from tradewind.services.order.quoting import DISCOUNT_PROBLEMS
from tradewind.services.order.shapes.carts import Cart, CartChange
from tradewind.services.order.store.carts import CartRecord, replaced
from tradewind.services.order.use_cases.edit_cart import edit_cart

_FIELDS = ("email", "shipping_address", "billing_address", "shipping_method", "discount_code", "language")


async def change_cart(deps: Deps, caller: Principal, cart_id: UUID, change: CartChange, once: Once) -> Cart:
    """Raises Conflict(cart_changed) where the shopper edited another version than the cart has,
    Invalid for a method or a code that cannot be used."""
    code = change.discount_code.upper() if isinstance(change.discount_code, str) else change.discount_code
    given = {name: getattr(change, name) for name in _FIELDS if getattr(change, name) is not UNSET}
    if code is not UNSET:
        given["discount_code"] = code

    def apply(cart: CartRecord) -> CartRecord:
        if change.version is not UNSET and change.version != cart.version:
            raise Conflict(
                "cart_changed",
                f"the cart is at version {cart.version} now: read it again",
                field="version",
                details={"version": cart.version},
            )
        edited: CartRecord = replaced(cart, **given)
        if "shipping_address" in given and given["shipping_address"] is None:
            edited = replaced(edited, methods=[], rates={})
        _check_method(edited, given)
        _check_code(deps, edited, given)
        return edited

    address = change.shipping_address
    return await edit_cart(
        deps,
        caller,
        cart_id,
        apply,
        once,
        country=address.country if isinstance(address, msgspec.Struct) else None,
        discount_code=code if isinstance(code, str) else None,
    )


def _check_method(cart: CartRecord, given: dict[str, object]) -> None:
    chosen = given.get("shipping_method")
    if chosen is None:
        return
    if cart.shipping_address is None:
        raise Invalid(
            "shipping_address_missing",
            "give the shipping address before its method",
            field="shipping_address",
        )
    if all(method.code != chosen for method in cart.methods):
        raise Invalid(
            "shipping_method_not_available",
            f"choose one of: {', '.join(method.code for method in cart.methods) or 'none serves this address'}",
            field="shipping_method",
        )


def _check_code(deps: Deps, cart: CartRecord, given: dict[str, object]) -> None:
    """The minimum is not checked here: the cart may still grow; a warning says so until then."""
    if given.get("discount_code") is None:
        return
    problem = discount_problem(cart.discount, cart.currency, 10**18, deps.clock.now())
    if problem is not None:
        raise Invalid(problem, DISCOUNT_PROBLEMS[problem], field="discount_code")
