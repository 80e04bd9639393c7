"""A shopper whose card was declined tries another: a new attempt on the same order, its stock still held, and
held for them as long again."""

from __future__ import annotations

from datetime import timedelta

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Transaction
from tradewind.services.order import paying
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import PAID, State
from tradewind.services.order.paying import planned
from tradewind.services.order.shapes.orders import Order, PayAgain
from tradewind.services.order.store import orders
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.use_cases.pay_difference import pay_difference
from tradewind.services.order.use_cases.pay_order import pay_order, resume_soon
from tradewind.services.order.views import order_view

MOST_ATTEMPTS = 10


async def retry_payment(
    deps: Deps, caller: Principal, order: OrderRecord, command: PayAgain, once: Once
) -> Order:
    """Also pays a draft that was sent as a payment link, and what became due since the order was placed.

    Raises Conflict(order_not_payable) unless the last attempt was declined, or it is a draft, or something is due;
    Conflict(total_changed), Conflict(too_many_attempts); and what pay_difference raises. A request that was
    interrupted after it had begun its attempt goes on with that one when it comes again.
    """
    if order.state in PAID:
        return await pay_difference(deps, caller, order, command, once)
    async with deps.db.begin() as tx:
        if await once.claim(tx):
            order = await _begin_attempt(deps, tx, caller, order, command)
        else:
            order = await orders.load(tx, order.order_id) or order
    order = await pay_order(deps, order, once)
    answer = order_view(order, deps.settings)
    if once.encoded is None and order.state is not State.PENDING:
        async with deps.db.begin() as tx:
            await once.complete(tx, answer)
    return answer


async def _begin_attempt(
    deps: Deps, tx: Transaction, caller: Principal, order: OrderRecord, command: PayAgain
) -> OrderRecord:
    """Of the order as it is under its lock: a draft may have been changed since it was read."""
    await orders.lock(tx, order.order_id)
    order = await orders.load(tx, order.order_id) or order
    if order.state not in (State.PAYMENT_FAILED, State.DRAFT):
        raise Conflict("order_not_payable", f"an order that is {order.state.value} takes no new payment")
    if order.payment_attempt >= MOST_ATTEMPTS:
        raise Conflict("too_many_attempts", f"after {MOST_ATTEMPTS} declined payments, place a new order")
    paying.check_expected(command.expected_total_minor, order.total_minor, order.currency)
    plan, now = planned(command, order.payments), deps.clock.now()
    again = await orders.move(
        tx,
        order,
        State.PENDING,
        actor=caller.name,
        now=now,
        attempt=order.payment_attempt + (order.state is State.PAYMENT_FAILED),
        resume_at=now + resume_soon(deps),
        sealed_card_token=paying.sealed(deps.plans, plan, order.order_id),
        return_url=command.return_url,
        paid_by=(order.payments + len(plan.gift_cards), plan.name),
        decide_by=max(order.decide_by, now + timedelta(minutes=deps.settings.decide_minutes)),
    )
    if again is None:
        raise Conflict("order_not_payable", "this order moved on meanwhile: read it again")
    return again
