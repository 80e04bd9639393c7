"""What the gateway itself shows: a welcome, the OpenAPI document, and the reference made of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Protocol

import msgspec

from tradewind.gateway.reference.page import reference_page
from tradewind.gateway.reference.parts import CONTENT_SECURITY_POLICY
from tradewind.gateway.reference.welcome import welcome_page
from tradewind.gateway.settings import Settings
from tradewind.kernel.graph import Graph
from tradewind.kernel.http import JSON, Handler, Header, Page, Request, Response
from tradewind.kernel.openapi import openapi

HTML: tuple[Header, ...] = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
)
_CHECKED_EACH_TIME: Header = (b"cache-control", b"no-cache")
_LINKS = {
    "reference": "/docs",
    "openapi": "/openapi.json",
    "live": "/health/live",
    "ready": "/health/ready",
}


class Faces(Protocol):
    """Pages for people, which know the platform by its routes alone: `ask` answers for these, in the name of the
    request's principal. See tradewind.faces."""

    def pages(self, ask: Handler) -> Sequence[Page]: ...

    async def failed(self, request: Request, error: Exception) -> Response:
        """The page that says what went wrong, or that there is nothing at this address."""
        ...


class Document:
    """Made when it is first asked for, then kept, with its ETag."""

    def __init__(self, make: Callable[[], bytes], headers: Sequence[Header]) -> None:
        self._make, self._headers = make, headers
        self._made: tuple[bytes, Header] | None = None

    async def __call__(self, request: Request) -> Response:
        if self._made is None:
            body = self._make()
            self._made = body, (b"etag", f'"{hashlib.sha256(body).hexdigest()[:24]}"'.encode())
        body, tag = self._made
        known = request.headers.get(b"if-none-match", b"")
        if tag[1] in known:
            return Response(304, b"", [tag, _CHECKED_EACH_TIME])
        return Response(200, body, [*self._headers, _CHECKED_EACH_TIME, tag])


def public_pages(graph: Graph, settings: Settings) -> tuple[Page, ...]:
    @cache
    def document() -> dict[str, Any]:
        return openapi(graph.services.values(), url=settings.public_url)

    as_json = Document(lambda: msgspec.json.encode(document()), [JSON])
    as_html = Document(lambda: reference_page(document()).encode(), HTML)
    return (
        Page("/", _welcome(document)),
        Page("/openapi.json", as_json),
        Page("/docs", as_html),
    )


def _welcome(document: Callable[[], dict[str, Any]]) -> Handler:
    """For programs in JSON, for people as a page."""
    page = Document(lambda: welcome_page(document()).encode(), HTML)
    links = Document(lambda: msgspec.json.encode(_greeting(document())), [JSON])

    async def welcome(request: Request) -> Response:
        wants_page = b"text/html" in request.headers.get(b"accept", b"")
        response = await (page if wants_page else links)(request)
        response.headers.append((b"vary", b"accept"))
        return response

    return welcome


def _greeting(document: dict[str, Any]) -> dict[str, Any]:
    info = document["info"]
    return {"name": info["title"], "version": info["version"], "about": info["summary"], "links": _LINKS}
