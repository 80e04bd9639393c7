"""A pick list is given up; what was picked already is to be put away again."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import PICK_LISTS
from tradewind.services.inventory.queries import picking as queries
from tradewind.services.inventory.shapes.picking import PickList
from tradewind.services.inventory.store import bins, documents, picking


async def cancel_picks(deps: Deps, pick_list_id: UUID, reason: str, actor: str, once: Once) -> PickList:
    """Raises NotFound, Conflict(state_conflict)."""
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        was = await documents.lock(tx, PICK_LISTS, pick_list_id)
        await documents.move(tx, PICK_LISTS, pick_list_id, was, "cancelled", actor, now, reason)
        number, warehouse = await picking.warehouse_of(tx, pick_list_id)
        back = [
            (deps.clock.new_id(), warehouse, line.sku, line.picked)
            for line in (await picking.lines(tx, pick_list_id)).values()
            if line.picked and line.bin is not None and not line.packed
        ]
        if back:
            await bins.add_tasks(tx, back, number, now)
        return await once.answer(tx, await queries.pick_list(tx, pick_list_id))
