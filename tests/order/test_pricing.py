"""Totals sum to the last cent, whatever the lines, the discount and the tax."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.contracts.common import share_out
from tradewind.services.order.domain.pricing import (
    Discount,
    PricedLine,
    ShippingPrice,
    capture_share,
    contained_tax,
    discount_problem,
    quote,
)
from tradewind.services.order.domain.states import TRANSITIONS, State

lines_strategy = st.lists(
    st.builds(
        PricedLine,
        sku=st.text(min_size=1, max_size=5),
        quantity=st.integers(1, 50),
        unit_price_minor=st.integers(0, 500_000),
        tax_class=st.sampled_from(["standard", "reduced", "none"]),
    ),
    min_size=1,
    max_size=12,
)
RATES = {"standard": 1900, "reduced": 700}


def discount(kind: str = "percentage", **changes: object) -> Discount:
    values = {
        "code": "CODE",
        "kind": kind,
        "basis_points": 1000 if kind == "percentage" else None,
        "amount_minor": 500 if kind == "amount" else None,
        "currency": "EUR" if kind == "amount" else None,
        "minimum_minor": 0,
        "most_uses": None,
        "uses": 0,
        "starts_at": None,
        "ends_at": None,
        "active": True,
        **changes,
    }
    return Discount(**values)  # type: ignore[arg-type]


@given(lines_strategy, st.integers(0, 10_000), st.integers(0, 2_000))
def test_lines_sum_to_the_totals(lines: list[PricedLine], basis_points: int, shipping_minor: int) -> None:
    code = discount(basis_points=max(basis_points, 1))
    priced = quote(lines, "EUR", ShippingPrice(shipping_minor), code, RATES)
    totals = priced.totals
    assert sum(line.total_minor for line in priced.lines) + totals.shipping_minor == totals.total_minor
    assert sum(line.discount_minor for line in priced.lines) == totals.discount_minor
    assert totals.total_minor == totals.subtotal_minor - totals.discount_minor + totals.shipping_minor
    assert all(0 <= line.tax_minor <= line.total_minor for line in priced.lines)
    assert all(line.total_minor >= 0 for line in priced.lines)


@given(lines_strategy, st.integers(1, 10_000_000))
def test_an_amount_off_never_exceeds_the_goods(lines: list[PricedLine], amount: int) -> None:
    totals = quote(lines, "EUR", None, discount("amount", amount_minor=amount), {}).totals
    assert totals.discount_minor == min(amount, totals.subtotal_minor)
    assert totals.total_minor >= 0


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_shares_sum_to_what_is_shared_and_differ_from_exact_by_less_than_one(
    total: int, weights: list[int]
) -> None:
    shares = share_out(total, weights)
    assert sum(shares) == total
    if sum(weights):
        assert all(abs(s - total * w / sum(weights)) < 1 for s, w in zip(shares, weights, strict=True))


@given(st.integers(0, 10**7), st.lists(st.integers(1, 20), min_size=1, max_size=8))
def test_parcels_of_any_sizes_capture_a_lines_total_exactly(total: int, parcels: list[int]) -> None:
    quantity, sent, captured = sum(parcels), 0, 0
    for pieces in parcels:
        share = capture_share(total, quantity, sent, sent + pieces)
        assert share >= 0
        captured, sent = captured + share, sent + pieces
    assert captured == total


def test_tax_is_what_is_contained() -> None:
    assert contained_tax(11900, 1900) == 1900
    assert contained_tax(10700, 700) == 700
    assert contained_tax(5, 1900) == 1
    assert contained_tax(0, 1900) == 0


def test_shipping_is_free_from_its_threshold_after_discount() -> None:
    price = ShippingPrice(490, free_from_minor=5000)
    line = PricedLine("A", 1, 5000, "standard")
    assert quote([line], "EUR", price, None, RATES).totals.shipping_minor == 0
    assert quote([line], "EUR", price, discount(), RATES).totals.shipping_minor == 490
    assert quote([line], "EUR", price, discount("free_shipping"), RATES).totals.shipping_minor == 0


NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (None, "discount_unknown"),
        (discount(active=False), "discount_unknown"),
        (discount(starts_at=NOW + timedelta(days=1)), "discount_not_yet_valid"),
        (discount(ends_at=NOW), "discount_expired"),
        (discount(most_uses=3, uses=3), "discount_used_up"),
        (discount("amount", currency="USD"), "discount_other_currency"),
        (discount(minimum_minor=10_001), "discount_minimum_not_reached"),
        (discount(minimum_minor=10_000), None),
    ],
)
def test_a_code_that_cannot_be_used_says_why(code: Discount | None, problem: str | None) -> None:
    assert discount_problem(code, "EUR", 10_000, NOW) == problem


def test_every_state_is_reached_and_ends() -> None:
    reached, frontier = {State.PENDING, State.DRAFT}, [State.PENDING, State.DRAFT]
    while frontier:
        for state in TRANSITIONS[frontier.pop()] - reached:
            reached.add(state)
            frontier.append(state)
    assert reached == set(State) == set(TRANSITIONS)
    ends = {State.RETURNED, State.CANCELLED, State.EXPIRED}
    assert {state for state, moves in TRANSITIONS.items() if not moves} == ends
