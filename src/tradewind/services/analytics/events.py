"""What the analytics service hears of the others. It tells nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tradewind.contracts.order import (
    CartAbandoned,
    OrderCancelled,
    OrderEdited,
    OrderFulfilled,
    OrderPlaced,
    OrderRefunded,
)
from tradewind.contracts.payment import DisputeClosed
from tradewind.contracts.product import ProductArchived, ProductCreated, ReviewPublished
from tradewind.contracts.search import SearchHitClicked, SearchPerformed
from tradewind.contracts.user import AccountClosed, UserRegistered
from tradewind.kernel.events import Event, handled
from tradewind.kernel.service import Subscription
from tradewind.ports.analytics_store import EventFact
from tradewind.ports.database import Transaction
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.domain import (
    Cancelled,
    ChargedBack,
    Edited,
    LeftBehind,
    Placed,
    PlacedLine,
    Record,
    Refunded,
    Told,
    microseconds,
)
from tradewind.services.analytics.store import staging


async def count_placed(deps: Deps, tx: Transaction, event: OrderPlaced) -> None:
    lines = [
        PlacedLine(line.sku, line.product_id, line.title, line.quantity, line.total_minor, line.category)
        for line in event.lines
    ]
    buyer = event.buyer
    placed = Placed(
        event.number,
        event.total.currency,
        event.total.amount_minor,
        event.shipping_address.country,
        lines,
        buyer.email,
        buyer.name,
        buyer.account_id,
        event.cart_id,
    )
    await _keep(tx, "order", event.order_id, placed, buyer.account_id)
    details = {
        "number": event.number,
        "total_minor": event.total.amount_minor,
        "currency": event.total.currency,
    }
    await _note(deps, tx, event, buyer.account_id, details, order_id=event.order_id, cart_id=event.cart_id)


async def count_edited(deps: Deps, tx: Transaction, event: OrderEdited) -> None:
    account_id = event.buyer.account_id
    lines = [
        PlacedLine(line.sku, line.product_id, line.title, line.quantity, line.total_minor, line.category)
        for line in event.lines
    ]
    given_back = 0 if event.exchange else event.refund.amount_minor
    edited = Edited(event.total.amount_minor, lines, given_back, event.credited_minor)
    await _keep(tx, "order", event.order_id, edited, account_id)
    details = {"total_minor": event.total.amount_minor, "currency": event.total.currency}
    await _note(deps, tx, event, account_id, details, order_id=event.order_id)


async def count_cancelled(deps: Deps, tx: Transaction, event: OrderCancelled) -> None:
    account_id = event.buyer.account_id
    await _keep(tx, "order", event.order_id, Cancelled(event.was_placed), account_id)
    await _note(deps, tx, event, account_id, {"reason": event.reason}, order_id=event.order_id)


async def count_refunded(deps: Deps, tx: Transaction, event: OrderRefunded) -> None:
    account_id = event.buyer.account_id
    refunded = Refunded(event.refund_id, event.amount.amount_minor)
    await _keep(tx, "order", event.order_id, refunded, account_id)
    details = {"amount_minor": event.amount.amount_minor, "currency": event.amount.currency}
    await _note(deps, tx, event, account_id, details, order_id=event.order_id)


async def count_dispute(deps: Deps, tx: Transaction, event: DisputeClosed) -> None:
    """A lost one took what was not given back before; one that is won, or open still, took nothing for good."""
    if not event.won:
        taken = ChargedBack(event.dispute_id, (event.held or event.amount).amount_minor)
        await _keep(tx, "order", event.order_id, taken, None)
    details = {
        "won": event.won,
        "amount_minor": event.amount.amount_minor,
        "currency": event.amount.currency,
    }
    await _note(deps, tx, event, None, details, order_id=event.order_id)


async def note_fulfilled(deps: Deps, tx: Transaction, event: OrderFulfilled) -> None:
    details = {"carrier": event.carrier, "complete": event.complete}
    await _note(deps, tx, event, event.buyer.account_id, details, order_id=event.order_id)


async def count_abandoned(deps: Deps, tx: Transaction, event: CartAbandoned) -> None:
    left = LeftBehind(
        event.value.currency, event.value.amount_minor, len(event.lines), event.email or "", event.account_id
    )
    await _keep(tx, "cart", event.cart_id, left, event.account_id)
    details = {"value_minor": event.value.amount_minor, "currency": event.value.currency}
    await _note(deps, tx, event, event.account_id, details, cart_id=event.cart_id)


async def note_registered(deps: Deps, tx: Transaction, event: UserRegistered) -> None:
    await _note(deps, tx, event, event.account_id, {"language": event.language})


async def forget_names(deps: Deps, tx: Transaction, event: AccountClosed) -> None:
    """What the account bought stays counted; whose it was is not known any more."""
    await staging.forget_names(tx, event.account_id)


async def note_product_created(deps: Deps, tx: Transaction, event: ProductCreated) -> None:
    await _note(deps, tx, event, None, {}, product_id=event.product_id)


async def note_product_archived(deps: Deps, tx: Transaction, event: ProductArchived) -> None:
    await _note(deps, tx, event, None, {}, product_id=event.product_id)


async def note_review(deps: Deps, tx: Transaction, event: ReviewPublished) -> None:
    await _note(deps, tx, event, event.account_id, {"rating": event.rating}, product_id=event.product_id)


async def note_search(deps: Deps, tx: Transaction, event: SearchPerformed) -> None:
    await _note(deps, tx, event, event.account_id, {"query": event.query, "hits": event.hits})


async def note_hit_clicked(deps: Deps, tx: Transaction, event: SearchHitClicked) -> None:
    details = {"search_id": str(event.search_id), "position": event.position}
    await _note(deps, tx, event, event.account_id, details, product_id=event.product_id)


async def _keep(tx: Transaction, subject: str, subject_id: UUID, told: Told, account_id: UUID | None) -> None:
    envelope = handled()
    record = Record(envelope.occurred_at, told)
    await staging.add_told(tx, envelope.id, envelope.type, subject, subject_id, record, account_id)


async def _note(
    deps: Deps,
    tx: Transaction,
    event: Event,
    account_id: UUID | None,
    details: dict[str, Any],
    **about: UUID | None,
) -> None:
    """As something that happened, beside what people did."""
    envelope = handled()
    received_at: datetime = deps.clock.now()
    fact = EventFact(
        message_id=envelope.id,
        received_us=microseconds(received_at),
        at_us=microseconds(envelope.occurred_at),
        kind="track",
        name=event.event_type(),
        source="bus",
        user_id=str(account_id) if account_id else "",
        properties=msgspec.json.encode(details).decode(),
        **{name: str(value) for name, value in about.items() if value is not None},
    )
    await staging.add_events(tx, envelope.id, received_at, [fact])


PUBLISHES: tuple[type[Event], ...] = ()
SUBSCRIPTIONS = (
    Subscription(OrderPlaced, count_placed),
    Subscription(OrderEdited, count_edited),
    Subscription(OrderCancelled, count_cancelled),
    Subscription(OrderRefunded, count_refunded),
    Subscription(DisputeClosed, count_dispute),
    Subscription(OrderFulfilled, note_fulfilled),
    Subscription(CartAbandoned, count_abandoned),
    Subscription(UserRegistered, note_registered),
    Subscription(AccountClosed, forget_names),
    Subscription(ProductCreated, note_product_created),
    Subscription(ProductArchived, note_product_archived),
    Subscription(ReviewPublished, note_review),
    Subscription(SearchPerformed, note_search),
    Subscription(SearchHitClicked, note_hit_clicked),
)
