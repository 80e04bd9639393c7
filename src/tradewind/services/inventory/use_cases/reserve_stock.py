"""Where stock gets reserved: on the way of every checkout, in one statement unless the last piece goes."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tradewind.contracts.inventory import (
    OutOfStock,
    ReservationClosed,
    Reserved,
    StockChanged,
    StockLine,
)
from tradewind.ports.database import Transaction
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import SERVICE_ACTOR, Claim, summed
from tradewind.services.inventory.store import reservations, stock
from tradewind.services.inventory.store.reservations import AskedBefore, WouldEmpty


async def reserve_stock(
    deps: Deps, owner_id: UUID, lines: list[StockLine], expires_in_seconds: int | None
) -> Reserved | OutOfStock | ReservationClosed:
    """All or nothing, and once an owner: whatever was answered first is answered again.

    That OutOfStock is remembered too keeps a late repeat from holding stock for an order that gave up.
    """
    expires_at = None
    if expires_in_seconds is not None:
        expires_at = deps.clock.now() + timedelta(seconds=expires_in_seconds)
    claim = Claim(owner_id, summed(lines), expires_at, SERVICE_ACTOR)
    try:
        return await _reserve(deps, claim)
    except AskedBefore:
        return await _answer_again(deps, owner_id)


async def _reserve(deps: Deps, claim: Claim) -> Reserved | OutOfStock:
    try:
        taken = await reservations.reserve(deps.db, claim, deps.clock.now(), may_empty=False)
        return taken.outcome
    except WouldEmpty:
        async with deps.db.begin() as tx:
            return await reserve_in(deps, tx, claim)


async def reserve_in(deps: Deps, tx: Transaction, claim: Claim) -> Reserved | OutOfStock:
    """Reserve in the caller's transaction, and tell of what is sold out with it. Raises AskedBefore."""
    taken = await reservations.reserve(tx, claim, deps.clock.now(), may_empty=True)
    if taken.emptied:
        left = await stock.available(tx, taken.emptied)
        await deps.outbox.append(tx, *(StockChanged(line.sku, line.available) for line in left))
    return taken.outcome


async def _answer_again(deps: Deps, owner_id: UUID) -> Reserved | OutOfStock | ReservationClosed:
    answer = await reservations.first_answer(deps.db, owner_id)
    assert answer is not None, "reservations are never deleted"
    return answer
