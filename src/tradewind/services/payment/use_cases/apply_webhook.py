"""What a webhook names is asked about, if it fits what we know; else it is parked for a person."""

from __future__ import annotations

from tradewind.kernel.telemetry import log
from tradewind.ports.database import Transaction
from tradewind.ports.payment_gateway import Notice, Said
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.references import (
    AttemptKey,
    OperationKey,
    parse_reference,
)
from tradewind.services.payment.store import attempts, operations, webhooks
from tradewind.services.payment.use_cases.settle_attempt import settle_attempt
from tradewind.services.payment.use_cases.settle_dispute import NOT_TOLD, settle_dispute
from tradewind.services.payment.use_cases.settle_operation import settle_operation


async def apply_webhook(deps: Deps, processor: str, notice: Notice) -> None:
    """Safe to repeat: one that was applied or parked stays so. Of one that is parked nothing is asked; what it names
    is due from the moment that it is not."""
    now, known = deps.clock.now(), notice.webhook_id
    due_attempts: list[AttemptKey] = []
    due_operations: list[OperationKey] = []
    async with deps.db.begin() as tx:
        if await webhooks.lock(tx, processor, known) != "received":
            return
        problem = await _misfit(tx, processor, notice)
        if problem is None:
            keys = [parse_reference(one) for one in notice.references]
            of_attempts = [key for key in keys if isinstance(key, AttemptKey)]
            of_operations = [key for key in keys if isinstance(key, OperationKey)]
            # Operations before attempts: a void that is settled locks them in this order.
            due_operations = (
                await operations.make_operations_due(tx, of_operations, now) if of_operations else []
            )
            due_attempts = await attempts.make_attempts_due(tx, of_attempts, now) if of_attempts else []
        if problem is not None or not notice.disputes:
            await webhooks.end(tx, processor, known, problem, now)
    if problem is None and notice.disputes:
        problem = await _settle_disputes(deps, processor, notice)
    if problem is not None:
        log.warning("webhook_parked", processor=processor, webhook_id=known, problem=problem)
    for key in due_attempts:
        await settle_attempt(deps, key)
    for operation in due_operations:
        await settle_operation(deps, operation)


async def _settle_disputes(deps: Deps, processor: str, notice: Notice) -> str | None:
    """Why it is parked. While the processor cannot be asked it stays as it is, and a job asks again."""
    problems = [await settle_dispute(deps, processor, dispute_id) for dispute_id in notice.disputes]
    if NOT_TOLD in problems:
        return None
    problem = next((one for one in problems if one is not None), None)
    async with deps.db.begin() as tx:
        if await webhooks.lock(tx, processor, notice.webhook_id) == "received":
            await webhooks.end(tx, processor, notice.webhook_id, problem, deps.clock.now())
    return problem


async def _misfit(tx: Transaction, processor: str, notice: Notice) -> str | None:
    for said in notice.said:
        problem = await _misfit_of(tx, processor, said)
        if problem is not None:
            return problem
    return None


async def _misfit_of(tx: Transaction, processor: str, said: Said) -> str | None:
    match parse_reference(said.reference):
        case AttemptKey() as key:
            return await webhooks.misfit_attempt(tx, processor, key, said)
        case OperationKey() as key:
            return await webhooks.misfit_operation(tx, processor, key, said)
        case None:
            return "reference_unknown"
