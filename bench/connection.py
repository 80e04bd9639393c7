"""One keep-alive HTTP/1.1 connection, for a client that must cost less than what it measures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

OnAnswer = Callable[[int, bytes], None]
LOST = 0  # the status of a request whose connection was closed
_LENGTH = b"content-length: "


class Connection(asyncio.Protocol):
    """One request at a time. It reads what uvicorn writes: lower-case headers, and always a length."""

    def __init__(self) -> None:
        self._buffer = b""
        self._body_at = 0
        self._needed = 0
        self._on_answer: OnAnswer | None = None
        self._transport: asyncio.WriteTransport | None = None

    @classmethod
    async def open(cls, port: int) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        on_answer, self._on_answer = self._on_answer, None
        if on_answer is not None:
            on_answer(LOST, repr(exc).encode())

    def send(self, request: bytes, on_answer: OnAnswer) -> None:
        """`on_answer(status, body)` is called once, with the status LOST if the connection is closed."""
        assert self._transport is not None, "open it first"
        self._on_answer = on_answer
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        if not self._needed:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                self._buffer = buffer
                return
            self._body_at = end + 4
            self._needed = self._body_at + _length(buffer, end)
        if len(buffer) < self._needed:
            self._buffer = buffer
            return
        assert len(buffer) == self._needed, "one request, one answer"
        self._buffer, self._needed = b"", 0
        on_answer, self._on_answer = self._on_answer, None
        assert on_answer is not None, "an answer to a request"
        on_answer(int(buffer[9:12]), buffer[self._body_at :])

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Raises ConnectionError when it is closed instead of answered."""
        future: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
        self.send(request, lambda status, body: future.set_result((status, body)))
        status, body = await future
        if status == LOST:
            raise ConnectionError(body.decode())
        return status, body

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _length(buffer: bytes, end: int) -> int:
    at = buffer.find(_LENGTH, 0, end)
    if at < 0:
        return 0
    at += len(_LENGTH)
    stop = buffer.find(b"\r", at)
    return int(buffer[at:stop])
