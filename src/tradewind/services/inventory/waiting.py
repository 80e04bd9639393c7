"""Whoever waits is served first: in the transaction that makes stock available, in order of age.

Expired lots are taken out of sale by the same functions: before anything is promised, what has expired is not
there any more. Both need the SKUs' policies locked by the caller; stock they lock themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tradewind.contracts.inventory import BackorderAllocated, StockChanged
from tradewind.ports.database import Transaction
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.allocation import Share, Shelf, plan
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.store import backorders, holding, lots, policies, states, stock
from tradewind.services.inventory.store.backorders import Promised
from tradewind.services.inventory.store.policies import Policy

ACTOR = "service:inventory"


async def serve_waiting(deps: Deps, tx: Transaction, skus: Collection[str], now: datetime) -> set[str]:
    """Give what is free of these SKUs to those who wait. Answers the SKUs of which somebody was served: before
    that, nothing of them was available."""
    queue = await backorders.queue(tx, skus)
    if not queue:
        return set()
    awaited = sorted({one.sku for one in queue})
    known = await policies.load(tx, awaited)
    by_sku: dict[str, list[Shelf]] = defaultdict(list)
    for shelf in await sellable(deps, tx, awaited, known, now):
        by_sku[shelf.sku].append(shelf)
    free = await lots.free(tx, tracked_of(known), now.date())
    served = set()
    for one in await backorders.queue(tx, skus):
        reach = [shelf for shelf in by_sku[one.sku] if one.pickup in (None, shelf.warehouse)]
        shares = plan({one.sku: one.quantity}, reach, deps.settings.allocation_rule).shares
        if not shares:
            continue
        taken = {share.warehouse: share.quantity for share in shares}
        by_sku[one.sku] = [replace(s, free=s.free - taken.get(s.warehouse, 0)) for s in by_sku[one.sku]]
        quantity = sum(taken.values())
        await holding.take(tx, one.owner_id, free.pick(shares), "backorder", ACTOR, now)
        await backorders.allocate(tx, one.number, quantity)
        await deps.outbox.append(tx, BackorderAllocated(one.owner_id, one.sku, quantity))
        served.add(one.sku)
    return served


async def sellable(
    deps: Deps, tx: Transaction, skus: Collection[str], special: Mapping[str, Policy], now: datetime
) -> list[Shelf]:
    """What is free of these SKUs in each active warehouse, expired lots left out. Locks their stock."""
    shelves = await holding.lock_shelves(tx, skus)
    expired = await lots.expired(tx, tracked_of(special), now.date())
    if not expired:
        return shelves
    await take_out_expired(deps, tx, expired, now)
    over = sorted({one.sku for one in expired})
    await serve_waiting(deps, tx, over, now)
    left = await stock.available(tx, over)
    await deps.outbox.append(tx, *(StockChanged(one.sku, one.available) for one in left))
    return await holding.lock_shelves(tx, skus)


def tracked_of(special: Mapping[str, Policy]) -> list[str]:
    return [sku for sku, policy in special.items() if policy.tracking != "none"]


async def take_out_expired(
    deps: Deps, tx: Transaction, expired: Sequence[lots.Expired], now: datetime
) -> None:
    """What is free of these lots goes to quality control. What is reserved of them is given from other lots
    of the same warehouse, or else waits for new stock, which it is first to get when it is the oldest."""
    free = await lots.free(tx, {one.sku for one in expired}, now.date())
    for one in expired:
        for owner_id, quantity in await lots.holders(tx, one):
            gone = [Share(one.sku, one.warehouse, quantity, one.lot)]
            await holding.let_go(tx, owner_id, gone, "expired", ACTOR, now)
            instead = free.pick_some(one.sku, one.warehouse, quantity)
            await holding.take(tx, owner_id, instead, "expired", ACTOR, now)
            missing = quantity - sum(share.quantity for share in instead)
            if missing:
                pickup = await backorders.pickup_of(tx, owner_id)
                await backorders.add(
                    tx, owner_id, [Promised(one.sku, missing, "backorder", None, pickup)], now
                )
    cause = Cause("expire", "expired", ACTOR, "")
    moves = [
        Move(one.sku, one.warehouse, on_hand=-one.on_hand, quality_control=one.on_hand, lot=one.lot)
        for one in expired
    ]
    short = await states.move(tx, moves, cause, now)
    assert not short, "read under the lock"
