"""What may be promised of what is wanted, from stock that is locked: shares of it, and pieces beyond it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tradewind.contracts.inventory import Destination, StockLine
from tradewind.ports.database import Transaction
from tradewind.services.inventory.domain.allocation import Rule, Share, Shelf, distance, plan
from tradewind.services.inventory.store import backorders, lots, warehouses
from tradewind.services.inventory.store.backorders import Promised
from tradewind.services.inventory.store.policies import Policy


@dataclass(frozen=True)
class Terms:
    """How warehouses are chosen. With `pickup`, a warehouse's code, all comes from there."""

    rule: Rule
    split: bool = True
    destination: Destination | None = None
    pickup: str | None = None


@dataclass(frozen=True)
class Ask:
    """What is wanted, taken apart: `pieces` of SKUs, those of bundles included; `lines` as they were asked.
    `parts` are those of the bundles among the lines."""

    lines: Mapping[str, int]
    pieces: dict[str, int]
    parts: dict[str, dict[str, int]] = field(default_factory=dict)

    def in_bundles(self) -> set[str]:
        return {part for parts in self.parts.values() for part in parts}


@dataclass(frozen=True)
class Promise:
    """All of it, or what is `short` and nothing else."""

    shares: list[Share]
    beyond: list[Promised]
    short: list[StockLine]


def taken_apart(lines: Mapping[str, int], parts_of: Mapping[str, Mapping[str, int]]) -> Ask:
    """`parts_of` knows the bundles, by SKU."""
    pieces: Counter[str] = Counter()
    parts = {}
    for sku, quantity in lines.items():
        if parts_of.get(sku):
            parts[sku] = dict(parts_of[sku])
            for part, each in parts_of[sku].items():
                pieces[part] += each * quantity
        else:
            pieces[sku] += quantity
    return Ask(lines, dict(sorted(pieces.items())), parts)


async def promise(
    tx: Transaction,
    ask: Ask,
    shelves: Sequence[Shelf],
    policies: Mapping[str, Policy],
    terms: Terms,
    now: datetime,
) -> Promise:
    """Of shelves and policies that are locked. What is missing is promised where a policy allows it: never
    the parts of a bundle, which is sold as far as its parts are there."""
    shelves = await _within_reach(tx, shelves, terms)
    found = plan(ask.pieces, shelves, terms.rule, split=terms.split)
    waiting = await backorders.totals(tx, found.missing) if found.missing else {}
    beyond: list[Promised] = []
    short: dict[str, int] = {}
    for sku, quantity in found.missing.items():
        left = _left(policies.get(sku), waiting.get(sku, 0), now)
        elsewhere = not terms.split and _free(shelves, sku) > ask.pieces[sku] - quantity
        if quantity > left or sku in ask.in_bundles() or elsewhere:
            single = found.missing if not terms.split else {}
            there = ask.pieces[sku] - single[sku] if single else _free(shelves, sku)
            short[sku] = there + left
            continue
        policy = policies[sku]
        kind = policy.sells_beyond(now)
        assert kind is not None, "nothing is left of what is not sold beyond"
        beyond.append(Promised(sku, quantity, kind, policy.promised(now), terms.pickup))
    if short:
        return Promise([], [], _by_line(ask, short))
    return Promise(found.shares, beyond, [])


async def by_lot(
    tx: Transaction, shares: Sequence[Share], policies: Mapping[str, Policy], now: datetime
) -> list[Share]:
    """Which lots the shares are of, first expired first; their stock is locked."""
    tracked = {s.sku for s in shares if s.sku in policies and policies[s.sku].tracking != "none"}
    return (await lots.free(tx, tracked, now.date())).pick(shares)


async def _within_reach(tx: Transaction, shelves: Sequence[Shelf], terms: Terms) -> list[Shelf]:
    if terms.pickup is not None:
        return [shelf for shelf in shelves if shelf.warehouse == terms.pickup]
    if terms.rule != "nearest" or terms.destination is None:
        return list(shelves)
    to = terms.destination
    known = await warehouses.regions(tx, to.country)
    away = {
        code: distance(regions, home, to.country, to.postal_code) for code, (home, regions) in known.items()
    }
    return [replace(shelf, distance=away[shelf.warehouse]) for shelf in shelves]


def _left(policy: Policy | None, waiting: int, now: datetime) -> int:
    if policy is None or policy.sells_beyond(now) is None:
        return 0
    return max(policy.beyond_limit - waiting, 0)


def _free(shelves: Iterable[Shelf], sku: str) -> int:
    return sum(max(shelf.free, 0) for shelf in shelves if shelf.sku == sku)


def _by_line(ask: Ask, short: Mapping[str, int]) -> list[StockLine]:
    """What is short, as it was asked for: a bundle, not its parts."""
    found = []
    for sku, quantity in sorted(ask.lines.items()):
        parts = ask.parts.get(sku)
        if parts is None and sku in short:
            found.append(StockLine(sku, short[sku]))
        elif parts and short.keys() & parts.keys():
            there = min(short[part] // each for part, each in parts.items() if part in short)
            found.append(StockLine(sku, min(there, quantity)))
    return found
