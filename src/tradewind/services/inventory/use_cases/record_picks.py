"""A picker took pieces out of their bins, or found fewer."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import Transaction
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import PICK_LISTS
from tradewind.services.inventory.queries import picking as queries
from tradewind.services.inventory.shapes.picking import PickList, Picks
from tradewind.services.inventory.store import bins, documents, picking
from tradewind.services.inventory.store.bins import Shift
from tradewind.services.inventory.store.picking import Line


async def record_picks(deps: Deps, pick_list_id: UUID, command: Picks, actor: str, once: Once) -> PickList:
    """Each line once; with the last one the list is picked. Raises NotFound; Invalid: line_unknown, line_repeated,
    too_many_picked; Conflict: state_conflict, picked_already, no_longer_wanted, not_in_bin."""
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        was = await documents.lock(tx, PICK_LISTS, pick_list_id)
        if was not in ("open", "picking"):
            raise Conflict("state_conflict", f"it is {was}: nothing of it is picked", details={"state": was})
        lines = await picking.lines(tx, pick_list_id)
        taken = _matched(lines, command)
        number, warehouse = await picking.warehouse_of(tx, pick_list_id)
        await _check_wanted(tx, warehouse, lines, taken)
        for sku in sorted({lines[position].sku for position in taken}):
            await bins.lock_unplaced(tx, warehouse, sku)
        shifts = [
            Shift(line.sku, line.bin, -taken[line.position])
            for line in lines.values()
            if taken.get(line.position) and line.bin is not None
        ]
        if shifts and not await bins.shift(tx, warehouse, shifts, "pick", actor, number, now):
            raise Conflict("not_in_bin", "a bin holds fewer: say how many were there", field="lines")
        await picking.record(tx, pick_list_id, list(taken), list(taken.values()))
        left = [line for line in lines.values() if not line.done and line.position not in taken]
        if not left:
            await documents.move(tx, PICK_LISTS, pick_list_id, was, "picked", actor, now)
        elif was == "open":
            await documents.move(tx, PICK_LISTS, pick_list_id, was, "picking", actor, now)
        return await once.answer(tx, await queries.pick_list(tx, pick_list_id))


def _matched(lines: dict[int, Line], command: Picks) -> dict[int, int]:
    taken: dict[int, int] = {}
    for index, one in enumerate(command.lines):
        field = f"lines[{index}]"
        line = lines.get(one.position)
        if line is None:
            raise Invalid("line_unknown", f"there is no line {one.position}", field=f"{field}.position")
        if one.position in taken:
            raise Invalid("line_repeated", f"name line {one.position} once", field=f"{field}.position")
        if line.done:
            raise Conflict("picked_already", f"line {one.position} was picked", field=f"{field}.position")
        if one.picked > line.quantity:
            message = f"line {one.position} is of {line.quantity}"
            raise Invalid("too_many_picked", message, field=f"{field}.picked")
        taken[one.position] = one.picked
    return taken


async def _check_wanted(
    tx: Transaction, warehouse: str, lines: dict[int, Line], taken: dict[int, int]
) -> None:
    """An order may have been cancelled, or its pieces shipped, since the list was made."""
    owners = sorted({lines[position].owner_id for position in taken})
    wanted = await picking.still_wanted(tx, warehouse, owners)
    total: dict[tuple[UUID, str], int] = {}
    for position, pieces in taken.items():
        key = (lines[position].owner_id, lines[position].sku)
        total[key] = total.get(key, 0) + pieces
        if total[key] > wanted.get(key, 0):
            message = (
                f"order {key[0]} holds {wanted.get(key, 0)} of {key[1]} by now: leave the rest, as short"
            )
            details = {"position": position, "wanted": wanted.get(key, 0)}
            raise Conflict("no_longer_wanted", message, field="lines", details=details)
