"""Another process of the platform, or several replicas of it, reached over pooled HTTP connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp
from yarl import URL

DOWN_SECONDS = 2.0
CONNECT_SECONDS = 2.0
MOST_CONNECTIONS = 256
RETRY_BUDGET = 20.0  # retries that may be spent at once; each answered call earns a tenth of one back


_NO_TOTAL = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)


class UpstreamUnavailable(Exception):
    """No answer came. `sent` False: the request certainly did not reach the other side."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


@dataclass(slots=True)
class UpstreamAnswer:
    """`body`, or `stream` with the rest as it arrives."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    stream: Chunks | None = None


class Upstream:
    """Takes turns between `urls`; one that refuses connections is left out for a while."""

    def __init__(self, name: str, urls: Sequence[str]) -> None:
        self.name = name
        self._urls = [url.rstrip("/") for url in urls]
        self._down_until = dict.fromkeys(self._urls, 0.0)
        self._next = 0
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._budget = RETRY_BUDGET

    @property
    def replicas(self) -> int:
        return len(self._urls)

    def session(self, *, lasting: bool = False) -> aiohttp.ClientSession:
        """Answers that last as long as a client likes have connections of their own: those of the others are
        bounded, and would soon be taken."""
        if lasting not in self._sessions:
            self._sessions[lasting] = session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0 if lasting else MOST_CONNECTIONS, keepalive_timeout=30
                ),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
            # There is one retry layer, with a budget; the library's own, unasked, sends PUT and DELETE twice.
            session._retry_connection = False
        return self._sessions[lasting]

    def choose(self) -> str:
        """The next replica that is not known to be down; if all are, the next anyway."""
        now = time.monotonic()
        for _ in self._urls:
            self._next = (self._next + 1) % len(self._urls)
            if self._down_until[self._urls[self._next]] <= now:
                break
        return self._urls[self._next]

    def mark_down(self, url: str) -> None:
        if len(self._urls) > 1:
            self._down_until[url] = time.monotonic() + DOWN_SECONDS

    def may_retry(self) -> bool:
        """Retries are a share of the calls, so that they cannot multiply an overload."""
        if self._budget < 1:
            return False
        self._budget -= 1
        return True

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def post(
        self, path: str, body: bytes, headers: Mapping[str, str], *, timeout_seconds: float
    ) -> tuple[int, bytes]:
        """Status and body. Raises UpstreamUnavailable."""
        status, _, answer = await self.request("POST", path, body, headers, timeout_seconds=timeout_seconds)
        return status, answer

    async def request(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str], *, timeout_seconds: float
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Status, headers as they came, and the whole body. Raises UpstreamUnavailable."""
        try:
            async with asyncio.timeout(timeout_seconds):
                async with await self._open(method, target, body, headers) as response:
                    answer = await _read(response)
        except TimeoutError as error:
            raise _too_late(timeout_seconds) from error
        self._earn()
        return response.status, list(response.raw_headers), answer

    async def exchange(
        self,
        method: str,
        target: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout_seconds: float,
        lasting: bool = False,
    ) -> UpstreamAnswer:
        """As `request`; an answer of no declared length is a stream, which may last as long as it likes. Where
        that is what the route is for, `lasting` says so: the caller bounds how many there are.

        Raises UpstreamUnavailable.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                response = await self._open(method, target, body, headers, lasting=lasting)
                found = list(response.raw_headers)
                if "content-length" in response.headers or response.status in (204, 304):
                    async with response:
                        answer = UpstreamAnswer(response.status, found, await _read(response))
                else:
                    answer = UpstreamAnswer(response.status, found, b"", Chunks(response))
        except TimeoutError as error:
            raise _too_late(timeout_seconds) from error
        self._earn()
        return answer

    async def _open(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str], *, lasting: bool = False
    ) -> aiohttp.ClientResponse:
        """The answer's head. `target` is percent-encoded already."""
        url = self.choose()
        try:
            return await self.session(lasting=lasting).request(
                method,
                URL(url + target, encoded=True),
                data=body or None,
                headers=headers,
                allow_redirects=False,
                timeout=_NO_TOTAL,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            self.mark_down(url)
            raise UpstreamUnavailable(str(error), sent=False) from error
        except (aiohttp.ClientError, OSError) as error:
            raise UpstreamUnavailable(f"{type(error).__name__}: {error}", sent=True) from error

    def _earn(self) -> None:
        self._budget = min(RETRY_BUDGET, self._budget + 0.1)

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()


async def _read(response: aiohttp.ClientResponse) -> bytes:
    try:
        return await response.read()
    except (aiohttp.ClientError, OSError) as error:
        raise UpstreamUnavailable(f"{type(error).__name__}: {error}", sent=True) from error


class Chunks:
    """What arrives, as it arrives. Closing it, begun or not, lets the other side know that nobody listens."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> bytes:
        chunk = await self._response.content.readany()
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        self._response.close()


def _too_late(seconds: float) -> UpstreamUnavailable:
    return UpstreamUnavailable(f"no answer in {seconds:.3g} s", sent=True)
