"""/health/live, /health/ready and /metrics as the outside may see them."""

from __future__ import annotations

import hmac
import time
from collections.abc import Awaitable, Callable

from tradewind.gateway.addresses import from_this_machine
from tradewind.gateway.settings import Settings
from tradewind.kernel.compose import Runtime
from tradewind.kernel.errors import NotFound
from tradewind.kernel.health import health_response
from tradewind.kernel.http import Page, Request, Response

READINESS_KEPT_SECONDS = 0.5  # anybody may ask, and each answer costs queries


def operational_pages(runtime: Runtime, settings: Settings) -> tuple[Page, ...]:
    readiness = _kept(runtime)

    async def names_only() -> list[str]:
        """Which services are not ready; why, with addresses and versions, is for those inside."""
        return sorted({reason.partition(":")[0] for reason in await readiness()})

    async def health(request: Request) -> Response:
        reasons = readiness if _may_look_inside(request, settings) else names_only
        answer = await health_response(reasons, request)
        assert answer is not None, f"{request.path} is one of its paths"
        return answer

    async def metrics(request: Request) -> Response:
        if not _may_look_inside(request, settings):
            raise NotFound("route_not_found", "metrics are for this machine, or for who has the token")
        return await health(request)

    return Page("/health/live", health), Page("/health/ready", health), Page("/metrics", metrics)


def _may_look_inside(request: Request, settings: Settings) -> bool:
    if from_this_machine(request):
        return True
    given = request.headers.get(b"authorization", b"").removeprefix(b"Bearer ")
    return bool(settings.metrics_token) and hmac.compare_digest(given, settings.metrics_token.encode())


def _kept(runtime: Runtime) -> Callable[[], Awaitable[list[str]]]:
    """The runtime's readiness, asked anew when the last answer is old. That it drains is known at once."""
    reasons: list[str] = []
    fresh_until = 0.0

    async def readiness() -> list[str]:
        nonlocal reasons, fresh_until
        if runtime.draining or time.monotonic() >= fresh_until:
            reasons = await runtime.readiness()
            fresh_until = time.monotonic() + READINESS_KEPT_SECONDS
        return reasons

    return readiness
