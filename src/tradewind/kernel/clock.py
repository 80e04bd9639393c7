"""Time and identifiers. Injected, so that a simulation can choose both."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    def now(self) -> datetime:
        """The time in UTC, with its zone."""
        ...

    def new_id(self) -> UUID:
        """A UUIDv7 (RFC 9562): sorts by time, 62 random bits, so it cannot be guessed. Those that one clock
        makes sort in the order that they were made, which is the order that events leave in."""
        ...


class SystemClock:
    _last_tick = 0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_id(self) -> UUID:
        # RFC 9562, 6.2, method 3: 4096 ticks a millisecond, of which no two ids of this clock share one.
        self._last_tick = tick = max(time.time_ns() * 4096 // 1_000_000, self._last_tick + 1)
        value = ((tick >> 12) & ((1 << 48) - 1)) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64
        return UUID(int=value | 0b10 << 62 | int.from_bytes(os.urandom(8)) >> 2)
