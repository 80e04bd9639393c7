"""One request to a processor and its answer, or what is known where none came: the same for every adapter.

A call of the port may take several requests; together they take no longer than one call may (`within`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp

from tradewind.adapters.payment_gateway.breaker import Breaker
from tradewind.kernel import deadline
from tradewind.kernel.errors import Unavailable
from tradewind.ports.payment_gateway import NotSent, OutcomeUnknown

MOST_CONNECTIONS = 128
# Shorter than a processor keeps an idle connection, so that a request rarely meets one just closed.
KEEP_ALIVE_SECONDS = 15
# More than any answer of a processor: what is longer is not one.
MOST_ANSWER_BYTES = 4 * 1024 * 1024

_until: ContextVar[float | None] = ContextVar("payment_gateway_until", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """All requests inside end within so many seconds from now."""
    token = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


def both_live(text: str) -> tuple[str, ...]:
    """Keys or secrets parted by commas: the first is used, all are good, while one replaces another."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Exchange:
    """Keeps connections to one processor, and a breaker that hears how each request went."""

    def __init__(self, timeout_seconds: float, breaker: Breaker) -> None:
        self._timeout_seconds, self._breaker = timeout_seconds, breaker
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Reply | NotSent | OutcomeUnknown:
        """Once; sending again is the caller's to decide."""
        try:
            seconds = self._seconds_left()
        except Unavailable as error:
            return NotSent(error.message)
        if not self._breaker.allows():
            return NotSent("the processor has not been answering; it is left alone for a moment")
        try:
            async with self._opened().request(
                method,
                url,
                params=params,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=seconds),
                allow_redirects=False,
            ) as response:
                reply = Reply(response.status, response.headers, await _whole(response))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            self._breaker.failed()
            return NotSent(f"{type(error).__name__}: no connection was had")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._breaker.failed()
            return OutcomeUnknown(f"{type(error).__name__}: no answer came")
        if reply.status >= 500:
            self._breaker.failed()
        else:
            self._breaker.succeeded()
        return reply

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    def _seconds_left(self) -> float:
        """Raises Unavailable once the time is over, whoever set it."""
        until, most = _until.get(), self._timeout_seconds
        if until is not None:
            most = min(most, until - time.monotonic())
            if most <= 0:
                raise Unavailable("processor_slow", "the time for this call to the processor ran out")
        return deadline.remaining_seconds(most)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=MOST_CONNECTIONS, keepalive_timeout=KEEP_ALIVE_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent", "Accept-Encoding"),
            )
        return self._session


class LineSettings(Protocol):
    """What the way to any processor needs of the payment service's settings."""

    @property
    def processor_timeout_seconds(self) -> float: ...
    @property
    def breaker_failures(self) -> int: ...
    @property
    def breaker_open_seconds(self) -> float: ...


def open_line(settings: LineSettings) -> Exchange:
    """The exchange with one processor, and a breaker of its own. Connects when it is first used."""
    breaker = Breaker(settings.breaker_failures, settings.breaker_open_seconds)
    return Exchange(settings.processor_timeout_seconds, breaker)


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    body = await response.content.read(MOST_ANSWER_BYTES)
    while not response.content.at_eof() and len(body) < MOST_ANSWER_BYTES:
        body += await response.content.read(MOST_ANSWER_BYTES - len(body))
    if len(body) >= MOST_ANSWER_BYTES:
        raise aiohttp.ClientPayloadError("the answer is too long to be one")
    return body


class Keys:
    """Two keys while one replaces another: the first that the processor takes is used from then on."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)
        self._using = 0

    @property
    def current(self) -> str:
        return self._keys[self._using]

    def refused(self, key: str) -> bool:
        """The processor does not know `key`. Whether there is another one to try now."""
        place = self._keys.index(key)
        self._using = (place + 1) % len(self._keys)
        return place + 1 < len(self._keys)
