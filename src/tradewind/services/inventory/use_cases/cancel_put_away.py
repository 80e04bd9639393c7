"""A task of putting away is not needed: its pieces stay in no bin, or were sold meanwhile."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import bins as queries
from tradewind.services.inventory.shapes.bins import PutAwayTask
from tradewind.services.inventory.store import bins


async def cancel_put_away(deps: Deps, task_id: UUID, once: Once) -> PutAwayTask:
    """Raises NotFound, Conflict(task_not_open)."""
    async with deps.db.begin() as tx:
        task = await bins.lock_task(tx, task_id)
        if task is None:
            raise NotFound("task_not_found", "there is no such task")
        if task.state != "open":
            raise Conflict("task_not_open", f"it is {task.state}")
        await bins.cancel_task(tx, task_id, deps.clock.now())
        return await once.answer(tx, await queries.task(tx, task_id))
