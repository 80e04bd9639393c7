"""A count in review is approved, by somebody who did not count."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.arriving import send_off
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.documents import CYCLE_COUNTS
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.queries import counts as queries
from tradewind.services.inventory.shapes.counts import CycleCount
from tradewind.services.inventory.store import counts, documents


async def approve_count(deps: Deps, count_id: UUID, reason: str, actor: str, once: Once) -> CycleCount:
    """Each difference becomes a movement, added to whatever is on hand by now.

    Raises NotFound; Conflict: state_conflict, approver_counted, not_available where more is reserved than would
    be left.
    """
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        was = await documents.lock(tx, CYCLE_COUNTS, count_id)
        await documents.move(tx, CYCLE_COUNTS, count_id, was, "approved", actor, now, reason)
        if await counts.has_counted(tx, count_id, actor):
            raise Conflict("approver_counted", "who counted does not approve: ask somebody else")
        header = await counts.header(tx, count_id)
        changes = [
            Move(line.sku, header.warehouse, on_hand=line.difference)
            for line in (await counts.lines(tx, count_id)).values()
            if line.difference
        ]
        cause = Cause("count", reason, actor, header.number)
        await send_off(deps, tx, changes, cause, now, keep_safety=False)
        return await once.answer(tx, await queries.cycle_count(tx, count_id))
