"""The first page: what kind of shop this is, where to go, what is new."""

from __future__ import annotations

from typing import Any

import msgspec

from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import frame
from tradewind.faces.storefront.cards import Card, of_product
from tradewind.kernel.http import JSON, Response

SHELVES_SECONDS = 60.0  # nothing of a shelf that may change in between is shown
NEW = 48  # of the newest, so many are looked through for those on offer
SHOWN = 8
OFFERS = 4
COLLAGE = 3
MOST_TILES = 12
LINKS = {
    "reference": "/docs",
    "openapi": "/openapi.json",
    "live": "/health/live",
    "ready": "/health/ready",
}


async def show_home(visit: Visit) -> Response:
    """For programs, which do not ask for a page, where to read on."""
    if b"text/html" not in visit.request.headers.get(b"accept", b""):
        return Response(200, msgspec.json.encode(_greeting(visit)), [JSON, (b"vary", b"accept")])
    currency = frame.currency_of(visit)
    roots = await frame.roots(visit)
    newest, shelves = await visit.api.together(
        visit.api.get("/v1/products", currency=currency, sort="newest", limit=NEW),
        visit.kept.get(("shelves", currency), SHELVES_SECONDS, lambda: _shelves(visit, roots, currency)),
    )
    cards = [of_product(product) for product in newest["items"]]
    lowered = [card for card in cards if card.compare_at_minor is not None and card.in_stock]
    finest = [shelf[0] for _, shelf in shelves[:COLLAGE]]
    response = await frame.page(
        visit,
        "home.html",
        newest=[card for card in cards if card.in_stock][:SHOWN],
        lowered=lowered[:OFFERS],
        collage=[*finest[2:], *finest[:2]],
        tiles=[(root, shelf[len(shelf) // 2]) for root, shelf in shelves],
    )
    response.headers.append((b"vary", b"accept"))
    return response


async def _shelves(
    visit: Visit, roots: list[dict[str, Any]], currency: str
) -> list[tuple[dict[str, Any], list[Card]]]:
    """The categories that hold something to show, each with the finest of it."""
    lists = await visit.api.together(
        *(
            visit.api.get("/v1/products", category=root["slug"], currency=currency, sort="-price", limit=6)
            for root in roots[:MOST_TILES]
        )
    )
    shelves = []
    for root, listed in zip(roots, lists, strict=False):
        cards = [of_product(product) for product in listed["items"] if product["image"]]
        if cards:
            shelves.append((root, cards))
    return shelves


def _greeting(visit: Visit) -> dict[str, Any]:
    about = "A commerce platform: search, carts, orders, payments, stock and mail, one API."
    return {"name": visit.settings.shop_name, "about": about, "links": LINKS}
