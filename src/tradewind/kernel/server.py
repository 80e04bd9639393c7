"""The edge of a process: ASGI to Request, ids and deadline set, the answer measured, logged and sent."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from prometheus_client import Counter, Histogram

from tradewind.kernel import deadline
from tradewind.kernel.errors import Refusal, TooLarge, Unauthenticated
from tradewind.kernel.http import Handler, Request, Response, internal_error, problem
from tradewind.kernel.identity import GUEST, InternalTokens
from tradewind.kernel.telemetry import enter, exporting, log, new_traceparent, span

REQUEST_SECONDS = 30.0
LARGEST_BODY_BYTES = 64 * 1024 * 1024  # no route takes more; each route has its own, smaller limit

_requests = Counter("tradewind_http_requests_total", "Requests answered.", ["method", "route", "status"])
_seconds = Histogram(
    "tradewind_http_request_seconds",
    "Time to answer a request.",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Metrics:
    """Children of the two metrics, looked up once a route: labels() hashes its arguments each time."""

    def __init__(self) -> None:
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        key = (method, route, status)
        children = self._children.get(key)
        if children is None:
            children = (_requests.labels(method, route, str(status)), _seconds.labels(method, route))
            self._children[key] = children
        children[0].inc()
        children[1].observe(seconds)


class Server:
    """An ASGI application around one handler.

    With `tokens`, the caller is another process of the platform and says who is calling in a signed
    header; without, this is the outer edge, and such headers are dropped.
    """

    def __init__(self, handler: Handler, tokens: InternalTokens | None, *, access_log: bool = True) -> None:
        self._handler, self._tokens, self._access_log = handler, tokens, access_log
        self._metrics = Metrics()
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            assert scope["type"] == "lifespan", f"{scope['type']} is not served"
            await _lifespan(receive, send)
            return
        started = time.perf_counter()
        request = _request(scope)
        self.in_flight += 1
        try:
            response = await self._answer(request, scope, receive)
            await _send(send, response, request)
        finally:
            self.in_flight -= 1
        seconds = time.perf_counter() - started
        self._metrics.observe(request.method, request.route or "none", response.status, seconds)
        if self._access_log:
            _write_access_log(request, response, seconds)

    async def _answer(self, request: Request, scope: Scope, receive: Receive) -> Response:
        try:
            self._identify(request, scope)
            request.body = await _body(request, receive)
            if exporting():
                with span(f"{request.method} {request.path}", request_id=request.request_id):
                    return await self._handler(request)
            return await self._handler(request)
        except Refusal as refusal:
            return problem(refusal, request.request_id)
        except Exception as error:  # noqa: BLE001 - the last line: recorded, and answered as a 500
            log.error("request_failed", method=request.method, path=request.path, exc_info=error)
            return internal_error(request.request_id)

    def _identify(self, request: Request, scope: Scope) -> None:
        headers = request.headers
        if self._tokens is None:
            for name in (b"tradewind-identity", b"tradewind-deadline-ms"):
                headers.pop(name, None)
            request.request_id = os.urandom(12).hex()
            enter(_traceparent(headers), request.request_id)
            deadline.start(REQUEST_SECONDS)
            return
        token = headers.get(b"tradewind-identity")
        request.principal = self._tokens.verify(token.decode("latin-1")) if token else GUEST
        if token is None and request.path.startswith("/_contract/"):
            raise Unauthenticated("internal_token_missing", "contracts are open to the platform alone")
        request.request_id = (headers.get(b"x-request-id") or os.urandom(12).hex().encode()).decode("latin-1")
        enter(_traceparent(headers), request.request_id)
        milliseconds = headers.get(b"tradewind-deadline-ms", b"")
        deadline.start(int(milliseconds) / 1000 if milliseconds.isdigit() and token else REQUEST_SECONDS)


def _request(scope: Scope) -> Request:
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        headers[name] = value if name not in headers else headers[name] + b", " + value
    request = Request(scope["method"], scope["path"], scope["query_string"], headers)
    client = scope.get("client")
    if client:
        request.client_address = client[0]
    return request


def _traceparent(headers: dict[bytes, bytes]) -> str:
    given = headers.get(b"traceparent", b"")
    if len(given) == 55 and given[:3] == b"00-" and given[35:36] == b"-":
        return given.decode("latin-1")
    return new_traceparent()


async def _body(request: Request, receive: Receive) -> bytes:
    if request.method in ("GET", "HEAD"):
        return b""
    declared = request.headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > LARGEST_BODY_BYTES:
        raise TooLarge("body_too_large", f"no route takes more than {LARGEST_BODY_BYTES} bytes")
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    chunks, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        chunk = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST_BODY_BYTES:
            raise TooLarge("body_too_large", f"no route takes more than {LARGEST_BODY_BYTES} bytes")
    return b"".join(chunks)


async def _send(send: Send, response: Response, request: Request) -> None:
    headers = response.headers
    headers.append((b"x-request-id", request.request_id.encode()))
    body = response.body if request.method != "HEAD" else b""
    if response.stream is None:
        if response.status not in (204, 304):
            headers.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    async for chunk in response.stream:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _write_access_log(request: Request, response: Response, seconds: float) -> None:
    """Written past the logging library, which costs as much as a query."""
    line = msgspec.json.encode(
        {
            "event": "request",
            "method": request.method,
            "path": request.path,
            "route": request.route,
            "status": response.status,
            "milliseconds": round(seconds * 1000, 2),
            "request_id": request.request_id,
            "caller": request.principal.kind,
            "level": "info",
            "timestamp": time.time(),
        }
    )
    sys.stderr.buffer.write(line + b"\n")
