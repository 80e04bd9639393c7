"""Find out what became of an attempt whose outcome is open, and bring it to its end.

The one way on for the resolving job, a webhook, a repeated call and whatever must know before it goes on:
ask the processor by our reference; what it does not know is sent again under the same key.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tradewind.kernel.telemetry import log
from tradewind.ports.payment_gateway import (
    AuthoriseOutcome,
    BankDeclined,
    Challenge,
    FoundAuthorisation,
    Moved,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Rejected,
    Voided,
)
from tradewind.services.payment import queries, sources
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import (
    LONGEST_CHALLENGE_PAUSE_SECONDS,
    OPEN_ATTEMPT,
    Abandoned,
    Attempt,
    AttemptOutcome,
    attempt_move,
    pause,
    stand_in_move,
)
from tradewind.services.payment.events import attempt_news
from tradewind.services.payment.references import (
    AttemptKey,
    let_go_reference,
)
from tradewind.services.payment.settings import Settings
from tradewind.services.payment.sources import KeptSource
from tradewind.services.payment.store import attempts, saved_methods


async def settle_attempt(deps: Deps, key: AttemptKey) -> Attempt:
    """Answers it as it then is. Where another driver has it in hand, nothing is sent beside it."""
    now = deps.clock.now()
    leased_until = now + timedelta(seconds=deps.settings.lease_seconds)
    claimed = await attempts.claim_attempt(deps.db, key, leased_until, now)
    if claimed is None:
        current = await queries.attempt(deps.db, key)
        assert current is not None, "attempts are never removed"
        return await _ask_beside(deps, current) if current.state == "action_required" else current
    return await record_attempt(deps, *await _learn(deps, claimed))


async def record_attempt(deps: Deps, attempt: Attempt, outcome: AttemptOutcome) -> Attempt:
    """Commit what was learned of an attempt, with its event; answers it as it then is."""
    move = stand_in_move(attempt, outcome) or attempt_move(attempt.state, outcome)
    now = deps.clock.now()
    due_at = now if move.stand_in else _due_at(deps.settings, move.to or attempt.state, attempt.tries, now)
    if move.to is None:
        await attempts.release_attempt(deps.db, attempt, due_at)
        return attempt
    async with deps.db.begin() as tx:
        moved = await attempts.move_attempt(tx, attempt, move, due_at, now)
        if moved is not None:
            await deps.outbox.append(tx, *attempt_news(attempt, move, moved))
            if move.saved is not None and attempt.keep_method and attempt.customer_id is not None:
                await saved_methods.keep(tx, deps.saved, deps.sealer, deps.clock.new_id(), attempt, move, now)
    if moved is None:
        return await _record_late(deps, attempt, outcome)
    if move.to in ("unknown", "pending"):
        log.warning("payment_outcome_open", reference=attempt.reference, state=move.to, reason=move.detail)
    return replace(
        attempt,
        state=move.to,
        void_requested=moved.void_requested,
        processor_id=move.processor_id or attempt.processor_id,
        network=move.network or attempt.network,
        last4=move.last4 or attempt.last4,
        action_url=move.action_url,
        decline_code=move.decline_code,
        retryable=move.retryable,
        processor=attempt.stand_ins[0] if move.stand_in else attempt.processor,
        stand_ins=attempt.stand_ins[1:] if move.stand_in else attempt.stand_ins,
    )


async def send_attempt(deps: Deps, attempt: Attempt, source: KeptSource) -> AuthoriseOutcome:
    """One that is marked as sent. Not any more by a process that was held up since then for longer than it has the
    attempt to itself: what would reach the processor after nobody waits for it holds money that nobody knows of."""
    assert attempt.sent_at is not None, "marked before it is sent"
    if deps.clock.now() >= attempt.sent_at + timedelta(seconds=deps.settings.lease_seconds):
        return OutcomeUnknown("held up before it was sent")
    return await deps.gateways.named(attempt.processor).authorise(
        reference=attempt.reference,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        source=source.for_processor(attempt.processor),
        return_url=attempt.return_url,
        save=attempt.keep_method,
        customer=source.customer,
    )


async def _ask_beside(deps: Deps, attempt: Attempt) -> Attempt:
    """A shopper who comes back from the bank waits for an answer while the bank's webhook is taken in: asking
    has no effect, and what the processor says is a fact, whoever asked."""
    found = await _find(deps, attempt)
    if attempt_move(attempt.state, found).to is None:
        return attempt
    return await record_attempt(deps, attempt, found)


async def _record_late(deps: Deps, attempt: Attempt, outcome: AttemptOutcome) -> Attempt:
    """Another driver moved it meanwhile. What the processor says still counts where it says more."""
    current = await queries.attempt(deps.db, attempt.key)
    assert current is not None, "attempts are never removed"
    if current.state != attempt.state and attempt_move(current.state, outcome).to is not None:
        return await record_attempt(deps, current, outcome)
    return current


def _due_at(settings: Settings, state: str, tries: int, now: datetime) -> datetime | None:
    if state not in OPEN_ATTEMPT:
        return None
    most = settings.resolve_most_seconds
    if state == "action_required":
        most = min(most, LONGEST_CHALLENGE_PAUSE_SECONDS)
    return now + pause(settings.resolve_first_seconds, most, tries)


async def _learn(deps: Deps, attempt: Attempt) -> tuple[Attempt, AttemptOutcome]:
    """What the processor says of it; sends it (again) where it is still wanted and was not received."""
    if attempt.state == "pending":
        return (attempt, Abandoned()) if attempt.void_requested else await _send(deps, attempt)
    found = await _find(deps, attempt)
    if attempt.state == "action_required" and _challenge_is_over(deps, attempt):
        return attempt, await _end_challenge(deps, attempt, found)
    if attempt.state not in ("processing", "unknown") or not isinstance(found, NotFound):
        return attempt, found
    if not attempt.void_requested:
        return await _send(deps, attempt)
    assert attempt.sent_at is not None
    settled_at = attempt.sent_at + timedelta(seconds=deps.settings.settled_after_seconds)
    return attempt, Abandoned() if deps.clock.now() >= settled_at else found


async def _find(deps: Deps, attempt: Attempt) -> FoundAuthorisation:
    """A question that was not sent leaves open what became of the attempt."""
    found = await deps.gateways.named(attempt.processor).find_authorisation(attempt.sought)
    return OutcomeUnknown(found.reason) if isinstance(found, NotSent) else found


async def _send(deps: Deps, attempt: Attempt) -> tuple[Attempt, AttemptOutcome]:
    """Under the same reference, so that it has one effect at most, however often it is sent."""
    first_time = attempt.state == "pending"
    now = deps.clock.now()
    state = await attempts.mark_attempt_sent(deps.db, attempt, now)
    if state is None:
        return attempt, OutcomeUnknown("another driver has it")
    assert attempt.sealed_token is not None, "kept until the outcome is known"
    attempt = replace(attempt, state=state, sent_at=now)
    place = attempts.token_place(attempt.reference)
    source = sources.read(deps.tokens.unseal(attempt.sealed_token or b"", place, attempt.reference))
    outcome = await send_attempt(deps, attempt, source)
    if first_time:
        return attempt, outcome
    if isinstance(outcome, NotSent):
        return attempt, OutcomeUnknown(outcome.reason)
    if isinstance(outcome, Rejected):
        # This request had no effect; the one before may have arrived since we asked.
        found = await _find(deps, attempt)
        return attempt, outcome if isinstance(found, NotFound) else found
    return attempt, outcome


def _challenge_is_over(deps: Deps, attempt: Attempt) -> bool:
    return deps.clock.now() >= attempt.created_at + timedelta(minutes=deps.settings.challenge_minutes)


async def _end_challenge(deps: Deps, attempt: Attempt, found: FoundAuthorisation) -> AttemptOutcome:
    """Voided at the processor before it counts as declined: it must not be confirmed afterwards."""
    if attempt.void_requested:
        return found
    expired = BankDeclined("challenge_expired", retryable=True)
    if isinstance(found, Voided | NotFound):
        return expired
    if not isinstance(found, Challenge):
        return found
    # A new reference each try: a processor keeps its first answer to one.
    voided = await deps.gateways.named(attempt.processor).void(
        processor_id=found.processor_id,
        reference=let_go_reference(attempt.reference, f"challenge-{attempt.tries}"),
    )
    return expired if isinstance(voided, Moved) else OutcomeUnknown("the challenge could not be ended")
