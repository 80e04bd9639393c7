"""Another process of the platform, or several replicas of it, reached over pooled HTTP connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence

import aiohttp

DOWN_SECONDS = 2.0
RETRY_BUDGET = 20.0  # retries that may be spent at once; each answered call earns a tenth of one back


class UpstreamUnavailable(Exception):
    """No answer came. `sent` False: the request certainly did not reach the other side."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class Upstream:
    """Takes turns between `urls`; one that refuses connections is left out for a while."""

    def __init__(self, name: str, urls: Sequence[str]) -> None:
        self.name = name
        self._urls = [url.rstrip("/") for url in urls]
        self._down_until = dict.fromkeys(self._urls, 0.0)
        self._next = 0
        self._session: aiohttp.ClientSession | None = None
        self._budget = RETRY_BUDGET

    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=256, keepalive_timeout=30),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

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
        url = self.choose()
        try:
            async with self.session().request(
                method,
                url + target,
                data=body or None,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=timeout_seconds),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            ) as response:
                answer = await response.read()
                self._budget = min(RETRY_BUDGET, self._budget + 0.1)
                return response.status, list(response.raw_headers), answer
        except aiohttp.ClientConnectorError as error:
            self.mark_down(url)
            raise UpstreamUnavailable(str(error), sent=False) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UpstreamUnavailable(f"{type(error).__name__}: {error}", sent=True) from error

    async def stream(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, list[tuple[bytes, bytes]], AsyncIterator[bytes]]:
        """As `request`, with the body as it arrives and no total time limit. Raises UpstreamUnavailable."""
        url = self.choose()
        try:
            response = await self.session().request(
                method,
                url + target,
                data=body or None,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self.mark_down(url)
            raise UpstreamUnavailable(f"{type(error).__name__}: {error}", sent=True) from error

        async def chunks() -> AsyncIterator[bytes]:
            async with response:
                async for chunk in response.content.iter_any():
                    yield chunk

        return response.status, list(response.raw_headers), chunks()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
