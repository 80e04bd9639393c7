"""Whoever waits is served first: in the transaction that makes stock available, in order of age."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from tradewind.contracts.inventory import BackorderAllocated
from tradewind.ports.database import Transaction
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.allocation import Shelf, plan
from tradewind.services.inventory.store import backorders, holding, lots, policies

ACTOR = "service:inventory"


async def serve_waiting(deps: Deps, tx: Transaction, skus: Collection[str], now: datetime) -> set[str]:
    """Give what is free of these SKUs, whose policies and stock this transaction has locked, to those who
    wait. Answers the SKUs of which somebody was served: before that, nothing of them was available."""
    queue = await backorders.queue(tx, skus)
    if not queue:
        return set()
    awaited = {one.sku for one in queue}
    by_sku: dict[str, list[Shelf]] = defaultdict(list)
    for shelf in await holding.lock_shelves(tx, awaited):
        by_sku[shelf.sku].append(shelf)
    known = await policies.load(tx, awaited)
    tracked = [sku for sku in awaited if known[sku].tracking != "none"]
    free = await lots.free(tx, tracked, now.date())
    served = set()
    for one in queue:
        reach = [s for s in by_sku[one.sku] if one.pickup in (None, s.warehouse)]
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
