"""What is to be counted, chosen by hand, by zone, or by how fast it sells."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import Connection
from tradewind.services.inventory import queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import CYCLE_COUNTS
from tradewind.services.inventory.queries import counts as count_queries
from tradewind.services.inventory.shapes.counts import CountPlan, CycleCount
from tradewind.services.inventory.store import counts, documents


async def plan_count(deps: Deps, command: CountPlan, actor: str, once: Once) -> CycleCount:
    """Raises Invalid(one_choice, warehouse_unknown), Conflict(nothing_to_count)."""
    chosen = [name for name in ("skus", "zone", "abc") if getattr(command, name) is not None]
    if len(chosen) != 1:
        raise Invalid("one_choice", "say what to count by one of skus, zone, abc", field="skus")
    async with deps.db.begin() as tx:
        try:
            await queries.warehouse(tx, command.warehouse)
        except NotFound as missing:
            raise Invalid("warehouse_unknown", missing.message, field="warehouse") from missing
        now, count_id = deps.clock.now(), deps.clock.new_id()
        skus, words = await _skus(deps, tx, command)
        if not skus:
            raise Conflict("nothing_to_count", f"nothing lies there: {words}", field=chosen[0])
        number = await documents.next_number(tx, CYCLE_COUNTS)
        await counts.insert(tx, count_id, number, command, words, skus, actor, now)
        await documents.begin(tx, count_id, "planned", actor, now)
        return await once.answer(tx, await count_queries.cycle_count(tx, count_id))


async def _skus(deps: Deps, connection: Connection, plan: CountPlan) -> tuple[list[str], str]:
    if plan.zone is not None:
        return await count_queries.skus_of_zone(connection, plan.warehouse, plan.zone), f"zone {plan.zone}"
    if plan.abc is not None:
        found = await count_queries.skus_of_class(connection, plan.warehouse, plan.abc, deps.clock.now())
        return found, f"class {plan.abc}"
    skus = sorted(set(plan.skus or ()))
    return skus, f"{len(skus)} SKUs"
