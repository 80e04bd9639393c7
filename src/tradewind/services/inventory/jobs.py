"""What the inventory service does on a clock."""

from __future__ import annotations

from typing import Final

from tradewind.kernel.service import Job
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.store import reservations
from tradewind.services.inventory.use_cases.release_stock import give_back_in

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


JOBS = (Job(release_expired, every_seconds=15),)
