"""Streamed answers that are being sent: bounded, since each lasts as long as its client likes."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tradewind.kernel.errors import Unavailable


class Streams:
    def __init__(self, most: int) -> None:
        self._most = most
        self.open = 0

    async def admit(self, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same stream, counted until it is closed. Raises Unavailable when there are too many."""
        if self.open >= self._most:
            await _close(stream)
            raise Unavailable("too_busy", "too many streams are open: try again later", retry_after_seconds=5)
        self.open += 1
        return _Counted(stream, self)


class _Counted:
    def __init__(self, stream: AsyncIterator[bytes], streams: Streams) -> None:
        self._stream, self._streams, self._open = stream, streams, True

    def __aiter__(self) -> _Counted:
        return self

    async def __anext__(self) -> bytes:
        return await anext(self._stream)

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            self._streams.open -= 1
            await _close(self._stream)


async def _close(stream: AsyncIterator[bytes]) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()
