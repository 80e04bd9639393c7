"""Reserved pieces leave the warehouse."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from uuid import UUID

from tradewind.contracts.inventory import (
    Allocation,
    NotReleased,
    NotReserved,
    Shipped,
    StockLine,
    Unreleased,
)
from tradewind.kernel.errors import Conflict
from tradewind.ports.database import Transaction
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Parcel, summed
from tradewind.services.inventory.promising import taken_apart
from tradewind.services.inventory.store import bundles, holdings, policies, reservations, shipments
from tradewind.services.inventory.store.reservations import Special
from tradewind.services.inventory.store.shipments import ShippedBefore
from tradewind.services.inventory.waiting import sellable

Outcome = Shipped | NotReserved | NotReleased


async def ship_stock(deps: Deps, owner_id: UUID, shipment_id: UUID, lines: list[StockLine]) -> Outcome:
    """All lines or nothing, out of what the owner holds; nearest warehouses by their priority first. Nothing of a
    pre-order leaves before its release.

    Keyed by `shipment_id`: a repeat answers the first. Raises Conflict for a shipment of another owner.
    """
    return await _once(deps, Parcel(owner_id, shipment_id, summed(lines)), for_good=True)


async def would_ship_stock(deps: Deps, owner_id: UUID, shipment_id: UUID, lines: list[StockLine]) -> Outcome:
    """What ship_stock would answer now: it is done, and undone."""
    return await _once(deps, Parcel(owner_id, shipment_id, summed(lines)), for_good=False)


class _Undone(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


async def _once(deps: Deps, parcel: Parcel, *, for_good: bool) -> Outcome:
    try:
        async with deps.db.begin() as tx:
            outcome = await _ship(deps, tx, parcel)
            if for_good:
                return outcome
            raise _Undone(outcome)
    except _Undone as undone:
        return undone.outcome
    except ShippedBefore:
        return await _answer_again(deps, parcel)


async def _ship(deps: Deps, tx: Transaction, parcel: Parcel) -> Outcome:
    # Also where the owner has no row: shipments of the same id are then told by the statement itself.
    await reservations.lock(tx, parcel.owner_id)
    try:
        return await shipments.ship(tx, parcel, deps.clock.now())
    except Special:
        return await _ship_apart(deps, tx, parcel)


async def _ship_apart(deps: Deps, tx: Transaction, parcel: Parcel) -> Outcome:
    """Lots, first expired first, none that has expired; bundles in the parts that they were reserved in; nothing
    of what is not released yet."""
    now = deps.clock.now()
    bound = (await holdings.load(tx, parcel.owner_id)).bundles
    away = taken_apart(parcel.wanted, {sku: bundle.parts for sku, bundle in bound.items()})
    special = await policies.lock(tx, away.pieces)
    unreleased = {sku: special[sku].unreleased(now) for sku in away.pieces if sku in special}
    if any(unreleased.values()):
        return NotReleased([Unreleased(sku, at) for sku, at in sorted(unreleased.items()) if at is not None])
    await sellable(deps, tx, away.pieces, special, now)
    held = await holdings.load(tx, parcel.owner_id)
    there, inside = Counter[str](), held.bound()
    for share in held.shares:
        there[share.sku] += share.quantity
    short = []
    for sku, quantity in parcel.wanted.items():
        bundle = held.bundles.get(sku)
        most = bundle.open if bundle is not None else there[sku] - inside[sku]
        if quantity > most:
            short.append(StockLine(sku, most))
    left, shares = dict(away.pieces), []
    for share in reversed(held.shares):
        quantity = min(left.get(share.sku, 0), share.quantity)
        if quantity:
            left[share.sku] -= quantity
            shares.append(replace(share, quantity=quantity))
    short += [StockLine(sku, there[sku]) for sku, missing in left.items() if missing and not short]
    if short:
        return NotReserved(short)
    await shipments.ship_shares(tx, parcel, shares, now)
    for sku in away.parts:
        await bundles.draw(tx, parcel.owner_id, sku, shipped=parcel.wanted[sku])
    gone: Counter[tuple[str, str]] = Counter()
    for share in shares:
        gone[share.sku, share.warehouse] += share.quantity
    return Shipped([Allocation(*place, quantity) for place, quantity in sorted(gone.items())])


async def _answer_again(deps: Deps, parcel: Parcel) -> Shipped:
    before = await shipments.shipped_before(deps.db, parcel.shipment_id)
    assert before is not None, "shipments are never deleted"
    owner_id, shipped = before
    if owner_id != parcel.owner_id:
        raise Conflict(
            "shipment_of_another",
            "this shipment_id was used for another owner: use a new one for each shipment",
            field="shipment_id",
        )
    return shipped
