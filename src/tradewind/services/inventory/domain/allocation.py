"""Which warehouse gives what: pure, so that every rule can be tried on every stock.

A plan never takes more than is free, and takes all that is free before it says that something is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

Rule = Literal["priority", "nearest", "fewest_parcels", "highest_stock"]
RULES: Final[tuple[Rule, ...]] = ("priority", "nearest", "fewest_parcels", "highest_stock")
FARTHEST: Final = 1000
MOST_COMPARED: Final = 12  # warehouses of which every choice is compared; above, one is added at a time


@dataclass(frozen=True)
class Shelf:
    """What is free of a SKU in one warehouse. Lower `priority` and `distance` come first."""

    sku: str
    warehouse: str
    free: int
    priority: int = 100
    distance: int = 0


@dataclass(frozen=True)
class Share:
    """So many pieces of a SKU in one warehouse; of one lot, where the SKU has lots."""

    sku: str
    warehouse: str
    quantity: int
    lot: str | None = None


@dataclass(frozen=True)
class Plan:
    """`missing` maps SKU to pieces that are free nowhere (or, unsplit, not together)."""

    shares: list[Share]
    missing: dict[str, int]


def plan(wanted: Mapping[str, int], shelves: Sequence[Shelf], rule: Rule, *, split: bool = True) -> Plan:
    """Where each piece is to come from. Unsplit, everything comes from one warehouse."""
    shelves = [shelf for shelf in shelves if shelf.free > 0 and shelf.sku in wanted]
    if not split:
        return _unsplit(wanted, shelves, rule)
    if rule == "fewest_parcels":
        chosen = _fewest(wanted, shelves)
        first = [shelf for shelf in shelves if shelf.warehouse in chosen]
        rest = [shelf for shelf in shelves if shelf.warehouse not in chosen]
        return _taken(wanted, [*_ordered(first, "priority"), *_ordered(rest, "priority")])
    return _taken(wanted, _ordered(shelves, rule))


def _ordered(shelves: Sequence[Shelf], rule: Rule) -> list[Shelf]:
    def key(shelf: Shelf) -> tuple[int, int, str]:
        first = {"nearest": shelf.distance, "highest_stock": -shelf.free}.get(rule, 0)
        return first, shelf.priority, shelf.warehouse

    return sorted(shelves, key=key)


def _taken(wanted: Mapping[str, int], shelves: Iterable[Shelf]) -> Plan:
    left = dict(wanted)
    shares = []
    for shelf in shelves:
        quantity = min(left[shelf.sku], shelf.free)
        if quantity:
            left[shelf.sku] -= quantity
            shares.append(Share(shelf.sku, shelf.warehouse, quantity))
    missing = {sku: quantity for sku, quantity in left.items() if quantity}
    return Plan(sorted(shares, key=lambda share: (share.sku, share.warehouse)), missing)


def _unsplit(wanted: Mapping[str, int], shelves: Sequence[Shelf], rule: Rule) -> Plan:
    """The first warehouse that has the most of it; what lies elsewhere is missing all the same."""
    best = Plan([], dict(wanted))
    order = list(dict.fromkeys(shelf.warehouse for shelf in _ordered(shelves, rule)))
    if rule == "highest_stock":
        total = {code: sum(shelf.free for shelf in shelves if shelf.warehouse == code) for code in order}
        order.sort(key=lambda code: -total[code])
    for code in order:
        found = _taken(wanted, [shelf for shelf in shelves if shelf.warehouse == code])
        if sum(found.missing.values()) < sum(best.missing.values()):
            best = found
    return best


def _fewest(wanted: Mapping[str, int], shelves: Sequence[Shelf]) -> set[str]:
    """The fewest warehouses that together have all that there is; of several choices, the most preferred."""
    by_code: dict[str, dict[str, int]] = {}
    for shelf in _ordered(shelves, "priority"):
        by_code.setdefault(shelf.warehouse, {})[shelf.sku] = shelf.free
    codes = list(by_code)
    reachable = _served(wanted, by_code.values())
    if len(codes) <= MOST_COMPARED:
        for size in range(1, len(codes) + 1):
            for some in combinations(codes, size):
                if _served(wanted, [by_code[code] for code in some]) == reachable:
                    return set(some)
    chosen: list[str] = []
    while _served(wanted, [by_code[code] for code in chosen]) < reachable:
        rest = [code for code in codes if code not in chosen]
        chosen.append(max(rest, key=lambda code: _served(wanted, [by_code[c] for c in (*chosen, code)])))
    return set(chosen)


def _served(wanted: Mapping[str, int], stocks: Iterable[Mapping[str, int]]) -> int:
    free = list(stocks)
    return sum(min(quantity, sum(s.get(sku, 0) for s in free)) for sku, quantity in wanted.items())


def distance(regions: Iterable[tuple[str, str, int]], home: str, country: str, postal_code: str) -> int:
    """How far a warehouse in the country `home` is: by the longest prefix that it names for this address.

    `regions` are (country, postal prefix, distance). Unnamed, its own country is 500 away, any other 1000.
    """
    compact = postal_code.replace(" ", "").upper()
    matching = [
        (len(prefix), far)
        for named, prefix, far in regions
        if named == country and compact.startswith(prefix.replace(" ", "").upper())
    ]
    if matching:
        return max(matching)[1]
    return FARTHEST // 2 if home == country else FARTHEST
