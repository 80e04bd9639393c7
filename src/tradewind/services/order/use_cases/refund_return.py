"""Staff give back what returned pieces cost, less a fee, through the one way that refunds go."""

from __future__ import annotations

from uuid import NAMESPACE_OID, UUID, uuid5

from tradewind.contracts.currencies import formatted
from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Transaction
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.after_sale import REFUNDABLE, given_before, refund_of_return
from tradewind.services.order.return_views import return_view
from tradewind.services.order.returning import locked_return
from tradewind.services.order.shapes.orders import FulfilLine
from tradewind.services.order.shapes.returns import RefundReturn, Return
from tradewind.services.order.store import given, orders, pieces, refunds, returns, whereabouts
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.store.refunds import RefundRecord
from tradewind.services.order.store.returns import ReturnRecord
from tradewind.services.order.use_cases.pay_order import resume_soon
from tradewind.services.order.use_cases.refund_order import drive_refund, left_to_give, why_not_refunded


async def refund_return(
    deps: Deps, caller: Principal, order: OrderRecord, return_id: UUID, command: RefundReturn, once: Once
) -> tuple[Return, bool]:
    """The return, and whether the refund's outcome is still unknown: the job goes on with it then.

    Raises NotFound(return_not_found), Conflict(order_busy), Conflict(return_not_received),
    Conflict(return_of_exchange), Conflict(refund_under_way),
    Conflict(nothing_to_refund), Conflict(fee_too_large), Conflict(shipping_too_large),
    Conflict(payment_disputed), Conflict(refund_failed): then it may be tried again.
    """
    refund_id = (
        uuid5(NAMESPACE_OID, f"return {return_id} {once.scope} {once.key}")
        if once.key
        else deps.clock.new_id()
    )
    refund = await refunds.load(deps.db, refund_id)
    if refund is None:
        refund = await _request(deps, caller, order, return_id, command, refund_id, once)
    else:
        async with deps.db.begin() as tx:
            await once.claim(tx)
    failure = await drive_refund(deps, refund, order)
    if failure is not None:
        raise await why_not_refunded(deps, order, failure)
    current, record = await orders.load(deps.db, order.order_id), await returns.load(deps.db, return_id)
    assert current is not None, "orders are never deleted"
    assert record is not None, "returns are never deleted"
    answer = return_view(current, record, staff=True)
    if record.state != "refunded":
        return answer, True
    async with deps.db.begin() as tx:
        return await once.complete(tx, answer), False


async def _request(
    deps: Deps,
    caller: Principal,
    order: OrderRecord,
    return_id: UUID,
    command: RefundReturn,
    refund_id: UUID,
    once: Once,
) -> RefundRecord:
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        if not await once.claim(tx):  # at another replica, a moment ago
            known = await refunds.load(tx, refund_id)
            if known is not None:
                return known
        if not await whereabouts.lock(tx, order.order_id):
            raise Conflict("order_busy", "this order is just being edited: try again")
        record = await locked_return(deps, tx, caller, order, return_id, "refund of a return", "")
        if record.edit_id is not None:
            raise Conflict("return_of_exchange", "its pieces were settled with the exchange: close it")
        if record.state not in REFUNDABLE:
            raise Conflict("return_not_received", f"this return is {record.state.replace('_', ' ')}")
        if not await returns.begin_refund(
            tx, return_id, refund_id, command.fee_minor, command.shipping_minor, now
        ):
            raise Conflict("refund_under_way", "its refund, or a parcel of it, is just being recorded")
        current = await orders.load(tx, order.order_id)
        assert current is not None, "orders are never deleted"
        lines, amount, less = await _amount(tx, current, record, command)
        reason = command.reason or f"return {current.number}-R{record.number}"
        refund = RefundRecord(refund_id, order.order_id, "requested", amount, lines, reason, caller.name, now)
        shown = f"refund of {formatted(amount, order.currency)} asked for"
        if less:
            all_of_it = formatted(amount + less, order.currency)
            shown += f", of {all_of_it}: no more is left of the payment"
        asked = await refunds.request(tx, refund, shown, now + resume_soon(deps))
        assert asked, "bounded by what is left, of an order that is locked"
        return refund


async def _amount(
    tx: Transaction, order: OrderRecord, record: ReturnRecord, command: RefundReturn
) -> tuple[list[FulfilLine], int, int]:
    """The pieces that are here and were not refunded before, and what goes back for them, less what claims gave
    for them; no more than is left of the payments, and how much less that is. The order is locked."""
    if command.shipping_minor:
        shipping = await returns.shipping_refunded(tx, order.order_id)
        if shipping > order.shipping_minor:
            raise Conflict(
                "shipping_too_large",
                f"shipping cost {formatted(order.shipping_minor, order.currency)} in all",
                field="shipping_minor",
            )
    lines, given_minor = await _lines(tx, order, record, command)
    worth = await pieces.take(tx, order.order_id, lines, "refunded_quantity") if lines else 0
    assert worth is not None, "as many as there are, of an order that is locked"
    given_minor = min(given_minor, worth)
    share = worth - given_minor
    amount = refund_of_return(share, command.fee_minor, command.shipping_minor)
    if amount < 0 or (amount == 0 and command.fee_minor):
        raise Conflict(
            "fee_too_large",
            f"{formatted(share, order.currency)} is left of its pieces: close the return to give nothing back",
            field="fee_minor",
        )
    if amount == 0:
        raise Conflict(
            "nothing_to_refund",
            "its pieces were refunded or replaced before: close the return, or say that these are other_pieces",
            field="other_pieces",
        )
    left = await left_to_give(tx, order, amount, at_most=True)
    kept = given_minor + amount - left
    await given.keep(tx, record.return_id, kept, other_pieces=command.other_pieces)
    return lines, left, amount - left


async def _lines(
    tx: Transaction, order: OrderRecord, record: ReturnRecord, command: RefundReturn
) -> tuple[list[FulfilLine], int]:
    """The pieces that are here and were not paid back whole, and what claims gave for them in part."""
    known = {} if command.other_pieces else await given.before(tx, order.order_id, order.lines)
    returned = await given.returned_before(tx, order.order_id, record.return_id)
    left = {line.sku: line.quantity - line.refunded_quantity for line in order.lines}
    lines, given_minor = list[FulfilLine](), 0
    for line in record.lines:
        whole, part = given_before(known.get(line.sku, []), returned.get(line.sku, 0), line.received)
        quantity = min(line.received - whole, left[line.sku])
        given_minor += part
        if quantity:
            lines.append(FulfilLine(line.sku, quantity))
    return lines, given_minor
