"""What an order's history says of its money, as the payment service tells it."""

from __future__ import annotations

from tradewind.contracts.currencies import formatted
from tradewind.contracts.payment import (
    DisputeClosed,
    DisputeOpened,
    MoneyReceived,
    MoneyToReturn,
    PaymentExpiring,
    PaymentLapsed,
)
from tradewind.kernel.service import Subscription
from tradewind.ports.database import Transaction
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import State
from tradewind.services.order.store import disputes, order_payments, orders
from tradewind.services.order.use_cases.pay_order import cancel

ACTOR = "service:payment"


async def note_money_received(deps: Deps, tx: Transaction, event: MoneyReceived) -> None:
    shown = f"{formatted(event.amount.amount_minor, event.amount.currency)} arrived: {event.reference}"
    await orders.note(tx, event.order_id, shown, ACTOR, deps.clock.now(), event=event)


async def note_money_to_return(deps: Deps, tx: Transaction, event: MoneyToReturn) -> None:
    amount = formatted(event.amount.amount_minor, event.amount.currency)
    shown = f"{amount} are to be sent back from the bank account"
    await orders.note(tx, event.order_id, shown, ACTOR, deps.clock.now(), event=event)


async def note_expiring(deps: Deps, tx: Transaction, event: PaymentExpiring) -> None:
    shown = f"what the card holds lapses on {event.expires_at.date()}"
    await orders.note(tx, event.order_id, shown, ACTOR, deps.clock.now(), event=event)


async def note_lapsed(deps: Deps, tx: Transaction, event: PaymentLapsed) -> None:
    """It is due again, and no piece is sent until it is paid. An order whose transfer never came expires, but not
    one that only a difference was to be transferred for."""
    amount, now = event.amount, deps.clock.now()
    by_transfer = event.method == "bank_transfer"
    why = "the transfer did not come" if by_transfer else "the bank let go of it"
    shown = f"{formatted(amount.amount_minor, amount.currency)} lapsed: {why}"
    await orders.note(tx, event.order_id, shown, ACTOR, now, event=event)
    order = await orders.load(tx, event.order_id)
    if order is not None and by_transfer and event.number == 1 and order.state is State.PLACED:
        ended = await cancel(deps, tx, order, "not paid in time", ACTOR, State.EXPIRED)
        if ended is not None:
            return
    await order_payments.lapsed(tx, event.order_id, amount.amount_minor, now)


async def note_dispute_opened(deps: Deps, tx: Transaction, event: DisputeOpened) -> None:
    amount = formatted(event.amount.amount_minor, event.amount.currency)
    shown = f"the customer disputes {amount}: {event.reason}"
    await disputes.opened(tx, event.order_id, (event.held or event.amount).amount_minor)
    await orders.note(tx, event.order_id, shown, ACTOR, deps.clock.now(), kind="dispute", event=event)


async def note_dispute_closed(deps: Deps, tx: Transaction, event: DisputeClosed) -> None:
    amount = formatted(event.amount.amount_minor, event.amount.currency)
    shown = f"the dispute of {amount} was {'won' if event.won else 'lost'}"
    await disputes.closed(tx, event.order_id, (event.held or event.amount).amount_minor, won=event.won)
    await orders.note(tx, event.order_id, shown, ACTOR, deps.clock.now(), kind="dispute", event=event)


PAYMENT_NOTES = (
    Subscription(MoneyReceived, note_money_received),
    Subscription(MoneyToReturn, note_money_to_return),
    Subscription(PaymentExpiring, note_expiring),
    Subscription(PaymentLapsed, note_lapsed),
    Subscription(DisputeOpened, note_dispute_opened),
    Subscription(DisputeClosed, note_dispute_closed),
)
