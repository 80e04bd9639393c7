"""A shopper comes back from confirming the payment with the bank: find out, and go on."""

from __future__ import annotations

from tradewind.contracts.payment import ActionRequired
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import PAID, State
from tradewind.services.order.shapes.orders import Order
from tradewind.services.order.store import order_payments, orders
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.use_cases.pay_difference import drive_payment
from tradewind.services.order.use_cases.pay_order import authorise, pay_order, resume_soon
from tradewind.services.order.views import order_view


async def confirm_payment(deps: Deps, caller: Principal, order: OrderRecord, once: Once) -> Order:
    """Safe to call at any time, any number of times: an order that waits for nothing, or whose shopper has not
    confirmed yet, is answered as it is."""
    if once.key is not None:
        async with deps.db.begin() as tx:
            await once.claim(tx)
    if order.state is State.ACTION_REQUIRED and not isinstance(await authorise(deps, order), ActionRequired):
        now = deps.clock.now()
        async with deps.db.begin() as tx:
            resumed = await orders.move(
                tx,
                order,
                State.PENDING,
                actor=caller.name,
                now=now,
                resume_at=now + resume_soon(deps),
                sealed_card_token=bytes.fromhex(order.sealed_card_token or ""),
            )
        order = resumed or await orders.load(deps.db, order.order_id) or order
    elif order.state in PAID:
        await _go_on_with_difference(deps, order)
        order = await orders.load(deps.db, order.order_id) or order
    paid = await pay_order(deps, order, Once.unkeyed())
    answer = order_view(paid, deps.settings)
    if once.key is None or paid.state is State.PENDING:
        return answer
    async with deps.db.begin() as tx:
        return await once.complete(tx, answer)


async def _go_on_with_difference(deps: Deps, order: OrderRecord) -> None:
    payment = await order_payments.asked(deps.db, order.order_id)
    if payment is not None:
        await drive_payment(deps, order, payment)
