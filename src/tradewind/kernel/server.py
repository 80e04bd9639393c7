"""The edge of a process: ASGI to Request, ids and deadline set, the answer sent, measured and logged.

What is done here is done for every request, so each line is counted: `python -m tests.gateway.edge_cost` measures it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from random import getrandbits
from typing import Any

from tradewind.kernel import deadline
from tradewind.kernel.card_numbers import refuse_in_target
from tradewind.kernel.errors import Refusal, Unauthenticated, Unavailable
from tradewind.kernel.http import Handler, Header, Receive, Request, Response, Send, internal_error, problem
from tradewind.kernel.identity import GUEST, InternalTokens
from tradewind.kernel.request_log import AccessLog, series_of
from tradewind.kernel.telemetry import enter, exporting, log, new_traceparent, span
from tradewind.ports.database import DatabaseUnavailable

REQUEST_SECONDS = 30.0
LONGEST_REQUEST_ID = 64
EVENT_STREAM: Header = (b"content-type", b"text/event-stream")
_TRACEPARENT = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

Scope = dict[str, Any]


class Server:
    """An ASGI application around one handler.

    With `tokens`, the caller is another process of the platform and says who is calling in a signed
    header; without, this is the outer edge, and such headers are dropped.
    """

    def __init__(self, handler: Handler, tokens: InternalTokens | None, *, access_log: bool = True) -> None:
        self._handler, self._tokens = handler, tokens
        self._access_log = AccessLog() if access_log else None
        self.in_flight = 0
        self._draining = asyncio.Event()

    def drain(self) -> None:
        """End every stream of events, now and as it comes: their clients connect again, to who stays up. What
        is under way otherwise goes on to its end."""
        self._draining.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            assert scope["type"] == "lifespan", f"{scope['type']} is not served"
            await _lifespan(receive, send)
            return
        started = time.perf_counter()
        request = _request(scope, receive)
        self.in_flight += 1
        try:
            try:
                _search(request)
                if self._tokens is None:
                    _meet_outsider(request)
                else:
                    _meet_platform(request, self._tokens)
                if exporting():
                    response = await self._traced(request)
                else:
                    response = await self._handler(request)
            except Exception as error:  # noqa: BLE001 - the last line: answered as a refusal or a 500
                response = failure(request, error)
            await self._send(send, receive, response, request)
        finally:
            self.in_flight -= 1
        seconds = time.perf_counter() - started
        series = series_of(request.method, request.route or "none", response.status)
        series.observe(seconds)
        if self._access_log is not None:
            self._access_log.write(series, request, seconds)

    async def _send(self, send: Send, receive: Receive, response: Response, request: Request) -> None:
        headers = response.headers
        headers.append((b"x-request-id", request.request_id.encode()))
        start = {"type": "http.response.start", "status": response.status, "headers": headers}
        if response.stream is not None:
            await send(start)
            over = self._draining if EVENT_STREAM in headers else None
            await _send_stream(send, receive, response.stream, request, over)
            return
        body = response.body
        if response.status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(body)))
        await send(start)
        await send({"type": "http.response.body", "body": body if request.method != "HEAD" else b""})

    async def _traced(self, request: Request) -> Response:
        with span(f"{request.method} {request.path}", request_id=request.request_id):
            return await self._handler(request)


def failure(request: Request, error: Exception) -> Response:
    """What an exception is answered with: a refusal as it says, anything else is recorded and a 500."""
    if isinstance(error, Refusal):
        return problem(error, request.request_id)
    if isinstance(error, DatabaseUnavailable):
        log.warning("database_unavailable", path=request.path, error=str(error))
        refusal = Unavailable("database_unavailable", "the database does not answer; try again shortly")
        return problem(refusal, request.request_id)
    log.error("request_failed", method=request.method, path=request.path, exc_info=error)
    return internal_error(request.request_id)


def _request(scope: Scope, receive: Receive) -> Request:
    given = scope["headers"]
    headers: dict[bytes, bytes] = dict(given)
    if len(headers) != len(given):
        headers.clear()
        for name, value in given:
            headers[name] = value if name not in headers else headers[name] + b", " + value
    request = Request(scope["method"], scope["path"], scope["query_string"], headers)
    request.receive = receive
    client = scope.get("client")
    if client:
        request.client_address = client[0]
    return request


def _search(request: Request) -> None:
    """Raises Invalid for a card's number, which is gone from the request then: it is not logged either."""
    headers = request.headers
    try:
        refuse_in_target(
            request.path, request.query, headers.get(b"idempotency-key"), headers.get(b"x-request-id")
        )
    except Refusal:
        request.path, request.query = "/refused", b""
        headers.clear()
        _enter(request, None)
        raise


def _meet_outsider(request: Request) -> None:
    headers = request.headers
    headers.pop(b"tradewind-identity", None)
    headers.pop(b"tradewind-deadline-ms", None)
    _enter(request, headers.get(b"x-request-id"))
    deadline.begin(REQUEST_SECONDS)


def _meet_platform(request: Request, tokens: InternalTokens) -> None:
    """Raises Unauthenticated for a forged token, or for none where one is needed."""
    headers = request.headers
    _enter(request, headers.get(b"x-request-id"))
    token = headers.get(b"tradewind-identity")
    request.principal = tokens.verify(token.decode("latin-1")) if token else GUEST
    if token is None and request.path.startswith("/_contract/"):
        raise Unauthenticated("internal_token_missing", "contracts are open to the platform alone")
    milliseconds = headers.get(b"tradewind-deadline-ms", b"")
    deadline.begin(int(milliseconds) / 1000 if milliseconds.isdigit() and token else REQUEST_SECONDS)


def _enter(request: Request, given_id: bytes | None) -> None:
    """The caller's ids where they are well-formed. A new request id is the id of its trace as well."""
    new_id = f"{getrandbits(128):032x}"
    request.request_id = new_id if given_id is None or not _well_formed(given_id) else given_id.decode()
    traceparent = request.headers.get(b"traceparent")
    if traceparent is None or _TRACEPARENT.fullmatch(traceparent) is None:
        enter(new_traceparent(new_id), request.request_id)
    else:
        enter(traceparent.decode("latin-1"), request.request_id)


def _well_formed(request_id: bytes) -> bool:
    plain = request_id.replace(b"-", b"").replace(b"_", b"").replace(b".", b"")
    return len(request_id) <= LONGEST_REQUEST_ID and plain.isalnum()


async def _send_stream(
    send: Send,
    receive: Receive,
    stream: AsyncIterator[bytes],
    request: Request,
    over: asyncio.Event | None,
) -> None:
    """Until the stream ends, the client leaves, or it is `over`, whichever is first: nobody produces for nobody.

    What breaks in the middle breaks the connection, so that half an answer is not taken for a whole one.
    """
    if request.method == "HEAD":
        await _close(stream)
        await send({"type": "http.response.body", "body": b""})
        return
    pump = asyncio.create_task(_pump(send, stream))
    ends: list[asyncio.Task[Any]] = [asyncio.create_task(_disconnected(receive))]
    if over is not None:
        ends.append(asyncio.create_task(over.wait()))
    try:
        await asyncio.wait((pump, *ends), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (pump, *ends):
            task.cancel()
        outcome, *_ = await asyncio.gather(pump, *ends, return_exceptions=True)
        await _close(stream)
    if isinstance(outcome, Exception):
        log.error("stream_failed", method=request.method, path=request.path, exc_info=outcome)
        raise outcome
    if over is not None and over.is_set() and isinstance(outcome, asyncio.CancelledError):
        await send({"type": "http.response.body", "body": b""})


async def _pump(send: Send, stream: AsyncIterator[bytes]) -> None:
    async for chunk in stream:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass  # a body that nobody read


async def _close(stream: AsyncIterator[bytes]) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
