"""What the order service does on a clock: drive on what was left in the middle, end what nobody paid."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import SERVICE
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import UNPAID, State
from tradewind.services.order.resuming import BATCH, drive_each, lease
from tradewind.services.order.store import (
    cancellations,
    carts,
    fulfilments,
    kept_carts,
    order_payments,
    orders,
    refunds,
)
from tradewind.services.order.store.order_payments import PaymentRecord
from tradewind.services.order.use_cases.abandon_cart import abandon_cart
from tradewind.services.order.use_cases.cancel_lines import drive_cancellation
from tradewind.services.order.use_cases.confirm_payment import confirm_payment
from tradewind.services.order.use_cases.fulfil_order import drive_fulfilment
from tradewind.services.order.use_cases.pay_difference import drive_payment
from tradewind.services.order.use_cases.pay_order import ACTOR, cancel, pay_order, retry_softly
from tradewind.services.order.use_cases.refund_order import drive_refund
from tradewind.services.order.use_cases.reserve_draft import drive_reservation

EXPIRED_AT_ONCE = 1000


async def resume_pending(deps: Deps) -> str:
    """Every order reaches an end: who was interrupted is driven on, who did not pay in time expires."""
    due = await orders.take_due(deps.db, *lease(deps), BATCH)
    await drive_each(deps, due, _resume, "order_waits", lambda id_: {"order_id": id_})
    return f"{len(due)} orders"


async def _resume(deps: Deps, order_id: UUID) -> None:
    order = await orders.load(deps.db, order_id)
    if order is None or order.state not in (State.DRAFT, *UNPAID):
        return
    if order.state is State.DRAFT:
        await drive_reservation(deps, order)
        order = await orders.load(deps.db, order_id) or order
    elif order.state is State.PENDING:
        order = await pay_order(deps, order, Once.unkeyed())
    elif order.state is State.PAYMENT_FAILED and deps.clock.now() < order.decide_by:
        order = await retry_softly(deps, order)
    elif order.state is State.ACTION_REQUIRED:
        await confirm_payment(deps, SERVICE, order, Once.unkeyed())
        order = await orders.load(deps.db, order_id) or order
    if order.state in (State.DRAFT, *UNPAID) and deps.clock.now() >= order.decide_by:
        async with deps.db.begin() as tx:
            await cancel(deps, tx, order, "not paid in time", ACTOR, State.EXPIRED)


async def resume_fulfilments(deps: Deps) -> str:
    """Parcels whose capture had an unknown outcome, or whose driver died."""
    due = await fulfilments.take_due(deps.db, *lease(deps), BATCH)
    await drive_each(deps, due, _fulfilment, "fulfilment_waits", lambda id_: {"fulfilment_id": id_})
    return f"{len(due)} fulfilments"


async def _fulfilment(deps: Deps, fulfilment_id: UUID) -> None:
    it = await fulfilments.load(deps.db, fulfilment_id)
    order = await orders.load(deps.db, it.order_id) if it else None
    if it is not None and order is not None:
        await drive_fulfilment(deps, it, order)


async def resume_cancellations(deps: Deps) -> str:
    """Pieces cancelled whose stock is not known to be free yet."""
    due = await cancellations.take_due(deps.db, *lease(deps), BATCH)
    await drive_each(deps, due, _cancellation, "cancellation_waits", lambda id_: {"cancellation_id": id_})
    return f"{len(due)} cancellations"


async def _cancellation(deps: Deps, cancellation_id: UUID) -> None:
    it = await cancellations.load(deps.db, cancellation_id)
    order = await orders.load(deps.db, it.order_id) if it else None
    if it is not None and order is not None:
        await drive_cancellation(deps, it, order)


async def resume_refunds(deps: Deps) -> str:
    """Refunds whose outcome was unknown, or whose driver died."""
    due = await refunds.take_due(deps.db, *lease(deps), BATCH)
    await drive_each(deps, due, _refund, "refund_waits", lambda id_: {"refund_id": id_})
    return f"{len(due)} refunds"


async def _refund(deps: Deps, refund_id: UUID) -> None:
    it = await refunds.load(deps.db, refund_id)
    order = await orders.load(deps.db, it.order_id) if it else None
    if it is not None and order is not None:
        await drive_refund(deps, it, order)


async def expire_carts(deps: Deps) -> str:
    """What nobody touched for long is forgotten: a guest's sooner than an account's."""
    now = deps.clock.now()
    guests = now - timedelta(days=deps.settings.guest_cart_days)
    accounts = now - timedelta(days=deps.settings.account_cart_days)
    expired = await kept_carts.expire_untouched(deps.db, guests, accounts, EXPIRED_AT_ONCE)
    return f"{expired} carts"


async def tell_abandoned_carts(deps: Deps) -> str:
    """What shoppers left behind is told once, and again only after it was changed."""
    since = deps.clock.now() - timedelta(seconds=deps.settings.abandoned_after_seconds)
    left = await carts.untold(deps.db, since, BATCH)
    told = [await abandon_cart(deps, cart_id) for cart_id in left]
    return f"{sum(told)} carts"


async def resume_payments(deps: Deps) -> str:
    """What was being paid after the order was placed, and waits for its outcome or the shopper."""
    due = await order_payments.take_due(deps.db, *lease(deps), BATCH)
    await drive_each(deps, due, _payment, "payment_waits", lambda payment: {"order_id": payment.order_id})
    return f"{len(due)} payments"


async def _payment(deps: Deps, payment: PaymentRecord) -> None:
    order = await orders.load(deps.db, payment.order_id)
    assert order is not None, "orders are never deleted"
    await drive_payment(deps, order, payment)
