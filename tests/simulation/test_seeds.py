"""Seeds that keep every promise, that replay, and a few mistakes that they find. More: `make simulate SEEDS=10000`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.__main__ import on_one_core, open_simulator
from tests.simulation.planted import MISTAKES, plant, simulate
from tests.simulation.schedule import Loop
from tests.simulation.world import Simulator, Verdict
from tests.thoroughness import THOROUGH
from tradewind.kernel.telemetry import configure_logging

SEEDS = 2_000 if THOROUGH else 200
SHARES = 8
# Run twice: the first, and of all that are run every so many.
EVERY = 50
REPLAYED = sorted({*range(12), *range(0, SEEDS, EVERY)})
# Found within a few seeds each: those that every change is tried against. All of them: python -m ...planted.
QUICKLY_FOUND = (
    "stock: what is there is looked up before the lock, not in the write",
    "payment: no answer is taken for a decline",
    "events: what is claimed counts as delivered",
)


class Runs:
    """A simulator with the event loop that it needs, beside that of the tests."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=Loop)
        self._opened = open_simulator()
        self._simulator: Simulator = self._runner.run(self._opened.__aenter__())
        self._first: dict[int, Verdict] = {}

    def run(self, seed: int) -> Verdict:
        return self._runner.run(self._simulator.run(seed))

    def first(self, seed: int) -> Verdict:
        """What came of it when it was run first."""
        if seed not in self._first:
            self._first[seed] = self.run(seed)
        return self._first[seed]

    def close(self) -> None:
        self._runner.run(self._opened.__aexit__(None, None, None))
        self._runner.close()


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    configure_logging(level="critical")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    with on_one_core(int(worker.removeprefix("gw"))):
        opened = Runs()
        yield opened
        opened.close()


@pytest.mark.parametrize("share", range(SHARES))
def test_every_promise_is_kept_whoever_goes_first_dies_or_comes_twice(runs: Runs, share: int) -> None:
    broken = [
        f"seed {seed}: {verdict.wrong[:3]}"
        for seed in range(share, SEEDS, SHARES)
        if (verdict := runs.first(seed)).wrong
    ]
    assert not broken, "\n".join(broken)


def test_a_seed_is_the_same_each_time(runs: Runs) -> None:
    first = {seed: runs.first(seed).digest for seed in REPLAYED}
    assert {seed: runs.run(seed).digest for seed in REPLAYED} == first
    assert len(set(first.values())) == len(REPLAYED)
    assert len(REPLAYED) >= SEEDS // EVERY and max(REPLAYED) >= SEEDS - EVERY


def test_worlds_are_rough(runs: Runs) -> None:
    """Processes die in the middle of something, and orders come to every kind of end."""
    verdicts = [runs.first(seed) for seed in range(40)]
    assert sum(verdict.crashes for verdict in verdicts) > 10
    assert {"fulfilled", "cancelled", "expired"} <= {state for v in verdicts for state in v.orders}


@pytest.mark.parametrize("name", QUICKLY_FOUND)
def test_a_mistake_is_found(name: str, tmp_path: Path) -> None:
    plant(next(mistake for mistake in MISTAKES if mistake.name == name), tmp_path)
    found, output = simulate(tmp_path, 100)
    assert found, output


def test_every_mistake_still_has_its_place(tmp_path: Path) -> None:
    for number, mistake in enumerate(MISTAKES):
        plant(mistake, tmp_path / str(number))
