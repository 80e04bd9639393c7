"""Memory that was freed goes back to the system. glibc keeps it for each thread that freed it, and a shop that took in
20,000 products would stay 100 MB larger than it is.

Looking through a large heap takes some ten milliseconds in which others wait, so it is done less often where it gives
nothing back.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from pathlib import Path

SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 15.0, 120.0
WORTH_BYTES = 8_000_000
_STATM = Path("/proc/self/statm")


async def give_back_forever() -> None:
    """Until cancelled. Does nothing where the C library is not glibc on Linux."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None or sys.platform != "linux":
        return
    pause_seconds = SHORTEST_PAUSE_SECONDS
    while True:
        await asyncio.sleep(pause_seconds)
        before = resident_bytes()
        await asyncio.to_thread(trim, 0)
        worth = before - resident_bytes() > WORTH_BYTES
        pause_seconds = SHORTEST_PAUSE_SECONDS if worth else min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)


def resident_bytes() -> int:
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
