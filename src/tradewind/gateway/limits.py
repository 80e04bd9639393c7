"""How much one client, one account and one client on a costly route may ask, counted in sliding windows.

The counts are a dict each, dropped whole when its minute is over: half a microsecond a request however many
clients there are. The memory storages of `limits` walk all keys again and again (15 microseconds a request
with 50,000 clients, its asynchronous one 200 and more); for counts that gateways share, it does the work:
see shared_limits.py.
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING

from tradewind.gateway.settings import Settings
from tradewind.kernel.errors import TooManyRequests
from tradewind.kernel.http import Header, Route
from tradewind.kernel.settings import SettingsError

if TYPE_CHECKING:
    from tradewind.gateway.shared_limits import SharedCounts

WINDOW_SECONDS = 60
MOST_KEYS = 100_000  # counted at once; past that the counts begin anew


class Window:
    """One limit. What counts is this window and the share of the one before that is not yet a window ago."""

    __slots__ = ("_before", "_counts", "_started", "label", "most", "name", "policy", "seconds")

    def __init__(self, name: str, most: int, seconds: int = WINDOW_SECONDS) -> None:
        self.name, self.most, self.seconds = name, most, seconds
        self.label = f'"{name}";r='.encode()
        self.policy: Header = (b"ratelimit-policy", f'"{name}";q={most};w={seconds}'.encode())
        self._counts: dict[str, int] = {}
        self._before: dict[str, int] = {}
        self._started = 0.0

    def take(self, key: str, now: float) -> int:
        """Count one; answers how many are left, or -1, and counts nothing, when there is none left."""
        elapsed = now - self._started
        if elapsed >= self.seconds or len(self._counts) > MOST_KEYS:
            elapsed = self._turn(now)
        count = self._counts.get(key, 0)
        left = self.most - count
        if self._before:
            left = int(left - self._before.get(key, 0) * (1 - elapsed / self.seconds))
        if left < 1:
            return -1
        self._counts[key] = count + 1
        return left - 1

    def seconds_left(self, now: float) -> int:
        return int(self._started + self.seconds - now) + 1

    def retry_after_seconds(self, key: str, now: float) -> int:
        """When one more would be taken, if nothing else is."""
        elapsed, count = now - self._started, self._counts.get(key, 0)
        before = self._before.get(key, 0)
        if count <= self.most - 1 and before:
            fades = self.seconds * (1 - (self.most - 1 - count) / before) - elapsed
        else:  # this window must end, and then fade
            fades = self.seconds - elapsed + self.seconds * (1 - (self.most - 1) / max(count, 1))
        return max(1, math.ceil(fades))

    def _turn(self, now: float) -> float:
        started = now - now % self.seconds
        follows = started - self._started == self.seconds and len(self._counts) <= MOST_KEYS
        self._before = self._counts if follows else {}
        self._counts, self._started = {}, started
        return now - started


class Limits:
    """`take` is called for each request, with what the answer's headers will tell of it."""

    def __init__(self, settings: Settings, routes: Iterable[Route]) -> None:
        """Raises SettingsError for a limit of a route that does not exist."""
        self._times = settings.limit_multiplier
        self.client = self._window("client", settings.client_per_minute)
        self.account = self._window("account", settings.account_per_minute)
        self._by_route = self._route_windows(settings, tuple(routes))
        self._shared = _shared_counts(settings.limits_url) if settings.limits_url else None

    def of_route(self, route: Route) -> Window | None:
        """A costly route has a limit of its own: sign-in, registration, looking up an order."""
        return self._by_route.get((route.method, route.path))

    def take(self, window: Window | None, key: str, headers: list[Header]) -> Awaitable[None] | None:
        """Raises TooManyRequests. What is returned, if anything, is to be awaited: shared counts are afar."""
        if window is None:
            return None
        if self._shared is not None:
            return self._take_shared(self._shared, window, key, headers)
        now = time.monotonic()
        left = window.take(key, now)
        if left < 0:
            raise _refused(window, window.retry_after_seconds(key, now), headers)
        headers.append((b"ratelimit", b"%b%d;t=%d" % (window.label, left, window.seconds_left(now))))
        headers.append(window.policy)
        return None

    async def _take_shared(
        self, shared: SharedCounts, window: Window, key: str, headers: list[Header]
    ) -> None:
        standing = await shared.take(window.name, window.most, window.seconds, key)
        if standing is None:
            return
        if standing.left < 0:
            raise _refused(window, standing.seconds_left, headers)
        text = f'"{window.name}";r={standing.left};t={standing.seconds_left}'
        headers += ((b"ratelimit", text.encode()), window.policy)

    def _window(self, name: str, per_minute: int) -> Window | None:
        most = round(per_minute * self._times)
        return Window(name, max(1, most)) if self._times > 0 else None

    def _route_windows(self, settings: Settings, routes: tuple[Route, ...]) -> dict[tuple[str, str], Window]:
        per_minute = {
            (route.method, route.path): max(1, settings.costly_per_minute // route.cost)
            for route in routes
            if route.cost > 1
        }
        known = {(route.method, route.path) for route in routes}
        for entry in settings.route_limits:
            name, _, number = entry.rpartition("=")
            method, _, path = name.partition(" ")
            if (method, path) not in known or not number.isdigit():
                raise SettingsError(
                    f"TRADEWIND_GATEWAY_ROUTE_LIMITS: {entry!r} is no 'METHOD /path=number' of a route"
                )
            per_minute[method, path] = int(number)
        made = {key: self._window("route", number) for key, number in per_minute.items()}
        return {key: window for key, window in made.items() if window is not None}


def _shared_counts(url: str) -> SharedCounts:
    from tradewind.gateway.shared_limits import SharedCounts  # 0.1 s to load, for who shares limits alone

    return SharedCounts(url)


def _refused(window: Window, seconds: int, headers: list[Header]) -> TooManyRequests:
    headers += ((b"ratelimit", f'"{window.name}";r=0;t={seconds}'.encode()), window.policy)
    return TooManyRequests(
        "too_many_requests",
        f"at most {window.most} requests in {window.seconds} s for each {window.name}: wait {seconds} s",
        retry_after_seconds=seconds,
    )
