"""Where each task of a test that ran out of its time waits: its traceback alone ends in the event loop."""

from __future__ import annotations

import asyncio
import gc
from typing import Any


def waits() -> str:
    """One paragraph a task that is not done: its name, then what awaits what, outermost first."""
    # all_tasks() wants the loop, and which loops there were nobody tells.
    tasks = [found for found in gc.get_objects() if isinstance(found, asyncio.Task)]
    return "\n\n".join(
        "\n  ".join([task.get_name(), *_chain(task.get_coro())]) for task in tasks if not task.done()
    )


def _chain(awaited: Any) -> list[str]:
    places = []
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is None:
            places.append(repr(awaited))
            break
        places.append(f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_qualname}")
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return places
