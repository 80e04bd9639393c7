"""Give back what an owner still holds, for good."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.inventory import ReservationReleased, StockChanged
from tradewind.ports.database import Transaction
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import SERVICE_ACTOR
from tradewind.services.inventory.store import reservations, stock


async def release_stock(deps: Deps, owner_id: UUID) -> None:
    """Final, also for an owner that has not reserved yet: its late call must not hold stock. Safe to repeat."""
    async with deps.db.begin() as tx:
        await release_in(deps, tx, owner_id, SERVICE_ACTOR)


async def release_in(deps: Deps, tx: Transaction, owner_id: UUID, actor: str) -> None:
    """Release in the caller's transaction."""
    known = await reservations.lock(tx, owner_id)
    if known is None:
        if await reservations.close_unknown(tx, owner_id, deps.clock.now()):
            return
        known = await reservations.lock(tx, owner_id)  # it reserved between the two statements
        assert known is not None, "reservations are never deleted"
    if known.state == "held":
        await give_back_in(deps, tx, [owner_id], "released", actor)
    elif known.outcome not in ("released", "expired"):
        await reservations.close(tx, [owner_id], "released", deps.clock.now())


async def give_back_in(deps: Deps, tx: Transaction, owner_ids: list[UUID], outcome: str, actor: str) -> None:
    """End held reservations whose rows the caller has locked. `outcome` is released or expired."""
    now = deps.clock.now()
    returned = await reservations.give_back(tx, owner_ids, outcome, actor, now)
    await reservations.close(tx, owner_ids, outcome, now)
    back = await stock.come_from_zero(tx, returned)
    await deps.outbox.append(
        tx,
        *(ReservationReleased(owner_id, outcome) for owner_id in owner_ids),
        *(StockChanged(line.sku, line.available) for line in back),
    )
