"""Judged queries, and how good a list of answers to them is."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from math import log2
from pathlib import Path

Judgements = dict[str, dict[str, int]]  # by query, then by the product's external id


def read_judgements(path: Path) -> Judgements:
    """CSV with the columns `query`, `docid` (the product's external id) and `rating` (0 and up)."""
    found: Judgements = {}
    with path.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["query"], {})[row["docid"]] = int(row["rating"])
    return found


def ndcg(answers: Sequence[str], judged: Mapping[str, int], at: int = 10) -> float | None:
    """Normalised discounted cumulative gain, of gains 2^rating - 1; what nobody judged has none. None where
    nothing is relevant: every answer would be as good."""
    ideal = _gain(sorted(judged.values(), reverse=True)[:at])
    if not ideal:
        return None
    return _gain([judged.get(answer, 0) for answer in answers[:at]]) / ideal


def _gain(ratings: Sequence[int]) -> float:
    return sum((2**rating - 1) / log2(place + 2) for place, rating in enumerate(ratings))
