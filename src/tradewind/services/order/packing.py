"""What the warehouse packed off a pick list is a parcel of its order, ready to be shipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid5

from tradewind.contracts.inventory import OrderPacked, StockLine
from tradewind.kernel.errors import Conflict
from tradewind.kernel.service import Subscription
from tradewind.ports.database import Transaction
from tradewind.services.order import telling
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import FULFILLABLE, Parcel
from tradewind.services.order.shapes.orders import FulfilLine
from tradewind.services.order.store import fulfilments, orders
from tradewind.services.order.store.fulfilments import FulfilmentRecord
from tradewind.services.order.store.orders import OrderRecord


async def make_parcel(deps: Deps, tx: Transaction, event: OrderPacked) -> None:
    """Of parcels that were asked for, those that it has whole are packed; what is left is a parcel of its own. What
    may not leave any more stays in the warehouse, and the order's history says so."""
    await orders.lock(tx, event.order_id)
    order = await orders.load(tx, event.order_id)
    if order is None:
        return
    if order.amending_id is not None:
        raise Conflict("order_busy", "this order is just being edited: it is tried again")
    packed = _counted(event.lines)
    parcels = await _asked_for(tx, order, packed)
    rest = [FulfilLine(sku, packed[sku]) for sku in sorted(packed) if packed[sku]]
    if rest:
        parcels += await _another(deps, tx, order, event, rest)
    for parcel in parcels:
        if await fulfilments.pack(tx, parcel, event.packed_by, deps.clock.now()) and order.pickup is not None:
            current = await orders.load(tx, order.order_id)
            assert current is not None, "it is locked"
            await deps.outbox.append(tx, telling.ready_for_collection(deps, current, parcel))
    if event.loose:
        loose = fulfilments.named(event.loose)
        await _note(deps, tx, event, f"{loose}, of bundles that are not whole: they are in no parcel")


async def _asked_for(tx: Transaction, order: OrderRecord, packed: Counter[str]) -> list[FulfilmentRecord]:
    """The oldest first; what they hold is taken off `packed`. Lines that staff wrote are in no warehouse."""
    found = []
    stocked = {line.sku for line in order.stocked}
    for parcel in order.fulfilments:
        held = _counted([line for line in parcel.lines if line.sku in stocked])
        if parcel.state == Parcel.REQUESTED and held and held <= packed:
            packed -= held
            found.append(await _record(tx, parcel.fulfilment_id))
    return found


async def _another(
    deps: Deps, tx: Transaction, order: OrderRecord, event: OrderPacked, lines: list[FulfilLine]
) -> list[FulfilmentRecord]:
    why = _why_not(order, lines)
    if why is not None:
        await _note(deps, tx, event, f"{fulfilments.named(lines)}, and {why}: no parcel was made of it")
        return []
    over = await _take_apart(deps, tx, order, event, lines)
    made = await _insert(deps, tx, order, _parcel_id(event), lines)
    if over:
        again = await _insert(deps, tx, order, uuid5(made.fulfilment_id, "the rest"), over)
        await fulfilments.request_noted(tx, again, event.packed_by, deps.clock.now())
    return [made]


def _why_not(order: OrderRecord, lines: list[FulfilLine]) -> str | None:
    if order.state not in FULFILLABLE:
        return f"the order is {order.state.value}"
    if order.held_at is not None:
        return f"the order is held: {order.hold_reason}"
    left = _left(order)
    for parcel in order.fulfilments:
        if parcel.state == Parcel.REQUESTED:
            left += _counted(parcel.lines)
    more = [line for line in lines if line.quantity > left[line.sku]]
    return f"{fulfilments.named(more)} is more than is left to ship" if more else None


def _counted(lines: Sequence[FulfilLine | StockLine]) -> Counter[str]:
    return Counter({line.sku: line.quantity for line in lines})


def _left(order: OrderRecord) -> Counter[str]:
    return Counter({line.sku: line.shippable_quantity(order.due_minor) for line in order.stocked})


async def _take_apart(
    deps: Deps, tx: Transaction, order: OrderRecord, event: OrderPacked, lines: list[FulfilLine]
) -> list[FulfilLine]:
    """Parcels that were asked for and are packed in part give their pieces back; answers what of them is to be asked
    for again."""
    short = _counted(lines) - _left(order)
    over: Counter[str] = Counter()
    for parcel in order.fulfilments:
        held = _counted(parcel.lines)
        if parcel.state == Parcel.REQUESTED and short & held:
            why = f"packed in parts, {event.list_number}"
            record = await _record(tx, parcel.fulfilment_id)
            await fulfilments.cancel(tx, record, why, event.packed_by, deps.clock.now())
            over += held - short
            short -= held
    return [FulfilLine(sku, over[sku]) for sku in sorted(over)]


async def _insert(
    deps: Deps, tx: Transaction, order: OrderRecord, parcel_id: UUID, lines: list[FulfilLine]
) -> FulfilmentRecord:
    now = deps.clock.now()
    opened = await fulfilments.open_on_order(tx, order.order_id, now)
    wanted = FulfilmentRecord(parcel_id, order.order_id, Parcel.REQUESTED, lines, 0, False, "", "")
    made = await fulfilments.insert(tx, wanted, order.shipping_total_minor, None, now)
    assert opened and made is not None, "the order is locked, and has that many left to ship"
    return made


async def _record(tx: Transaction, fulfilment_id: UUID) -> FulfilmentRecord:
    record = await fulfilments.load(tx, fulfilment_id)
    assert record is not None, "parcels are never deleted"
    return record


async def _note(deps: Deps, tx: Transaction, event: OrderPacked, words: str) -> None:
    shown, now = f"{event.list_number}: packed {words}", deps.clock.now()
    await orders.note(tx, event.order_id, shown, event.packed_by, now, kind="packing", event=event)


def _parcel_id(event: OrderPacked) -> UUID:
    """One order is packed once off a list."""
    return uuid5(event.pick_list_id, str(event.order_id))


PACKING = (Subscription(OrderPacked, make_parcel),)
