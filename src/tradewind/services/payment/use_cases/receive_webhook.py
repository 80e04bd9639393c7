"""Take in what the processor sends. It is only a hint to ask, so neither order nor repeats matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tradewind.kernel.errors import Invalid, NotFound, Unauthenticated
from tradewind.ports.payment_gateway import WebhookRefused
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import AttemptKey, OperationKey, parse_reference
from tradewind.services.payment.store import attempts, operations, webhooks
from tradewind.services.payment.use_cases.settle_attempt import settle_attempt
from tradewind.services.payment.use_cases.settle_dispute import settle_dispute
from tradewind.services.payment.use_cases.settle_operation import settle_operation


@dataclass(frozen=True, slots=True)
class IncomingWebhook:
    processor: str
    headers: Mapping[bytes, bytes]
    body: bytes


async def receive_webhook(deps: Deps, command: IncomingWebhook) -> None:
    """What it is about is due from the moment that the webhook is kept: if asking at once fails, or this
    process dies, the resolving job asks."""
    if command.processor not in deps.gateways.names:
        raise NotFound("processor_not_found", f"webhooks of {', '.join(deps.gateways.names)} are taken here")
    now = deps.clock.now()
    try:
        notice = await deps.gateways.named(command.processor).read_webhook(command.headers, command.body, now)
    except WebhookRefused as refused:
        if refused.forged:
            raise Unauthenticated("webhook_signature_invalid", str(refused)) from refused
        raise Invalid("webhook_unreadable", str(refused)) from refused
    keys = [parse_reference(reference) for reference in notice.references]
    of_attempts = [key for key in keys if isinstance(key, AttemptKey)]
    of_operations = [key for key in keys if isinstance(key, OperationKey)]
    async with deps.db.begin() as tx:
        if not await webhooks.insert_webhook(tx, command.processor, notice.webhook_id, command.body, now):
            return
        due_attempts = await attempts.make_attempts_due(tx, of_attempts, now)
        due_operations = await operations.make_operations_due(tx, of_operations, now) if of_operations else []
    for dispute_id in notice.disputes:
        await settle_dispute(deps, command.processor, dispute_id)
    for key in due_attempts:
        await settle_attempt(deps, key)
    for operation in due_operations:
        await settle_operation(deps, operation)
