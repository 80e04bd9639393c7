"""The warehouse ships an order, in whole or in part: its share is captured, then its stock leaves."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import NAMESPACE_OID, UUID, uuid5

from tradewind.contracts.common import Money
from tradewind.contracts.currencies import formatted
from tradewind.contracts.inventory import NotReleased, NotReserved, StockLine
from tradewind.contracts.payment import Captured, Declined, PaymentSummary, Pending, Refused
from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order import telling
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import FULFILLABLE, Parcel
from tradewind.services.order.paying import transfers_awaited_minor
from tradewind.services.order.shapes.orders import FulfilLine, FulfilOrder, Order
from tradewind.services.order.shortage import shortage
from tradewind.services.order.store import fulfilments, orders
from tradewind.services.order.store.fulfilments import FulfilmentRecord
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.use_cases.pay_order import ACTOR, resume_soon
from tradewind.services.order.views import order_view

NOT_HERE, NOT_RELEASED = "stock_not_reserved", "not_released"


async def fulfil_order(
    deps: Deps, caller: Principal, order: OrderRecord, command: FulfilOrder, once: Once
) -> Order:
    """Raises Conflict(order_not_fulfillable), Conflict(order_held), Conflict(too_many_pieces),
    Conflict(capture_failed), Conflict(stock_not_reserved), Conflict(not_released): then nothing was shipped and the
    pieces are open again. While the capture's outcome is unknown the fulfilment is answered as `shipping`, and the job
    goes on with it: a repeat tells what became of it. With `ship` false it is answered as `requested`: nothing is
    captured or leaves yet.
    """
    fulfilment_id = (
        uuid5(NAMESPACE_OID, f"{order.order_id} {once.scope} {once.key}") if once.key else deps.clock.new_id()
    )
    fulfilment = await fulfilments.load(deps.db, fulfilment_id)
    if fulfilment is None:
        if not command.ship:
            wanted = stocked_lines(order, _wanted(order, command))
            await check_released(deps, order.order_id, fulfilment_id, wanted, field="lines")
        fulfilment = await _request(deps, caller, order, command, fulfilment_id, once)
    else:
        async with deps.db.begin() as tx:
            await once.claim(tx)
    return await drive_and_answer(deps, fulfilment, order, caller.name, once)


async def drive_and_answer(
    deps: Deps, fulfilment: FulfilmentRecord, order: OrderRecord, actor: str, once: Once
) -> Order:
    """Drive a parcel as far as it goes, for a request that has claimed its key. Raises Conflict(capture_failed),
    Conflict(stock_not_reserved), Conflict(not_released)."""
    reason = await drive_fulfilment(deps, fulfilment, order, actor)
    if reason is not None and reason.startswith(NOT_HERE):
        raise Conflict(NOT_HERE, f"not all of its pieces are here to be shipped: {reason.partition(': ')[2]}")
    if reason is not None and reason.startswith(NOT_RELEASED):
        raise _unreleased(reason, "Ship the other lines", "lines")
    if reason is not None:
        raise await _why_not_captured(deps, order, reason)
    current = await orders.load(deps.db, order.order_id)
    assert current is not None, "orders are never deleted"
    answer = order_view(current, deps.settings, staff=True)
    id_, shipping = fulfilment.fulfilment_id, Parcel.SHIPPING
    if any(f.fulfilment_id == id_ and f.state == shipping for f in current.fulfilments):
        return answer
    async with deps.db.begin() as tx:
        return await once.complete(tx, answer)


async def check_released(
    deps: Deps,
    owner_id: UUID,
    shipment_id: UUID,
    stock: list[StockLine],
    otherwise: str = "Ship the other lines",
    field: str | None = None,
) -> None:
    """Asked before anything is written, so that what may not leave before its release stays as it is. Raises
    Conflict(not_released), which says what staff may do `otherwise`."""
    would = await deps.inventory.would_ship(owner_id, shipment_id, stock) if stock else None
    if isinstance(would, NotReleased):
        raise _unreleased(why_not_here(would), otherwise, field)


def _unreleased(reason: str, otherwise: str, field: str | None) -> Conflict:
    return Conflict(
        NOT_RELEASED,
        f"a pre-order leaves from its release on: {reason.partition(': ')[2]}. {otherwise}, or bring its"
        " date in the stock policy of the SKU forward, or end its pre-order there",
        field=field,
    )


async def _why_not_captured(deps: Deps, order: OrderRecord, code: str) -> Conflict:
    if code != "money_awaited":
        return Conflict("capture_failed", f"the payment could not be captured: {code}")
    missing_minor = transfers_awaited_minor(await deps.payment.payments_of(order.order_id))
    awaited_minor = max(0, missing_minor - order.spare_minor)
    awaited = formatted(awaited_minor, order.currency)
    return Conflict(
        "capture_failed",
        f"{awaited} is awaited by bank transfer: it is shipped when that is recorded as received",
        details={"awaited": awaited, "awaited_minor": awaited_minor, "currency": order.currency},
    )


async def _request(
    deps: Deps, caller: Principal, order: OrderRecord, command: FulfilOrder, fulfilment_id: UUID, once: Once
) -> FulfilmentRecord:
    lines = _wanted(order, command)
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        if not await once.claim(tx):  # at another replica, a moment ago
            known = await fulfilments.load(tx, fulfilment_id)
            if known is not None:
                return known
        if not await fulfilments.open_on_order(tx, order.order_id, now):
            raise await why_not_fulfillable(deps, order)
        wanted = FulfilmentRecord(
            fulfilment_id,
            order.order_id,
            Parcel.SHIPPING if command.ship else Parcel.REQUESTED,
            lines,
            0,
            False,
            command.carrier,
            command.tracking_number,
        )
        resume_at = now + resume_soon(deps) if command.ship else None
        made = await fulfilments.insert(tx, wanted, order.shipping_total_minor, resume_at, now)
        if made is None:
            left = {line.sku: line.shippable_quantity(order.due_minor) for line in order.lines}
            said = shortage("the order has fewer of these left to ship", lines, left)
            raise Conflict("too_many_pieces", said, field="lines")
        if not command.ship:
            await fulfilments.request_noted(tx, made, caller.name, now)
        return made


async def why_not_fulfillable(deps: Deps, order: OrderRecord) -> Conflict:
    """As the order is now, which may have moved on since it was read."""
    current = await orders.load(deps.db, order.order_id) or order
    if current.held_at is not None:
        return Conflict("order_held", f"this order is held: {current.hold_reason}")
    if current.amending_id is not None:
        return Conflict("order_busy", "this order is just being edited: try again")
    return Conflict("order_not_fulfillable", f"an order that is {current.state.value} is not shipped")


def _wanted(order: OrderRecord, command: FulfilOrder) -> list[FulfilLine]:
    """All that is left where none are named."""
    if not command.lines:
        left = [
            FulfilLine(line.sku, quantity)
            for line in order.lines
            if (quantity := line.shippable_quantity(order.due_minor))
        ]
        if not left or order.state not in FULFILLABLE:
            waits = any(parcel.state in (Parcel.REQUESTED, Parcel.PACKED) for parcel in order.fulfilments)
            why = ": what is open is in a parcel that waits to be shipped" if waits else ""
            raise Conflict("order_not_fulfillable", f"nothing is left to ship of this order{why}")
        return sorted(left, key=lambda line: line.sku)
    return summed(command.lines)


def summed(lines: Sequence[FulfilLine]) -> list[FulfilLine]:
    """Pieces of one SKU summed, in the order of the SKUs so that locks are taken alike."""
    quantities: dict[str, int] = {}
    for line in lines:
        quantities[line.sku] = quantities.get(line.sku, 0) + line.quantity
    return [FulfilLine(sku, quantities[sku]) for sku in sorted(quantities)]


async def drive_fulfilment(
    deps: Deps, fulfilment: FulfilmentRecord, order: OrderRecord, actor: str = ACTOR
) -> str | None:
    """Capture, ship, record. Safe to repeat. Answers why it failed; None when it did not (yet), also of a parcel
    that waits in the warehouse."""
    if fulfilment.state != Parcel.SHIPPING:
        return fulfilment.reason
    lines = stocked_lines(order, fulfilment.lines)
    if fulfilment.capture_minor:
        short = await _not_here(deps, fulfilment, lines)
        if short is not None:
            return await _give_up(deps, fulfilment, short, actor, unless_taken_over=True)
        amount = Money(fulfilment.capture_minor, order.currency)
        outcome = await deps.payment.capture(order.order_id, fulfilment.fulfilment_id, amount)
        if isinstance(outcome, Refused):
            outcome = await _captured_ahead(deps, fulfilment, order, outcome)
        match outcome:
            case Pending():
                return None
            case Refused(code=code) | Declined(code=code):
                return await _give_up(deps, fulfilment, code, actor)
            case Captured():  # money is had: the goods leave
                if not await fulfilments.mark_paid(deps.db, fulfilment.fulfilment_id, deps.clock.now()):
                    return await _how_it_ended(deps, fulfilment)
    shipped = await deps.inventory.ship(order.order_id, fulfilment.fulfilment_id, lines) if lines else None
    if isinstance(shipped, NotReserved | NotReleased):
        return await _fail(deps, fulfilment, why_not_here(shipped), actor)
    async with deps.db.begin() as tx:
        complete = await fulfilments.finish_shipped(tx, fulfilment, actor, deps.clock.now())
        if complete is not None:
            await deps.outbox.append(tx, telling.fulfilled(deps, order, fulfilment, complete=complete))
    return None


def stocked_lines(order: OrderRecord, lines: Sequence[FulfilLine]) -> list[StockLine]:
    kept = {line.sku for line in order.stocked}
    return [StockLine(line.sku, line.quantity) for line in lines if line.sku in kept]


async def _not_here(deps: Deps, fulfilment: FulfilmentRecord, lines: list[StockLine]) -> str | None:
    """What is back-ordered is not charged for before it is here, nor a pre-order before its release. Answers what
    is missing."""
    would = (
        await deps.inventory.would_ship(fulfilment.order_id, fulfilment.fulfilment_id, lines)
        if lines
        else None
    )
    return why_not_here(would) if isinstance(would, NotReserved | NotReleased) else None


def why_not_here(answer: NotReserved | NotReleased) -> str:
    """The code, then what it is about."""
    if isinstance(answer, NotReleased):
        return f"{NOT_RELEASED}: " + ", ".join(
            f"{line.sku} on {line.released_at.isoformat()}" for line in answer.lines
        )
    return f"{NOT_HERE}: " + ", ".join(f"{line.sku} ({line.quantity} are here)" for line in answer.short)


async def _captured_ahead(
    deps: Deps, fulfilment: FulfilmentRecord, order: OrderRecord, refused: Refused
) -> Captured | Pending | Refused | Declined:
    """Staff may have captured ahead of the parcels: what is missing for this one and those before is captured,
    and where nothing is, that will do."""
    payment = await deps.payment.payment_of(order.order_id)
    if not isinstance(payment, PaymentSummary):
        return refused
    needed = await fulfilments.capture_needed(deps.db, order.order_id)
    missing = needed - payment.captured.amount_minor
    if missing <= 0:
        return Captured(Money(0, order.currency))
    if missing >= fulfilment.capture_minor:
        return refused
    rest_id = uuid5(fulfilment.fulfilment_id, "what was not captured ahead")
    return await deps.payment.capture(order.order_id, rest_id, Money(missing, order.currency))


async def _give_up(
    deps: Deps,
    fulfilment: FulfilmentRecord,
    reason: str,
    actor: str,
    *,
    unless_taken_over: bool = False,
) -> str | None:
    """Two may drive it at a time, when one of them took long. Who has the money sends it; and who finds no stock leaves
    it to another that took it over since, and sees stock as it is by now."""
    async with deps.db.begin() as tx:
        if await fulfilments.finish_failed(
            tx,
            fulfilment,
            reason,
            actor,
            deps.clock.now(),
            unless_paid=True,
            unless_taken_over=unless_taken_over,
        ):
            return reason
    return await _how_it_ended(deps, fulfilment)


async def _how_it_ended(deps: Deps, fulfilment: FulfilmentRecord) -> str | None:
    """In the hands of another: why it failed; None where it did not (yet)."""
    current = await fulfilments.load(deps.db, fulfilment.fulfilment_id)
    return None if current is None else current.reason


async def _fail(deps: Deps, fulfilment: FulfilmentRecord, reason: str, actor: str) -> str:
    async with deps.db.begin() as tx:
        await fulfilments.finish_failed(tx, fulfilment, reason, actor, deps.clock.now())
    return reason
