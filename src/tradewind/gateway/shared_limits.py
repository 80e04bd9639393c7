"""Limits counted in one place for every gateway: the `limits` library on Redis, Valkey or Memcached."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from limits import RateLimitItemPerSecond
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string

from tradewind.kernel.settings import SettingsError
from tradewind.kernel.telemetry import log


@dataclass(frozen=True, slots=True)
class Standing:
    left: int  # -1: refused
    seconds_left: int


class SharedCounts:
    """A store that does not answer limits nobody: a shop without limits is better than no shop."""

    def __init__(self, url: str) -> None:
        """Raises SettingsError when the store's kind or client library is missing."""
        try:
            storage = storage_from_string("async+" + url, wrap_exceptions=True)
            self._limiter = SlidingWindowCounterRateLimiter(storage)
        except Exception as error:  # the library raises several kinds, of its own and its drivers'
            raise SettingsError(f"TRADEWIND_GATEWAY_LIMITS_URL: {error}") from error
        self._items: dict[tuple[str, int, int], RateLimitItemPerSecond] = {}

    async def take(self, name: str, most: int, seconds: int, key: str) -> Standing | None:
        item = self._items.get((name, most, seconds))
        if item is None:
            item = RateLimitItemPerSecond(most, seconds, namespace=f"tradewind-{name}")
            self._items[name, most, seconds] = item
        try:
            taken = await self._limiter.hit(item, key)
            stats = await self._limiter.get_window_stats(item, key)
        except StorageError as error:
            log.warning("limits_not_counted", limit=name, error=str(error))
            return None
        left = max(0, int(stats.remaining)) if taken else -1
        return Standing(left, max(1, math.ceil(stats.reset_time - time.time())))
