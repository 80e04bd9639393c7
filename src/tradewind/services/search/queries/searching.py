"""A search: what is asked, understood, found, and shown with what it can be narrowed by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.search_index import (
    Counts,
    Hit,
    Piece,
    Place,
    Range,
    SearchIndex,
    SearchPage,
    SearchRequest,
)
from tradewind.services.search.domain.facets import PRICE_STEPS, RATING_STEPS, facets_of
from tradewind.services.search.domain.indexing import ATTRIBUTE, decode_card
from tradewind.services.search.domain.memory import Memory
from tradewind.services.search.domain.understanding import Understood, understand
from tradewind.services.search.domain.words import normal
from tradewind.services.search.settings import Settings
from tradewind.services.search.shapes import Facet, Highlight, SearchHit, SearchQuery, Sort

DEEPEST = 10_000  # hits into a list: who wants more narrows the search
MOST_VALUES, MOST_ATTRIBUTES, MOST_ATTRIBUTE_VALUES = 30, 8, 15

_Count = Annotated[int, Meta(ge=0, le=DEEPEST)]
_Serial = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class _Cursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    sort: Literal["relevance", "price", "-price", "newest", "rating"]
    hits: _Count
    serial: _Serial


@dataclass(frozen=True)
class Found:
    total: int
    hits: list[SearchHit]
    facets: list[Facet]
    did_you_mean: str | None
    next: str | None


async def find(
    index: SearchIndex, memory: Memory, settings: Settings, query: SearchQuery, *, facets: bool = True
) -> Found:
    """Raises Invalid for a cursor of another list, and SearchIndexUnavailable."""
    currency = query.currency or settings.default_currency
    understood = await understand(index, memory, query.q)
    request = _request(memory, settings, query, understood, currency, facets=facets)
    page = await index.search(request)
    return Found(
        page.total,
        [_hit(hit, currency) for hit in page.hits],
        facets_of(query, page, currency, memory) if facets else [],
        _meant(memory, query, understood, page),
        _next(query.sort, page.next),
    )


def _request(
    memory: Memory,
    settings: Settings,
    query: SearchQuery,
    understood: Understood,
    currency: str,
    *,
    facets: bool,
) -> SearchRequest:
    price = f"price_{currency}"
    return SearchRequest(
        clauses=understood.clauses,
        code=understood.code,
        must={"currency": (currency,)},
        any_of=_chosen(memory, query),
        ranges=_ranges(query, price),
        order=_order(query.sort, price),
        limit=query.limit,
        after=_after(query),
        enough=settings.enough_hits,
        counts=Counts(
            keywords={"category": MOST_VALUES, "brand": MOST_VALUES, "availability": 2},
            steps={price: PRICE_STEPS, "rating": RATING_STEPS},
            families={ATTRIBUTE: (MOST_ATTRIBUTES, MOST_ATTRIBUTE_VALUES)},
        )
        if facets
        else Counts(),
    )


def _chosen(memory: Memory, query: SearchQuery) -> dict[str, tuple[str, ...]]:
    chosen = {ATTRIBUTE + name: tuple(values) for name, values in query.attr.items()}
    if query.category:
        chosen["category"] = tuple(memory.paths.get(named, named) for named in query.category)
    if query.brand:
        chosen["brand"] = tuple(query.brand)
    if query.in_stock:
        chosen["availability"] = ("in_stock",)
    return chosen


def _ranges(query: SearchQuery, price: str) -> dict[str, Range]:
    ranges = {}
    if query.price_min is not None or query.price_max is not None:
        ranges[price] = Range(query.price_min, query.price_max)
    if query.rating_min is not None and query.rating_min > 0:
        ranges["rating"] = Range(round(query.rating_min * 100))
    return ranges


def _order(sort: Sort, price: str) -> str:
    orders = {
        "relevance": "",
        "price": price,
        "-price": f"-{price}",
        "newest": "-newest",
        "rating": "-rating",
    }
    return orders[sort]


def _after(query: SearchQuery) -> Place | None:
    if query.cursor is None:
        return None
    at = decode_cursor(query.cursor, _Cursor)
    if at.sort != query.sort:
        at = decode_cursor("", _Cursor)  # refused as one that is not of this list
    return Place(at.hits, at.serial)


def _next(sort: Sort, place: Place | None) -> str | None:
    if place is None or place.hits > DEEPEST - 100:
        return None
    return encode_cursor(sort, place.hits, place.serial)


def _meant(memory: Memory, query: SearchQuery, understood: Understood, page: SearchPage) -> str | None:
    if understood.corrected is not None:
        return understood.corrected
    return memory.query_like(normal(query.q)) if query.q and not page.total else None


def _hit(hit: Hit, currency: str) -> SearchHit:
    card = decode_card(hit.payload)
    price = card.prices.get(currency)
    return SearchHit(
        product_id=UUID(hit.document_id),
        external_id=card.external_id,
        slug=card.slug,
        sku=card.sku,
        title=card.title,
        highlighted=_highlights(hit.title),
        snippet=_highlights(hit.body),
        brand=card.brand,
        category=card.category,
        price_minor=None if price is None else price.price_minor,
        compare_at_minor=None if price is None else price.compare_at_minor,
        currency=currency,
        image_url=card.image_url,
        image_alt=card.image_alt,
        rating=card.rating,
        rating_count=card.rating_count,
        in_stock=card.in_stock,
        variant_count=card.variant_count,
    )


def _highlights(pieces: tuple[Piece, ...]) -> list[Highlight]:
    return [Highlight(text, hit) for text, hit in pieces]
