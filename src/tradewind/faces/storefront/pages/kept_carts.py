"""Several carts of an account: one that is filled now, and others that are kept for later."""

from __future__ import annotations

from uuid import UUID

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import basket, frame
from tradewind.faces.storefront.messages import is_ours_to_say, words
from tradewind.faces.storefront.pages.account import signed_in
from tradewind.kernel.errors import NotFound
from tradewind.kernel.http import Response


@signed_in
async def show_carts(visit: Visit) -> Response:
    return await _shown(visit)


@signed_in
async def keep_cart(visit: Visit) -> Response:
    """Put the one that is filled now aside, by a name."""
    form = await visit.form()
    cart = await basket.load(visit)
    if cart is None:
        return visit.see_other("/account/carts")
    name = form["name"][:80] or visit.gettext("Kept cart")
    try:
        await visit.api.post(f"/v1/carts/{cart['cart_id']}/save", {"name": name}, key=form["key"])
    except ApiProblem as problem:
        return await _refused(visit, problem)
    basket.remember(visit, None)
    return visit.see_other("/account/carts")


@signed_in
async def take_up_cart(visit: Visit) -> Response:
    """The one that is filled now is put aside for it."""
    form = await visit.form()
    try:
        cart = await visit.api.post(f"/v1/carts/{_id(visit)}/activate", key=form["key"])
    except ApiProblem as problem:
        return await _refused(visit, problem)
    basket.remember(visit, cart)
    return visit.see_other("/cart")


@signed_in
async def throw_away_cart(visit: Visit) -> Response:
    form = await visit.form()
    try:
        await visit.api.delete(f"/v1/carts/{_id(visit)}", key=form["key"])
    except ApiProblem as problem:
        return await _refused(visit, problem)
    return visit.see_other("/account/carts")


async def _shown(visit: Visit, status: int = 200, error: str = "") -> Response:
    listed = await visit.api.get("/v1/carts")
    carts = [cart for cart in listed["items"] if cart["lines"] or cart["state"] == "saved"]
    return await frame.page(visit, "kept_carts.html", status, carts=carts, error=error)


async def _refused(visit: Visit, problem: ApiProblem) -> Response:
    if not is_ours_to_say(problem) and problem.status != 404:
        raise problem
    return await _shown(visit, problem.status, words(visit, problem.code))


def _id(visit: Visit) -> str:
    try:
        return str(UUID(visit.parameter("cart_id")))
    except ValueError:
        raise NotFound("cart_not_found", "there is no such cart") from None
