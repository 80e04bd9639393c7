"""What is to be picked for one order or for many at once, along one path through the warehouse."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import Transaction
from tradewind.services.inventory import shippable
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import PICK_LISTS
from tradewind.services.inventory.queries import picking as queries
from tradewind.services.inventory.shapes.picking import MOST_OWNERS, MOST_PICK_LINES, PickList, PickPlan
from tradewind.services.inventory.shippable import ASKED_AT_ONCE, Leaving
from tradewind.services.inventory.store import documents, picking
from tradewind.services.inventory.store.picking import Need, Planned, Spot

TRIES: Final = 20
_WHY: Final = {"held": "held by staff", "unpaid": "not paid", "ended": "at its end"}


async def plan_picks(deps: Deps, command: PickPlan, actor: str, once: Once) -> PickList:
    """Of what orders hold here, may leave, is released, and no other list has. Raises Invalid(one_choice,
    warehouse_unknown), Conflict(nothing_to_pick), Conflict(picking_busy) where others list the same orders all the
    time."""
    if (command.owner_ids is None) == (command.oldest is None):
        raise Invalid("one_choice", "name the orders, or how many of the oldest", field="owner_ids")
    for _ in range(TRIES):
        owner_ids, leaving = await _chosen(deps, command)
        async with deps.db.begin() as tx:
            if not await picking.lock_warehouse(tx, command.warehouse):
                message = f"there is no warehouse {command.warehouse}"
                raise Invalid("warehouse_unknown", message, field="warehouse")
            if not owner_ids:
                raise await _nothing(tx, command, leaving, deps.clock.now())
            held = await picking.needs(tx, command.warehouse, owner_ids, MOST_OWNERS, deps.clock.now())
            needs = await shippable.to_list(tx, held, leaving)
            if needs:
                pick_list_id = await _write(deps, tx, command.warehouse, needs, leaving, actor)
                return await once.answer(tx, await queries.pick_list(tx, pick_list_id))
    raise Conflict("picking_busy", "others are listing the same orders just now: try again")


async def _chosen(deps: Deps, command: PickPlan) -> tuple[list[UUID], dict[UUID, Leaving]]:
    """For whom there is something to list, and what was asked of orders on the way there."""
    chosen: list[UUID] = []
    leaving: dict[UUID, Leaving] = {}
    most, after = command.oldest or MOST_OWNERS, None
    while len(chosen) < most:
        held = await picking.needs(
            deps.db, command.warehouse, command.owner_ids, ASKED_AT_ONCE, deps.clock.now(), after
        )
        asked = command.owner_ids or list(dict.fromkeys(need.owner_id for need in held))
        leaving |= await shippable.ask(deps, asked) if asked else {}
        chosen += dict.fromkeys(need.owner_id for need in await shippable.to_list(deps.db, held, leaving))
        if not held or command.owner_ids is not None:
            break
        after = held[-1]
    return chosen[:most], leaving


async def _nothing(
    tx: Transaction, command: PickPlan, leaving: dict[UUID, Leaving], now: datetime
) -> Conflict:
    """Of orders that were named, it says which are stopped, and what they wait for the release of."""
    message = "nothing of this is to be picked here"
    if command.owner_ids is None:
        return Conflict("nothing_to_pick", message, field="oldest")
    stopped = {str(order_id): one.stopped for order_id, one in leaving.items() if one.stopped}
    unreleased = await picking.unreleased(tx, command.owner_ids, now)
    why = [f"{order_id} is {_WHY[why]}" for order_id, why in sorted(stopped.items())]
    why += [f"{sku} is not released before {at.isoformat()}" for sku, at in unreleased]
    details: dict[str, dict[str, str]] = {}
    if stopped:
        details["stopped"] = stopped
    if unreleased:
        details["not_released"] = {sku: at.isoformat() for sku, at in unreleased}
    if why:
        message += ": " + ", ".join(why)
    return Conflict("nothing_to_pick", message, field="owner_ids", details=details or None)


async def _write(
    deps: Deps,
    tx: Transaction,
    warehouse: str,
    needs: list[Need],
    leaving: dict[UUID, Leaving],
    actor: str,
) -> UUID:
    spots = await picking.spots(tx, warehouse, sorted({need.sku for need in needs}))
    planned = [
        replace(one, parcelled=leaving[one.owner_id].parcelled[one.sku]) if one.owner_id in leaving else one
        for one in _spread(needs, spots)[:MOST_PICK_LINES]
    ]
    now, pick_list_id = deps.clock.now(), deps.clock.new_id()
    number = await documents.next_number(tx, PICK_LISTS)
    await picking.insert(tx, pick_list_id, number, warehouse, planned, actor, now)
    await documents.begin(tx, pick_list_id, "open", actor, now)
    return pick_list_id


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
