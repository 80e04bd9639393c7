"""A product: its variants, pictures, price, stock, what it is made of, and what others say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import frame, structured, tracking
from tradewind.faces.storefront.cards import FEW, Card, of_product
from tradewind.faces.storefront.facts import facts_of
from tradewind.faces.storefront.messages import is_ours_to_say, words
from tradewind.faces.storefront.pictures import picture_of
from tradewind.kernel.http import Response

MOST_AT_ONCE = 10  # that the form lets one take; the cart takes more
RELATED = 4
REVIEWS = 6


async def show_product(visit: Visit) -> Response:
    return await _shown(visit)


async def review_product(visit: Visit) -> Response:
    """What a customer says of it; seen by all once it was published."""
    form = await visit.form()
    detail = await _detail(visit)
    if not visit.signed_in:
        return visit.see_other(f"/sign-in?next=/p/{detail['slug']}")
    rating = form.whole("rating")
    typed = {name: form[name] for name in ("title", "text")}
    if rating is None or not 1 <= rating <= 5:
        return await _shown(visit, 422, typed, visit.gettext("Please choose from one to five stars."))
    body = {"rating": rating, "title": typed["title"][:120], "text": typed["text"][:5000]}
    try:
        await visit.api.post(f"/v1/products/{detail['product_id']}/reviews", body, key=form["key"])
    except ApiProblem as problem:
        if not is_ours_to_say(problem):
            raise
        return await _shown(visit, problem.status, {**typed, "rating": rating}, words(visit, problem.code))
    return visit.see_other(f"/p/{detail['slug']}?reviewed=1#reviews")


async def _shown(
    visit: Visit, status: int = 200, review: Mapping[str, Any] | None = None, review_error: str = ""
) -> Response:
    currency = frame.currency_of(visit)
    detail = await _detail(visit)
    variants = [variant for variant in detail["variants"] if variant["prices"]]
    chosen = _chosen(variants, visit.query["sku"])
    related, reviews, later, _ = await visit.api.together(
        _related(visit, detail, currency),
        _reviews(visit, detail),
        _later(visit, chosen),
        _told(visit, detail, chosen, currency),
    )
    crumbs = await _crumbs(visit, detail)
    return await frame.page(
        visit,
        "product.html",
        status,
        product=detail,
        chosen=chosen,
        picture=picture_of(chosen, detail["images"]) if chosen else 0,
        options=_options(detail["options"], variants, chosen),
        most=min(MOST_AT_ONCE, later["left"] if later else chosen["available"]) if chosen else 0,
        later=later,
        few=FEW,
        facts=facts_of(visit, detail["attributes"]),
        crumbs=crumbs,
        related=related,
        reviews=reviews,
        review=review or {},
        review_error=review_error,
        structured=[
            structured.breadcrumbs(visit.origin, [*crumbs, (detail["title"], f"/p/{detail['slug']}")]),
            *([structured.product(detail, currency, visit.origin)] if variants else []),
        ],
    )


async def _later(visit: Visit, chosen: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """How many may be ordered of what is sold out, and when they come; None where that is not so."""
    if chosen is None or chosen["available"]:
        return None
    found: dict[str, Any] = (await visit.api.get("/v1/availability", sku=chosen["sku"]))["items"][0]
    return found.get("beyond")


async def _detail(visit: Visit) -> dict[str, Any]:
    """Raises ApiProblem with 404 for what is not sold."""
    path = f"/v1/products/by-slug/{visit.parameter('slug')}"
    detail: dict[str, Any] = await visit.api.get(path, currency=frame.currency_of(visit))
    return detail


def _chosen(variants: Sequence[dict[str, Any]], sku: str) -> dict[str, Any] | None:
    """The variant that was asked for, else the first that can be had; None where none has a price."""
    asked = [variant for variant in variants if variant["sku"] == sku]
    in_stock = [variant for variant in variants if variant["available"] > 0]
    return next(iter((*asked, *in_stock, *variants)), None)


def _options(
    names: Sequence[str], variants: Sequence[dict[str, Any]], chosen: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """Each option with its values; each value leads to the variant that differs in it alone, or else to one
    that has it at all."""
    if chosen is None:
        return []
    options = []
    for name in names:
        values = []
        for value in dict.fromkeys(variant["options"].get(name, "") for variant in variants):
            having = [variant for variant in variants if variant["options"].get(name) == value]
            wanted = {**chosen["options"], name: value}
            same = [variant for variant in having if variant["options"] == wanted]
            target = (same or having)[0]
            values.append(
                {
                    "value": value,
                    "sku": target["sku"],
                    "current": chosen["options"].get(name) == value,
                    "available": target["available"] > 0,
                }
            )
        options.append({"name": name, "values": values})
    return options


async def _crumbs(visit: Visit, detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The way from the root down to its primary category."""
    if not detail["categories"]:
        return []
    trail = frame.trail(await frame.roots(visit), detail["categories"][0]["slug"]) or []
    return [(node["name"], f"/c/{node['slug']}") for node in trail]


async def _related(visit: Visit, detail: Mapping[str, Any], currency: str) -> list[Card]:
    if visit.is_partial:
        return []
    path = f"/v1/products/{detail['product_id']}/related"
    listed = await visit.api.get(path, currency=currency, limit=RELATED)
    return [of_product(product) for product in listed["items"]]


async def _reviews(visit: Visit, detail: Mapping[str, Any]) -> dict[str, Any]:
    if visit.is_partial:
        return {"items": [], "next": None}
    path = f"/v1/products/{detail['product_id']}/reviews"
    cursor = visit.query["reviews"] or None
    found: dict[str, Any] = await visit.api.get(path, limit=REVIEWS, cursor=cursor)
    return found


async def _told(
    visit: Visit, detail: Mapping[str, Any], chosen: Mapping[str, Any] | None, currency: str
) -> None:
    """That it was looked at, and which search led here."""
    if visit.is_partial or chosen is None:
        return
    await tracking.viewed(visit, detail, chosen, currency)
    position = visit.query.whole("position")
    try:
        search_id = UUID(visit.query["search"])
    except ValueError:
        return
    if position is not None and 1 <= position <= 100_000:
        click = {"search_id": str(search_id), "product_id": detail["product_id"], "position": position}
        await tracking.quietly(visit.api.post("/v1/search/clicks", click, key=f"{search_id}-{position}"))
