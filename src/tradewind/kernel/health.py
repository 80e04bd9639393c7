"""/health/live, /health/ready and /metrics: for load balancers, supervisors and those on call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tradewind.kernel.http import JSON, Request, Response

_NO_STORE = (b"cache-control", b"no-store")


async def health_response(readiness: Callable[[], Awaitable[list[str]]], request: Request) -> Response | None:
    """Live: the process answers. Ready: its databases answer and their schemas are up to date.

    None where the request is for something else.
    """
    if request.path == "/health/live":
        request.route = request.path
        return Response(200, b'{"status":"live"}', [JSON, _NO_STORE])
    if request.path == "/health/ready":
        request.route = request.path
        wrong = await readiness()
        body = msgspec.json.encode({"status": "not ready" if wrong else "ready", "reasons": wrong})
        headers = [JSON, _NO_STORE]
        return (
            Response(503, body, [*headers, (b"retry-after", b"1")]) if wrong else Response(200, body, headers)
        )
    if request.path == "/metrics":
        request.route = request.path
        return Response(200, generate_latest(), [(b"content-type", CONTENT_TYPE_LATEST.encode()), _NO_STORE])
    return None
