"""Money: integer minor units, one rounding, and shares that sum to what was shared."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.contracts.common import LARGEST_AMOUNT_MINOR, Money, round_minor, share_out
from tradewind.contracts.currencies import DIGITS, formatted, is_currency

AMOUNTS = st.integers(-LARGEST_AMOUNT_MINOR, LARGEST_AMOUNT_MINOR)
WEIGHTS = st.lists(st.integers(0, LARGEST_AMOUNT_MINOR), min_size=1, max_size=40)


@given(AMOUNTS, WEIGHTS)
def test_shares_sum_to_the_whole_and_none_is_a_unit_off(total: int, weights: list[int]) -> None:
    shares = share_out(total, weights)
    assert sum(shares) == total
    assert len(shares) == len(weights)
    whole = sum(weights)
    if whole:
        assert all(
            abs(share * whole - total * weight) < whole for share, weight in zip(shares, weights, strict=True)
        )


@given(st.integers(0, LARGEST_AMOUNT_MINOR), WEIGHTS.filter(any))
def test_a_larger_weight_never_gets_less_and_nothing_goes_to_no_weight(
    total: int, weights: list[int]
) -> None:
    by_weight = sorted(zip(weights, share_out(total, weights), strict=True))
    for (less, smaller), (more, larger) in itertools.pairwise(by_weight):
        assert smaller <= larger or less == more
    assert all(share == 0 for weight, share in by_weight if weight == 0)


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),  # ties go to the earlier
        (5, [0, 0], [5, 0]),
        (0, [3, 4], [0, 0]),
        (1, [1, 2], [0, 1]),
        (-100, [1, 1, 1], [-33, -33, -34]),
        (10**13, [10**13, 1], [10**13 - 1, 1]),
    ],
)
def test_shares_by_largest_remainder(total: int, weights: list[int], shares: list[int]) -> None:
    assert share_out(total, weights) == shares


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_no_weights_and_negative_weights_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="non-negative, and at least one"):
        share_out(100, weights)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("0.5", 0), ("1.5", 2), ("2.5", 2), ("-0.5", 0), ("-1.5", -2), ("2.500001", 3), ("7", 7)],
)
def test_the_one_rounding_is_half_to_even(exact: str, rounded: int) -> None:
    assert round_minor(Decimal(exact)) == rounded


@given(AMOUNTS, st.sampled_from(sorted(DIGITS)))
def test_an_amount_is_written_with_its_currencys_digits_and_loses_nothing(amount: int, currency: str) -> None:
    number, code = formatted(amount, currency).split(" ")
    assert code == currency
    assert Decimal(number).scaleb(DIGITS[currency]) == amount
    assert len(number.partition(".")[2]) == DIGITS[currency]


def test_currencies_are_those_of_iso_4217() -> None:
    assert is_currency("EUR")
    assert not any(is_currency(code) for code in ("eur", "EUE", "XXX", "", "XAU", "E"))
    assert (DIGITS["EUR"], DIGITS["JPY"], DIGITS["KWD"]) == (2, 0, 3)


def test_money_of_different_currencies_is_never_equal() -> None:
    assert Money(100, "EUR") == Money(100, "EUR") != Money(100, "USD")
