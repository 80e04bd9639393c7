"""Have a payment of an order authorised: once, however often, and by however many, it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import msgspec

from tradewind.contracts.common import Address, Money
from tradewind.contracts.payment import (
    ActionRequired,
    Authorised,
    BankTransfer,
    CardToken,
    CashOnDelivery,
    Declined,
    GiftCard,
    Method,
    Pending,
    Refused,
    SavedMethod,
    Wallet,
)
from tradewind.services.payment import queries, sources
from tradewind.services.payment.answers import VOIDED, attempt_answer, unacceptable
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import (
    OPEN_ATTEMPT,
    Attempt,
)
from tradewind.services.payment.references import AttemptKey
from tradewind.services.payment.sources import KeptSource
from tradewind.services.payment.store import attempts, saved_methods
from tradewind.services.payment.store.attempts import Intent
from tradewind.services.payment.use_cases.hold_internally import hold_internally
from tradewind.services.payment.use_cases.settle_attempt import record_attempt, send_attempt, settle_attempt

Answer = Authorised | Declined | ActionRequired | Pending | Refused
LONGEST_TOKEN = 512
LONGEST_RETURN_URL = 2_000
MOST_ATTEMPTS = 1_000
MOST_PAYMENTS = 100


@dataclass(frozen=True, slots=True)
class _Wanted:
    key: AttemptKey
    amount: Money
    method: Method
    return_url: str | None
    customer_id: UUID | None
    country: str | None


async def authorise_payment(
    deps: Deps,
    order_id: UUID,
    attempt: int,
    amount: Money,
    method: Method,
    return_url: str | None,
    number: int = 1,
    customer_id: UUID | None = None,
    billing: Address | None = None,
) -> Answer:
    """Three steps, a crash after any of which is mended by settle_attempt: the intent is committed, the
    processor is called under our own reference, and what it said is committed with its event."""
    key = AttemptKey(order_id, attempt, number)
    wrong = unacceptable(amount) or _unacceptable_request(key, method, return_url)
    if wrong is not None:
        return wrong
    country = billing.country if billing else None
    if isinstance(method, GiftCard | BankTransfer | CashOnDelivery):
        return await hold_internally(deps, key, amount, method, customer_id, country)
    wanted = _Wanted(key, amount, method, return_url, customer_id, country)
    begun = await _begin(deps, wanted)
    return attempt_answer(await _send(deps, *begun)) if isinstance(begun, tuple) else begun


async def _send(deps: Deps, attempt: Attempt, source: KeptSource) -> Attempt:
    """To the first processor, and on to those that stand in for it."""
    outcome = await send_attempt(deps, attempt, source)
    before, attempt = attempt, await record_attempt(deps, attempt, outcome)
    while attempt.state == "pending" and attempt.processor != before.processor:
        before, attempt = attempt, await settle_attempt(deps, attempt.key)
    return attempt


async def _begin(deps: Deps, wanted: _Wanted) -> tuple[Attempt, KeptSource] | Answer:
    """The intent, committed and ours to send; or what became of an earlier one."""
    begun = await _insert(deps, wanted)
    if begun is not None:
        return begun
    key, amount = wanted.key, wanted.amount
    latest = await queries.latest_attempt(deps.db, key.order_id, key.number)
    if latest is None:
        return VOIDED
    if key.attempt < latest.attempt:
        earlier = await queries.attempt(deps.db, key)
        return (
            attempt_answer(earlier) if earlier else Refused("attempt_superseded", "a later attempt was made")
        )
    if latest.state in OPEN_ATTEMPT:
        latest = await settle_attempt(deps, latest.key)
    if key.attempt == latest.attempt:
        if (amount.amount_minor, amount.currency) != (latest.amount_minor, latest.currency):
            return Refused("attempt_reused", "this attempt was made with another amount: number it anew")
        return attempt_answer(latest)
    if latest.state == "declined" and not latest.void_requested:
        begun = await _insert(deps, wanted)
        return begun or Refused("attempt_in_progress", "another attempt was begun just now")
    if latest.void_requested or latest.state in ("voided", "abandoned"):
        return VOIDED
    if latest.state == "authorised":
        return Refused("already_authorised", f"attempt {latest.attempt} was authorised")
    return Refused("attempt_in_progress", f"what became of attempt {latest.attempt} is not known yet")


async def _insert(deps: Deps, wanted: _Wanted) -> tuple[Attempt, KeptSource] | Declined | None:
    source = await _source(deps, wanted)
    if isinstance(source, Declined):
        return source
    kept, processors, intent = source
    now = deps.clock.now()
    leased_until, new_id = now + timedelta(seconds=deps.settings.lease_seconds), deps.clock.new_id()
    if wanted.key.number == 1:
        begun = await attempts.begin_attempt(
            deps.db, intent, new_payment_id=new_id, leased_until=leased_until, now=now
        )
    else:
        async with deps.db.begin() as tx:
            await attempts.lock_order(tx, wanted.key.order_id)
            begun = await attempts.begin_attempt(
                tx, intent, new_payment_id=new_id, leased_until=leased_until, now=now
            )
    if begun is None:
        return None
    assert begun[1] in processors, "a rule chooses among those that were offered"
    return attempts.begun_attempt(intent, *begun, now), kept


async def _source(deps: Deps, wanted: _Wanted) -> tuple[KeptSource, list[str], Intent] | Declined:
    method, names, saved_method_id, kind = wanted.method, deps.gateways.names, None, "card"
    if isinstance(method, SavedMethod):
        saved = await saved_methods.load(deps.db, method.method_id, wanted.customer_id)
        if saved is None or saved.sealed_source is None or saved.processor not in names:
            return Declined("saved_method_unknown")
        kept, processors, kind = saved_methods.opened(deps.saved, saved), [saved.processor], saved.kind
        saved_method_id = saved.id
    else:
        assert not isinstance(method, GiftCard | BankTransfer | CashOnDelivery), "held by ourselves"
        taken = tuple(name for name in names if deps.gateways.named(name).checkout().takes_cards)
        kept, processors = sources.kept(method, taken if isinstance(method, CardToken) else names)
        if isinstance(method, Wallet):
            kind = method.method
            processors = [n for n in names if method.kind in deps.gateways.named(n).checkout().wallets]
        if not processors:
            return Declined("method_not_offered")
    keep = not isinstance(method, SavedMethod) and method.save and wanted.customer_id is not None
    keep = keep and kind != "wallet"
    if keep and wanted.customer_id is not None:
        kept = await saved_methods.with_customer(deps.db, deps.saved, kept, wanted.customer_id, processors[0])
    intent = Intent(
        wanted.key,
        wanted.amount.amount_minor,
        wanted.amount.currency,
        kind,
        processors,
        deps.tokens.seal(msgspec.json.encode(kept), attempts.token_place(attempts.reference_of(wanted.key))),
        wanted.return_url,
        wanted.customer_id,
        wanted.country,
        saved_method_id=saved_method_id,
        keep_method=keep,
    )
    return kept, processors, intent


def _unacceptable_request(key: AttemptKey, method: Method, return_url: str | None) -> Refused | None:
    if not 0 < key.attempt <= MOST_ATTEMPTS:
        return Refused("attempt_invalid", f"attempts are numbered 1 to {MOST_ATTEMPTS}")
    if not 0 < key.number <= MOST_PAYMENTS:
        return Refused("number_invalid", f"payments of an order are numbered 1 to {MOST_PAYMENTS}")
    if isinstance(method, CardToken) and not 0 < len(method.token) <= LONGEST_TOKEN:
        return Refused("card_token_invalid", f"a card token has 1 to {LONGEST_TOKEN} characters")
    if return_url is not None and (len(return_url) > LONGEST_RETURN_URL or "\0" in return_url):
        return Refused("return_url_invalid", f"a return URL has at most {LONGEST_RETURN_URL} characters")
    return None
