"""The platform as a page sees it: its REST routes, asked in the visitor's name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import msgspec

from tradewind.kernel.http import Handler, Request, Response
from tradewind.kernel.identity import Principal


class ApiProblem(Exception):
    """The platform refused. `code`, `field` and `details` are those of its problem document."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        super().__init__(str(document.get("detail", "")))
        self.status = status
        self.code = str(document.get("code", "unknown"))
        self.message = str(document.get("detail", ""))
        self.field: str | None = document.get("field")
        self.details: Mapping[str, Any] = document.get("details") or {}


class Api:
    """Each call answers the decoded JSON, None for an answer without a body. All raise ApiProblem."""

    def __init__(self, ask: Handler, visitor: Request, principal: Principal, session: str | None) -> None:
        self._ask, self._visitor, self._principal, self._session = ask, visitor, principal, session

    async def get(self, path: str, **query: Any) -> Any:
        """Query values may be lists, which repeat the name; None leaves it out."""
        return await self.call("GET", path, query=query)

    async def post(self, path: str, body: Any = None, *, key: str | None = None, **query: Any) -> Any:
        """`key` makes a repeat harmless: a form carries it, so that a second click is no second order."""
        return await self.call("POST", path, body, key=key, query=query)

    async def put(self, path: str, body: Any = None, *, key: str | None = None, **query: Any) -> Any:
        return await self.call("PUT", path, body, key=key, query=query)

    async def patch(self, path: str, body: Any = None, *, key: str | None = None, **query: Any) -> Any:
        return await self.call("PATCH", path, body, key=key, query=query)

    async def delete(self, path: str, *, key: str | None = None, **query: Any) -> Any:
        return await self.call("DELETE", path, key=key, query=query)

    async def find(self, path: str, **query: Any) -> Any:
        """As `get`; None where there is no such thing (404)."""
        try:
            return await self.get(path, **query)
        except ApiProblem as problem:
            if problem.status == 404:
                return None
            raise

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        response = await self.exchange(method, path, body, key=key, query=query)
        decoded = msgspec.json.decode(response.body) if response.body else None
        if response.status >= 400:
            raise ApiProblem(response.status, decoded or {})
        return decoded

    async def exchange(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        query: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
    ) -> Response:
        """The answer as it is: for files and streams. `body` of bytes is sent as it is."""
        visitor = self._visitor
        headers = {b"content-type": content_type.encode(), b"accept-language": _language(visitor)}
        headers[b"sec-fetch-site"] = b"same-origin"  # whoever asks for the visitor is a page of ours
        if method not in ("GET", "HEAD"):
            headers[b"idempotency-key"] = (key or str(uuid4())).encode()
        if self._session is not None:
            headers[b"authorization"] = b"Bearer " + self._session.encode()
        for name in (b"user-agent", b"last-event-id"):
            if name in visitor.headers:
                headers[name] = visitor.headers[name]
        content = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
        request = Request(method, path, _query(query or {}), headers, content)
        request.principal, request.client_address = self._principal, visitor.client_address
        request.request_id = visitor.request_id
        return await self._ask(request)

    async def together(self, *calls: Awaitable[Any]) -> Sequence[Any]:
        """Answers of several calls that do not need one another, in their order."""
        return await asyncio.gather(*calls)


def _query(values: Mapping[str, Any]) -> bytes:
    pairs = [
        (name, str(one).lower() if isinstance(one, bool) else str(one))
        for name, value in values.items()
        if value is not None
        for one in (value if isinstance(value, list | tuple) else (value,))
    ]
    return urlencode(pairs).encode()


def _language(visitor: Request) -> bytes:
    return visitor.headers.get(b"accept-language", b"")
