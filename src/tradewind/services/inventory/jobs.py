"""What the inventory service does on a clock."""

from __future__ import annotations

from typing import Final

from tradewind.kernel.service import Job
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.moving import settle
from tradewind.services.inventory.store import balances, lots, policies, reservations
from tradewind.services.inventory.use_cases.check_low_stock import check_low_stock
from tradewind.services.inventory.use_cases.release_stock import give_back_in
from tradewind.services.inventory.waiting import sellable

ACTOR: Final = "job:release_expired"


async def release_expired(deps: Deps) -> str | None:
    """Give back what is held by reservations whose time is over, a batch a transaction, until none is left."""
    released = 0
    while True:
        async with deps.db.begin() as tx:
            owner_ids = await reservations.lock_expired(tx, deps.clock.now(), deps.settings.expiry_batch)
            if not owner_ids:
                return f"{released} released" if released else None
            await give_back_in(deps, tx, owner_ids, "expired", ACTOR)
        released += len(owner_ids)


async def expire_lots(deps: Deps) -> str | None:
    """Take what has expired out of sale, some SKUs a transaction; whoever holds pieces of it gets others."""
    done = 0
    while True:
        async with deps.db.begin() as tx:
            now = deps.clock.now()
            skus = await lots.expired_skus(tx, now.date(), deps.settings.expiry_batch)
            if not skus:
                return f"{done} SKUs" if done else None
            special = await policies.lock(tx, skus)
            await sellable(deps, tx, skus, special, now)
            await settle(deps, tx, skus, now)
        done += len(skus)


async def keep_balances(deps: Deps) -> str | None:
    """Hour by hour, what the ledger sums to: questions of the past start from there."""
    hours = 0
    while True:
        async with deps.db.begin() as tx:
            if await balances.keep_next(tx, deps.clock.now()) is None:
                return f"{hours} hours" if hours else None
        hours += 1


JOBS = (
    Job(release_expired, every_seconds=15),
    Job(expire_lots, every_seconds=60),
    Job(keep_balances, every_seconds=600),
    Job(check_low_stock, every_seconds=60),
)
