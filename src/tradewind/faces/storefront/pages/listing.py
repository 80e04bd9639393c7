"""Lists of products: a category's, and what a search finds."""

from __future__ import annotations

from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import frame
from tradewind.faces.storefront.finding import find
from tradewind.faces.storefront.structured import breadcrumbs
from tradewind.kernel.errors import NotFound
from tradewind.kernel.http import Response


async def show_category(visit: Visit) -> Response:
    slug = visit.parameter("slug")
    trail = frame.trail(await frame.roots(visit), slug)
    if trail is None:
        raise NotFound("category_not_found", "there is no such category")
    found = await find(visit, category=slug)
    crumbs = [(node["name"], f"/c/{node['slug']}") for node in trail]
    return await frame.page(
        visit,
        "category.html",
        trail=trail,
        found=found,
        structured=[breadcrumbs(visit.origin, crumbs)],
    )


async def show_search(visit: Visit) -> Response:
    return await frame.page(visit, "search.html", found=await find(visit))


async def show_suggestions(visit: Visit) -> Response:
    """While somebody types: what others searched for, products and categories that begin so."""
    text = " ".join(visit.query["q"].split())[:200]
    if len(text) < 2:
        return visit.page("shop/suggestions.html", text="", queries=[], products=[], categories=[])
    found = await visit.api.get("/v1/search/suggest", q=text, currency=frame.currency_of(visit))
    return visit.page("shop/suggestions.html", text=text, **found)
