"""What the warehouse packed off a pick list is a parcel of its order, ready to be shipped."""

from __future__ import annotations

from collections import Counter
from uuid import UUID, uuid5

from tradewind.contracts.inventory import OrderPacked
from tradewind.kernel.errors import Conflict
from tradewind.kernel.service import Subscription
from tradewind.ports.database import Transaction
from tradewind.services.order import telling
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import FULFILLABLE, Parcel
from tradewind.services.order.shapes.orders import FulfilLine
from tradewind.services.order.store import fulfilments, orders, pieces
from tradewind.services.order.store.fulfilments import FulfilmentRecord
from tradewind.services.order.store.orders import OrderRecord


async def make_parcel(deps: Deps, tx: Transaction, event: OrderPacked) -> None:
    """Of parcels that were asked for, those that it has whole are packed; what is left is a parcel of its own. What
    may not leave any more stays in the warehouse, and the order's history says so."""
    await fulfilments.lock_order(tx, event.order_id)
    order = await orders.load(tx, event.order_id)
    if order is None:
        return
    if order.amending_id is not None:
        raise Conflict("order_busy", "this order is just being edited: it is tried again")
    packed = Counter({line.sku: line.quantity for line in event.lines})
    parcels = await _asked_for(tx, order, packed)
    rest = [FulfilLine(sku, packed[sku]) for sku in sorted(packed) if packed[sku]]
    if rest:
        parcels += await _another(deps, tx, order, event, rest)
    for parcel in parcels:
        if await fulfilments.pack(tx, parcel, event.packed_by, deps.clock.now()) and order.pickup is not None:
            current = await orders.load(tx, order.order_id)
            assert current is not None, "it is locked"
            await deps.outbox.append(tx, telling.ready_for_collection(deps, current, parcel))


async def _asked_for(tx: Transaction, order: OrderRecord, packed: Counter[str]) -> list[FulfilmentRecord]:
    """The oldest first; what they hold is taken off `packed`."""
    found = []
    for parcel in order.fulfilments:
        held = Counter({line.sku: line.quantity for line in parcel.lines})
        if parcel.state == Parcel.REQUESTED and held <= packed:
            packed -= held
            record = await fulfilments.load(tx, parcel.fulfilment_id)
            assert record is not None, "parcels are never deleted"
            found.append(record)
    return found


async def _another(
    deps: Deps, tx: Transaction, order: OrderRecord, event: OrderPacked, lines: list[FulfilLine]
) -> list[FulfilmentRecord]:
    now = deps.clock.now()
    why = _why_not(order, lines)
    if why is not None:
        shown = f"{event.list_number}: packed {fulfilments.named(lines)}, and {why}: no parcel was made of it"
        await orders.note(tx, order.order_id, shown, event.packed_by, now, kind="packing", event=event)
        return []
    opened = await fulfilments.open_on_order(tx, order.order_id, now)
    shares = await pieces.pack(tx, order.order_id, lines)
    assert opened and shares is not None, "the order is locked, and has that many left to ship"
    wanted = FulfilmentRecord(
        _parcel_id(event),
        order.order_id,
        Parcel.REQUESTED,
        lines,
        sum(shares.values()),
        False,
        "",
        "",
        shares,
    )
    return [await fulfilments.insert(tx, wanted, order.shipping_total_minor, None, now)]


def _why_not(order: OrderRecord, lines: list[FulfilLine]) -> str | None:
    if order.state not in FULFILLABLE:
        return f"the order is {order.state.value}"
    if order.held_at is not None:
        return f"the order is held: {order.hold_reason}"
    left = {line.sku: line.shippable_quantity(order.due_minor) for line in order.stocked}
    more = [line for line in lines if line.quantity > left.get(line.sku, 0)]
    return f"{fulfilments.named(more)} is more than is left to ship" if more else None


def _parcel_id(event: OrderPacked) -> UUID:
    """One order is packed once off a list."""
    return uuid5(event.pick_list_id, str(event.order_id))


PACKING = (Subscription(OrderPacked, make_parcel),)
