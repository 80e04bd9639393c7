"""Pay with what is kept here: a gift card, a transfer that is awaited, cash on delivery. One transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tradewind.contracts.common import Money
from tradewind.contracts.payment import (
    ActionRequired,
    Authorised,
    BankTransfer,
    CashOnDelivery,
    Declined,
    GiftCard,
    MethodName,
    Pending,
    Refused,
)
from tradewind.ports.database import Transaction
from tradewind.services.payment import queries
from tradewind.services.payment.answers import VOIDED, attempt_answer
from tradewind.services.payment.codes import code_mac
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import (
    Attempt,
    AttemptMove,
)
from tradewind.services.payment.events import attempt_news
from tradewind.services.payment.references import AttemptKey
from tradewind.services.payment.store import attempts, gift_cards
from tradewind.services.payment.store.attempts import Intent

Answer = Authorised | Declined | ActionRequired | Pending | Refused
NAMES: dict[type, MethodName] = {
    GiftCard: "gift_card",
    BankTransfer: "bank_transfer",
    CashOnDelivery: "cash_on_delivery",
}


async def hold_internally(
    deps: Deps,
    key: AttemptKey,
    amount: Money,
    method: GiftCard | BankTransfer | CashOnDelivery,
    customer_id: UUID | None,
    country: str | None,
) -> Answer:
    """Of a gift card, what it has and `amount` at the most. Keyed as every authorisation is."""
    if NAMES[type(method)] not in deps.settings.offers:
        return Declined("method_not_offered")
    try:
        return await _hold(deps, key, amount, method, customer_id, country)
    except _NotBegun as refused:  # its transaction is undone: nothing stays set aside
        return refused.answer


async def _hold(
    deps: Deps,
    key: AttemptKey,
    amount: Money,
    method: GiftCard | BankTransfer | CashOnDelivery,
    customer_id: UUID | None,
    country: str | None,
) -> Answer:
    name = NAMES[type(method)]
    async with deps.db.begin() as tx:
        await attempts.lock_order(tx, key.order_id)
        known = await queries.attempt(tx, key)
        if known is not None:
            return _known(deps, known, name, amount)
        card_id, declined = None, None
        if isinstance(method, GiftCard):
            card_id, amount, declined = await _take(deps, tx, method, amount)
        attempt = await _begin(deps, tx, key, amount, name, card_id, customer_id, country)
        if attempt is None:
            raise _NotBegun(await _why_not(tx, key))
        return _answer(deps, await _finish(deps, tx, attempt, card_id, declined))


def _answer(deps: Deps, attempt: Attempt) -> Answer:
    """Who has to transfer is told where to."""
    answer = attempt_answer(attempt)
    if attempt.method != "bank_transfer" or not isinstance(answer, Authorised):
        return answer
    return msgspec.structs.replace(
        answer, pay_to=deps.settings.bank_account, pay_by=_lapses_at(deps, attempt)
    )


def _lapses_at(deps: Deps, attempt: Attempt) -> datetime | None:
    """When a transfer that has not begun to arrive is given up; None for what waits on, or is had."""
    days = deps.settings.bank_transfer_days if attempt.method == "bank_transfer" else 0
    return attempt.created_at + timedelta(days=days) if days else None


def _known(deps: Deps, known: Attempt, name: str, amount: Money) -> Answer:
    same = known.method == name and (name == "gift_card" or known.amount_minor == amount.amount_minor)
    if not same or known.currency != amount.currency:
        return Refused("attempt_reused", "this attempt was made otherwise: number it anew")
    return _answer(deps, known)


async def _take(
    deps: Deps, tx: Transaction, method: GiftCard, wanted: Money
) -> tuple[UUID | None, Money, str | None]:
    """Which card, how much of it is set aside, and why nothing is."""
    now, mac = deps.clock.now(), code_mac(deps.sealer, method.code)
    while True:
        card = await gift_cards.by_code(tx, mac)
        if card is None:
            return None, wanted, "gift_card_unknown"
        problem = card.problem(wanted.currency, now)
        if problem is not None:
            return card.id, wanted, problem
        taken = min(card.balance_minor, wanted.amount_minor)
        if await gift_cards.hold(tx, card.id, taken, now):  # else another took of it since it was read
            return card.id, Money(taken, wanted.currency), None


async def _begin(
    deps: Deps,
    tx: Transaction,
    key: AttemptKey,
    amount: Money,
    name: str,
    card_id: UUID | None,
    customer_id: UUID | None,
    country: str | None,
) -> Attempt | None:
    now = deps.clock.now()
    intent = Intent(
        key,
        amount.amount_minor,
        amount.currency,
        name,
        [name],
        None,
        customer_id=customer_id,
        country=country,
        gift_card_id=card_id,
    )
    begun = await attempts.begin_attempt(
        tx, intent, new_payment_id=deps.clock.new_id(), leased_until=now, now=now
    )
    return None if begun is None else attempts.begun_attempt(intent, *begun, now)


async def _finish(
    deps: Deps, tx: Transaction, attempt: Attempt, card_id: UUID | None, declined: str | None
) -> Attempt:
    now = deps.clock.now()
    if declined is not None:
        move = AttemptMove("declined", decline_code=declined, detail=declined)
    else:
        expires_at = _lapses_at(deps, attempt)
        move = AttemptMove("authorised", processor_id=str(attempt.payment_id), expires_at=expires_at)
        if card_id is not None:
            await gift_cards.write_hold(
                tx, card_id, attempt.amount_minor, attempt.reference, attempt.order_id, now
            )
    moved = await attempts.move_attempt(tx, attempt, move, None, now)
    assert moved is not None, "it was begun in this transaction"
    await deps.outbox.append(tx, *attempt_news(attempt, move, moved))
    return replace(attempt, state=move.to or attempt.state, decline_code=move.decline_code)


async def _why_not(tx: Transaction, key: AttemptKey) -> Refused:
    latest = await queries.latest_attempt(tx, key.order_id, key.number)
    if latest is None or latest.void_requested:
        return VOIDED
    if latest.state == "authorised":
        return Refused("already_authorised", f"attempt {latest.attempt} was authorised")
    return Refused("attempt_in_progress", f"attempt {latest.attempt} is not decided yet")


class _NotBegun(Exception):
    def __init__(self, answer: Refused) -> None:
        super().__init__(answer.code)
        self.answer = answer
