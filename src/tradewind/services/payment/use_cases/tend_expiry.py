"""What is held lapses: it is held anew in time where the processor can, else told about, and let go of."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from tradewind.contracts.common import Money
from tradewind.contracts.payment import MethodName, PaymentExpiring, PaymentLapsed
from tradewind.kernel.telemetry import log
from tradewind.ports.payment_gateway import (
    Approved,
    BankDeclined,
    Moved,
    NotSent,
    OutcomeUnknown,
    Rejected,
    Renewed,
)
from tradewind.services.payment import queries
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import INTERNAL_METHODS
from tradewind.services.payment.references import (
    AttemptKey,
    authorisation_reference,
    let_go_reference,
    renewal_reference,
)
from tradewind.services.payment.store import expiry
from tradewind.services.payment.store.expiry import Held
from tradewind.services.payment.use_cases.settle_payment import settle_payment


async def tend_expiry(deps: Deps, held: Held) -> None:
    """As far as it goes now; the job comes again. Safe to repeat."""
    assert held.expires_at is not None, "claimed by when it lapses"
    if held.capturing_minor:  # first what is under way
        await settle_payment(deps, held.order_id, held.number)
    elif held.left_minor <= 0:
        await expiry.nothing_left(deps.db, held)
    elif held.expires_at > deps.clock.now():
        await _keep(deps, held, held.expires_at)
    else:
        await _lapse(deps, held)


async def _keep(deps: Deps, held: Held, expires_at: datetime) -> None:
    """Asked under one reference until the answer is known: it has one effect."""
    if held.renewal_refused or held.method in INTERNAL_METHODS:
        await _tell(deps, held, expires_at)
        return
    outcome = await deps.gateways.named(held.processor).renew(
        processor_id=held.processor_id,
        reference=renewal_reference(held.payment_id, held.renewals + 1),
        amount_minor=held.left_minor,
        currency=held.currency,
    )
    match outcome:
        case Renewed(processor_id, until):
            async with deps.db.begin() as tx:
                await expiry.renewed(tx, held, processor_id, until, deps.clock.now())
            log.info("payment_renewed", payment_id=held.payment_id, until=until)
        case Rejected() | BankDeclined():
            await _tell(deps, held, expires_at)
        case NotSent(reason) | OutcomeUnknown(reason):
            log.warning("payment_renewal_open", payment_id=held.payment_id, reason=reason)


async def _tell(deps: Deps, held: Held, expires_at: datetime) -> None:
    async with deps.db.begin() as tx:
        if await expiry.note_told(tx, held, deps.clock.now()):
            await deps.outbox.append(tx, PaymentExpiring(held.order_id, held.payment_id, expires_at))
            return
    await expiry.wait_until_lapsed(deps.db, held)


async def _lapse(deps: Deps, held: Held) -> None:
    """Only where the processor does not say that it is held longer. A transfer of which a part has arrived is
    for staff to decide."""
    if held.method not in INTERNAL_METHODS:
        until = await _held_until(deps, held)
        if until is None:
            return
        if until > deps.clock.now():
            await expiry.prolonged(deps.db, held, until, deps.clock.now())
            return
    async with deps.db.begin() as tx:
        left_minor = await expiry.lapse(tx, held, deps.clock.now())
        if left_minor is not None:
            amount, method = Money(left_minor, held.currency), cast("MethodName", held.method)
            lapsed = PaymentLapsed(held.order_id, held.payment_id, amount, method, held.number)
            await deps.outbox.append(tx, lapsed)


async def _held_until(deps: Deps, held: Held) -> datetime | None:
    """As the processor says; None where it cannot be asked now."""
    attempt = await queries.attempt(deps.db, AttemptKey(held.order_id, held.attempt, held.number))
    assert attempt is not None and held.expires_at is not None, (
        "a payment that holds something has an attempt"
    )
    found = await deps.gateways.named(held.processor).find_authorisation(attempt.sought)
    if isinstance(found, NotSent | OutcomeUnknown):
        return None
    if isinstance(found, Approved) and found.expires_at is not None:
        return found.expires_at
    return held.expires_at


async def release_rest(deps: Deps, held: Held) -> None:
    """Have the processor let go of what is never captured. What it refuses to, the bank lets lapse."""
    if held.capturing_minor:
        await settle_payment(deps, held.order_id, held.number)
        return
    if held.captured_minor == 0:
        await expiry.void_instead(deps.db, held, deps.clock.now())
        return
    attempt = authorisation_reference(held.order_id, held.attempt, held.number)
    outcome = await deps.gateways.named(held.processor).release(
        processor_id=held.processor_id, reference=let_go_reference(attempt, "rest")
    )
    if isinstance(outcome, Moved | Rejected | BankDeclined):
        if not isinstance(outcome, Moved):
            log.warning("payment_not_released", payment_id=held.payment_id, code=outcome.code)
        await expiry.released(deps.db, held)
