"""What the one-process shape costs beside PostgreSQL: memory after the load, and the time from start to ready."""

from __future__ import annotations

import msgspec
import psutil

from bench.percentiles import median
from bench.plan import Plan
from bench.processes import ShopProcess
from bench.stage import Stage

MB = 1024 * 1024


class Memory(msgspec.Struct, frozen=True):
    """Megabytes of 1024 x 1024 bytes. `resident` counts shared pages in full, `unique` not at all."""

    resident: float
    proportional: float
    unique: float


class Footprint(msgspec.Struct, frozen=True):
    """`ready_seconds`: of the shop on its own embedded PostgreSQL and kept data, from the start of the process."""

    shop: Memory
    sandbox_processor: Memory
    ready_seconds: float
    ready_seconds_each: list[float]


def memory_of(shop: ShopProcess) -> tuple[Memory, Memory]:
    """Of the shop, and of the sandbox card processor that it brought along."""
    process = psutil.Process(shop.popen.pid)
    processor = next(
        child for child in process.children() if "tradewind.sandbox_processor" in child.cmdline()
    )
    return _memory(process), _memory(processor)


def _memory(process: psutil.Process) -> Memory:
    full = process.memory_full_info()
    return Memory(full.rss / MB, getattr(full, "pss", full.rss) / MB, full.uss / MB)


async def starts_of(stage: Stage, plan: Plan) -> list[float]:
    """The data folder's own server is stopped, for the shop to start it; it runs again afterwards."""
    await stage.postgres.stop()
    seconds = []
    try:
        for _ in range(plan.starts):
            with ShopProcess(stage.shop_environ(None), stage.folder / "starts.log") as shop:
                seconds.append(shop.ready_seconds)
    finally:
        await stage.postgres.start()
    return seconds


def footprint(memory: tuple[Memory, Memory], starts: list[float]) -> Footprint:
    return Footprint(*memory, median(starts), [round(s, 3) for s in starts])
