"""Pieces that came in are put into a bin."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.placing import place
from tradewind.services.inventory.queries import bins as queries
from tradewind.services.inventory.shapes.bins import BinMove, Placement, PutAwayTask
from tradewind.services.inventory.store import bins


async def put_away(deps: Deps, task_id: UUID, command: Placement, actor: str, once: Once) -> PutAwayTask:
    """All of the task or a part of it. Raises NotFound; Invalid(bin_unknown); Conflict: task_not_open,
    more_than_task, not_unplaced, bin_inactive, bin_full."""
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        task = await bins.lock_task(tx, task_id)
        if task is None:
            raise NotFound("task_not_found", "there is no such task")
        if task.state != "open":
            raise Conflict("task_not_open", f"it is {task.state}")
        left = task.quantity - task.placed
        if command.quantity > left:
            message = f"{left} pieces of this task are left"
            raise Conflict("more_than_task", message, field="quantity", details={"left": left})
        move = BinMove(
            task.warehouse, task.sku, command.quantity, to_bin=command.bin, reference=task.reference
        )
        await place(tx, move, "place", actor, now)
        await bins.place_of_task(tx, task_id, command.quantity, now)
        return await once.answer(tx, await queries.task(tx, task_id))
