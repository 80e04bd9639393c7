"""What may be meant by what has been typed so far: queries, products and categories."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from tradewind.ports.search_index import Counts, SearchIndex, SearchRequest
from tradewind.services.search.domain.facets import category_name
from tradewind.services.search.domain.indexing import decode_card
from tradewind.services.search.domain.memory import Memory
from tradewind.services.search.domain.understanding import understand
from tradewind.services.search.domain.words import normal, words_of
from tradewind.services.search.settings import Settings
from tradewind.services.search.shapes import (
    SuggestedCategory,
    SuggestedProduct,
    SuggestedQuery,
    Suggestions,
    SuggestQuery,
)

MOST_QUERIES, MOST_PRODUCTS, MOST_CATEGORIES = 6, 5, 4
MOST_LOOKED_AT = 200  # categories of the products found


async def suggest(index: SearchIndex, memory: Memory, settings: Settings, query: SuggestQuery) -> Suggestions:
    """Raises SearchIndexUnavailable."""
    currency = query.currency or settings.default_currency
    typed = normal(query.q)
    if not typed:
        return Suggestions([], [], [])
    understood = await understand(index, memory, query.q, typing=True)
    page = await index.search(
        SearchRequest(
            clauses=understood.clauses,
            code=understood.code,
            must={"currency": (currency,)},
            limit=MOST_PRODUCTS,
            counts=Counts(keywords={"category": MOST_LOOKED_AT}),
            highlight=False,
        )
    )
    products = []
    for hit in page.hits:
        card = decode_card(hit.payload)
        price = card.prices.get(currency)
        products.append(
            SuggestedProduct(
                UUID(hit.document_id),
                card.slug,
                card.title,
                card.image_url,
                None if price is None else price.price_minor,
                currency,
            )
        )
    return Suggestions(
        [SuggestedQuery(text) for text in await _queries(index, memory, typed)],
        products,
        _categories(memory, dict(page.keywords.get("category", [])), words_of(query.q)),
    )


async def _queries(index: SearchIndex, memory: Memory, typed: str) -> list[str]:
    """What others asked, then the last word as products go on with it."""
    found = memory.queries_from(typed, MOST_QUERIES)
    *before, last = typed.split(" ")
    if len(found) < MOST_QUERIES and len(last) > 1:
        completions = await index.completions(last, MOST_QUERIES)
        found += [" ".join([*before, word]) for word, _ in completions]
    return list(dict.fromkeys(found))[:MOST_QUERIES]


def _categories(memory: Memory, counted: Mapping[str, int], typed: list[str]) -> list[SuggestedCategory]:
    """Of the products found: first those whose name has a word that begins as one that was typed."""

    def named(path: str) -> bool:
        return any(word.startswith(tuple(typed)) for word in words_of(category_name(path)))

    best = sorted(counted, key=lambda path: (not named(path), -counted[path], path))
    return [
        SuggestedCategory(memory.slugs[path], category_name(path), path, counted[path])
        for path in best[:MOST_CATEGORIES]
        if path in memory.slugs
    ]
