"""What is to be counted, chosen by hand, by zone, or by how fast it sells."""

from __future__ import annotations

from datetime import datetime

from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import Connection
from tradewind.services.inventory import queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import CYCLE_COUNTS
from tradewind.services.inventory.queries import counts as count_queries
from tradewind.services.inventory.shapes.counts import CountPlan, CycleCount
from tradewind.services.inventory.store import counts, documents
from tradewind.services.inventory.store.counts import Chosen

SHOWN_SKUS = 5


async def plan_count(deps: Deps, command: CountPlan, actor: str, once: Once) -> CycleCount:
    """Raises Invalid(one_choice, warehouse_unknown), Conflict(nothing_to_count, only_lots_there)."""
    if [command.skus, command.zone, command.abc].count(None) != 2:
        raise Invalid("one_choice", "say what to count by one of skus, zone, abc", field="skus")
    async with deps.db.begin() as tx:
        try:
            await queries.warehouse(tx, command.warehouse)
        except NotFound as missing:
            raise Invalid("warehouse_unknown", missing.message, field="warehouse") from missing
        now, count_id = deps.clock.now(), deps.clock.new_id()
        chosen = await _chosen(tx, command, now)
        number = await documents.next_number(tx, CYCLE_COUNTS)
        await counts.insert(tx, count_id, number, command, chosen, actor, now)
        await documents.begin(tx, count_id, "planned", actor, now)
        return await once.answer(tx, await count_queries.cycle_count(tx, count_id))


async def _chosen(connection: Connection, plan: CountPlan, now: datetime) -> Chosen:
    """Raises Conflict(nothing_to_count, only_lots_there)."""
    left_out, field, lying = 0, "skus", dict[str, bool]()
    if plan.zone is not None:
        lying = await count_queries.skus_of_zone(connection, plan.warehouse, plan.zone)
        skus, words, field = (
            [sku for sku, tracked in lying.items() if not tracked],
            f"zone {plan.zone}",
            "zone",
        )
        left_out = len(lying) - len(skus)
    elif plan.abc is not None:
        skus = await count_queries.skus_of_class(connection, plan.warehouse, plan.abc, now)
        words, field = f"class {plan.abc}", "abc"
    else:
        skus = sorted(set(plan.skus or ()))
        words = f"{len(skus)} SKUs"
    if left_out and not skus:
        raise _only_lots(words, sorted(lying))
    if not skus:
        raise Conflict("nothing_to_count", f"nothing lies there: {words}", field=field)
    lines = await count_queries.lines_of(connection, plan.warehouse, plan.zone, skus)
    return Chosen(words, lines, len(skus) - len({sku for sku, _ in lines}), left_out)


def _only_lots(words: str, skus: list[str]) -> Conflict:
    some = ", ".join(skus[:SHOWN_SKUS]) + (", ..." if len(skus) > SHOWN_SKUS else "")
    return Conflict(
        "only_lots_there",
        f"all that lies there is kept by lot, which bins do not tell apart: count it by skus, such as {some}: {words}",
        field="zone",
        details={"skus": some},
    )
