"""What a list of products shows: by words, by category, narrowed by facets. Asked of the search; of the catalogue
itself, without facets, where there is no search that answers: a shop whose search is down still sells."""

from __future__ import annotations

from typing import Any

import msgspec

from tradewind.contracts.currencies import DIGITS
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.faces.storefront.cards import Card, of_hit, of_product
from tradewind.faces.storefront.facets import Chip, Facet, chips_of, facets_of
from tradewind.faces.storefront.frame import currency_of
from tradewind.kernel.errors import Malformed

PAGE = 24
SORTS = {
    "relevance": marked("What fits best"),
    "newest": marked("Newest first"),
    "price": marked("Lowest price first"),
    "-price": marked("Highest price first"),
    "rating": marked("Best rated first"),
}
REPEATED = ("category", "brand")  # besides attr.NAME
MOST_VALUES = 40  # of all facets together, in one address


class Found(msgspec.Struct, frozen=True):
    """`total` is None where only the catalogue answered. `first` is the position of the first card."""

    cards: list[Card]
    total: int | None
    facets: list[Facet]
    chips: list[Chip]
    did_you_mean: str | None
    next: str | None
    first: int
    sort: str
    sorts: list[tuple[str, str]]  # with their words


async def find(visit: Visit, *, category: str | None = None) -> Found:
    """By what the address says. `category` (a slug) is the page's own, beside those that were ticked."""
    asked = _asked(visit.query, currency_of(visit), category)
    first = max(1, min(visit.query.whole("from", 1) or 1, 100_000))
    try:
        answer = await visit.api.get("/v1/search", limit=PAGE, cursor=visit.query["cursor"] or None, **asked)
    except ApiProblem as problem:
        if problem.status in (400, 422):  # a cursor that is none, a value that no filter takes
            raise Malformed(problem.code, problem.message, field=problem.field) from problem
        if problem.status < 500 and problem.code != "route_not_found":
            raise
        return await _in_catalogue(visit, asked, category)
    facets = facets_of(visit, answer["facets"], of_category=category is not None)
    cards = [of_hit(hit, answer["search_id"], first + n) for n, hit in enumerate(answer["hits"])]
    sorts = [sort for sort in SORTS if sort != "relevance" or asked.get("q")]
    return Found(
        cards,
        answer["total"],
        facets,
        chips_of(visit, facets, asked["currency"]),
        answer["did_you_mean"],
        answer["next"],
        first,
        asked["sort"],
        [(sort, visit.gettext(SORTS[sort])) for sort in sorts],
    )


async def _in_catalogue(visit: Visit, asked: dict[str, Any], category: str | None) -> Found:
    sorts = [(sort, visit.gettext(SORTS[sort])) for sort in SORTS if sort != "relevance"]
    sort = asked["sort"] if asked["sort"] in dict(sorts) else "newest"
    answer = await visit.api.get(
        "/v1/products",
        category=category,
        currency=asked["currency"],
        sort=sort,
        limit=PAGE,
        cursor=visit.query["cursor"] or None,
    )
    return Found(
        [of_product(card) for card in answer["items"]], None, [], [], None, answer["next"], 1, sort, sorts
    )


def _asked(query: Fields, currency: str, category: str | None) -> dict[str, Any]:
    """What may stand in an address, cut to what the search takes: a mistyped one shows a list all the same."""
    text = " ".join(query["q"].split())[:200]
    chosen: dict[str, Any] = {"q": text or None, "currency": currency}
    repeated = [n for n in dict.fromkeys(name for name, _ in query.pairs) if _is_repeated(n)]
    room = MOST_VALUES
    for name in repeated:
        values = [value[:700] for value in dict.fromkeys(query.all(name)) if value][:room]
        room -= len(values)
        if values:
            chosen[name] = values
    if category is not None and "category" not in chosen:
        chosen["category"] = [category]
    for name in ("price_min", "price_max"):
        amount = query.whole(name)
        if amount is not None and 0 <= amount < 10**8:
            chosen[name] = amount * 10 ** DIGITS[currency]
    rating = query.whole("rating_min")
    if rating is not None and 1 <= rating <= 5:
        chosen["rating_min"] = rating
    if query["in_stock"] == "true":
        chosen["in_stock"] = True
    default = "relevance" if text else "newest"
    chosen["sort"] = query["sort"] if query["sort"] in SORTS else default
    return chosen


def _is_repeated(name: str) -> bool:
    return name in REPEATED or (name.startswith("attr.") and 5 < len(name) <= 125)
