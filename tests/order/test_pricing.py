"""Totals sum to the last cent, whatever the lines, the promotions, the shipping and the tax."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.contracts.common import share_out
from tradewind.services.order.domain.pricing import (
    Area,
    ManualDiscount,
    PricedLine,
    Promotion,
    Quote,
    ShippingPrice,
    ShippingStep,
    Terms,
    capture_share,
    quote,
)
from tradewind.services.order.domain.pricing.promotions import promotion_problem
from tradewind.services.order.domain.pricing.shipping import serves, shipping_price
from tradewind.services.order.domain.pricing.tax import (
    RatePeriod,
    added_tax,
    contained_tax,
    rates_at,
    tax_by_rate,
)
from tradewind.services.order.domain.states import TRANSITIONS, State

PRODUCTS = [UUID(int=number) for number in range(1, 5)]
GROUPS = [UUID(int=number) for number in range(101, 104)]
RATES = {"standard": 1900, "reduced": 700}
GROSS, NET = Terms("EUR", RATES), Terms("EUR", RATES, prices_include_tax=False)

some_lines = st.lists(
    st.builds(
        PricedLine,
        sku=st.text(min_size=1, max_size=5),
        quantity=st.integers(1, 50),
        unit_price_minor=st.integers(0, 500_000),
        tax_class=st.sampled_from(["standard", "reduced", "none"]),
        product_id=st.sampled_from([None, *PRODUCTS]),
        group_ids=st.lists(st.sampled_from(GROUPS), max_size=2, unique=True).map(tuple),
        weight_grams=st.integers(0, 30_000),
    ),
    min_size=1,
    max_size=12,
)


def promotion(kind: str = "percentage", number: int = 1, **changes: Any) -> Promotion:
    parts: dict[str, Any] = {
        "percentage": {"basis_points": 1000},
        "amount": {"amount_minor": 500, "currency": "EUR"},
        "buy_x_get_y": {"buy_quantity": 2, "get_quantity": 1},
        "free_shipping": {},
    }[kind]
    return Promotion(UUID(int=number), f"Promotion {number}", kind, **{**parts, **changes})  # type: ignore[arg-type]


def _promotions() -> st.SearchStrategy[list[Promotion]]:
    def numbered(drawn: list[tuple[str, bool, int, int, list[UUID]]]) -> list[Promotion]:
        made = []
        for number, (kind, combinable, priority, size, groups) in enumerate(drawn, start=1):
            parts: dict[str, Any] = {"basis_points": size % 10_000 + 1} if kind == "percentage" else {}
            parts |= {"amount_minor": size + 1, "currency": "EUR"} if kind == "amount" else {}
            made.append(
                promotion(
                    kind, number, combinable=combinable, priority=priority, category_ids=groups, **parts
                )
            )
        return made

    one = st.tuples(
        st.sampled_from(["percentage", "amount", "buy_x_get_y", "free_shipping"]),
        st.booleans(),
        st.integers(-2, 2),
        st.integers(0, 200_000),
        st.lists(st.sampled_from(GROUPS), max_size=1),
    )
    return st.lists(one, max_size=6).map(numbered)


some_promotions = _promotions()
some_shipping = st.none() | st.builds(
    ShippingPrice, st.integers(0, 5_000), st.none() | st.integers(0, 1_000_000)
)
some_manual = st.none() | st.builds(
    ManualDiscount,
    st.sampled_from(["percentage", "amount"]),
    st.just("late"),
    st.integers(0, 10_000),
    st.integers(0, 10**6),
)


@given(some_lines, some_promotions, some_shipping, some_manual, st.booleans())
def test_lines_shipping_and_tax_sum_to_the_totals(
    lines: list[PricedLine],
    promotions: list[Promotion],
    shipping: ShippingPrice | None,
    manual: ManualDiscount | None,
    included: bool,
) -> None:
    priced = quote(lines, GROSS if included else NET, shipping, promotions, manual)
    totals = priced.totals
    assert totals.subtotal_minor == sum(line.gross_minor for line in lines)
    assert totals.total_minor == (
        totals.subtotal_minor - totals.discount_minor + totals.shipping_minor + totals.tax_added_minor
    )
    shipped = totals.shipping_minor + (0 if included else priced.shipping_tax_minor)
    assert sum(line.total_minor for line in priced.lines) + shipped == totals.total_minor
    assert sum(line.tax_minor for line in priced.lines) + priced.shipping_tax_minor == totals.tax_minor
    assert totals.tax_added_minor == (0 if included else totals.tax_minor)
    for line, total in zip(lines, priced.lines, strict=True):
        assert total.total_minor == line.gross_minor - total.discount_minor + total.tax_added_minor
        assert 0 <= total.discount_minor <= line.gross_minor
        assert 0 <= total.tax_minor <= total.total_minor
    _promotions_sum(priced)


def _promotions_sum(priced: Quote) -> None:
    """What each took off is shared over the lines, and all of them are what was taken off."""
    off = [sum(shares) for shares in zip(*(p.line_discounts for p in priced.promotions), strict=True)]
    assert off in ([line.discount_minor for line in priced.lines], [])
    assert sum(off) == priced.totals.discount_minor
    for one in priced.promotions:
        assert sum(one.line_discounts) == one.discount_minor
        assert all(share >= 0 for share in one.line_discounts)
    shipping = sum(p.shipping_discount_minor for p in priced.promotions)
    assert shipping == priced.totals.shipping_discount_minor


@given(some_lines, some_promotions, some_shipping)
def test_no_way_to_take_the_promotions_is_cheaper(
    lines: list[PricedLine], promotions: list[Promotion], shipping: ShippingPrice | None
) -> None:
    total = quote(lines, GROSS, shipping, promotions).totals.total_minor
    together = [p for p in promotions if p.combinable]
    ways = [[], together, *([p] for p in promotions if not p.combinable)]
    assert total == min(quote(lines, GROSS, shipping, way).totals.total_minor for way in ways)


@given(some_lines, some_promotions, some_shipping, st.randoms())
def test_a_quote_does_not_depend_on_the_order_of_promotions(
    lines: list[PricedLine], promotions: list[Promotion], shipping: ShippingPrice | None, random: Any
) -> None:
    shuffled = random.sample(promotions, len(promotions))
    assert quote(lines, GROSS, shipping, shuffled) == quote(lines, GROSS, shipping, promotions)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_shares_sum_to_what_is_shared_and_differ_from_exact_by_less_than_one(
    total: int, weights: list[int]
) -> None:
    shares = share_out(total, weights)
    assert sum(shares) == total
    if sum(weights):
        assert all(abs(s - total * w / sum(weights)) < 1 for s, w in zip(shares, weights, strict=True))


@given(some_lines, some_promotions, st.booleans(), st.data())
def test_parcels_and_refunds_of_any_sizes_sum_to_a_lines_total_and_to_its_tax(
    lines: list[PricedLine], promotions: list[Promotion], included: bool, data: st.DataObject
) -> None:
    priced = quote(lines, GROSS if included else NET, None, promotions)
    for line, total in zip(lines, priced.lines, strict=True):
        cuts = data.draw(st.lists(st.integers(0, line.quantity), max_size=6).map(sorted))
        bounds = [0, *cuts, line.quantity]
        for amount in (total.total_minor, total.tax_minor):
            shares = _shares(amount, line.quantity, bounds)
            assert sum(shares) == amount
            assert all(share >= 0 for share in shares)


def _shares(amount: int, quantity: int, bounds: Sequence[int]) -> list[int]:
    return [capture_share(amount, quantity, before, after) for before, after in pairwise(bounds)]


def test_tax_is_contained_or_added() -> None:
    assert contained_tax(11900, 1900) == 1900
    assert contained_tax(5, 1900) == 1
    assert contained_tax(0, 1900) == 0
    assert added_tax(10000, 1900) == 1900
    assert added_tax(50, 100) == 0, "half to even"
    assert added_tax(150, 100) == 2, "half to even"
    lines = [PricedLine("A", 3, 1000, "standard"), PricedLine("B", 1, 1000, "reduced")]
    net = quote(lines, NET, ShippingPrice(500))
    assert (net.totals.tax_added_minor, net.totals.total_minor) == (570 + 70 + 95, 4500 + 735)
    gross = quote(lines, GROSS, ShippingPrice(500))
    assert gross.totals.total_minor == 4500
    assert gross.totals.tax_minor == 479 + 65 + 80


def test_tax_is_listed_by_rate_as_the_order_has_it() -> None:
    parts = [(1900, 1190, 190), (700, 107, 7), (1900, 595, 95)]
    shares = [(share.basis_points, share.net_minor, share.tax_minor) for share in tax_by_rate(parts)]
    assert shares == [(1900, 1500, 285), (700, 100, 7)]


NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_the_rate_of_the_moment_holds_and_a_regions_own_comes_first() -> None:
    begin, change, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2027, 2028))
    rates = [
        RatePeriod("standard", 1900, begin),
        RatePeriod("standard", 2000, change),
        RatePeriod("reduced", 500, begin, valid_to=change),
        RatePeriod("standard", 2100, begin, region="CA"),
    ]
    day = timedelta(days=1)
    assert rates_at(rates, "", begin - day) == {}
    assert rates_at(rates, "NY", NOW) == {"standard": 1900, "reduced": 500}
    assert rates_at(rates, "", change) == {"standard": 2000}
    assert rates_at(rates, "", change - timedelta(microseconds=1))["standard"] == 1900
    assert rates_at(rates, "CA", end)["standard"] == 2100


def test_shipping_goes_by_weight_by_value_and_is_free_above() -> None:
    steps = [ShippingStep(490, up_to_grams=1000), ShippingStep(690, up_to_grams=5000, up_to_minor=10_000)]
    price = ShippingPrice(1690, free_from_minor=20_000, steps=steps)
    priced = [(500, 1000), (500, 1001), (10_001, 1001), (500, 5001), (20_000, 1)]
    assert [shipping_price(price, goods, grams) for goods, grams in priced] == [490, 690, 1690, 1690, 0]


def test_shipping_is_free_from_its_threshold_after_discount() -> None:
    price = ShippingPrice(490, free_from_minor=5000)
    lines = [PricedLine("A", 1, 5000, "standard")]
    assert quote(lines, GROSS, price).totals.shipping_minor == 0
    assert quote(lines, GROSS, price, [promotion(basis_points=2000)]).totals.shipping_minor == 490
    dear = [promotion(basis_points=100)]
    assert quote(lines, GROSS, price, dear).promotions == [], "it would cost more with it than without"
    freed = quote(lines, GROSS, ShippingPrice(490), [promotion("free_shipping")]).totals
    assert (freed.shipping_minor, freed.shipping_discount_minor) == (0, 490)


@pytest.mark.parametrize(
    ("area", "inside", "outside"),
    [
        (Area("DE"), ["04107", ""], []),
        (Area("DE", ["20", "21000-21149"]), ["20095", "21149", "21 000"], ["04107", "21150", ""]),
        (Area("DE", except_postal_codes=["27498"]), ["04107"], ["27498"]),
        (Area("GB", ["SW1", "EC"]), ["sw1a 1aa", "EC1A 1BB"], ["N1 9GU"]),
    ],
)
def test_a_zone_is_countries_and_postal_codes(area: Area, inside: list[str], outside: list[str]) -> None:
    assert all(serves([Area("FR"), area], area.country, code) for code in inside)
    assert not any(serves([Area("FR"), area], area.country, code) for code in outside)
    assert not serves([area], "ES", "04107")


def test_promotions_are_for_products_and_categories() -> None:
    lines = [
        PricedLine("A", 1, 1000, "none", PRODUCTS[0]),
        PricedLine("B", 1, 2000, "none", PRODUCTS[1], (GROUPS[0],)),
        PricedLine("C", 1, 4000, "none", PRODUCTS[2]),
    ]
    off = quote(lines, GROSS, None, [promotion(product_ids=[PRODUCTS[0]], category_ids=[GROUPS[0]])])
    assert [line.discount_minor for line in off.lines] == [100, 200, 0]


def test_what_is_bought_gets_the_cheapest() -> None:
    lines = [PricedLine("A", 2, 3000, "none", PRODUCTS[0]), PricedLine("B", 4, 1000, "none", PRODUCTS[1])]
    three_for_two = quote(lines, GROSS, None, [promotion("buy_x_get_y")])
    assert [line.discount_minor for line in three_for_two.lines] == [0, 2000]
    half = quote(lines, GROSS, None, [promotion("buy_x_get_y", basis_points=5000)])
    assert [line.discount_minor for line in half.lines] == [0, 1000]
    gift = promotion("buy_x_get_y", product_ids=[PRODUCTS[0]], get_product_ids=[PRODUCTS[1]])
    assert [line.discount_minor for line in quote(lines, GROSS, None, [gift]).lines] == [0, 1000]


def test_those_that_combine_go_by_priority_and_one_that_does_not_stands_alone() -> None:
    lines = [PricedLine("A", 1, 10_000, "none")]
    tenth = promotion(number=1, combinable=True)
    amount = promotion("amount", number=2, combinable=True, priority=5)
    both = quote(lines, GROSS, None, [tenth, amount])
    assert [(p.promotion_id, p.discount_minor) for p in both.promotions] == [
        (amount.promotion_id, 500),
        (tenth.promotion_id, 950),
    ]
    alone = promotion(number=3, basis_points=1500)
    best = quote(lines, GROSS, None, [tenth, amount, alone])
    assert [p.promotion_id for p in best.promotions] == [alone.promotion_id]


def test_staffs_own_discount_comes_last_and_takes_at_most_what_is_left() -> None:
    lines = [PricedLine("CUSTOM-1", 2, 1500, "standard")]
    shown = quote(lines, GROSS, ShippingPrice(490), (), ManualDiscount("percentage", "late", 1000))
    assert (shown.totals.discount_minor, shown.totals.total_minor) == (300, 3190)
    assert [(p.kind, p.name, p.promotion_id) for p in shown.promotions] == [("manual", "late", None)]
    most = quote(lines, GROSS, None, [promotion()], ManualDiscount("amount", "all", amount_minor=10**6))
    assert most.totals.total_minor == 0


LINE = [PricedLine("A", 1, 10_000, "none")]


@pytest.mark.parametrize(
    ("offered", "problem"),
    [
        (None, "discount_unknown"),
        (promotion(active=False), "discount_unknown"),
        (promotion(starts_at=NOW + timedelta(days=1)), "discount_not_yet_valid"),
        (promotion(ends_at=NOW), "discount_expired"),
        (promotion(most_uses=3, uses=3), "discount_used_up"),
        (promotion(code_most_uses=1, code_uses=1), "discount_used_up"),
        (promotion(most_uses_each=1, customer_uses=1), "discount_used_by_customer"),
        (promotion("amount", currency="USD"), "discount_other_currency"),
        (promotion(product_ids=PRODUCTS), "discount_nothing_matches"),
        (promotion(minimum_minor=10_001), "discount_minimum_not_reached"),
        (promotion(minimum_quantity=2), "discount_minimum_not_reached"),
        (promotion(minimum_minor=10_000), None),
    ],
)
def test_a_code_that_cannot_be_used_says_why(offered: Promotion | None, problem: str | None) -> None:
    assert promotion_problem(offered, "EUR", LINE, NOW) == problem


def test_every_state_is_reached_and_ends() -> None:
    reached, frontier = {State.PENDING, State.DRAFT}, [State.PENDING, State.DRAFT]
    while frontier:
        for state in TRANSITIONS[frontier.pop()] - reached:
            reached.add(state)
            frontier.append(state)
    assert reached == set(State) == set(TRANSITIONS)
    ends = {State.RETURNED, State.CANCELLED, State.EXPIRED}
    assert {state for state, moves in TRANSITIONS.items() if not moves} == ends
