"""How long to wait before what died is started again: longer each time, until it has lived for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
STEADY_SECONDS = 30.0  # who lived so long starts again without a long pause


class Backoff:
    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._started = now()

    def started(self) -> None:
        self._started = self._now()

    @property
    def lived_seconds(self) -> float:
        return self._now() - self._started

    def next_pause_seconds(self) -> float:
        """Of one that died just now, or that could not be started."""
        if self.lived_seconds > STEADY_SECONDS:
            self._pause_seconds = FIRST_PAUSE_SECONDS
        pause_seconds = self._pause_seconds
        self._pause_seconds = min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)
        return pause_seconds
