"""A count is given up: nothing is adjusted."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import CYCLE_COUNTS
from tradewind.services.inventory.queries import counts as queries
from tradewind.services.inventory.shapes.counts import CycleCount
from tradewind.services.inventory.store import documents


async def cancel_count(deps: Deps, count_id: UUID, reason: str, actor: str, once: Once) -> CycleCount:
    """Raises NotFound, Conflict(state_conflict)."""
    async with deps.db.begin() as tx:
        was = await documents.lock(tx, CYCLE_COUNTS, count_id)
        await documents.move(tx, CYCLE_COUNTS, count_id, was, "cancelled", actor, deps.clock.now(), reason)
        return await once.answer(tx, await queries.cycle_count(tx, count_id))
