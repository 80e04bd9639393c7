"""Nearest-rank percentiles and medians."""

from __future__ import annotations

import math

import pytest
from bench.percentiles import median, median_ratio, percentile
from hypothesis import given
from hypothesis import strategies as st

numbers = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)


@pytest.mark.parametrize(
    ("share", "value"), [(0.5, 5), (0.9, 9), (0.91, 10), (0.99, 10), (1.0, 10), (0.01, 1), (0.1, 1)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, value: int) -> None:
    assert percentile(list(range(1, 11)), share) == value


@given(numbers, st.floats(0.001, 1.0))
def test_a_share_of_all_is_at_or_below_its_percentile(values: list[float], share: float) -> None:
    ordered = sorted(values)
    found = percentile(ordered, share)
    assert sum(value <= found for value in ordered) >= math.ceil(share * len(ordered))
    assert sum(value < found for value in ordered) < math.ceil(share * len(ordered))


def test_the_median_of_an_even_number_lies_between_the_middle_two() -> None:
    assert median([4.0, 1.0, 3.0]) == 3.0
    assert median([4.0, 1.0, 2.0, 3.0]) == 2.5


def test_a_round_that_was_disturbed_as_a_whole_does_not_move_the_ratio() -> None:
    assert median_ratio([600.0, 60.0, 630.0], [1000.0, 100.0, 1000.0]) == 0.6


def test_of_nothing_there_is_no_percentile() -> None:
    with pytest.raises(AssertionError, match="nothing was measured"):
        percentile([], 0.5)
