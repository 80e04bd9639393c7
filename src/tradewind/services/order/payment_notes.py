"""What an order's history says of its money, as the payment service tells it."""

from __future__ import annotations

from tradewind.contracts.currencies import formatted
from tradewind.contracts.payment import (
    DisputeClosed,
    DisputeOpened,
    MoneyReceived,
    PaymentExpiring,
    PaymentLapsed,
)
from tradewind.kernel.service import Subscription
from tradewind.ports.database import Transaction
from tradewind.services.order.deps import Deps
from tradewind.services.order.store import orders

ACTOR = "service:payment"


async def note_money_received(deps: Deps, tx: Transaction, event: MoneyReceived) -> None:
    shown = f"{formatted(event.amount.amount_minor, event.amount.currency)} arrived: {event.reference}"
    await orders.note(tx, event.order_id, shown, ACTOR, deps.clock.now(), event=event)


async def note_expiring(deps: Deps, tx: Transaction, event: PaymentExpiring) -> None:
    shown = f"what the card holds lapses on {event.expires_at.date()}"
    await orders.note(tx, event.order_id, shown, ACTOR, deps.clock.now(), event=event)


async def note_lapsed(deps: Deps, tx: Transaction, event: PaymentLapsed) -> None:
    shown = f"{formatted(event.amount.amount_minor, event.amount.currency)} lapsed: the bank let go of it"
    await orders.note(tx, event.order_id, shown, ACTOR, deps.clock.now(), event=event)


async def note_dispute_opened(deps: Deps, tx: Transaction, event: DisputeOpened) -> None:
    amount = formatted(event.amount.amount_minor, event.amount.currency)
    shown = f"the customer disputes {amount}: {event.reason}"
    await orders.note(tx, event.order_id, shown, ACTOR, deps.clock.now(), event=event)


async def note_dispute_closed(deps: Deps, tx: Transaction, event: DisputeClosed) -> None:
    amount = formatted(event.amount.amount_minor, event.amount.currency)
    shown = f"the dispute of {amount} was {'won' if event.won else 'lost'}"
    await orders.note(tx, event.order_id, shown, ACTOR, deps.clock.now(), event=event)


PAYMENT_NOTES = (
    Subscription(MoneyReceived, note_money_received),
    Subscription(PaymentExpiring, note_expiring),
    Subscription(PaymentLapsed, note_lapsed),
    Subscription(DisputeOpened, note_dispute_opened),
    Subscription(DisputeClosed, note_dispute_closed),
)
