"""`python -m tests.scenarios.races`: every race in both shapes, on a PostgreSQL of its own, told in a table."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conftest import in_memory
from tests.sandbox_processor.process import running
from tests.scenarios.races.catalogue import RACES
from tests.scenarios.races.race import Outcome, Race, run, settle
from tests.scenarios.races.ring import open_ring
from tests.stage import Stage, start_stage
from tradewind.adapters.database.embedded import EmbeddedPostgres

SHAPES = {"one process": False, "split": True}
SHOWN = 5
PROCESSOR = ("--hang-seconds=2", "--slow-seconds=1", "--webhook-retry-seconds=0.2")
UNHURRIED = {"TRADEWIND_ORDER_DECIDE_MINUTES": "600"}  # who lost a long race expires long after it was judged
HEADINGS = ("race", "shape", "times", "winners", "violations", "5xx", "503", "deadlocks", "seconds")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.scenarios.races", description=__doc__)
    parser.add_argument("--times", type=int, default=1000, help="repetitions of each race in each shape")
    parser.add_argument("--only", default="", help="races with this in their name")
    parser.add_argument("--shape", choices=SHAPES, help="without it: both")
    arguments = parser.parse_args()
    races = [race for race in RACES if arguments.only in race.name]
    broken = 0
    print(_row(HEADINGS), _row(["---"] * len(HEADINGS)), sep="\n", flush=True)
    with (
        TemporaryDirectory(prefix="tradewind-races-", dir=in_memory()) as folder,
        running(Path(folder), *PROCESSOR) as (processor_url, _),
    ):
        Path(folder).chmod(0o711)  # where this runs as root, PostgreSQL runs as another user
        for shape in [arguments.shape] if arguments.shape else SHAPES:
            broken += _in_shape(
                Path(folder) / shape.replace(" ", "-"), processor_url, shape, races, arguments.times
            )
    sys.exit(1 if broken else 0)


def _in_shape(folder: Path, processor_url: str, shape: str, races: list[Race], times: int) -> int:
    """How many promises were broken."""
    server = EmbeddedPostgres(folder / "data", durable=False, max_connections=500)
    data = folder / "shop"
    data.mkdir(parents=True)
    folder.chmod(0o711)
    broken = 0
    url = asyncio.run(server.start())
    try:
        stage = start_stage(url, processor_url, data, split=SHAPES[shape], environ=UNHURRIED)
        try:
            for race in races:
                broken += _tell(race, shape, asyncio.run(_raced(race, stage, times)))
        finally:
            stage.stop()
    finally:
        asyncio.run(server.destroy())
    return broken


async def _raced(race: Race, stage: Stage, times: int) -> Outcome:
    async with open_ring(stage) as ring:
        outcome = await run(race, ring, times)
        await settle(ring, outcome)
        return outcome


def _tell(race: Race, shape: str, outcome: Outcome) -> int:
    print(
        _row(
            (
                race.name,
                shape,
                outcome.times,
                ", ".join(f"{many} {who}" for who, many in sorted(outcome.winners.items())),
                len(outcome.violations),
                len(outcome.errors),
                outcome.told_to_wait,
                outcome.deadlocks,
                f"{outcome.seconds:.0f}",
            )
        ),
        flush=True,
    )
    wrong = [*outcome.violations, *outcome.errors]
    for line in wrong[:SHOWN]:
        print("   ", line[:600], file=sys.stderr, flush=True)
    return len(wrong) + outcome.deadlocks


def _row(cells: tuple[object, ...] | list[str]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
