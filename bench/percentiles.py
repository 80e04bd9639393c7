"""Percentiles and medians, of latencies and of rounds."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(ordered: Sequence[float], share: float) -> float:
    """Nearest rank: the smallest value that `share` of all do not exceed. `ordered` ascends and is not empty."""
    assert ordered, "nothing was measured"
    assert 0 < share <= 1, "a share of all"
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle value; of an even number, the mean of the middle two."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of neighbouring rounds: what disturbs the machine disturbs both of a pair."""
    return median([a / b for a, b in zip(ours, theirs, strict=True)])
