"""Answers that are the same for every visitor, kept for a few seconds: what every page shows is not asked each time."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

MOST = 1000


class Kept:
    """One a process. What is kept may be as old as its seconds: nothing that a visitor has just changed."""

    def __init__(self) -> None:
        self._answers: dict[object, tuple[float, Any]] = {}

    async def get(self, name: object, seconds: float, ask: Callable[[], Awaitable[Any]]) -> Any:
        """What `ask` answered under this name within the last `seconds`, else what it answers now."""
        found = self._answers.get(name)
        if found is not None and found[0] > time.monotonic():
            return found[1]
        answer = await ask()
        if len(self._answers) >= MOST:
            self._answers.clear()
        self._answers[name] = (time.monotonic() + seconds, answer)
        return answer

    def forget(self, name: object) -> None:
        """A visitor changed it: the next who asks is told anew, of this process."""
        self._answers.pop(name, None)
