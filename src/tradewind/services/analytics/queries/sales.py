"""Reports of money: over time, and by product, category, country and customer."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from tradewind.ports.analytics_store import BucketSales, Dimension, Filter, GroupSales, Sales
from tradewind.services.analytics.amounts import added, amounts, less, rounded_minor
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.periods import Piece, Range, bucket_seconds, pieces, previous
from tradewind.services.analytics.queries.asking import chosen_currency, range_of, store_caught_up
from tradewind.services.analytics.shapes import (
    ByQuery,
    ItemsReport,
    Period,
    PreviousSales,
    ReportItem,
    ReportQuery,
    SalesQuery,
    SalesReport,
)

MOST_COMPARED: Final = 100_000  # keys of the period before that are looked through
Labelled = Callable[[str, str], str]


async def sales_report(deps: Deps, query: SalesQuery) -> SalesReport:
    """Raises Invalid and Unavailable."""
    asked = range_of(deps, query)
    found = pieces(asked, query.interval)
    before = previous(asked, query.interval, query.compare)
    async with store_caught_up(deps) as complete:
        buckets = await deps.store.sales(asked.span, bucket_seconds(found), _filter(query))
        earlier: list[BucketSales] = []
        earlier_pieces: list[Piece] = []
        if before is not None:
            earlier_pieces = pieces(before, query.interval)
            earlier = await deps.store.sales(before.span, bucket_seconds(earlier_pieces), _filter(query))
    currencies = _by_orders(buckets)
    currency = chosen_currency(deps, query.currency, currencies)
    sums = _sums(buckets, found, currency)
    return SalesReport(
        currency=currency,
        currencies=sorted(currencies),
        timezone=asked.zone.key,
        interval=query.interval,
        start=asked.start,
        end=asked.end,
        periods=_periods(found, sums, currency),
        totals=amounts(added(*sums), currency),
        previous=None if before is None else _previous(before, earlier_pieces, earlier, currency),
        complete=complete,
        demo=any(of.demo for of in sums),
    )


def _previous(
    before: Range, found: list[Piece], buckets: Sequence[BucketSales], currency: str
) -> PreviousSales:
    sums = _sums(buckets, found, currency)
    return PreviousSales(
        before.start, before.end, _periods(found, sums, currency), amounts(added(*sums), currency)
    )


def _by_orders(buckets: Sequence[BucketSales]) -> list[str]:
    orders: dict[str, int] = {}
    for bucket in buckets:
        orders[bucket.currency] = orders.get(bucket.currency, 0) + bucket.sales.orders
    return sorted(orders, key=lambda currency: (-orders[currency], currency))


def _sums(buckets: Sequence[BucketSales], found: Sequence[Piece], currency: str) -> list[Sales]:
    """What was sold in each piece. A bucket is all in the one that it begins in, but that the first of a report
    may have begun before it."""
    seconds = bucket_seconds(list(found))
    bounds = [piece.start.timestamp() for piece in found[1:]]
    parts: list[list[Sales]] = [[] for _ in found]
    for bucket in buckets:
        if bucket.currency == currency:
            parts[bisect_right(bounds, bucket.number * seconds)].append(bucket.sales)
    return [added(*of) for of in parts]


def _periods(found: Sequence[Piece], sums: Sequence[Sales], currency: str) -> list[Period]:
    return [
        Period(
            label=piece.label,
            start=piece.start,
            end=piece.end,
            **msgspec.structs.asdict(amounts(of, currency)),
        )
        for piece, of in zip(found, sums, strict=True)
    ]


async def items_report(deps: Deps, query: ByQuery, dimension: Dimension, labelled: Labelled) -> ItemsReport:
    """`labelled` names a key to people, from the key and from how it was last named.

    Raises Invalid and Unavailable.
    """
    asked = range_of(deps, query)
    before = previous(asked, "day", query.compare)
    filter = _filter(query)
    async with store_caught_up(deps) as complete:
        currencies = [currency for currency, _ in await deps.store.currencies(asked.span)]
        currency = chosen_currency(deps, query.currency, currencies)
        groups = await deps.store.sales_by(dimension, asked.span, currency, filter, MOST_COMPARED)
        buckets = await deps.store.sales(asked.span, 86_400, filter)
        earlier: dict[str, GroupSales] = {}
        if before is not None:
            sold = await deps.store.sales_by(dimension, before.span, currency, filter, MOST_COMPARED)
            earlier = {group.key: group for group in sold}
    of_products = dimension in ("product", "sku", "category") or filter.of_lines
    orders = sum(bucket.sales.orders for bucket in buckets if bucket.currency == currency)
    total = added(*(group.sales for group in groups))
    if of_products:
        total = dataclasses.replace(total, orders=orders)
    shown = groups[: query.limit]
    others = less(total, *(group.sales for group in shown))
    if of_products:  # an order may be of several
        others = dataclasses.replace(others, orders=0)
    return ItemsReport(
        currency=currency,
        currencies=sorted(currencies),
        timezone=asked.zone.key,
        start=asked.start,
        end=asked.end,
        items=[
            _item(group, currency, total.net_parts, labelled, earlier, compared=before is not None)
            for group in shown
        ],
        others=amounts(others, currency),
        totals=amounts(total, currency),
        complete=complete,
        demo=total.demo,
    )


def _item(
    group: GroupSales,
    currency: str,
    net_of_all: int,
    labelled: Labelled,
    earlier: dict[str, GroupSales],
    *,
    compared: bool,
) -> ReportItem:
    net = group.sales.net_parts
    before = earlier[group.key].sales if group.key in earlier else Sales()
    return ReportItem(
        key=group.key,
        label=labelled(group.key, group.label),
        share=round(net / net_of_all, 4) if net_of_all > 0 else 0.0,
        product_id=group.product_id,
        sku=group.sku or None,
        previous_net_minor=rounded_minor(before.net_parts) if compared else None,
        **msgspec.structs.asdict(amounts(group.sales, currency)),
    )


def without_keys(report: ItemsReport) -> ItemsReport:
    """Numbered, for who may not know whose they are."""
    items = [msgspec.structs.replace(item, key=f"{number}") for number, item in enumerate(report.items, 1)]
    return msgspec.structs.replace(report, items=items)


def _filter(query: ReportQuery) -> Filter:
    return Filter(query.sku or "", query.category or "", query.country or "", query.customer or "")
