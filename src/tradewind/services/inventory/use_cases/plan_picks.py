"""What is to be picked for one order or for many at once, along one path through the warehouse."""

from __future__ import annotations

from collections import defaultdict

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import PICK_LISTS
from tradewind.services.inventory.queries import picking as queries
from tradewind.services.inventory.shapes.picking import MOST_OWNERS, MOST_PICK_LINES, PickList, PickPlan
from tradewind.services.inventory.store import documents, picking
from tradewind.services.inventory.store.picking import Need, Planned, Spot


async def plan_picks(deps: Deps, command: PickPlan, actor: str, once: Once) -> PickList:
    """Of what orders hold here and no other list has. Raises Invalid(one_choice, warehouse_unknown),
    Conflict(nothing_to_pick)."""
    if (command.owner_ids is None) == (command.oldest is None):
        raise Invalid("one_choice", "name the orders, or how many of the oldest", field="owner_ids")
    async with deps.db.begin() as tx:
        if not await picking.lock_warehouse(tx, command.warehouse):
            message = f"there is no warehouse {command.warehouse}"
            raise Invalid("warehouse_unknown", message, field="warehouse")
        most = command.oldest or MOST_OWNERS
        needs = await picking.needs(tx, command.warehouse, command.owner_ids, most)
        if not needs:
            raise Conflict("nothing_to_pick", "nothing of this is to be picked here", field="owner_ids")
        spots = await picking.spots(tx, command.warehouse, sorted({need.sku for need in needs}))
        planned = _spread(needs, spots)[:MOST_PICK_LINES]
        now, pick_list_id = deps.clock.now(), deps.clock.new_id()
        number = await documents.next_number(tx, PICK_LISTS)
        await picking.insert(tx, pick_list_id, number, command.warehouse, planned, actor, now)
        await documents.begin(tx, pick_list_id, "open", actor, now)
        return await once.answer(tx, await queries.pick_list(tx, pick_list_id))


def _spread(needs: list[Need], spots: list[Spot]) -> list[Planned]:
    """Each need out of the first bins that have some; the rest out of none."""
    free: dict[str, list[list[str | int]]] = defaultdict(list)
    for spot in spots:
        free[spot.sku].append([spot.bin, spot.free])
    planned = []
    for need in needs:
        left = need.quantity
        for entry in free[need.sku]:
            bin, there = str(entry[0]), int(entry[1])
            taken = min(left, there)
            if taken:
                entry[1] = there - taken
                left -= taken
                planned.append(Planned(need.owner_id, need.sku, bin, taken))
        if left:
            planned.append(Planned(need.owner_id, need.sku, None, left))
    return planned
