"""Have an order's total held on a card: once an order, however often, and by however many, it is asked."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tradewind.contracts.common import Money
from tradewind.contracts.payment import ActionRequired, Authorised, Declined, Pending, Refused
from tradewind.ports.payment_gateway import TokenSource
from tradewind.services.payment import queries
from tradewind.services.payment.answers import VOIDED, attempt_answer, unacceptable
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import OPEN_ATTEMPT, Attempt, AttemptKey, authorisation_reference
from tradewind.services.payment.store import attempts
from tradewind.services.payment.use_cases.settle_attempt import record_attempt, settle_attempt

Answer = Authorised | Declined | ActionRequired | Pending | Refused
LONGEST_TOKEN = 512
LONGEST_RETURN_URL = 2_000
MOST_ATTEMPTS = 1_000


async def authorise_payment(
    deps: Deps, order_id: UUID, attempt: int, amount: Money, card_token: str, return_url: str | None
) -> Answer:
    """Three steps, a crash after any of which is mended by settle_attempt: the intent is committed, the
    processor is called under our own reference, and what it said is committed with its event."""
    wrong = unacceptable(amount) or _unacceptable_request(attempt, card_token, return_url)
    if wrong is not None:
        return wrong
    begun = await _begin(deps, AttemptKey(order_id, attempt), amount, card_token, return_url)
    if isinstance(begun, Attempt):
        outcome = await deps.gateway.authorise(
            reference=begun.reference,
            amount_minor=amount.amount_minor,
            currency=amount.currency,
            source=TokenSource(card_token),
            return_url=return_url,
        )
        begun = attempt_answer(await record_attempt(deps, begun, outcome))
    return begun


async def _begin(
    deps: Deps, key: AttemptKey, amount: Money, card_token: str, return_url: str | None
) -> Attempt | Answer:
    """The intent, committed and ours to send; or what became of an earlier one."""
    begun = await _insert(deps, key, amount, card_token, return_url)
    if begun is not None:
        return begun
    latest = await queries.latest_attempt(deps.db, key.order_id)
    if latest is None:
        return VOIDED
    if key.attempt < latest.attempt:
        earlier = await queries.attempt(deps.db, key)
        return (
            attempt_answer(earlier) if earlier else Refused("attempt_superseded", "a later attempt was made")
        )
    if latest.state in OPEN_ATTEMPT:
        latest = await settle_attempt(deps, AttemptKey(latest.order_id, latest.attempt))
    if key.attempt == latest.attempt:
        if (amount.amount_minor, amount.currency) != (latest.amount_minor, latest.currency):
            return Refused("attempt_reused", "this attempt was made with another amount: number it anew")
        return attempt_answer(latest)
    if latest.state == "declined" and not latest.void_requested:
        begun = await _insert(deps, key, amount, card_token, return_url)
        return begun or Refused("attempt_in_progress", "another attempt was begun just now")
    if latest.void_requested or latest.state in ("voided", "abandoned"):
        return VOIDED
    if latest.state == "authorised":
        return Refused("already_authorised", f"attempt {latest.attempt} was authorised")
    return Refused("attempt_in_progress", f"what became of attempt {latest.attempt} is not known yet")


async def _insert(
    deps: Deps, key: AttemptKey, amount: Money, card_token: str, return_url: str | None
) -> Attempt | None:
    now, reference = deps.clock.now(), authorisation_reference(key.order_id, key.attempt)
    sealed_token = deps.sealer.seal(card_token.encode(), reference)
    payment_id = await attempts.begin_attempt(
        deps.db,
        key,
        new_payment_id=deps.clock.new_id(),
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        sealed_token=sealed_token,
        return_url=return_url,
        leased_until=now + timedelta(seconds=deps.settings.lease_seconds),
        now=now,
    )
    if payment_id is None:
        return None
    return Attempt(
        order_id=key.order_id,
        attempt=key.attempt,
        state="processing",
        payment_id=payment_id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        void_requested=False,
        sealed_token=sealed_token,
        return_url=return_url,
        processor_id=None,
        network="",
        last4="",
        action_url=None,
        decline_code=None,
        retryable=False,
        sent_at=now,
        tries=1,
        created_at=now,
    )


def _unacceptable_request(attempt: int, card_token: str, return_url: str | None) -> Refused | None:
    if not 0 < attempt <= MOST_ATTEMPTS:
        return Refused("attempt_invalid", f"attempts are numbered 1 to {MOST_ATTEMPTS}")
    if not 0 < len(card_token) <= LONGEST_TOKEN:
        return Refused("card_token_invalid", f"a card token has 1 to {LONGEST_TOKEN} characters")
    if return_url is not None and (len(return_url) > LONGEST_RETURN_URL or "\0" in return_url):
        return Refused("return_url_invalid", f"a return URL has at most {LONGEST_RETURN_URL} characters")
    return None
