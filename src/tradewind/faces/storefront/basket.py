"""The visitor's cart. A cookie knows its id, which nobody can guess, and how many pieces it holds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit

COOKIE = "__Host-cart"
KEPT_SECONDS = 60 * 24 * 3600
NONE = "none"
Cart = dict[str, Any]


async def pieces(visit: Visit) -> int:
    """As the cookie has it; of an account whose browser has none yet, as the account's cart has it."""
    cart_id, count = _cookie(visit)
    if cart_id is None and visit.signed_in and not visit.is_partial:
        cart = await visit.api.find("/v1/me/cart")
        remember(visit, cart)
        return _pieces(cart) if cart else 0
    return count


async def load(visit: Visit) -> Cart | None:
    """The open cart, priced now; None where there is none. One that was ordered meanwhile is forgotten."""
    cart_id, _ = _cookie(visit)
    cart: Cart | None = None
    if cart_id not in (None, NONE):
        cart = await visit.api.find(f"/v1/carts/{cart_id}")
    elif visit.signed_in:
        cart = await visit.api.find("/v1/me/cart")
    if cart is not None and cart["state"] != "open":
        cart = None
    remember(visit, cart)
    return cart


async def add(visit: Visit, sku: str, quantity: int, currency: str, key: str) -> Cart:
    """The cart with so many more of an article; begun where there is none. Raises ApiProblem."""
    cart_id, _ = _cookie(visit)
    line = {"sku": sku, "quantity": quantity}
    cart: Cart
    if cart_id not in (None, NONE):
        try:
            cart = await visit.api.post(f"/v1/carts/{cart_id}/lines", line, key=key)
            remember(visit, cart)
            return cart
        except ApiProblem as problem:
            if problem.code not in ("cart_not_found", "cart_not_open"):
                raise
    body = {"currency": currency, "lines": [line], "language": visit.language}
    cart = await visit.api.post("/v1/carts", body, key=f"{key}-begin")
    remember(visit, cart)
    return cart


async def claim(visit: Visit) -> None:
    """After signing in: what the guest has put into the cart joins what the account had in its own."""
    cart_id, _ = _cookie(visit)
    cart: Cart | None = None
    try:
        if cart_id not in (None, NONE):
            cart = await visit.api.post(f"/v1/carts/{cart_id}/claim")
        else:
            cart = await visit.api.find("/v1/me/cart")
    except ApiProblem as problem:
        if problem.code == "cart_other_currency":
            return  # the guest's cart stays what it is, and stays in this browser
        if problem.code not in ("cart_not_found", "cart_not_open"):
            raise
    remember(visit, cart)


def remember(visit: Visit, cart: Cart | None) -> None:
    text = f"{cart['cart_id']}.{_pieces(cart)}" if cart else f"{NONE}.0"
    if (cart is not None or COOKIE in visit.cookies or visit.signed_in) and visit.cookies.get(COOKIE) != text:
        visit.set_cookie(COOKIE, text, seconds=KEPT_SECONDS)
        visit.cookies[COOKIE] = text


def forget(visit: Visit) -> None:
    visit.forget_cookie(COOKIE)
    visit.cookies.pop(COOKIE, None)


def _pieces(cart: Cart) -> int:
    return sum(line["quantity"] for line in cart["lines"])


def _cookie(visit: Visit) -> tuple[str | None, int]:
    """The cart's id, NONE for an account that is known to have no cart, None where nothing is known."""
    cart_id, _, count = visit.cookies.get(COOKIE, "").partition(".")
    if cart_id == NONE:
        return NONE, 0
    try:
        return str(UUID(cart_id)), int(count) if count.isdigit() and len(count) < 8 else 0
    except ValueError:
        return None, 0
