"""What became due after an order was placed, because it was edited, is paid with a payment of its own."""

from __future__ import annotations

from tradewind.contracts.common import Money
from tradewind.contracts.currencies import formatted
from tradewind.contracts.payment import ActionRequired, Authorised, Declined, GiftCard, Pending, Refused
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Transaction
from tradewind.services.order import paying
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.orders import Order, PayAgain
from tradewind.services.order.store import order_payments, orders
from tradewind.services.order.store.order_payments import PaymentRecord
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.use_cases.pay_order import ACTOR, resume_soon
from tradewind.services.order.views import order_view

Outcome = Authorised | Declined | ActionRequired | Pending | Refused


async def pay_difference(
    deps: Deps, caller: Principal, order: OrderRecord, command: PayAgain, once: Once
) -> Order:
    """The order, with `action_url` where the shopper must confirm; nothing is due any more once it is authorised.

    Raises Conflict(nothing_due), Conflict(total_changed), Conflict(payment_under_way), Conflict(payment_declined)
    with the processor's code, Conflict(too_many_payments); Invalid(one_method) for more than one way at a time.
    """
    async with deps.db.begin() as tx:
        if await once.claim(tx):
            await _ask(deps, tx, caller, order, command)
    payment = await order_payments.asked(deps.db, order.order_id)
    failure = None if payment is None else await drive_payment(deps, order, payment)
    if failure is not None:
        raise Conflict("payment_declined", f"it was not paid: {failure}", details={"code": failure})
    current = await orders.load(deps.db, order.order_id)
    assert current is not None, "orders are never deleted"
    waiting = await order_payments.asked(deps.db, order.order_id)
    if waiting is not None:
        current = orders.replaced(current, action_url=waiting.action_url)
    answer = order_view(current, deps.settings)
    if waiting is not None and waiting.action_url is None:
        return answer
    async with deps.db.begin() as tx:
        return await once.complete(tx, answer)


async def _ask(deps: Deps, tx: Transaction, caller: Principal, order: OrderRecord, command: PayAgain) -> None:
    plan, now = paying.planned(command, order.payments), deps.clock.now()
    if len(plan.gift_cards) + (plan.method is not None) > 1:
        raise Invalid("one_method", "a difference is paid in one way at a time", field="payment")
    if order.due_minor == 0:
        raise Conflict("nothing_due", "this order is paid for: nothing is due")
    paying.check_expected(command.expected_total_minor, order.due_minor, order.currency)
    if order.payments >= 100:
        raise Conflict("too_many_payments", "this order was paid in 100 parts: that is the most")
    asked = await order_payments.ask(
        tx,
        order.order_id,
        order.due_minor,
        paying.sealed(deps.plans, plan, order.order_id),
        command.return_url,
        caller.name,
        now + resume_soon(deps),
        now,
    )
    if asked is None:
        raise Conflict("payment_under_way", "it is being paid just now, or was edited: read it again")


async def drive_payment(deps: Deps, order: OrderRecord, payment: PaymentRecord) -> str | None:
    """Ask for it, and record what became of it. Safe to repeat. Answers why it failed; None if it did not (yet)."""
    assert payment.sealed_plan is not None, "kept while it is asked for"
    plan = paying.opened(deps.plans, payment.sealed_plan, order.order_id)
    method = plan.method or GiftCard(plan.gift_cards[0].code)
    outcome = await deps.payment.authorise(
        order.order_id,
        1,
        Money(payment.amount_minor, order.currency),
        method,
        payment.return_url,
        payment.number,
        order.account_id,
        order.billing_address,
    )
    return await _record(deps, order, payment, outcome)


async def _record(deps: Deps, order: OrderRecord, payment: PaymentRecord, outcome: Outcome) -> str | None:
    now = deps.clock.now()
    failure: str | None = None
    async with deps.db.begin() as tx:
        match outcome:
            case Authorised(amount=held):
                assert held is not None, "an authorisation tells its amount"
                shown = f"{formatted(held.amount_minor, order.currency)} more was paid"
                await order_payments.finish_authorised(tx, payment, held.amount_minor, shown, ACTOR, now)
            case ActionRequired(url=url):
                await order_payments.wait_for_shopper(tx, payment, url, now + resume_soon(deps))
            case Declined(code=code) | Refused(code=code):
                failure = code
                await order_payments.finish_failed(tx, payment, code, now)
            case Pending():
                pass
    return failure
