"""What the payment service tells, and what it does on what it hears."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from tradewind.contracts.common import Money
from tradewind.contracts.order import (
    OrderCancelled,
    OrderDelivered,
    OrderFulfilled,
    OrderLinesCancelled,
    OrderPlaced,
)
from tradewind.contracts.payment import (
    CaptureFailed,
    DisputeClosed,
    DisputeOpened,
    MethodName,
    MoneyReceived,
    MoneyToReturn,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentExpiring,
    PaymentLapsed,
    PaymentRefunded,
    PaymentVoided,
    RefundFailed,
)
from tradewind.contracts.user import AccountClosed
from tradewind.kernel.events import Event
from tradewind.kernel.service import Subscription
from tradewind.ports.database import Transaction
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import (
    Attempt,
    AttemptMove,
    Operation,
    OperationMove,
)
from tradewind.services.payment.store import closing, expiry, saved_methods
from tradewind.services.payment.store.attempts import Moved


async def on_order_cancelled(deps: Deps, tx: Transaction, event: OrderCancelled) -> None:
    """Nothing is authorised or captured for it any more; what is held goes back: see close_payment."""
    await closing.request_void(tx, event.order_id, deps.clock.new_id(), "order_cancelled", deps.clock.now())


async def let_go_when_complete(deps: Deps, tx: Transaction, event: OrderFulfilled) -> None:
    """Nothing more is shipped: what is held beyond what was captured goes back: see release_rest."""
    if event.complete:
        await _let_go(deps, tx, event.order_id)


async def let_go_when_the_rest_is_cancelled(deps: Deps, tx: Transaction, event: OrderLinesCancelled) -> None:
    if event.complete:
        await _let_go(deps, tx, event.order_id)


async def _let_go(deps: Deps, tx: Transaction, order_id: UUID) -> None:
    await deps.outbox.append(tx, *await closing.let_go(tx, order_id, deps.clock.now()))


async def take_at_once(deps: Deps, tx: Transaction, event: OrderPlaced) -> None:
    """Where the shop takes its money with the order: see purchase_payment."""
    methods = deps.settings.purchase_methods
    if methods:
        await expiry.want_purchase(tx, event.order_id, methods, deps.clock.now())


async def note_delivered(deps: Deps, tx: Transaction, event: OrderDelivered) -> None:
    """Whoever brought it has what it costs: staff record that it came."""
    await expiry.note_delivered(tx, event.order_id, deps.clock.now())


async def forget_closed_account(deps: Deps, tx: Transaction, event: AccountClosed) -> None:
    """What was kept for its customer goes, here and at the processors."""
    await saved_methods.delete_all(tx, event.account_id, deps.clock.now())


def attempt_news(attempt: Attempt, move: AttemptMove, moved: Moved) -> list[Event]:
    """What others are told of an attempt's move. A cancelled order's payment has only its end to tell."""
    if move.to in ("voided", "abandoned"):
        return [PaymentVoided(attempt.order_id, moved.payment_id)]
    if moved.void_requested:
        return []
    if move.to == "authorised":
        amount = Money(attempt.amount_minor, attempt.currency)
        return [
            PaymentAuthorised(
                attempt.order_id,
                moved.payment_id,
                amount,
                attempt.attempt,
                attempt.number,
                cast("MethodName", attempt.method),
            )
        ]
    if move.to == "declined":
        code = move.decline_code or "declined"
        return [PaymentDeclined(attempt.order_id, moved.payment_id, code, attempt.attempt, attempt.number)]
    return []


def operation_news(operation: Operation, move: OperationMove) -> list[Event]:
    """What others are told of a capture's or a refund's outcome. Of a void its attempt tells; of a part of an
    order's, only that it was captured: see move_of_order."""
    order_id, payment_id, id_ = operation.order_id, operation.payment_id, operation.id
    amount, code = Money(operation.amount_minor, operation.currency), move.failure_code or "failed"
    if operation.spread_id is not None:
        if (operation.kind, move.to) == ("capture", "succeeded"):
            return [PaymentCaptured(order_id, payment_id, operation.spread_id, amount)]
        return []
    match operation.kind, move.to:
        case "capture", "succeeded":
            return [PaymentCaptured(order_id, payment_id, id_, amount)]
        case "capture", "failed":
            return [CaptureFailed(order_id, payment_id, id_, code)]
        case "refund", "succeeded":
            return [PaymentRefunded(order_id, payment_id, id_, amount)]
        case "refund", "failed":
            return [RefundFailed(order_id, payment_id, id_, code)]
    return []


PUBLISHES = (
    PaymentAuthorised,
    PaymentDeclined,
    PaymentCaptured,
    PaymentRefunded,
    PaymentVoided,
    CaptureFailed,
    RefundFailed,
    MoneyReceived,
    MoneyToReturn,
    PaymentExpiring,
    PaymentLapsed,
    DisputeOpened,
    DisputeClosed,
)
SUBSCRIPTIONS = (
    Subscription(OrderCancelled, on_order_cancelled),
    Subscription(OrderFulfilled, let_go_when_complete),
    Subscription(OrderLinesCancelled, let_go_when_the_rest_is_cancelled),
    Subscription(OrderPlaced, take_at_once),
    Subscription(OrderDelivered, note_delivered),
    Subscription(AccountClosed, forget_closed_account),
)
