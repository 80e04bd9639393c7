"""Background tasks and their end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any


async def cancelled(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel them; when all have ended. Asked again each second: a cancellation that comes together with what
    asyncio.wait_for() waits for is swallowed (up to Python 3.11), and libraries wait so."""
    every = list(tasks)
    left = {task for task in every if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=1)
    await asyncio.gather(*every, return_exceptions=True)  # what they raised is no news any more
