"""What many do at once, in one process and split: the right number win, and nobody is shown an error of ours.

All races of a shape are run first, and what they left is looked at once: each test tells of one. More often, and
with a look after each: `make races`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.scenarios.races.catalogue import RACES
from tests.scenarios.races.race import Outcome, Race, run, settle
from tests.scenarios.races.ring import open_ring
from tests.stage import Stage
from tests.thoroughness import repetitions


@pytest.fixture(scope="module", params=["one process", "split"])
def outcomes(request: pytest.FixtureRequest, stages: Callable[[str], Stage]) -> dict[str, Outcome]:
    return asyncio.run(_all_races(stages(request.param)))


async def _all_races(stage: Stage) -> dict[str, Outcome]:
    async with open_ring(stage) as ring:
        outcomes = {race.name: await run(race, ring, repetitions(race.few)) for race in RACES}
        await settle(ring, *outcomes.values())
    return outcomes


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
def test_the_right_number_win(outcomes: dict[str, Outcome], race: Race) -> None:
    outcome = outcomes[race.name]
    assert not outcome.violations, "\n".join(outcome.violations[:10])
    assert not outcome.errors, "\n".join(outcome.errors[:10])
    assert outcome.deadlocks == 0
