"""Reports of what people did: seen, bought, left behind, and how far they came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tradewind.ports.analytics_store import ProductCount
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.domain import moment
from tradewind.services.analytics.queries.asking import chosen_currency, range_of, store_caught_up
from tradewind.services.analytics.shapes import (
    AbandonedItem,
    AbandonedReport,
    CountedProduct,
    CountsReport,
    EventItem,
    EventsReport,
    FunnelQuery,
    FunnelReport,
    FunnelStep,
    PlainQuery,
)

STEPS: Final = (
    ("view", "Product Viewed"),
    ("add", "Product Added"),
    ("checkout", "Checkout Started"),
    ("purchase", "Order Completed"),
)
_DAY_US: Final = 86_400_000_000


async def most_purchased(deps: Deps, query: PlainQuery) -> CountsReport:
    """By pieces sold, of orders that were placed; those given back are not taken off."""
    asked = range_of(deps, query)
    async with store_caught_up(deps) as complete:
        products = await deps.store.purchased(asked.span, query.limit)
    return CountsReport(asked.zone.key, asked.start, asked.end, _counted(products), complete)


async def most_viewed(deps: Deps, query: PlainQuery) -> CountsReport:
    """By events Product Viewed."""
    asked = range_of(deps, query)
    async with store_caught_up(deps) as complete:
        products = await deps.store.seen(STEPS[0][1], asked.span, query.limit)
    return CountsReport(asked.zone.key, asked.start, asked.end, _counted(products), complete)


def _counted(products: Sequence[ProductCount]) -> list[CountedProduct]:
    return [
        CountedProduct(of.product_id or None, of.sku or None, of.title, of.count, of.people)
        for of in products
    ]


async def abandoned_carts(deps: Deps, query: PlainQuery, *, with_email: bool) -> AbandonedReport:
    """Without `with_email` whose a cart is is not told."""
    asked = range_of(deps, query)
    async with store_caught_up(deps) as complete:
        currencies = [currency for currency, _ in await deps.store.cart_currencies(asked.span)]
        currency = chosen_currency(deps, query.currency, currencies)
        found = await deps.store.abandoned(asked.span, currency, query.limit)
    items = [
        AbandonedItem(
            cart.cart_id,
            (cart.email or None) if with_email else None,
            cart.value_minor,
            cart.lines,
            moment(cart.at_us).astimezone(asked.zone),
        )
        for cart in found.items
    ]
    return AbandonedReport(
        currency=currency,
        currencies=sorted(currencies),
        timezone=asked.zone.key,
        start=asked.start,
        end=asked.end,
        count=found.count,
        value_minor=found.value_minor,
        recovered=found.recovered,
        recovered_minor=found.recovered_minor,
        items=items,
        complete=complete,
    )


async def funnel(deps: Deps, query: FunnelQuery) -> FunnelReport:
    """Of each person the furthest that they came, step by step, within the window from the first."""
    asked = range_of(deps, query)
    async with store_caught_up(deps) as complete:
        reached = await deps.store.funnel(
            [event for _, event in STEPS], asked.span, query.window_days * _DAY_US
        )
    steps = [
        FunnelStep(
            name, event, people, _share(people, reached[0]), _share(people, reached[max(number - 1, 0)])
        )
        for number, ((name, event), people) in enumerate(zip(STEPS, reached, strict=True))
    ]
    return FunnelReport(asked.zone.key, asked.start, asked.end, query.window_days, steps, complete)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


async def event_counts(deps: Deps, query: PlainQuery) -> EventsReport:
    asked = range_of(deps, query)
    async with store_caught_up(deps) as complete:
        found = await deps.store.event_counts(asked.span, query.limit)
    items = [
        EventItem(of.source, of.kind, of.name, of.count, of.people, moment(of.last_us).astimezone(asked.zone))
        for of in found
    ]
    return EventsReport(asked.zone.key, asked.start, asked.end, items, complete)
