"""The parcel of an order is packed, and what was scanned into it is what was picked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from tradewind.contracts.inventory import OrderPacked, StockLine
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import Transaction
from tradewind.services.inventory import shippable
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import PICK_LISTS
from tradewind.services.inventory.domain.picking import as_sold, still_listed
from tradewind.services.inventory.queries import picking as queries
from tradewind.services.inventory.shapes.picking import Packing, PickList
from tradewind.services.inventory.shippable import Leaving
from tradewind.services.inventory.store import documents, picking
from tradewind.services.inventory.store.picking import Line


async def pack_picks(deps: Deps, pick_list_id: UUID, command: Packing, actor: str, once: Once) -> PickList:
    """With the last order packed, the list is packed. Raises NotFound; Invalid(order_not_on_list);
    Conflict: state_conflict, packed_already, packing_mismatch with what was picked; order_held, order_not_paid,
    no_longer_wanted where the order service says by now that it is not to leave."""
    order = (await shippable.ask(deps, [command.owner_id])).get(command.owner_id)
    async with deps.db.begin() as tx:
        was = await documents.lock(tx, PICK_LISTS, pick_list_id)
        if was != "picked":
            raise Conflict("state_conflict", f"it is {was}: pick all of it first", details={"state": was})
        lines = (await picking.lines(tx, pick_list_id)).values()
        own = [line for line in lines if line.owner_id == command.owner_id and line.picked]
        if not own:
            message = "nothing was picked for this order on this list"
            raise Invalid("order_not_on_list", message, field="owner_id")
        if any(line.packed for line in own):
            raise Conflict("packed_already", "this order is packed", field="owner_id")
        picked, packed = Counter[str](), Counter[str]()
        for line in own:
            picked[line.sku] += line.picked
        for scanned in command.lines:
            packed[scanned.sku] += scanned.quantity
        if picked != packed:
            wanted = [{"sku": sku, "quantity": pieces} for sku, pieces in sorted(picked.items())]
            message = "what was scanned is not what was picked: " + ", ".join(
                f"{pieces} of {sku}" for sku, pieces in sorted(picked.items())
            )
            raise Conflict("packing_mismatch", message, field="lines", details={"picked": wanted})
        if order is not None:
            _check_leaving(order, own)
            await _tell(deps, tx, pick_list_id, command.owner_id, order, picked, actor)
        await picking.mark_packed(tx, pick_list_id, command.owner_id)
        now = deps.clock.now()
        if all(line.packed or not line.picked or line.owner_id == command.owner_id for line in lines):
            await documents.move(tx, PICK_LISTS, pick_list_id, was, "packed", actor, now)
        else:
            words = f"packed for {command.owner_id}"
            await documents.note(tx, PICK_LISTS, pick_list_id, words, actor, now)
        return await once.answer(tx, await queries.pick_list(tx, pick_list_id))


async def _tell(
    deps: Deps,
    tx: Transaction,
    pick_list_id: UUID,
    order_id: UUID,
    order: Leaving,
    picked: Counter[str],
    actor: str,
) -> None:
    """Nothing, where parcels that the order made since it was listed have all of it."""
    listed = await picking.listings(tx, [order_id])
    ours = Counter(
        {
            sku: min(pieces, still_listed(listed[order_id, sku], order.parcelled[sku]))
            for sku, pieces in picked.items()
        }
    )
    sold, loose = (_lines(some) for some in as_sold(ours, order.as_sold, order.parts))
    if sold or loose:
        number, warehouse = await picking.warehouse_of(tx, pick_list_id)
        packed = OrderPacked(order_id, pick_list_id, number, warehouse, sold, loose, packed_by=actor)
        await deps.outbox.append(tx, packed)


def _lines(pieces: Mapping[str, int]) -> list[StockLine]:
    return [StockLine(sku, quantity) for sku, quantity in pieces.items()]


def _check_leaving(order: Leaving, own: list[Line]) -> None:
    """Parcels that the order made since the list was made may be of the same pieces."""
    if order.stopped == "held":
        raise Conflict("order_held", "this order is held: put it aside until it goes on", field="owner_id")
    if order.stopped == "unpaid":
        raise Conflict("order_not_paid", "this order is not paid: nothing of it leaves", field="owner_id")
    picked, before = Counter[str](), {line.sku: line.parcelled for line in own}
    for line in own:
        picked[line.sku] += line.picked
    for sku, pieces in sorted(picked.items()):
        wanted = order.open[sku] + max(0, order.parcelled[sku] - before[sku])
        if pieces > wanted:
            message = f"the order wants {wanted} of {sku} by now, and {pieces} were picked: cancel the list"
            raise Conflict("no_longer_wanted", message, field="lines", details={"sku": sku, "wanted": wanted})
