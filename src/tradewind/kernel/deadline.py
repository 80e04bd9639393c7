"""How long the caller still waits. It shrinks with each hop; work that nobody waits for is not begun."""

from __future__ import annotations

import time
from contextvars import ContextVar

from tradewind.kernel.errors import Unavailable

_at: ContextVar[float | None] = ContextVar("deadline", default=None)


def start(seconds: float) -> None:
    """The work of this task is awaited for so long from now; an earlier deadline stays."""
    at, known = time.monotonic() + seconds, _at.get()
    if known is None or at < known:
        _at.set(at)


def begin(seconds: float) -> None:
    """A request came in: whatever this task waited for before, its caller waits for so long from now."""
    _at.set(time.monotonic() + seconds)


def clear() -> None:
    """Nobody waits: jobs and event handlers run to their end."""
    _at.set(None)


def remaining_seconds(most: float) -> float:
    """What is left, `most` at the most. Raises Unavailable when it is over."""
    at = _at.get()
    if at is None:
        return most
    left = at - time.monotonic()
    if left <= 0:
        raise Unavailable("deadline_exceeded", "the time for this request ran out")
    return min(left, most)
