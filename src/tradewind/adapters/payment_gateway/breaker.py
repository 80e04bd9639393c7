"""A circuit breaker: a party that keeps failing is left alone for a while, then tried with one call."""

from __future__ import annotations

import time
from collections.abc import Callable


class Breaker:
    """Opens after `failures` in a row, for `open_seconds`. While it is open nothing is sent."""

    def __init__(
        self, failures: int, open_seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._most_failures, self._open_seconds, self._monotonic = failures, open_seconds, monotonic
        self._failures = 0
        self._open_until: float | None = None

    def allows(self) -> bool:
        """Whether a call may be sent now. Once the time is over one caller is told yes: its call is the
        probe, and the others wait for what it finds, or for as long again if it never tells."""
        if self._open_until is None:
            return True
        now = self._monotonic()
        if now < self._open_until:
            return False
        self._open_until = now + self._open_seconds
        return True

    def succeeded(self) -> None:
        """The party answered, whatever it said."""
        self._failures, self._open_until = 0, None

    def failed(self) -> None:
        self._failures += 1
        if self._failures >= self._most_failures:
            self._open_until = self._monotonic() + self._open_seconds
