"""The cart: what is in it, how many, a code, what it costs. Each change is a form; htmx swaps what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import basket, frame, tracking
from tradewind.faces.storefront.messages import SHORT, is_ours_to_say, warnings, words
from tradewind.faces.storefront.pictures import pictures_of
from tradewind.kernel.http import Response

MOST = 10_000


async def show_cart(visit: Visit) -> Response:
    return await _shown(visit, await basket.load(visit))


async def show_drawer(visit: Visit) -> Response:
    """The cart as it slides in beside another page."""
    cart = await basket.load(visit)
    return await _drawer(visit, cart)


async def add_to_cart(visit: Visit) -> Response:
    form = await visit.form()
    quantity = max(1, min(form.whole("quantity", 1) or 1, MOST))
    currency, error, cart = frame.currency_of(visit), "", None
    try:
        cart = await basket.add(visit, form["sku"], quantity, currency, form["key"])
    except ApiProblem as problem:
        if not is_ours_to_say(problem):
            raise
        error = words(visit, problem.code)
        cart = await basket.load(visit)
    line = _line(cart, form["sku"])
    if not error and line is not None:
        await tracking.added(visit, line, quantity, currency)
    if visit.is_partial:
        return await _drawer(visit, cart, added=line, error=error)
    return await _shown(visit, cart, 422, error=error) if error else visit.see_other("/cart")


async def set_quantity(visit: Visit) -> Response:
    """0 takes the article out."""
    form = await visit.form()
    cart = await basket.load(visit)
    quantity = max(0, min(form.whole("quantity", 1) or 0, MOST))
    error = ""
    if cart is not None and form["sku"]:
        try:
            path = f"/v1/carts/{cart['cart_id']}/lines/{form['sku']}"
            cart = await visit.api.put(path, {"quantity": quantity})
            basket.remember(visit, cart)
        except ApiProblem as problem:
            if not is_ours_to_say(problem) and problem.code != "line_not_found":
                raise
            error = words(visit, problem.code)
        if not error:
            cart = await basket.load(visit)  # with a warning where there are not so many
    if visit.is_partial and form["where"] == "drawer":
        return await _drawer(visit, cart, error=error)
    if visit.is_partial or error:
        return await _shown(visit, cart, 422 if error else 200, error=error)
    return visit.see_other("/cart")


async def set_discount(visit: Visit) -> Response:
    """One more code, or one less. From the checkout, back to it."""
    form = await visit.form()
    cart = await basket.load(visit)
    onwards = "/checkout" if form["where"] == "checkout" else "/cart"
    if cart is None:
        return visit.see_other("/cart")
    code = form["discount_code"].upper()[:40]
    codes = [known for known in cart["discount_codes"] if known not in (code, form["remove"])]
    try:
        change = {"discount_codes": [*codes, code] if code else codes}
        cart = await visit.api.patch(f"/v1/carts/{cart['cart_id']}", change)
    except ApiProblem as problem:
        if not is_ours_to_say(problem):
            raise
        said = {"discount_code": words(visit, problem.code)}
        return await _shown(visit, cart, 422, errors=said, typed_code=code)
    return await _shown(visit, cart) if visit.is_partial else visit.see_other(onwards)


async def accept_prices(visit: Visit) -> Response:
    """What things cost now was seen: it is not told again."""
    cart = await basket.load(visit)
    if cart is not None:
        await visit.api.patch(f"/v1/carts/{cart['cart_id']}", {"accept_prices": True})
        cart = await basket.load(visit)
    return await _shown(visit, cart) if visit.is_partial else visit.see_other("/cart")


async def _drawer(
    visit: Visit,
    cart: Mapping[str, Any] | None,
    *,
    added: Mapping[str, Any] | None = None,
    error: str = "",
) -> Response:
    pictures = await pictures_of(visit, cart["lines"]) if cart else {}
    return await frame.page(visit, "drawer.html", cart=cart, added=added, error=error, pictures=pictures)


async def _shown(
    visit: Visit,
    cart: Mapping[str, Any] | None,
    status: int = 200,
    *,
    error: str = "",
    errors: Mapping[str, str] | None = None,
    typed_code: str = "",
) -> Response:
    status = 200 if visit.is_partial else status  # htmx swaps in what succeeded alone
    said = warnings(visit, cart) if cart else []
    return await frame.page(
        visit,
        "cart.html",
        status,
        cart=cart,
        warnings=said,
        blocked=any(w["blocking"] or w["code"] in SHORT for w in said),
        error=error,
        errors=errors or {},
        typed_code=typed_code,
        pictures=await pictures_of(visit, cart["lines"]) if cart else {},
    )


def _line(cart: Mapping[str, Any] | None, sku: str) -> dict[str, Any] | None:
    return next((line for line in cart["lines"] if line["sku"] == sku), None) if cart else None
