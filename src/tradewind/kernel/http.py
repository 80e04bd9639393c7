"""HTTP as data: requests, responses, routes with their policies, and problem documents (RFC 9457).

Routes are matched and served without a framework's middleware stack: see docs/adr/0001.
This file alone knows which status a refusal has.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from tradewind.kernel.card_numbers import refuse_in_body
from tradewind.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    MethodNotAllowed,
    NotFound,
    Refusal,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import GUEST, Principal

STATUS: dict[type[Refusal], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    Conflict: 409,
    TooLarge: 413,
    UnsupportedMedia: 415,
    Invalid: 422,
    TooManyRequests: 429,
    Unavailable: 503,
}
JSON = (b"content-type", b"application/json")
PROBLEM = (b"content-type", b"application/problem+json")
DEFAULT_MAX_BODY_BYTES = 256 * 1024
READ_SECONDS = 30.0
UNSEARCHED = ("/_contract/", "/v1/webhooks/")  # bodies from ourselves, and from processors, who sign them

Body = TypeVar("Body")
Query = TypeVar("Query")
Header = tuple[bytes, bytes]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Request:
    """One HTTP request. `principal` was set at the edge; `body` is here once `read` was awaited."""

    __slots__ = (
        "body",
        "client_address",
        "headers",
        "method",
        "parameters",
        "path",
        "principal",
        "query",
        "receive",
        "request_id",
        "route",
    )

    def __init__(
        self,
        method: str,
        path: str,
        query: bytes = b"",
        headers: dict[bytes, bytes] | None = None,
        body: bytes = b"",
    ) -> None:
        self.method, self.path, self.query, self.body = method, path, query, body
        self.headers: dict[bytes, bytes] = headers or {}
        self.principal: Principal = GUEST
        self.parameters: dict[str, str] = {}
        self.client_address = ""
        self.receive: Receive | None = None  # where the body comes from, while it is not here
        self.request_id = ""
        self.route = ""  # the template that matched, for metrics and logs

    def header(self, name: bytes) -> str | None:
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    async def read(self, most_bytes: int) -> None:
        """Have the body here, decompressed. One that is too large is refused by its declared length, before
        it is taken in.

        Raises TooLarge; Invalid for one that holds a card's number; Malformed for a body that ends early, does
        not come in READ_SECONDS or is not as it was compressed; UnsupportedMedia for a compression other than
        gzip.
        """
        receive = self.receive
        if receive is None or self.method in ("GET", "HEAD"):
            return
        declared = self.headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > most_bytes:
            raise TooLarge("body_too_large", f"this route takes at most {most_bytes} bytes")
        try:
            async with asyncio.timeout(READ_SECONDS):
                self.body = await _whole_body(receive, most_bytes)
        except TimeoutError:
            raise Malformed("body_incomplete", f"the body did not come in {READ_SECONDS:g} s") from None
        self.receive = None
        if b"content-encoding" in self.headers:
            self.body = _decompressed(self.body, self.headers.pop(b"content-encoding"), most_bytes)
        if self.body and not self.path.startswith(UNSEARCHED):
            refuse_in_body(self.body, self.headers.get(b"content-type", b""))


class Response:
    __slots__ = ("body", "headers", "status", "stream")

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        headers: list[Header] | None = None,
        stream: AsyncIterator[bytes] | None = None,
    ) -> None:
        self.status, self.body, self.stream = status, body, stream
        self.headers: list[Header] = [] if headers is None else headers


Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """What a process answers beside its services' routes. `face`: made for people, who are shown a page even
    when something fails, and whose session may be over without their noticing."""

    path: str
    respond: Handler
    method: str = "GET"
    face: bool = False


async def _whole_body(receive: Receive, most_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed("body_incomplete", "the connection ended before the body did")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most_bytes:
            raise TooLarge("body_too_large", f"this route takes at most {most_bytes} bytes")
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _decompressed(body: bytes, encoding: bytes, most_bytes: int) -> bytes:
    """At most `most_bytes`, however small it was made."""
    name = encoding.strip().lower()
    if name in (b"identity", b"") or not body:
        return body
    if name not in (b"gzip", b"x-gzip"):
        raise UnsupportedMedia(
            "unsupported_encoding", "send the body as it is, or as gzip", field="Content-Encoding"
        )
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(body, most_bytes + 1)
    except zlib.error as error:
        raise Malformed("malformed_gzip", f"the body is not gzip: {error}") from error
    if len(plain) > most_bytes:
        raise TooLarge("body_too_large", f"this route takes at most {most_bytes} bytes, decompressed")
    if not stream.eof or stream.unused_data:
        raise Malformed("malformed_gzip", "the body is not one whole gzip stream")
    return plain


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may call a route. `permission` None and `signed_in` False is open to all.

    `owner` says that the use case itself scopes by the caller: what belongs to others is NotFound.
    """

    name: str
    signed_in: bool = False
    permission: str | None = None
    owner: bool = False
    internal: bool = False

    def authorise(self, principal: Principal) -> None:
        """Raises Unauthenticated or Forbidden."""
        if self.internal:
            if principal.kind != "service":
                raise NotFound("route_not_found", "there is no such route")
        elif self.permission is not None:
            if principal.kind == "guest":
                raise Unauthenticated("authentication_required", "sign in, or send an API key")
            if self.permission not in principal.permissions:
                raise Forbidden("permission_required", f"this needs the permission {self.permission}")
        elif self.signed_in and principal.kind not in ("account", "api_key"):
            raise Unauthenticated("authentication_required", "sign in, or send an API key")


PUBLIC = Policy("public")
ACCOUNT = Policy("account", signed_in=True, owner=True)
OWNER = Policy("owner", owner=True)
INTERNAL = Policy("internal", internal=True)


def permission(name: str) -> Policy:
    """Staff (or an API key) holding the permission, such as `orders:write`."""
    return Policy("permission", permission=name)


class Call(msgspec.Struct, Generic[Body, Query], frozen=True):
    """A request as a route's function sees it: decoded, checked, and known by whom."""

    principal: Principal
    body: Body
    query: Query
    parameters: dict[str, str]
    once: Once
    headers: dict[bytes, bytes]

    def uuid(self, name: str) -> UUID:
        """A path parameter. One that is no UUID names nothing that exists: NotFound."""
        try:
            return UUID(self.parameters[name])
        except ValueError:
            raise NotFound(f"{name.removesuffix('_id')}_not_found", f"{name} is not a known id") from None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that differs from its route's status, or carries headers of its own."""

    value: object
    status: int | None = None
    headers: tuple[Header, ...] = ()
    media_type: str | None = None  # of a `value` of bytes or a stream: one that the route lists in `also`


@dataclass(frozen=True)
class Route:
    """One method on one path. `path` holds parameters as `{name}`; a name ending in `_id` is a UUID."""

    method: str
    path: str
    handler: Callable[[Any, Any], Awaitable[object]]
    policy: Policy
    summary: str
    answer: Any = None
    body: Any = None  # a msgspec type; `bytes` takes the body as it is
    query: type | None = None
    status: int = 200
    pending: bool = False  # 202, with the same shape, while the outcome is unknown: a repeat tells it
    errors: tuple[tuple[type[Refusal], str], ...] = ()
    example: Any = None
    secret: bool = False  # body or answer hold a secret: the answer is kept sealed, never cached
    keyed: bool = True  # an Idempotency-Key is honoured (mutations only)
    cache_seconds: int | None = None  # shared caches may keep it so long
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    media_type: str = "application/json"  # of the answer, when it is bytes or a stream
    also: tuple[str, ...] = ()  # media types that it answers as well, when it is asked to
    write_key: bool = False  # the service reads Authorization: Basic by itself; others are asked who they are
    cost: int = 1  # what it takes from a client's rate limit; 0: a party that must get through

    @property
    def mutates(self) -> bool:
        return self.method not in ("GET", "HEAD")

    @property
    def parameter_names(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{(\w+)\}", self.path))


def problem(refusal: Refusal, request_id: str = "") -> Response:
    """RFC 9457, with `code` (stable), `field` (the part of the input) and `request_id` added."""
    status = STATUS.get(type(refusal), 500)
    document: dict[str, Any] = {
        "type": f"urn:tradewind:problem:{refusal.code}",
        "title": refusal.code.replace("_", " ").capitalize(),
        "status": status,
        "detail": refusal.message,
        "code": refusal.code,
    }
    if refusal.field is not None:
        document["field"] = refusal.field
    if refusal.details:
        document["details"] = refusal.details
    if request_id:
        document["request_id"] = request_id
    headers = [PROBLEM, (b"cache-control", b"no-store")]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if refusal.details and "retry_after_seconds" in refusal.details:
        headers.append((b"retry-after", str(refusal.details["retry_after_seconds"]).encode()))
    if refusal.details and "allow" in refusal.details:
        headers.append((b"allow", ", ".join(refusal.details["allow"]).encode()))
    return Response(status, msgspec.json.encode(document), headers)


def internal_error(request_id: str) -> Response:
    document = {
        "type": "urn:tradewind:problem:internal_error",
        "title": "Internal error",
        "status": 500,
        "detail": "something went wrong on our side; it was recorded under this request id",
        "code": "internal_error",
        "request_id": request_id,
    }
    return Response(500, msgspec.json.encode(document), [PROBLEM, (b"cache-control", b"no-store")])
