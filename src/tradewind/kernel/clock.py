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
        """A UUIDv7 (RFC 9562): sorts by time, 74 random bits, so it cannot be guessed."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_id(self) -> UUID:
        milliseconds = time.time_ns() // 1_000_000
        random = int.from_bytes(os.urandom(10))
        value = (milliseconds & ((1 << 48) - 1)) << 80
        value |= 0x7 << 76 | ((random >> 62) & 0xFFF) << 64
        value |= 0b10 << 62 | random & ((1 << 62) - 1)
        return UUID(int=value)
