"""A customer, or staff for them, cancels pieces of an order that are in no parcel yet."""

from __future__ import annotations

from uuid import NAMESPACE_OID, UUID, uuid5

from tradewind.contracts.currencies import formatted
from tradewind.contracts.inventory import StockLine
from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Transaction
from tradewind.services.order import telling
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import FULFILLABLE
from tradewind.services.order.shapes.holds import CancelLines
from tradewind.services.order.shapes.orders import FulfilLine, Order
from tradewind.services.order.shortage import shortage
from tradewind.services.order.store import cancellations, orders, refunds
from tradewind.services.order.store.cancellations import CancellationRecord
from tradewind.services.order.store.fulfilments import named
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.store.refunds import RefundRecord
from tradewind.services.order.use_cases.fulfil_order import summed
from tradewind.services.order.use_cases.pay_order import ACTOR, cancel, resume_soon
from tradewind.services.order.views import order_view


async def cancel_lines(
    deps: Deps, caller: Principal, order: OrderRecord, command: CancelLines, once: Once
) -> Order:
    """Their stock is free again, what was captured of them is refunded, and the rest never captured. Where
    nothing else is left of an order of which nothing was begun, the whole of it is cancelled.

    Raises Conflict(order_not_cancellable), Conflict(too_many_pieces), Conflict(order_exchanged).
    """
    cancellation_id = (
        uuid5(NAMESPACE_OID, f"cancellation {order.order_id} {once.scope} {once.key}")
        if once.key
        else deps.clock.new_id()
    )
    async with deps.db.begin() as tx:
        repeated = not await once.claim(tx)
        known = await cancellations.load(tx, cancellation_id) if repeated else None
        if known is None:
            known = await _request(deps, tx, caller, order, command, cancellation_id)
    if known is not None:
        await drive_cancellation(deps, known, order)
    current = await orders.load(deps.db, order.order_id)
    assert current is not None, "orders are never deleted"
    async with deps.db.begin() as tx:
        return await once.complete(tx, order_view(current, deps.settings, staff=caller.may("orders:read")))


async def _request(
    deps: Deps,
    tx: Transaction,
    caller: Principal,
    order: OrderRecord,
    command: CancelLines,
    cancellation_id: UUID,
) -> CancellationRecord | None:
    """None when the whole order is cancelled by it."""
    lines, reason = summed(command.lines), command.reason or "cancelled on request"
    standing = await cancellations.standing(tx, order.order_id, lines)
    if standing.state not in FULFILLABLE:
        raise Conflict(
            "order_not_cancellable", f"of an order that is {standing.state} no pieces are cancelled"
        )
    if standing.exchanged:
        raise Conflict(
            "order_exchanged", "pieces that came back pay for others of it: edit the order instead"
        )
    worth = await cancellations.take(tx, order.order_id, lines)
    if worth is None:
        left = {line.sku: line.open_quantity for line in order.lines}
        said = shortage("the order has fewer of these that are in no parcel", lines, left)
        raise Conflict("too_many_pieces", said, field="lines")
    if standing.all_open and not standing.packed:
        await _cancel_whole(deps, tx, caller, order, lines, worth, reason, cancellation_id)
        return None
    complete = standing.all_open and not standing.open_fulfilments
    if complete:
        worth += await cancellations.unborne_shipping(tx, order.order_id)
    made = CancellationRecord(
        cancellation_id, order.order_id, "requested", lines, worth, 0, reason, caller.name, deps.clock.now()
    )
    shown = f"cancelled {named(lines)}: {reason}"
    await cancellations.insert(tx, made, shown, made.created_at + resume_soon(deps), complete=complete)
    current = await orders.load(tx, order.order_id)
    assert current is not None, "orders are never deleted"
    await deps.outbox.append(tx, telling.lines_cancelled(deps, current, made, complete=complete))
    return made


async def _cancel_whole(
    deps: Deps,
    tx: Transaction,
    caller: Principal,
    order: OrderRecord,
    lines: list[FulfilLine],
    worth: int,
    reason: str,
    cancellation_id: UUID,
) -> None:
    """Its stock and money are given back by the event, for certain: nothing is left to drive."""
    now = deps.clock.now()
    made = CancellationRecord(
        cancellation_id, order.order_id, "requested", lines, worth, 0, reason, caller.name, now
    )
    await cancellations.insert(tx, made, f"cancelled {named(lines)}: {reason}", now, complete=False)
    await cancellations.finish(tx, made, now)
    current = await orders.load(tx, order.order_id)
    assert current is not None, "orders are never deleted"
    ended = await cancel(deps, tx, current, reason, caller.name)
    assert ended is not None, "the order is locked, and nothing of it is packed"


async def drive_cancellation(deps: Deps, it: CancellationRecord, order: OrderRecord) -> None:
    """Free its stock, and record that. Safe to repeat. An owner that holds less has had it freed otherwise."""
    if it.state != "requested":
        return
    kept = {line.sku for line in order.stocked}
    lines = [StockLine(line.sku, line.quantity) for line in it.lines if line.sku in kept]
    if lines:
        await deps.inventory.amend(order.order_id, it.cancellation_id, [], lines)
    async with deps.db.begin() as tx:
        if await cancellations.finish(tx, it, deps.clock.now()):
            await give_back_excess(deps, tx, order.order_id)


async def give_back_excess(deps: Deps, tx: Transaction, order_id: UUID) -> None:
    """Ask for a refund of what was captured of cancelled pieces; the job pays it out. The order is locked, so
    that a capture that is heard of later comes here as well, and each amount is asked for once."""
    found = await cancellations.captured_too_much(tx, order_id)
    if found is None:
        return
    amount, cancellation_id = found
    await give_back(deps, tx, order_id, amount, "pieces were cancelled")
    await cancellations.count_given_back(tx, cancellation_id, amount)


async def give_back(deps: Deps, tx: Transaction, order_id: UUID, amount_minor: int, why: str) -> None:
    """Ask for a refund of what was captured and is not owed; the job pays it out. The order is locked."""
    current, now = await orders.load(tx, order_id), deps.clock.now()
    assert current is not None, "orders are never deleted"
    refund = RefundRecord(
        deps.clock.new_id(), order_id, "requested", amount_minor, [], why, ACTOR, now, uninvoiced=True
    )
    shown = f"refund of {formatted(amount_minor, current.currency)} asked for: {why}"
    asked = await refunds.request(tx, refund, shown, now)
    assert asked, "bounded by what was captured and not given back"
