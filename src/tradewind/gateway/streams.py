"""Streamed answers that are being sent: bounded, since each lasts as long as its client likes."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

from tradewind.kernel.errors import TooManyRequests, Unavailable


class Streams:
    """`most` at once, and `most_by_client` of one client's address, so that one does not take them all."""

    def __init__(self, most: int, most_by_client: int) -> None:
        self._most, self._most_by_client = most, most_by_client
        self._by_client: Counter[str] = Counter()

    async def admit(self, stream: AsyncIterator[bytes], client: str) -> AsyncIterator[bytes]:
        """The same stream, counted until it is closed. Raises Unavailable and TooManyRequests."""
        if self._by_client.total() >= self._most:
            await _close(stream)
            raise Unavailable("too_busy", "too many streams are open: try again later", retry_after_seconds=5)
        if self._by_client[client] >= self._most_by_client:
            await _close(stream)
            raise TooManyRequests(
                "too_many_streams", "close some of the streams that you have open", retry_after_seconds=5
            )
        self._by_client[client] += 1
        return _Counted(stream, self, client)

    def closed(self, client: str) -> None:
        self._by_client[client] -= 1
        if not self._by_client[client]:
            del self._by_client[client]


class _Counted:
    def __init__(self, stream: AsyncIterator[bytes], streams: Streams, client: str) -> None:
        self._stream, self._streams, self._client, self._open = stream, streams, client, True

    def __aiter__(self) -> _Counted:
        return self

    async def __anext__(self) -> bytes:
        return await anext(self._stream)

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            self._streams.closed(self._client)
            await _close(self._stream)


async def _close(stream: AsyncIterator[bytes]) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()
