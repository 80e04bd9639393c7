"""What the order service tells, and what it does on what it hears of payments."""

from __future__ import annotations

from tradewind.contracts.currencies import formatted
from tradewind.contracts.order import (
    CartAbandoned,
    OrderCancelled,
    OrderDelivered,
    OrderDraftSent,
    OrderFulfilled,
    OrderHeld,
    OrderLinesCancelled,
    OrderPaymentFailed,
    OrderPlaced,
    OrderReadyForCollection,
    OrderRefunded,
)
from tradewind.contracts.payment import (
    CaptureFailed,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentRefunded,
    RefundFailed,
)
from tradewind.kernel.events import Event
from tradewind.kernel.service import Subscription
from tradewind.ports.database import Transaction
from tradewind.services.order.backordering import BACKORDERING
from tradewind.services.order.claim_photo_keeping import CLAIM_PHOTO_KEEPING
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import State
from tradewind.services.order.issuing import ISSUING
from tradewind.services.order.packing import PACKING
from tradewind.services.order.payment_notes import PAYMENT_NOTES
from tradewind.services.order.store import fulfilments, order_payments, orders, refunds
from tradewind.services.order.telling_after import AFTER_SALE_EVENTS
from tradewind.services.order.use_cases.cancel_lines import give_back, give_back_excess
from tradewind.services.order.use_cases.refund_order import ACTOR, record_refunded


async def go_on_when_authorised(deps: Deps, tx: Transaction, event: PaymentAuthorised) -> None:
    """The outcome is known: the job resume_pending places the order at its next turn."""
    await _resume(deps, tx, event)


async def go_on_when_declined(deps: Deps, tx: Transaction, event: PaymentDeclined) -> None:
    await _resume(deps, tx, event)


async def _resume(deps: Deps, tx: Transaction, event: PaymentAuthorised | PaymentDeclined) -> None:
    if (
        event.number > 1
    ):  # a gift card, which its driver knows of, or what was paid after the order was placed
        await order_payments.resume_now(tx, event.order_id, event.number, deps.clock.now())
        return
    order = await orders.load(tx, event.order_id)
    if order is None or order.payment_attempt != event.attempt:
        return
    now = deps.clock.now()
    if order.state is State.ACTION_REQUIRED:
        sealed = bytes.fromhex(order.sealed_card_token or "")
        await orders.move(
            tx, order, State.PENDING, actor=ACTOR, now=now, resume_at=now, sealed_card_token=sealed
        )
    elif order.state is State.PENDING:
        await orders.postpone(tx, order.order_id, now)


async def count_captured(deps: Deps, tx: Transaction, event: PaymentCaptured) -> None:
    excess_minor = await orders.add_captured(tx, event.order_id, event.amount.amount_minor)
    await fulfilments.resume_now(tx, event.capture_id, deps.clock.now())
    shown = f"captured {formatted(event.amount.amount_minor, event.amount.currency)}"
    await orders.note(tx, event.order_id, shown, ACTOR, deps.clock.now(), event=event)
    if excess_minor:
        await give_back(deps, tx, event.order_id, excess_minor, "the order was edited")
    await give_back_excess(deps, tx, event.order_id)


async def count_refunded(deps: Deps, tx: Transaction, event: PaymentRefunded) -> None:
    """A refund heard of before its capture breaks a CHECK: the inbox tries again after the capture."""
    if await orders.load(tx, event.order_id) is not None:
        await record_refunded(deps, tx, event.order_id, event.refund_id, event.amount, event)


async def give_up_when_refund_failed(deps: Deps, tx: Transaction, event: RefundFailed) -> None:
    refund = await refunds.load(tx, event.refund_id)
    if refund is not None:
        await refunds.finish_failed(tx, refund, event.code, ACTOR, deps.clock.now())


async def go_on_when_capture_failed(deps: Deps, tx: Transaction, event: CaptureFailed) -> None:
    await fulfilments.resume_now(tx, event.capture_id, deps.clock.now())


PUBLISHES: tuple[type[Event], ...] = (
    *AFTER_SALE_EVENTS,
    OrderPlaced,
    OrderPaymentFailed,
    OrderCancelled,
    OrderReadyForCollection,
    OrderFulfilled,
    OrderDelivered,
    OrderRefunded,
    OrderDraftSent,
    OrderLinesCancelled,
    OrderHeld,
    CartAbandoned,
)
SUBSCRIPTIONS = (
    Subscription(PaymentAuthorised, go_on_when_authorised),
    Subscription(PaymentDeclined, go_on_when_declined),
    Subscription(PaymentCaptured, count_captured),
    Subscription(PaymentRefunded, count_refunded),
    Subscription(RefundFailed, give_up_when_refund_failed),
    Subscription(CaptureFailed, go_on_when_capture_failed),
    *PAYMENT_NOTES,
    *ISSUING,
    *BACKORDERING,
    *PACKING,
    *CLAIM_PHOTO_KEEPING,
)
