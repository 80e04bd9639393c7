"""Where an order gets paid: its stock is reserved, its payment authorised, and it is placed."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from tradewind.contracts.common import Money
from tradewind.contracts.inventory import Destination, OutOfStock, ReservationClosed, Reserved, StockLine
from tradewind.contracts.order import AwaitedTransfer
from tradewind.contracts.payment import ActionRequired, Authorised, Declined, GiftCard, Pending, Refused
from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import Transaction
from tradewind.services.order import paying, telling
from tradewind.services.order.backordering import keep_backordered
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import State
from tradewind.services.order.paying import Plan
from tradewind.services.order.store import carts, discounts, orders
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.views import order_view

ACTOR = "service:order"
NEEDS_SHOPPER = ("challenge_expired", "authentication_failed")  # soft, and nothing without them


async def pay_order(deps: Deps, order: OrderRecord, once: Once) -> OrderRecord:
    """Drive a pending order on, as far as it goes. Safe to repeat, and for several to do at once.

    Every call is keyed by the order's id, and none is made inside a transaction. Unavailable passes
    through: the outcome is unknown, the order stays pending, and the job resume_pending drives it on.
    """
    if order.state is not State.PENDING:
        return order
    lines = [StockLine(line.sku, line.quantity) for line in order.stocked]
    stock = await _reserved(deps, order, lines) if lines else None
    if isinstance(stock, OutOfStock):
        return await _give_up(deps, order, stock)
    if isinstance(stock, Reserved) and stock.backordered:
        order = await keep_backordered(deps, order, stock.backordered)
        if order.state is not State.PENDING:  # another drove it on meanwhile
            return order
    if isinstance(stock, ReservationClosed):
        return await _as_it_is(deps, order)
    if order.total_minor == 0:
        return await _place(deps, order, once)
    match await authorise(deps, order):
        case Authorised() as paid:
            return await _place(deps, order, once, paid)
        case Declined(code=code, retryable=retryable):
            retry = retryable and code not in NEEDS_SHOPPER
            return await _wait_for_shopper(deps, order, State.PAYMENT_FAILED, once, reason=code, retry=retry)
        case ActionRequired(url=url):
            return await _wait_for_shopper(deps, order, State.ACTION_REQUIRED, once, action_url=url)
        case Pending():
            return order  # an event, or the job, goes on
        case Refused(code=code):  # cancelled meanwhile, or an attempt that another one overtook
            return await _as_it_is(deps, order, otherwise=code)


async def _reserved(
    deps: Deps, order: OrderRecord, lines: list[StockLine]
) -> Reserved | OutOfStock | ReservationClosed:
    to = order.shipping_address
    destination = Destination(to.country, to.region, to.postal_code)
    try:
        return await deps.inventory.reserve(order.order_id, lines, None, destination, order.pickup)
    except Invalid as refused:
        if refused.code != "pickup_unknown":
            raise
        return OutOfStock([])


async def authorise(
    deps: Deps, order: OrderRecord
) -> Authorised | Declined | ActionRequired | Pending | Refused:
    """Keyed by the order and its attempt: a repeat tells what became of the first. Gift cards pay first."""
    plan = paying.opened(deps.plans, _sealed(order), order.order_id)
    left_minor = order.total_minor
    if order.payments > 1:
        held = await _hold_gift_cards(deps, order, plan)
        if not isinstance(held, int):
            return held
        left_minor -= held
        if left_minor <= 0:
            return Authorised(order.order_id)
    if plan.method is None:
        return Declined("gift_cards_too_small")
    return await deps.payment.authorise(
        order.order_id,
        order.payment_attempt,
        Money(left_minor, order.currency),
        plan.method,
        order.return_url,
        customer_id=order.account_id,
        billing=order.billing_address,
    )


async def _hold_gift_cards(
    deps: Deps, order: OrderRecord, plan: Plan
) -> int | Declined | ActionRequired | Pending | Refused:
    """What they hold of it, with those of earlier tries; or why one of them does not. Safe to repeat: what a card
    holds already is counted, not asked for."""
    payments = await deps.payment.payments_of(order.order_id)
    known, held_minor = (
        {it.number for it in payments if it.status == "authorised"},
        paying.held_minor(payments),
    )
    for card in plan.gift_cards:
        left_minor = order.total_minor - held_minor
        if left_minor <= 0:
            break
        if card.number in known:
            continue
        wanted = Money(left_minor, order.currency)
        outcome = await deps.payment.authorise(
            order.order_id, 1, wanted, GiftCard(card.code), None, card.number, order.account_id
        )
        if not isinstance(outcome, Authorised):
            return outcome
        assert outcome.amount is not None, "a gift card tells what it holds"
        held_minor += outcome.amount.amount_minor
    return held_minor


async def _place(deps: Deps, order: OrderRecord, once: Once, paid: Authorised | None = None) -> OrderRecord:
    card = None if paid is None else (paid.network, paid.last4)
    by_gift_cards = order.payments > 1 and paid is not None and paid.amount is None
    paid_by = (order.payments, "gift_card") if by_gift_cards else None
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        placed = await orders.move(tx, order, State.PLACED, actor=ACTOR, now=now, card=card, paid_by=paid_by)
        if placed is not None:
            awaited = _awaited(placed, paid)
            placed = orders.replaced(placed, awaits_transfer=awaited is not None)
            await deps.outbox.append(tx, telling.placed(deps, placed, awaited))
            await once.complete(tx, order_view(placed, deps.settings))
    return placed or await _as_it_is(deps, order)


def _awaited(order: OrderRecord, paid: Authorised | None) -> AwaitedTransfer | None:
    """Where gift cards paid for all of it, nothing of a transfer is."""
    if order.payment_method != "bank_transfer" or paid is None or paid.amount is None:
        return None
    return AwaitedTransfer(paid.amount, paid.pay_to, order.number, paid.pay_by)


async def _wait_for_shopper(
    deps: Deps,
    order: OrderRecord,
    state: State,
    once: Once,
    *,
    reason: str | None = None,
    action_url: str | None = None,
    retry: bool = False,
) -> OrderRecord:
    """The shopper must act; unless they do before `decide_by`, the order expires. With `retry`, what they chose is
    tried again meanwhile: see retry_softly."""
    plan = paying.opened(deps.plans, _sealed(order), order.order_id)
    retry_at = _retry_at(deps, order, plan) if retry else None
    keeps = state is State.ACTION_REQUIRED or retry_at is not None
    async with deps.db.begin() as tx:
        moved = await orders.move(
            tx,
            order,
            state,
            actor=ACTOR,
            now=deps.clock.now(),
            reason=reason,
            action_url=action_url,
            resume_at=retry_at or order.decide_by,
            sealed_card_token=_sealed(order) if keeps else None,
        )
        if moved is not None:
            if state is State.PAYMENT_FAILED and plan.retries == 0:
                await deps.outbox.append(tx, telling.payment_failed(deps, moved, reason or "declined"))
            await once.complete(tx, order_view(moved, deps.settings))
    return moved or await _as_it_is(deps, order)


def _retry_at(deps: Deps, order: OrderRecord, plan: Plan) -> datetime | None:
    """When it is tried again by itself; None where it was tried often enough, or the order ends before."""
    if plan.retries >= deps.settings.soft_decline_retries:
        return None
    pause = timedelta(seconds=deps.settings.soft_decline_first_seconds * 2**plan.retries)
    at = deps.clock.now() + pause
    return at if at < order.decide_by else None


async def retry_softly(deps: Deps, order: OrderRecord) -> OrderRecord:
    """A payment that was declined softly is tried again, under an attempt of its own. Only from `payment_failed`,
    where the outcome of the one before is known; whoever pays otherwise first, a shopper or this, is the one."""
    if order.state is not State.PAYMENT_FAILED or order.sealed_card_token is None:
        return order
    plan = paying.opened(deps.plans, _sealed(order), order.order_id)
    plan, now = msgspec.structs.replace(plan, retries=plan.retries + 1), deps.clock.now()
    async with deps.db.begin() as tx:
        again = await orders.move(
            tx,
            order,
            State.PENDING,
            actor=ACTOR,
            now=now,
            reason=f"tried again after a soft decline, {plan.retries} of {deps.settings.soft_decline_retries}",
            attempt=order.payment_attempt + 1,
            resume_at=now + resume_soon(deps),
            sealed_card_token=paying.sealed(deps.plans, plan, order.order_id),
        )
    return order if again is None else await pay_order(deps, again, Once.unkeyed())


async def _give_up(deps: Deps, order: OrderRecord, stock: OutOfStock) -> OrderRecord:
    """Nothing was reserved: the order ends, and the shopper has the cart back to mend it."""
    short = ", ".join(f"{line.sku} ({line.quantity} left)" for line in stock.short)
    short = short or f"nothing is handed over at {order.pickup}"
    async with deps.db.begin() as tx:
        cancelled = await cancel(deps, tx, order, f"not enough in stock: {short}", ACTOR)
        if cancelled is not None and order.cart_id is not None:
            await orders.detach_cart(tx, order.order_id)
            await carts.reopen(tx, order.cart_id, deps.clock.now())
            cancelled = orders.replaced(cancelled, cart_id=None)
    return cancelled or await _as_it_is(deps, order)


async def cancel(
    deps: Deps, tx: Transaction, order: OrderRecord, reason: str, actor: str, to: State = State.CANCELLED
) -> OrderRecord | None:
    """End the order in this transaction, `to` cancelled or expired; None when it has moved on since it was read.

    Stock, payment and discount are given back: the first two by those who hold them, on the event.
    """
    cancelled = await orders.move(tx, order, to, actor=actor, now=deps.clock.now(), reason=reason)
    if cancelled is not None:
        await discounts.give_back(tx, order.order_id)
        await deps.outbox.append(tx, telling.cancelled(deps, cancelled, reason))
    return cancelled


async def _as_it_is(deps: Deps, order: OrderRecord, otherwise: str | None = None) -> OrderRecord:
    """The order as somebody else left it. Where nobody did, `otherwise` says why it cannot go on."""
    current = await orders.load(deps.db, order.order_id)
    assert current is not None, "orders are never deleted"
    if otherwise is None or current.state is not State.PENDING:
        return current
    async with deps.db.begin() as tx:
        return await cancel(deps, tx, current, otherwise, ACTOR) or current


def _sealed(order: OrderRecord) -> bytes:
    assert order.sealed_card_token is not None, "kept while an authorisation may be repeated"
    return bytes.fromhex(order.sealed_card_token)


def resume_soon(deps: Deps) -> timedelta:
    return timedelta(seconds=deps.settings.resume_seconds)
