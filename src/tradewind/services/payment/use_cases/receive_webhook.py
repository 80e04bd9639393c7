"""Take in what the processor sends. It is only a hint to ask, so neither order nor repeats matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tradewind.kernel.errors import Invalid, NotFound, Unauthenticated
from tradewind.ports.payment_gateway import WebhookRefused
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.store import webhooks
from tradewind.services.payment.use_cases.apply_webhook import apply_webhook


@dataclass(frozen=True, slots=True)
class IncomingWebhook:
    processor: str
    headers: Mapping[bytes, bytes]
    body: bytes


async def receive_webhook(deps: Deps, command: IncomingWebhook) -> None:
    """Kept as it came, sealed, and once by its id; then looked at. If this process dies in between, a job does."""
    if command.processor not in deps.gateways.names:
        raise NotFound("processor_not_found", f"webhooks of {', '.join(deps.gateways.names)} are taken here")
    now = deps.clock.now()
    try:
        notice = await deps.gateways.named(command.processor).read_webhook(command.headers, command.body, now)
    except WebhookRefused as refused:
        if refused.forged:
            raise Unauthenticated("webhook_signature_invalid", str(refused)) from refused
        raise Invalid("webhook_unreadable", str(refused)) from refused
    async with deps.db.begin() as tx:
        if not await webhooks.insert_webhook(
            tx, deps.webhook_bodies, deps.clock.new_id(), command.processor, notice, command.body, now
        ):
            return
    await apply_webhook(deps, command.processor, notice)
