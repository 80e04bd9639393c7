"""Find out what became of a capture, refund or void whose outcome is open, and bring it to its end.

An operation once begun is carried through, even where the order was cancelled since: only the end tells
whether money moved, and close_payment then gives it back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tradewind.kernel.telemetry import log
from tradewind.ports.database import Transaction
from tradewind.ports.payment_gateway import (
    FoundMove,
    Moved,
    MoveOutcome,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Rejected,
)
from tradewind.services.payment import queries
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import (
    INTERNAL_METHODS,
    OPEN_OPERATION,
    AttemptMove,
    Operation,
    OperationMove,
    operation_move,
    pause,
)
from tradewind.services.payment.events import attempt_news, operation_news
from tradewind.services.payment.references import (
    AttemptKey,
    OperationKey,
)
from tradewind.services.payment.store import attempts, internal, operations


async def settle_operation(deps: Deps, key: OperationKey) -> Operation:
    """Answers it as it then is; untouched where another driver has it in hand or nothing is open."""
    now = deps.clock.now()
    leased_until = now + timedelta(seconds=deps.settings.lease_seconds)
    claimed = await operations.claim_operation(deps.db, key, leased_until, now)
    if claimed is None:
        return await _current(deps, key)
    if claimed.state != "pending" and claimed.method not in INTERNAL_METHODS:
        found = await _find(deps, claimed)
        if not isinstance(found, NotFound):
            return await record_operation(deps, claimed, found)
    return await _send_again(deps, claimed)


async def send_operation(deps: Deps, operation: Operation) -> Operation:
    """Send one whose intent was committed just now, and record what the processor says."""
    return await record_operation(deps, operation, await _send(deps, operation))


async def fail_operation(deps: Deps, operation: Operation, code: str, message: str) -> Operation:
    """One that was not sent, and will not be."""
    return await record_operation(deps, operation, Rejected(code, message))


async def record_operation(deps: Deps, operation: Operation, outcome: FoundMove | Rejected) -> Operation:
    """Commit what was learned, with its amounts, posting and event; answers it as it then is."""
    move, now = operation_move(operation.state, outcome), deps.clock.now()
    if move.to not in ("succeeded", "failed"):
        due_in = pause(
            deps.settings.resolve_first_seconds, deps.settings.resolve_most_seconds, operation.tries
        )
        await operations.leave_operation_open(deps.db, operation, move, now + due_in, now)
        log.warning("payment_outcome_open", reference=operation.reference, reason=move.detail)
        return replace(operation, state=move.to or operation.state)
    async with deps.db.begin() as tx:
        if operation.kind == "void":
            settled = await operations.settle_void(tx, operation, move, now)
            if settled and move.to == "succeeded":
                await _void_attempt(deps, tx, operation)
        else:
            settled = await operations.settle_move(tx, operation, move, now)
            if settled:
                await deps.outbox.append(tx, *operation_news(operation, move))
        if settled and move.to == "succeeded" and operation.method in INTERNAL_METHODS:
            await internal.move(tx, operation, now)
            to_return = await internal.left_the_bank(tx, operation) if operation.kind != "capture" else None
            await deps.outbox.append(tx, *([to_return] if to_return else []))
    if not settled:
        return await _record_late(deps, operation, outcome)
    if move.to == "failed":
        log.warning("payment_operation_failed", reference=operation.reference, code=move.failure_code)
    return _after(operation, move)


async def _void_attempt(deps: Deps, tx: Transaction, operation: Operation) -> None:
    """The attempt that a void ended. It may have been confirmed, or declined, while the void was sent."""
    key = AttemptKey(operation.order_id, operation.attempt, operation.number)
    attempt = await queries.attempt(tx, key)
    assert attempt is not None, "a void is of an attempt"
    move = AttemptMove("voided")
    for state in ("authorised", "action_required"):
        moved = await attempts.move_attempt(tx, replace(attempt, state=state), move, None, deps.clock.now())
        if moved is not None:
            await deps.outbox.append(tx, *attempt_news(attempt, move, moved))
            return


async def _record_late(deps: Deps, operation: Operation, outcome: FoundMove | Rejected) -> Operation:
    """Another driver moved it meanwhile; an outcome still counts where it is open."""
    current = await _current(deps, OperationKey(operation.kind, operation.id))
    if current.state in OPEN_OPERATION and current.state not in (operation.state, "pending"):
        return await record_operation(deps, current, outcome)
    return current


async def _send(deps: Deps, operation: Operation) -> MoveOutcome:
    """What is kept here succeeds when it is recorded."""
    if operation.method in INTERNAL_METHODS:
        return Moved(str(operation.id))
    gateway = deps.gateways.named(operation.processor)
    if operation.kind == "void":
        return await gateway.void(processor_id=operation.processor_id, reference=operation.reference)
    move = gateway.capture if operation.kind == "capture" else gateway.refund
    return await move(
        processor_id=operation.processor_id,
        reference=operation.reference,
        amount_minor=operation.amount_minor,
        currency=operation.currency,
    )


async def _send_again(deps: Deps, operation: Operation) -> Operation:
    """Under the same reference, so that it has one effect at most, however often it is sent."""
    first_time = operation.state == "pending"
    if operation.kind == "refund" and await queries.is_disputed(deps.db, operation):
        return await _hold_back(deps, operation, sent=not first_time)
    state = await operations.mark_operation_sent(deps.db, operation, deps.clock.now())
    if state is None:
        return await _current(deps, OperationKey(operation.kind, operation.id))
    operation = replace(operation, state=state)
    outcome: FoundMove | Rejected = await _send(deps, operation)
    if not first_time and isinstance(outcome, NotSent):
        outcome = OutcomeUnknown(outcome.reason)
    if not first_time and isinstance(outcome, Rejected):
        # This request had no effect; the one before may have arrived since we asked.
        found = await _find(deps, operation)
        outcome = outcome if isinstance(found, NotFound) else found
    return await record_operation(deps, operation, outcome)


async def _hold_back(deps: Deps, operation: Operation, *, sent: bool) -> Operation:
    """A refund that the processor does not know, of what is disputed by now, is not sent any more. One that was
    sent may still arrive there: until that is past, it is asked about."""
    settled_after = timedelta(seconds=deps.settings.settled_after_seconds)
    if sent and operation.sent_at is not None and deps.clock.now() < operation.sent_at + settled_after:
        return await record_operation(deps, operation, NotFound())
    return await fail_operation(deps, operation, "payment_disputed", "the customer disputes it by now")


async def _find(deps: Deps, operation: Operation) -> FoundMove:
    """A question that was not sent leaves open what became of the operation."""
    gateway = deps.gateways.named(operation.processor)
    found = await gateway.find_move(operation.kind, operation.reference, operation.processor_id)
    return OutcomeUnknown(found.reason) if isinstance(found, NotSent) else found


async def _current(deps: Deps, key: OperationKey) -> Operation:
    current = await queries.operation(deps.db, key)
    assert current is not None, "operations are never removed"
    return current


def _after(operation: Operation, move: OperationMove) -> Operation:
    return replace(
        operation,
        state=move.to or operation.state,
        failure_code=move.failure_code,
        failure_message=move.failure_message,
        declined=move.declined,
    )
