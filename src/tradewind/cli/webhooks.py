"""The sandbox card processor is told where to send its webhooks; real processors are told in their dashboards."""

from __future__ import annotations

from tradewind.adapters.payment_gateway.sandbox import SandboxGateway
from tradewind.kernel.compose import Runtime
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.telemetry import log


async def register_webhooks(runtime: Runtime, shop_url: str) -> None:
    """Without them nothing is lost: unknown outcomes are asked for, only later."""
    payment = runtime.running.get("payment")
    if payment is None or not shop_url or "sandbox" not in payment.deps.gateways.names:
        return
    gateway = payment.deps.gateways.named("sandbox")
    assert isinstance(gateway, SandboxGateway), "that is the sandbox's name"
    try:
        await gateway.set_webhook_endpoint(f"{shop_url}/v1/webhooks/sandbox")
    except Unavailable as error:
        log.warning("webhooks_not_registered", error=str(error))
