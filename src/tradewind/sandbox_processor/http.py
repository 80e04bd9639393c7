"""HTTP over ASGI: a request, an answer, and the connection beneath them."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from tradewind.sandbox_processor.refusals import Refusal, invalid_request
from tradewind.sandbox_processor.wire import Problem

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LARGEST_BODY_BYTES = 64 * 1024
MOST_FORM_FIELDS = 32


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class Connection:
    """The transport under a request, for the faults that a client sees there and nowhere else."""

    def __init__(self, transport: asyncio.Transport, receive: Receive) -> None:
        self._transport = transport
        self._receive = receive

    async def close_after(self, seconds: float, stopping: asyncio.Event) -> None:
        """Say nothing for `seconds`, or until the client leaves or the process stops; then hang up."""
        waits = [asyncio.create_task(self._until_client_leaves()), asyncio.create_task(stopping.wait())]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._transport.close()
        await self._until_client_leaves()

    async def reset(self) -> None:
        """Hang up so that the client is told "connection reset by peer"."""
        descriptor = self._transport.get_extra_info("socket").fileno()
        with socket.fromfd(descriptor, socket.AF_INET, socket.SOCK_STREAM) as duplicate:
            duplicate.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()
        await self._until_client_leaves()

    async def _until_client_leaves(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue


@dataclass(slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    connection: Connection
    path_values: Mapping[str, str] = field(default_factory=dict)

    def form(self) -> dict[str, str]:
        """The fields of a form as a browser sends it without JavaScript."""
        if not self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            raise Refusal(415, "invalid_request", "unsupported_media_type", "A form is expected.")
        return _pairs(self.body, "The form cannot be read.")


async def read_request(scope: Mapping[str, Any], receive: Receive) -> Request:
    """The whole request, its body of at most LARGEST_BODY_BYTES."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY_BYTES:
            raise Refusal(413, "invalid_request", "body_too_large", "The body is too large.")
        if not message.get("more_body"):
            break
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=_pairs(scope["query_string"], "The query cannot be read."),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=bytes(body),
        connection=Connection(scope["extensions"]["transport"], receive),
    )


def json_answer(status: int, value: object) -> Answer:
    return Answer(status, msgspec.json.encode(value))


def problem_answer(refusal: Refusal) -> Answer:
    problem = Problem(refusal.type, refusal.code, refusal.message, refusal.field)
    answer = Answer(refusal.status, msgspec.json.encode(problem), "application/problem+json")
    if refusal.status == 401:
        answer.headers["www-authenticate"] = "Bearer"
    return answer


def see_other(location: str) -> Answer:
    return Answer(303, content_type="text/plain", headers={"location": location})


async def send_answer(answer: Answer, send: Send) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *((name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _pairs(text: bytes, complaint: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        return dict(parse_qsl(text.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS))
    except ValueError:
        raise invalid_request("malformed_form", complaint) from None
