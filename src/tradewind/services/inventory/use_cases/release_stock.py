"""Give back what an owner still holds, for good."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from uuid import UUID

from tradewind.contracts.inventory import Allocation, ReservationReleased, StockChanged
from tradewind.ports.database import Transaction
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import SERVICE_ACTOR
from tradewind.services.inventory.moving import settle
from tradewind.services.inventory.store import (
    backorders,
    bundles,
    holding,
    holdings,
    policies,
    reservations,
    stock,
)


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
    await deps.outbox.append(tx, *(ReservationReleased(owner_id, outcome) for owner_id in owner_ids))
    if special := await policies.lock_of_owners(tx, owner_ids):
        returned = await _give_back_apart(tx, owner_ids, outcome, actor, now)
    else:
        returned = await reservations.give_back(tx, owner_ids, outcome, actor, now)
    await reservations.close(tx, owner_ids, outcome, now)
    if special:
        await settle(deps, tx, special, now)
    back = await stock.come_from_zero(tx, [one for one in returned if one.sku not in special])
    await deps.outbox.append(tx, *(StockChanged(line.sku, line.available) for line in back))


async def _give_back_apart(
    tx: Transaction, owner_ids: list[UUID], outcome: str, actor: str, now: datetime
) -> list[Allocation]:
    """Where SKUs have lots, parts or others who wait: owner by owner, lot by lot."""
    await holding.lock_shelves(tx, await holdings.skus_of(tx, owner_ids))
    await backorders.cancel_all(tx, owner_ids)
    await bundles.release_all(tx, owner_ids)
    returned: Counter[tuple[str, str]] = Counter()
    for owner_id in owner_ids:
        held = await holdings.load(tx, owner_id)
        await holding.let_go(tx, owner_id, held.shares, outcome, actor, now)
        returned.update({(one.sku, one.warehouse): one.quantity for one in held.allocations()})
    return [Allocation(*place, quantity) for place, quantity in sorted(returned.items())]
