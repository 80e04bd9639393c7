"""What the notification service does on what it hears: a mail to whom it concerns, and a line in the feed."""

from __future__ import annotations

from uuid import UUID

import msgspec

from tradewind.contracts.common import Language
from tradewind.contracts.inventory import LowStock
from tradewind.contracts.order import (
    Buyer,
    ClaimDecided,
    EditProposed,
    OrderCancelled,
    OrderDelivered,
    OrderDraftSent,
    OrderEdited,
    OrderFulfilled,
    OrderLinesCancelled,
    OrderPaymentFailed,
    OrderPlaced,
    OrderReadyForCollection,
    OrderRefunded,
    ReturnApproved,
)
from tradewind.contracts.payment import (
    CaptureFailed,
    DisputeOpened,
    MoneyToReturn,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentLapsed,
    PaymentRefunded,
    PaymentVoided,
    RefundFailed,
)
from tradewind.contracts.user import PasswordResetRequested, UserRegistered
from tradewind.kernel.events import Event, handled
from tradewind.kernel.service import Subscription
from tradewind.ports.database import Transaction
from tradewind.services.notification.deps import Deps
from tradewind.services.notification.domain import (
    KINDS,
    CustomerKindName,
    KindName,
    StaffKindName,
    language_of,
)
from tradewind.services.notification.rendering import subject_of
from tradewind.services.notification.store import feed, messages
from tradewind.services.notification.store.messages import NewMessage

PaymentEvent = (
    PaymentAuthorised
    | PaymentDeclined
    | PaymentCaptured
    | PaymentRefunded
    | PaymentVoided
    | CaptureFailed
    | RefundFailed
    | PaymentLapsed
    | MoneyToReturn
    | DisputeOpened
)


async def on_registered(deps: Deps, tx: Transaction, event: UserRegistered) -> None:
    await _mail(deps, tx, "welcome", event, Buyer(event.email, event.name, event.language, event.account_id))


async def on_reset_requested(deps: Deps, tx: Transaction, event: PasswordResetRequested) -> None:
    await _mail(deps, tx, "password_reset", event, Buyer(event.email, "", event.language, event.account_id))


async def on_placed(deps: Deps, tx: Transaction, event: OrderPlaced) -> None:
    await _mail(deps, tx, "order_confirmation", event, event.buyer, event.order_id)
    await _show(deps, tx, event, event.order_id, event.number, "placed")


async def on_draft_sent(deps: Deps, tx: Transaction, event: OrderDraftSent) -> None:
    await _mail(deps, tx, "order_draft", event, event.buyer, event.order_id)
    await _show(deps, tx, event, event.order_id, event.number, "draft")


async def on_payment_failed(deps: Deps, tx: Transaction, event: OrderPaymentFailed) -> None:
    await _mail(deps, tx, "payment_failed", event, event.buyer, event.order_id)
    await _show(deps, tx, event, event.order_id, event.number, "payment_failed")


async def on_ready_for_collection(deps: Deps, tx: Transaction, event: OrderReadyForCollection) -> None:
    await _mail(deps, tx, "order_ready", event, event.buyer, event.order_id)
    await _show(deps, tx, event, event.order_id, event.number, "ready_for_collection")


async def on_fulfilled(deps: Deps, tx: Transaction, event: OrderFulfilled) -> None:
    kind: CustomerKindName = "order_shipped" if event.pickup is None else "order_collected"
    await _mail(deps, tx, kind, event, event.buyer, event.order_id)
    state = "fulfilled" if event.complete else "partially_fulfilled"
    await _show(deps, tx, event, event.order_id, event.number, state)


async def on_delivered(deps: Deps, tx: Transaction, event: OrderDelivered) -> None:
    """Who collected it was told when it was handed over."""
    if event.pickup is None:
        await _mail(deps, tx, "order_delivered", event, event.buyer, event.order_id)
    await _show(deps, tx, event, event.order_id, event.number, "delivered")


async def on_refunded(deps: Deps, tx: Transaction, event: OrderRefunded) -> None:
    await _mail(deps, tx, "order_refunded", event, event.buyer, event.order_id)
    await _show(deps, tx, event, event.order_id, event.number, "refunded")


async def on_cancelled(deps: Deps, tx: Transaction, event: OrderCancelled) -> None:
    """Who was never promised the order is not told that it is off: their payment never succeeded."""
    if event.was_placed:
        await _mail(deps, tx, "order_cancelled", event, event.buyer, event.order_id)
    await _show(deps, tx, event, event.order_id, event.number, "cancelled")


async def on_lines_cancelled(deps: Deps, tx: Transaction, event: OrderLinesCancelled) -> None:
    await _mail(deps, tx, "pieces_cancelled", event, event.buyer, event.order_id)
    await _show(deps, tx, event, event.order_id, event.number, "lines_cancelled")


async def on_return_approved(deps: Deps, tx: Transaction, event: ReturnApproved) -> None:
    await _mail(deps, tx, "return_approved", event, event.buyer, event.order_id)
    await _show(deps, tx, event, event.order_id, event.number, "return_approved")


async def on_edit_proposed(deps: Deps, tx: Transaction, event: EditProposed) -> None:
    await _mail(deps, tx, "edit_proposed", event, event.buyer, event.order_id)
    await _show(deps, tx, event, event.order_id, event.number, "edit_proposed")


async def on_edited(deps: Deps, tx: Transaction, event: OrderEdited) -> None:
    """Who has nothing more to pay by it agreed to it, or was told by whom they asked."""
    if event.newly_due_minor:
        await _mail(deps, tx, "payment_due", event, event.buyer, event.order_id)
    await _show(deps, tx, event, event.order_id, event.number, "edited")


async def on_claim_decided(deps: Deps, tx: Transaction, event: ClaimDecided) -> None:
    await _mail(deps, tx, "claim_decided", event, event.buyer, event.order_id)
    await _show(deps, tx, event, event.order_id, event.number, "claim_decided")


async def on_payment_authorised(deps: Deps, tx: Transaction, event: PaymentAuthorised) -> None:
    await _show_payment(deps, tx, event)


async def on_payment_declined(deps: Deps, tx: Transaction, event: PaymentDeclined) -> None:
    await _show_payment(deps, tx, event)


async def on_payment_captured(deps: Deps, tx: Transaction, event: PaymentCaptured) -> None:
    await _show_payment(deps, tx, event)


async def on_payment_refunded(deps: Deps, tx: Transaction, event: PaymentRefunded) -> None:
    await _show_payment(deps, tx, event)


async def on_payment_voided(deps: Deps, tx: Transaction, event: PaymentVoided) -> None:
    await _show_payment(deps, tx, event)


async def on_capture_failed(deps: Deps, tx: Transaction, event: CaptureFailed) -> None:
    await _alert(deps, tx, "payment_needs_attention", event, event.order_id)
    await _show_payment(deps, tx, event)


async def on_refund_failed(deps: Deps, tx: Transaction, event: RefundFailed) -> None:
    await _alert(deps, tx, "payment_needs_attention", event, event.order_id)
    await _show_payment(deps, tx, event)


async def on_payment_lapsed(deps: Deps, tx: Transaction, event: PaymentLapsed) -> None:
    await _alert(deps, tx, "payment_lapsed", event, event.order_id)
    await _show_payment(deps, tx, event)


async def on_money_to_return(deps: Deps, tx: Transaction, event: MoneyToReturn) -> None:
    await _alert(deps, tx, "money_to_return", event, event.order_id)
    await _show_payment(deps, tx, event)


async def on_dispute_opened(deps: Deps, tx: Transaction, event: DisputeOpened) -> None:
    await _alert(deps, tx, "dispute_opened", event, event.order_id)
    await _show_payment(deps, tx, event)


async def on_low_stock(deps: Deps, tx: Transaction, event: LowStock) -> None:
    await _alert(deps, tx, "stock_low", event)


async def _mail(
    deps: Deps, tx: Transaction, kind: CustomerKindName, event: Event, to: Buyer, order_id: UUID | None = None
) -> None:
    language = language_of(to.language)
    await _write(deps, tx, kind, event, to.email, language, to.account_id, order_id)


async def _alert(
    deps: Deps, tx: Transaction, kind: StaffKindName, event: Event, order_id: UUID | None = None
) -> None:
    """To everybody who looks after the shop; nobody, where the shop names none."""
    staff, number = deps.settings.alerted, None
    if staff and order_id is not None:
        number = await messages.number_of(tx, order_id) or str(order_id)
    for email in staff:
        await _write(deps, tx, kind, event, email, deps.settings.staff_language, None, order_id, number)


async def _write(
    deps: Deps,
    tx: Transaction,
    kind: KindName,
    event: Event,
    email: str,
    language: Language,
    account_id: UUID | None,
    order_id: UUID | None,
    order_number: str | None = None,
) -> None:
    """One a event, kind and address: the table's constraint sees to it."""
    envelope = handled()
    message = NewMessage(
        deps.clock.new_id(),
        envelope.id,
        KINDS[kind],
        email,
        language,
        subject_of(deps.settings, KINDS[kind], event, language, order_number),
        msgspec.json.encode(event),
        account_id,
        order_id,
        envelope.occurred_at,
        order_number,
    )
    await messages.insert(tx, message, deps.clock.now())
    tx.after_commit(deps.something_to_send.set)


async def _show_payment(deps: Deps, tx: Transaction, event: PaymentEvent) -> None:
    """The state is the payment's: `authorised` of payment.authorised. Its events do not know the order's number."""
    await _show(deps, tx, event, event.order_id, None, event.event_type().partition(".")[2])


async def _show(
    deps: Deps, tx: Transaction, event: Event, order_id: UUID, number: str | None, state: str
) -> None:
    envelope = handled()
    await feed.append(tx, envelope.id, event.event_type(), order_id, number, state, envelope.occurred_at)
    tx.after_commit(deps.live.wake.set)


PUBLISHES: tuple[type[Event], ...] = ()
SUBSCRIPTIONS = (
    Subscription(UserRegistered, on_registered),
    Subscription(PasswordResetRequested, on_reset_requested),
    Subscription(OrderPlaced, on_placed),
    Subscription(OrderDraftSent, on_draft_sent),
    Subscription(OrderPaymentFailed, on_payment_failed),
    Subscription(OrderReadyForCollection, on_ready_for_collection),
    Subscription(OrderFulfilled, on_fulfilled),
    Subscription(OrderDelivered, on_delivered),
    Subscription(OrderRefunded, on_refunded),
    Subscription(OrderCancelled, on_cancelled),
    Subscription(OrderLinesCancelled, on_lines_cancelled),
    Subscription(ReturnApproved, on_return_approved),
    Subscription(EditProposed, on_edit_proposed),
    Subscription(OrderEdited, on_edited),
    Subscription(ClaimDecided, on_claim_decided),
    Subscription(PaymentAuthorised, on_payment_authorised),
    Subscription(PaymentDeclined, on_payment_declined),
    Subscription(PaymentCaptured, on_payment_captured),
    Subscription(PaymentRefunded, on_payment_refunded),
    Subscription(PaymentVoided, on_payment_voided),
    Subscription(CaptureFailed, on_capture_failed),
    Subscription(RefundFailed, on_refund_failed),
    Subscription(PaymentLapsed, on_payment_lapsed),
    Subscription(MoneyToReturn, on_money_to_return),
    Subscription(DisputeOpened, on_dispute_opened),
    Subscription(LowStock, on_low_stock),
)
