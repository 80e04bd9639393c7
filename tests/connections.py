"""HTTP for crowds: with hundreds under way, httpx looks through all connections of its pool at each request."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable

import httpx

_PLAIN = (
    ssl.create_default_context()
)  # what is tested speaks plain HTTP; made once, it is not made by each connection


class OneEach(httpx.AsyncBaseTransport):
    """A connection for each request under way, the one used last before all others."""

    def __init__(self) -> None:
        self._free: list[httpx.AsyncHTTPTransport] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        connection = self._free.pop() if self._free else httpx.AsyncHTTPTransport(verify=_PLAIN)
        try:
            answer = await connection.handle_async_request(request)
        except BaseException:
            await connection.aclose()
            raise
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        answer.stream = _Returning(answer.stream, lambda: self._free.append(connection))
        return answer

    async def aclose(self) -> None:
        while self._free:
            await self._free.pop().aclose()


class _Returning(httpx.AsyncByteStream):
    """An answer's body; when it is read, or left, its connection is free."""

    def __init__(self, body: httpx.AsyncByteStream, give_back: Callable[[], None]) -> None:
        self._body, self._give_back = body, give_back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._body:
            yield part

    async def aclose(self) -> None:
        await self._body.aclose()
        self._give_back()
