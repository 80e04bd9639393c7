"""Staff give money back, in whole or in part, from the order's page."""

from __future__ import annotations

from uuid import NAMESPACE_OID, UUID, uuid5

from tradewind.contracts.common import Money
from tradewind.contracts.currencies import formatted
from tradewind.contracts.payment import Pending, Refunded, Refused
from tradewind.kernel.errors import Conflict
from tradewind.kernel.events import Event
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Transaction
from tradewind.services.order import telling
from tradewind.services.order.access import check_ours
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.orders import Order, RefundOrder
from tradewind.services.order.shortage import shortage
from tradewind.services.order.store import disputes, orders, pieces, refunds, whereabouts
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.store.refunds import RefundRecord
from tradewind.services.order.use_cases.fulfil_order import summed
from tradewind.services.order.use_cases.pay_order import resume_soon
from tradewind.services.order.views import order_view

ACTOR = "service:payment"


async def refund_order(
    deps: Deps, caller: Principal, order: OrderRecord, command: RefundOrder, once: Once
) -> tuple[Order, bool]:
    """The order, and whether the refund's outcome is still unknown: the job goes on with it then, and a
    repeat tells what became of it.

    Raises Conflict(order_busy), Conflict(order_imported), Conflict(refund_too_large) above what was captured and
    not given back, Conflict(payment_disputed) above what of that is not disputed, Conflict(nothing_to_refund),
    Conflict(too_many_pieces), Conflict(refund_failed): then nothing was given back, and it may be asked for again.
    """
    refund_id = (
        uuid5(NAMESPACE_OID, f"refund {order.order_id} {once.scope} {once.key}")
        if once.key
        else deps.clock.new_id()
    )
    refund = await refunds.load(deps.db, refund_id)
    if refund is None:
        refund = await _request(deps, caller, order, command, refund_id, once)
    else:
        async with deps.db.begin() as tx:
            await once.claim(tx)
    failure = await drive_refund(deps, refund, order)
    if failure is not None:
        raise await why_not_refunded(deps, order, failure)
    current = await orders.load(deps.db, order.order_id)
    assert current is not None, "orders are never deleted"
    answer = order_view(current, deps.settings, staff=True)
    if any(r.refund_id == refund_id and r.state == "requested" for r in current.refunds):
        return answer, True
    async with deps.db.begin() as tx:
        return await once.complete(tx, answer), False


async def _request(
    deps: Deps, caller: Principal, order: OrderRecord, command: RefundOrder, refund_id: UUID, once: Once
) -> RefundRecord:
    check_ours(order)
    lines, now = summed(command.lines), deps.clock.now()
    async with deps.db.begin() as tx:
        if not await once.claim(tx):  # at another replica, a moment ago
            known = await refunds.load(tx, refund_id)
            if known is not None:
                return known
        if not await whereabouts.lock(tx, order.order_id):
            raise Conflict("order_busy", "this order is just being edited: try again")
        share = await pieces.take(tx, order.order_id, lines, "refunded_quantity") if lines else None
        if lines and share is None:
            open_ = {line.sku: line.quantity - line.refunded_quantity for line in order.lines}
            said = shortage("the order has fewer of these that were not refunded", lines, open_)
            raise Conflict("too_many_pieces", said, field="lines")
        left = order.captured_minor - order.refunded_minor - order.refunding_minor
        held = await disputes.held_minor(tx, order.order_id)
        amount = command.amount_minor or (max(left - held, 0) if share is None else share)
        if held and (amount > left - held or left <= held):
            raise _disputed(order, max(left - held, 0))
        if amount <= 0:
            raise Conflict("nothing_to_refund", "nothing was captured that was not given back")
        refund = RefundRecord(
            refund_id, order.order_id, "requested", amount, lines, command.reason, caller.name, now
        )
        shown = f"refund of {formatted(amount, order.currency)} asked for"
        if not await refunds.request(tx, refund, shown, now + resume_soon(deps)):
            raise _too_large(order, max(left, 0))
        return refund


async def left_to_give(tx: Transaction, order: OrderRecord, wanted_minor: int, *, at_most: bool) -> int:
    """Of so much, what was captured and not given back or disputed; the order is locked.

    Raises Conflict(payment_disputed) or Conflict(refund_too_large) for more than that, unless it is wanted
    `at_most`; then Conflict(nothing_to_refund) where nothing is left.
    """
    current = await orders.load(tx, order.order_id)
    assert current is not None, "orders are never deleted"
    held = await disputes.held_minor(tx, order.order_id)
    left = max(current.captured_minor - current.refunded_minor - current.refunding_minor - held, 0)
    if wanted_minor <= left or (at_most and left):
        return min(wanted_minor, left)
    if held:
        raise _disputed(order, left)
    if at_most:
        raise Conflict("nothing_to_refund", "nothing is left of the payment that was not given back")
    raise _too_large(order, left)


async def why_not_refunded(deps: Deps, order: OrderRecord, failure: str) -> Conflict:
    """What is disputed at its payments may not have been told here yet, or it was while the refund was under way."""
    if failure != "payment_disputed":
        return Conflict("refund_failed", f"the money could not be given back: {failure}")
    payments = await deps.payment.payments_of(order.order_id)
    return _disputed(order, sum(one.refundable.amount_minor for one in payments if one.refundable))


def _too_large(order: OrderRecord, left_minor: int) -> Conflict:
    return _above_what_is_left(
        "refund_too_large", "at most {left} was captured and not given back", order, left_minor
    )


def _disputed(order: OrderRecord, left_minor: int) -> Conflict:
    words = "the customer disputes the payment: at most {left} is left to give back"
    return _above_what_is_left("payment_disputed", words, order, left_minor)


def _above_what_is_left(code: str, words: str, order: OrderRecord, left_minor: int) -> Conflict:
    left = formatted(left_minor, order.currency)
    return Conflict(
        code,
        words.format(left=left),
        field="amount_minor",
        details={"left": left, "left_minor": left_minor, "currency": order.currency},
    )


async def drive_refund(deps: Deps, refund: RefundRecord, order: OrderRecord) -> str | None:
    """Have it paid out, and record that. Safe to repeat. Answers why it failed; None when it did not (yet)."""
    if refund.state != "requested":
        return refund.failure
    amount = Money(refund.amount_minor, order.currency)
    outcome = await deps.payment.refund(order.order_id, refund.refund_id, amount, refund.reason)
    match outcome:
        case Pending():
            return None
        case Refused(code=code):
            async with deps.db.begin() as tx:
                await refunds.finish_failed(tx, refund, code, ACTOR, deps.clock.now())
            return code
        case Refunded():
            async with deps.db.begin() as tx:
                await record_refunded(deps, tx, order.order_id, refund.refund_id, amount)
    return None


async def record_refunded(
    deps: Deps, tx: Transaction, order_id: UUID, refund_id: UUID, amount: Money, event: Event | None = None
) -> None:
    """Count it and tell it, once: whoever hears of it first. `event` is kept with the entry."""
    now = deps.clock.now()
    if not await refunds.finish_succeeded(tx, refund_id, order_id, amount.amount_minor, ACTOR, now):
        return
    shown = f"refunded {formatted(amount.amount_minor, amount.currency)}"
    await orders.note(tx, order_id, shown, ACTOR, now, event=event)
    order = await orders.load(tx, order_id)
    assert order is not None, "orders are never deleted"
    await deps.outbox.append(tx, telling.refunded(deps, order, refund_id, amount))
