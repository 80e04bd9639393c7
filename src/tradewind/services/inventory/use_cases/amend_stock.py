"""What an owner holds changes: some more, some less, all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

import msgspec

from tradewind.contracts.inventory import Amended, NotReserved, OutOfStock, ReservationClosed, StockLine
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.ports.database import Transaction, UniqueViolation
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import SERVICE_ACTOR, summed
from tradewind.services.inventory.domain.allocation import Share, Shelf
from tradewind.services.inventory.moving import settle
from tradewind.services.inventory.promising import Ask, Promise, Terms, by_lot, promise, taken_apart
from tradewind.services.inventory.store import (
    amendments,
    backorders,
    bundles,
    holding,
    holdings,
    policies,
    reservations,
    stock,
)
from tradewind.services.inventory.store.holdings import Holding, Waiting
from tradewind.services.inventory.store.policies import Policy
from tradewind.services.inventory.store.reservations import Known
from tradewind.services.inventory.waiting import sellable

Answer = Amended | OutOfStock | ReservationClosed | NotReserved
ENDED = ("released", "expired", "out_of_stock")


@dataclass(frozen=True)
class Amendment:
    """What is asked, by SKU; what is both added and removed has been set off."""

    owner_id: UUID
    change_id: UUID
    add: dict[str, int]
    remove: dict[str, int]


@dataclass
class _Less:
    """What the owner is to hold no longer."""

    shares: list[Share] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    short: list[StockLine] = field(default_factory=list)


async def amend_stock(
    deps: Deps, owner_id: UUID, change_id: UUID, add: list[StockLine], remove: list[StockLine]
) -> Answer:
    """Once a `change_id`: whatever was answered first is answered again. Raises Conflict(change_of_another)."""
    if not add and not remove:
        raise Invalid("lines_required", "name what to add or what to remove", field="add")
    more, less = Counter(summed(add) if add else {}), Counter(summed(remove) if remove else {})
    amendment = Amendment(owner_id, change_id, dict(more - less), dict(less - more))
    while True:
        try:
            async with deps.db.begin() as tx:
                return await _amend(deps, tx, amendment)
        except UniqueViolation as violation:  # a repeat, or the owner's first reservation, was quicker
            if violation.constraint not in ("amendments_pkey", "reservations_pkey"):
                raise


async def _amend(deps: Deps, tx: Transaction, amendment: Amendment) -> Answer:
    owner_id, now = amendment.owner_id, deps.clock.now()
    known = await reservations.lock(tx, owner_id)
    before = await amendments.kept(tx, amendment.change_id)
    if before is not None:
        if before[0] != owner_id:
            raise Conflict(
                "change_of_another", "this change_id was used for another owner", field="change_id"
            )
        answer: Answer = msgspec.json.decode(before[1], type=Answer)
        return answer
    if known is not None and known.outcome in ENDED:
        return ReservationClosed()
    answer = await _changed(deps, tx, amendment, known)
    await amendments.keep(tx, amendment.change_id, owner_id, msgspec.json.encode(answer), now)
    return answer


async def _changed(
    deps: Deps, tx: Transaction, amendment: Amendment, known: Known | None
) -> Amended | OutOfStock | NotReserved:
    owner_id, now = amendment.owner_id, deps.clock.now()
    bound = (await holdings.load(tx, owner_id)).bundles  # cannot change: the owner's row is locked
    asked = {*amendment.add, *amendment.remove, *(part for b in bound.values() for part in b.parts)}
    special = await policies.lock(tx, asked)
    parts_of = {sku: policy.parts for sku, policy in special.items()}
    parts_of |= {sku: bundle.parts for sku, bundle in bound.items()}
    ask = taken_apart(amendment.add, parts_of)
    away = taken_apart(amendment.remove, {sku: bundle.parts for sku, bundle in bound.items()})
    skus = sorted({*ask.pieces, *away.pieces})
    await stock.add_everywhere(tx, [sku for sku in ask.pieces if sku in special], now)
    shelves = await sellable(deps, tx, skus, special, now)
    held = await holdings.load(tx, owner_id)
    less = _taken_away(held, amendment.remove, away)
    if less.short:
        return NotReserved(less.short)
    terms = Terms(
        deps.settings.allocation_rule,
        deps.settings.split_shipments,
        pickup=known.pickup if known is not None else None,
    )
    more = await _promised(tx, ask, _with_freed(shelves, less), special, terms, deps)
    if more.short:
        return OutOfStock(more.short)
    await _give_up(deps, tx, amendment, less, known)
    await _hold(deps, tx, amendment, (ask, more), special)
    await settle(deps, tx, skus, now)
    after = await holdings.load(tx, owner_id)
    return Amended(after.allocations(), after.backordered())


async def _promised(
    tx: Transaction,
    ask: Ask,
    shelves: list[Shelf],
    special: Mapping[str, Policy],
    terms: Terms,
    deps: Deps,
) -> Promise:
    if not ask.pieces:
        return Promise([], [], [])
    return await promise(tx, ask, shelves, special, terms, deps.clock.now())


def _taken_away(held: Holding, lines: Mapping[str, int], away: Ask) -> _Less:
    """What waits goes first, the youngest of it; then what lies in the least preferred warehouse."""
    less = _Less()
    open_, bound = held.open(), held.bound()
    for sku, quantity in sorted(lines.items()):
        there = held.bundles[sku].open if sku in held.bundles else open_[sku] - bound[sku]
        if quantity > there:
            less.short.append(StockLine(sku, there))
    left = dict(away.pieces)
    for waiting in held.waiting:
        quantity = min(left.get(waiting.sku, 0), waiting.quantity)
        if quantity:
            left[waiting.sku] -= quantity
            less.waiting.append(replace(waiting, quantity=quantity))
    for share in held.shares:
        quantity = min(left.get(share.sku, 0), share.quantity)
        if quantity:
            left[share.sku] -= quantity
            less.shares.append(replace(share, quantity=quantity))
    return less


def _with_freed(shelves: list[Shelf], less: _Less) -> list[Shelf]:
    freed: Counter[tuple[str, str]] = Counter()
    for share in less.shares:
        freed[share.sku, share.warehouse] += share.quantity
    return [replace(shelf, free=shelf.free + freed[shelf.sku, shelf.warehouse]) for shelf in shelves]


async def _give_up(
    deps: Deps, tx: Transaction, amendment: Amendment, less: _Less, known: Known | None
) -> None:
    owner_id, now = amendment.owner_id, deps.clock.now()
    if known is None:
        await reservations.add(tx, owner_id, None, None, now)
    elif known.state == "closed" and amendment.add:
        await reservations.reopen(tx, owner_id)
    reason = f"amend {amendment.change_id}"
    await holding.let_go(tx, owner_id, less.shares, reason, SERVICE_ACTOR, now)
    for waiting in less.waiting:
        await backorders.cancel(tx, waiting.number, waiting.quantity)
    for sku, quantity in sorted(amendment.remove.items()):
        await bundles.draw(tx, owner_id, sku, released=quantity)


async def _hold(
    deps: Deps,
    tx: Transaction,
    amendment: Amendment,
    change: tuple[Ask, Promise],
    special: Mapping[str, Policy],
) -> None:
    (ask, more), owner_id, now = change, amendment.owner_id, deps.clock.now()
    shares = await by_lot(tx, more.shares, special, now)
    reason = f"amend {amendment.change_id}"
    await holding.take(tx, owner_id, shares, reason, SERVICE_ACTOR, now)
    await backorders.add(tx, owner_id, more.beyond, now)
    for sku, parts in ask.parts.items():
        await bundles.add(tx, owner_id, sku, amendment.add[sku], parts)
    await reservations.close_if_empty(tx, owner_id, now)
