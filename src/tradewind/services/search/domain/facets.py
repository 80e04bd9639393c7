"""What a list of hits can be narrowed by: names, values, and how many each would leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tradewind.ports.search_index import SearchPage
from tradewind.services.search.domain.indexing import ATTRIBUTE, SEPARATOR
from tradewind.services.search.domain.memory import Memory
from tradewind.services.search.shapes import Facet, FacetValue, SearchQuery

# In 1-2-5 steps, from one hundredth of a unit to ten million: whole sums in any currency.
PRICE_STEPS = (0, *(lead * 10**zeros for zeros in range(2, 10) for lead in (1, 2, 5)))
RATING_STEPS = (100, 200, 300, 400)
MOST_PRICE_RANGES = 6
MOST_UNLIKE = 5  # values of one product each: a longer list of them narrows nothing


def facets_of(query: SearchQuery, page: SearchPage, currency: str, memory: Memory) -> list[Facet]:
    """In the order in which people narrow; without those that have nothing to choose."""
    availability = ["in_stock"] if query.in_stock else []
    labels = {"in_stock": "In stock", "out_of_stock": "Out of stock"}
    counted = page.keywords
    found = [
        _categories(query, counted.get("category", []), memory),
        _values("brand", "Brand", counted.get("brand", []), query.brand),
        _prices(query, page.steps.get(f"price_{currency}", {})),
        _ratings(query, page.steps.get("rating", {})),
        _values("availability", "Availability", counted.get("availability", []), availability, labels),
    ]
    for name, values in counted.items():
        if name.startswith(ATTRIBUTE):
            plain = name.removeprefix(ATTRIBUTE)
            chosen = query.attr.get(plain, [])
            alike = sum(n for _, n in values) > len(values) or len(values) <= MOST_UNLIKE
            if chosen or (len(values) > 1 and alike):
                found.append(_values(name, _title(plain), values, chosen, {"true": "Yes", "false": "No"}))
    return [facet for facet in found if facet.values]


def _values(
    name: str,
    title: str,
    counted: Sequence[tuple[str, int]],
    chosen: Sequence[str],
    labels: Mapping[str, str] | None = None,
) -> Facet:
    """What is chosen is shown even where it leaves nothing, so that it can be given up."""
    shown = dict(counted) | {value: 0 for value in chosen if value not in dict(counted)}
    return Facet(
        name,
        title,
        [
            FacetValue(value, (labels or {}).get(value, value), n, value in chosen)
            for value, n in shown.items()
        ],
    )


def _categories(query: SearchQuery, counted: Sequence[tuple[str, int]], memory: Memory) -> Facet:
    chosen = [memory.paths.get(named, named) for named in query.category]
    facet = _values("category", "Category", counted, chosen)
    values = [
        FacetValue(memory.slugs.get(one.value, one.value), one.value, one.count, one.selected)
        for one in facet.values
    ]
    return Facet("category", "Category", values)


def _prices(query: SearchQuery, counted: Mapping[int, int]) -> Facet:
    """At most MOST_PRICE_RANGES ranges of about as many products each, with round ends."""
    chosen = (query.price_min, query.price_max)
    steps = list(counted)
    filled = [index for index, step in enumerate(steps) if counted[step]]
    values: list[FacetValue] = []
    if filled:
        first, last = filled[0], filled[-1]
        share = sum(counted.values()) / MOST_PRICE_RANGES
        start, count = first, 0
        for index in range(first, last + 1):
            count += counted[steps[index]]
            if index == last or (count >= share and len(values) < MOST_PRICE_RANGES - 1):
                low = steps[start]
                high = steps[index + 1] - 1 if index + 1 < len(steps) else None
                text = f"{low}-{'' if high is None else high}"
                values.append(FacetValue(text, text, count, chosen == (low, high)))
                start, count = index + 1, 0
    return Facet("price", "Price", values if len(values) > 1 or any(chosen) else [])


def _ratings(query: SearchQuery, counted: Mapping[int, int]) -> Facet:
    values: list[FacetValue] = []
    above = 0
    for step in sorted(counted, reverse=True):
        above += counted[step]
        stars = step // 100
        if above:
            label = f"{stars} stars and more" if stars > 1 else "1 star and more"
            values.append(FacetValue(str(stars), label, above, query.rating_min == stars))
    return Facet("rating", "Rating", values)


def _title(name: str) -> str:
    """`dishwasher_safe` as a person writes it."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def category_name(path: str) -> str:
    return path.rpartition(SEPARATOR)[2]
