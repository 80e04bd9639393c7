"""What stands around every page of the shop: the categories, the promise above them, the cart, the choices below."""

from __future__ import annotations

from typing import Any

import msgspec

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import basket
from tradewind.kernel.http import Response

KEPT_SECONDS = 20.0


class Frame(msgspec.Struct, frozen=True):
    """`free_from_minor`: from this value on, a parcel home costs nothing; None where there is no such promise."""

    categories: list[dict[str, Any]]
    free_from_minor: int | None
    pieces: int
    currency: str


def currency_of(visit: Visit) -> str:
    """What this visitor sees prices in."""
    kept = visit.cookies.get("currency", "")
    return kept if kept in visit.settings.currencies else visit.settings.currency


async def page(visit: Visit, template: str, status: int = 200, *, party: str = "", **values: Any) -> Response:
    """The page in the shop's frame; where htmx asks for a part, the template leaves the frame out."""
    frame = await _frame(visit)
    return visit.page(f"shop/{template}", status, party=party, frame=frame, **values)


async def failure(visit: Visit, status: int, code: str) -> Response:
    """What is shown instead of a page. While a part of the platform fails, without the frame, which asks it."""
    if status >= 500:
        return visit.page("kit/failure.html", status, code=code, staff=False)
    return await page(visit, "failure.html", status, code=code)


async def roots(visit: Visit) -> list[dict[str, Any]]:
    """The categories at the top, each with those below it. An empty list while nobody answers for them."""
    tree = await visit.kept.get("categories", KEPT_SECONDS, lambda: visit.api.get("/v1/categories"))
    found: list[dict[str, Any]] = tree["items"]
    return found


def trail(nodes: list[dict[str, Any]], slug: str) -> list[dict[str, Any]] | None:
    """From the root down to the category; None where there is none of this name."""
    for node in nodes:
        if node["slug"] == slug:
            return [node]
        below = trail(node["children"], slug)
        if below is not None:
            return [node, *below]
    return None


async def _frame(visit: Visit) -> Frame:
    currency = currency_of(visit)
    categories, free_from_minor, pieces = await visit.api.together(
        _categories(visit), _free_from_minor(visit, currency), basket.pieces(visit)
    )
    return Frame(categories, free_from_minor, pieces, currency)


async def _categories(visit: Visit) -> list[dict[str, Any]]:
    """A page about something else is shown even while the catalogue does not answer."""
    try:
        return await roots(visit)
    except ApiProblem as problem:
        if problem.status < 500:
            raise
        return []


async def _free_from_minor(visit: Visit, currency: str) -> int | None:
    home = visit.settings.countries[0]

    async def ask() -> int | None:
        methods = await visit.api.get("/v1/shipping-methods", country=home, currency=currency)
        amounts = [method["prices"][currency].get("free_from_minor") for method in methods["items"]]
        return min((amount for amount in amounts if amount is not None), default=None)

    try:
        amount: int | None = await visit.kept.get(("free from", currency), KEPT_SECONDS, ask)
    except ApiProblem as problem:
        if problem.status < 500:
            raise
        return None
    return amount
