"""`python -m tests.simulation`: seeds, one after the other, on a PostgreSQL of its own.

A seed that breaks a promise is printed with what it broke; `--first SEED --seeds 1 --trace` shows how.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from tests.conftest import in_memory
from tests.simulation.schedule import Loop
from tests.simulation.world import Simulator, Verdict
from tradewind.adapters.database.embedded import EmbeddedPostgres
from tradewind.kernel.telemetry import configure_logging

SHARE = 250  # seeds that one process runs: what dead processes of a world leave in memory ends with it


class Summary(msgspec.Struct):
    """What a share came to."""

    seeds: int = 0
    steps: int = 0
    crashes: int = 0
    wrong: list[tuple[int, list[str]]] = []
    orders: dict[str, int] = {}

    def add(self, other: Summary) -> None:
        self.seeds += other.seeds
        self.steps += other.steps
        self.crashes += other.crashes
        self.wrong += other.wrong
        self.orders = dict(Counter(self.orders) + Counter(other.orders))


def main() -> None:
    arguments = _parser().parse_args()
    configure_logging(level="critical")
    if arguments.share:
        with on_one_core(arguments.first // SHARE), asyncio.Runner(loop_factory=Loop) as runner:
            summary = runner.run(_share(arguments))
        print(msgspec.json.encode(summary).decode())
        return
    began = time.monotonic()
    total = Summary()
    for summary in _shares(arguments):
        for seed, wrong in summary.wrong:
            print(f"seed {seed} breaks {len(wrong)}:", *wrong[:8], sep="\n  ", flush=True)
        total.add(summary)
        print(f"{total.seeds} of {arguments.seeds}", file=sys.stderr, flush=True)
        if total.wrong and arguments.until_wrong:
            break
    seconds = time.monotonic() - began
    ended = ", ".join(f"{state} {count}" for state, count in sorted(total.orders.items()))
    print(
        f"{total.seeds} seeds, {total.steps} steps, {total.crashes} processes died; orders ended: {ended}\n"
        f"{len(total.wrong)} seeds with violations; {seconds:.0f} s, {total.seeds / seconds:.1f} seeds a second"
    )
    sys.exit(1 if total.wrong else 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--trace", action="store_true", help="print every choice")
    parser.add_argument("--until-wrong", action="store_true", help="stop at the first that breaks a promise")
    parser.add_argument("--share", action="store_true", help=argparse.SUPPRESS)
    return parser


def _shares(arguments: argparse.Namespace) -> Iterator[Summary]:
    """Each share is a process of its own, so many at once, in the order of their seeds."""
    end = arguments.first + arguments.seeds
    firsts = deque(range(arguments.first, end, SHARE))
    running: deque[subprocess.Popen[str]] = deque()
    try:
        while firsts or running:
            while firsts and len(running) < arguments.at_once:
                first = firsts.popleft()
                running.append(_started(first, min(SHARE, end - first), arguments))
            process = running.popleft()
            output, _ = process.communicate()
            if process.returncode:
                sys.exit(f"a share of the seeds ended with {process.returncode}")
            yield msgspec.json.decode(output, type=Summary)
    finally:
        for process in running:
            process.terminate()
            process.wait()


def _started(first: int, seeds: int, arguments: argparse.Namespace) -> subprocess.Popen[str]:
    flags = [f"--{name}" for name in ("trace", "until-wrong") if getattr(arguments, name.replace("-", "_"))]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.simulation", "--share", f"--first={first}", f"--seeds={seeds}", *flags],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},  # sets are walked in the same order each time
    )


async def _share(arguments: argparse.Namespace) -> Summary:
    summary = Summary()
    async with open_simulator() as simulator:
        for seed in range(arguments.first, arguments.first + arguments.seeds):
            verdict = await simulator.run(seed)
            if arguments.trace:
                print("\n".join(verdict.trace), file=sys.stderr)
            summary.add(_summed(verdict))
            if verdict.wrong and arguments.until_wrong:
                break
    return summary


def _summed(verdict: Verdict) -> Summary:
    wrong = [(verdict.seed, verdict.wrong)] if verdict.wrong else []
    return Summary(1, verdict.steps, verdict.crashes, wrong, verdict.orders)


@contextmanager
def on_one_core(number: int) -> Iterator[None]:
    """A simulator and its PostgreSQL, which is to be started in here, go on by turns: each on a core of its own
    they would mostly wait for the other's core to wake up."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(all_cores)[number % len(all_cores)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)


@asynccontextmanager
async def open_simulator() -> AsyncIterator[Simulator]:
    """On a PostgreSQL that lives as long as it."""
    with TemporaryDirectory(prefix="tradewind-simulation-", dir=in_memory()) as folder:
        Path(folder).chmod(0o711)  # where this runs as root, PostgreSQL runs as another user
        server = EmbeddedPostgres(Path(folder) / "data", durable=False)
        simulator = Simulator(await server.start())
        try:
            await simulator.open()
            yield simulator
        finally:
            await simulator.close()
            await server.destroy()


if __name__ == "__main__":
    main()
