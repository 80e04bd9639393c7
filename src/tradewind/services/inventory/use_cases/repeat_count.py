"""Some of what is in review is counted once more."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import CYCLE_COUNTS
from tradewind.services.inventory.queries import counts as queries
from tradewind.services.inventory.shapes.counts import CycleCount
from tradewind.services.inventory.store import counts, documents


async def repeat_count(deps: Deps, count_id: UUID, skus: list[str], actor: str, once: Once) -> CycleCount:
    """With all their lots. Raises NotFound, Conflict(state_conflict), Invalid(sku_not_in_count)."""
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        was = await documents.lock(tx, CYCLE_COUNTS, count_id)
        unknown = set(skus) - {sku for sku, _ in await counts.lines(tx, count_id)}
        if unknown:
            raise Invalid("sku_not_in_count", f"{min(unknown)} is not part of this count", field="skus")
        await documents.move(tx, CYCLE_COUNTS, count_id, was, "counting", actor, now, "count again")
        await counts.reopen(tx, count_id, skus)
        return await once.answer(tx, await queries.cycle_count(tx, count_id))
