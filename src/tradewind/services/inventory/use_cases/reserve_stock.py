"""Where stock gets reserved: on the way of every checkout, in one statement unless the last piece goes.

SKUs with a policy, collection at a warehouse and rules that compare warehouses take another way: their rows
are locked, a plan is made of what is free, and then written.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tradewind.contracts.inventory import (
    Allocation,
    Backordered,
    Destination,
    OutOfStock,
    ReservationClosed,
    Reserved,
    StockChanged,
    StockLine,
)
from tradewind.kernel.errors import Invalid
from tradewind.ports.database import Transaction, UniqueViolation
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import SERVICE_ACTOR, Claim, summed
from tradewind.services.inventory.moving import tell_changed
from tradewind.services.inventory.promising import Ask, Promise, Terms, by_lot, promise, taken_apart
from tradewind.services.inventory.store import (
    backorders,
    bundles,
    holding,
    policies,
    reservations,
    stock,
    warehouses,
)
from tradewind.services.inventory.store.policies import Policy
from tradewind.services.inventory.store.reservations import AskedBefore, Special, WouldEmpty
from tradewind.services.inventory.waiting import sellable


async def reserve_stock(
    deps: Deps,
    owner_id: UUID,
    lines: list[StockLine],
    expires_in_seconds: int | None,
    destination: Destination | None = None,
    pickup: str | None = None,
) -> Reserved | OutOfStock | ReservationClosed:
    """All or nothing, and once an owner: whatever was answered first is answered again.

    That OutOfStock is remembered too keeps a late repeat from holding stock for an order that gave up.
    Raises Invalid(pickup_unknown).
    """
    expires_at = None
    if expires_in_seconds is not None:
        expires_at = deps.clock.now() + timedelta(seconds=expires_in_seconds)
    claim = Claim(owner_id, summed(lines), expires_at, SERVICE_ACTOR, destination, pickup)
    try:
        return await _reserve(deps, claim)
    except AskedBefore:
        return await _answer_again(deps, owner_id)


async def _reserve(deps: Deps, claim: Claim) -> Reserved | OutOfStock:
    if _plain(deps, claim) and (outcome := await _in_one_statement(deps, claim)) is not None:
        return outcome
    async with deps.db.begin() as tx:
        return await reserve_in(deps, tx, claim)


async def _in_one_statement(deps: Deps, claim: Claim) -> Reserved | OutOfStock | None:
    """None where nothing was done, for more is to be written than one statement does."""
    try:
        taken = await reservations.reserve(deps.db, claim, deps.clock.now(), may_empty=False)
    except (WouldEmpty, Special):
        return None
    return taken.outcome


def _plain(deps: Deps, claim: Claim) -> bool:
    """Whether the one statement can do it: by priority, from wherever it lies."""
    settings = deps.settings
    return claim.pickup is None and settings.allocation_rule == "priority" and settings.split_shipments


async def reserve_in(deps: Deps, tx: Transaction, claim: Claim) -> Reserved | OutOfStock:
    """Reserve in the caller's transaction, and tell of what is sold out with it. Raises AskedBefore."""
    if not _plain(deps, claim):
        return await _reserve_by_plan(deps, tx, claim)
    try:
        taken = await reservations.reserve(tx, claim, deps.clock.now(), may_empty=True)
    except Special:
        return await _reserve_by_plan(deps, tx, claim)
    if taken.emptied:
        left = await stock.available(tx, taken.emptied)
        await deps.outbox.append(tx, *(StockChanged(line.sku, line.available) for line in left))
    return taken.outcome


async def _reserve_by_plan(deps: Deps, tx: Transaction, claim: Claim) -> Reserved | OutOfStock:
    now = deps.clock.now()
    if await reservations.first_answer(tx, claim.owner_id) is not None:
        raise AskedBefore
    if claim.pickup is not None and not await warehouses.hands_over(tx, claim.pickup):
        raise Invalid(
            "pickup_unknown", "customers collect at none of our warehouses of this code", field="pickup"
        )
    special = await policies.lock(tx, claim.wanted)
    ask = taken_apart(claim.wanted, {sku: policy.parts for sku, policy in special.items()})
    await stock.add_everywhere(tx, [sku for sku in ask.pieces if sku in special], now)
    shelves = await sellable(deps, tx, ask.pieces, special, now)
    terms = Terms(
        deps.settings.allocation_rule, deps.settings.split_shipments, claim.destination, claim.pickup
    )
    found = await promise(tx, ask, shelves, special, terms, now)
    try:
        if found.short:
            await reservations.add_short(tx, claim.owner_id, found.short, now)
            return OutOfStock(found.short)
        await reservations.add(tx, claim.owner_id, claim.expires_at, claim.pickup, now)
    except UniqueViolation as violation:  # another call for this owner was quicker
        if violation.constraint != "reservations_pkey":
            raise
        raise AskedBefore from violation
    await _write(tx, claim, ask, found, special, now)
    free = {sku: sum(max(shelf.free, 0) for shelf in shelves if shelf.sku == sku) for sku in ask.pieces}
    taken = {sku: sum(share.quantity for share in found.shares if share.sku == sku) for sku in ask.pieces}
    await _tell(deps, tx, [sku for sku in ask.pieces if taken[sku] == free[sku] > 0], ask)
    return Reserved(
        [Allocation(share.sku, share.warehouse, share.quantity) for share in found.shares],
        [Backordered(one.sku, one.quantity, one.promised_at) for one in found.beyond],
    )


async def _write(
    tx: Transaction, claim: Claim, ask: Ask, found: Promise, special: dict[str, Policy], now: datetime
) -> None:
    shares = await by_lot(tx, found.shares, special, now)
    await holding.take(tx, claim.owner_id, shares, "", claim.actor, now)
    await backorders.add(tx, claim.owner_id, found.beyond, now)
    for sku, parts in ask.parts.items():
        await bundles.add(tx, claim.owner_id, sku, claim.wanted[sku], parts)


async def _tell(deps: Deps, tx: Transaction, emptied: list[str], ask: Ask) -> None:
    """Of SKUs that are sold out now; and of bundles that share a part with what was taken."""
    if emptied or ask.parts or await policies.bundles_of(tx, ask.pieces):
        await tell_changed(deps, tx, emptied or list(ask.pieces))


async def _answer_again(deps: Deps, owner_id: UUID) -> Reserved | OutOfStock | ReservationClosed:
    answer = await reservations.first_answer(deps.db, owner_id)
    assert answer is not None, "reservations are never deleted"
    return answer
