"""What the order service does on a clock: drive on what was left in the middle, end what nobody paid."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tradewind.kernel.errors import Unavailable
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import SERVICE
from tradewind.kernel.telemetry import log
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import UNPAID, State
from tradewind.services.order.store import (
    cancellations,
    carts,
    fulfilments,
    kept_carts,
    order_payments,
    orders,
    refunds,
)
from tradewind.services.order.use_cases.abandon_cart import abandon_cart
from tradewind.services.order.use_cases.cancel_lines import drive_cancellation
from tradewind.services.order.use_cases.confirm_payment import confirm_payment
from tradewind.services.order.use_cases.fulfil_order import drive_fulfilment
from tradewind.services.order.use_cases.pay_difference import drive_payment
from tradewind.services.order.use_cases.pay_order import ACTOR, cancel, pay_order, resume_soon, retry_softly
from tradewind.services.order.use_cases.refund_order import drive_refund
from tradewind.services.order.use_cases.reserve_draft import drive_reservation

BATCH = 50
EXPIRED_AT_ONCE = 1000


async def resume_pending(deps: Deps) -> str:
    """Every order reaches an end: who was interrupted is driven on, who did not pay in time expires."""
    now = deps.clock.now()
    due = await orders.take_due(deps.db, now, now + resume_soon(deps), BATCH)
    for order_id in due:
        try:
            await _resume(deps, order_id)
        except Unavailable as error:  # the lease runs out, and it is tried again
            log.warning("order_waits", order_id=order_id, error=str(error))
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
    now = deps.clock.now()
    due = await fulfilments.take_due(deps.db, now, now + resume_soon(deps), BATCH)
    for fulfilment_id in due:
        fulfilment = await fulfilments.load(deps.db, fulfilment_id)
        order = await orders.load(deps.db, fulfilment.order_id) if fulfilment else None
        if fulfilment is None or order is None:
            continue
        try:
            await drive_fulfilment(deps, fulfilment, order)
        except Unavailable as error:
            log.warning("fulfilment_waits", fulfilment_id=fulfilment_id, error=str(error))
    return f"{len(due)} fulfilments"


async def resume_cancellations(deps: Deps) -> str:
    """Pieces cancelled whose stock is not known to be free yet."""
    now = deps.clock.now()
    due = await cancellations.take_due(deps.db, now, now + resume_soon(deps), BATCH)
    for cancellation_id in due:
        it = await cancellations.load(deps.db, cancellation_id)
        order = await orders.load(deps.db, it.order_id) if it else None
        if it is None or order is None:
            continue
        try:
            await drive_cancellation(deps, it, order)
        except Unavailable as error:
            log.warning("cancellation_waits", cancellation_id=cancellation_id, error=str(error))
    return f"{len(due)} cancellations"


async def resume_refunds(deps: Deps) -> str:
    """Refunds whose outcome was unknown, or whose driver died."""
    now = deps.clock.now()
    due = await refunds.take_due(deps.db, now, now + resume_soon(deps), BATCH)
    for refund_id in due:
        refund = await refunds.load(deps.db, refund_id)
        order = await orders.load(deps.db, refund.order_id) if refund else None
        if refund is None or order is None:
            continue
        try:
            await drive_refund(deps, refund, order)
        except Unavailable as error:
            log.warning("refund_waits", refund_id=refund_id, error=str(error))
    return f"{len(due)} refunds"


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
    now = deps.clock.now()
    due = await order_payments.take_due(deps.db, now, now + resume_soon(deps), BATCH)
    for payment in due:
        order = await orders.load(deps.db, payment.order_id)
        assert order is not None, "orders are never deleted"
        try:
            await drive_payment(deps, order, payment)
        except Unavailable as error:
            log.warning("payment_waits", order_id=payment.order_id, error=str(error))
    return f"{len(due)} payments"
