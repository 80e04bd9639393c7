"""Killed at any moment and started again: every order reaches the end that it would have had.

Each death is a real process that gets a real SIGKILL, on a real database and a card processor that remembers.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence

import pytest

from tests.crash.lives import BEGINS, CANCELLED, PAID_AGAIN, REFUSED, SHIPPED
from tests.crash.trial import LATER, Trial
from tests.thoroughness import THOROUGH

LIVES_WITH_MORE_DEATHS = 24 if THOROUGH else 8
MOST_DEATHS = 2


@pytest.fixture
async def trial(database_url: str, processor_url: str) -> AsyncIterator[Trial]:
    trial = Trial(database_url, processor_url)
    await trial.furnish()
    yield trial
    await trial.close()


@pytest.mark.parametrize(
    ("steps", "first", "last"),
    [
        pytest.param(SHIPPED, "place_order", "", id="checkout, capture, refund"),
        pytest.param(CANCELLED, "cancel_order", "", id="cancel"),
        pytest.param(PAID_AGAIN, "retry_payment", "", id="another card after a decline"),
        pytest.param(REFUSED, "processor's capture", "fulfil_order _give_up", id="a capture declined"),
    ],
)
async def test_killed_at_any_point_an_order_ends_as_if_nobody_had_died(
    trial: Trial, steps: Sequence[str], first: str, last: str
) -> None:
    """At every point from the `first` of that name to the `last`: before and after each commit, each
    statement that writes, each call to the processor."""
    points, end = await trial.live_in_peace(steps)
    begins = next(number for number, point in enumerate(points) if first in point)
    ends = max(number for number, point in enumerate(points) if last in point) + 1
    wrong = []
    for number, begun in enumerate(await trial.begin(steps, ends - begins), start=begins):
        killed_at = begun.live_and_die(number)
        assert killed_at == points[number], f"point {number} was {points[number]}, now it is {killed_at}"
        # Nothing lasts between "after" one point and "before" the next: each state is met by both.
        wrong += await trial.after(killed_at, begun, end, client_first=killed_at.startswith("after"))
    assert not wrong, "\n".join(wrong)
    await trial.verify()


@pytest.mark.parametrize(
    ("steps", "calls"),
    [
        pytest.param(SHIPPED, ("authorise", "capture", "capture", "refund"), id="checkout, capture, refund"),
        pytest.param(CANCELLED, ("authorise", "void"), id="cancel"),
    ],
)
async def test_killed_in_the_middle_of_a_call_it_is_found_out_what_came_of_it(
    trial: Trial, steps: Sequence[str], calls: Sequence[str]
) -> None:
    """The processor is slow: it is still at what the dead asked for when their successor asks about it."""
    _, end = await trial.live_in_peace(steps)
    wrong = []
    for number, begun in enumerate(await trial.begin(steps, len(calls))):
        await begun.merchant.order_faults({"operation": "any", "kind": "slow", "times": 100, "seconds": 0.2})
        killed_at = begun.live_and_die(number, in_flight=True)
        assert killed_at == f"during the processor's {calls[number]}"
        await begun.merchant.order_faults()
        wrong += await trial.after(killed_at, begun, end, client_first=False)
    assert not wrong, "\n".join(wrong)
    await trial.verify()


@pytest.mark.parametrize(
    "steps", [SHIPPED, CANCELLED, PAID_AGAIN], ids=["shipped", "cancelled", "paid again"]
)
async def test_killed_again_while_it_recovers_an_order_still_ends_the_same(
    trial: Trial, steps: Sequence[str]
) -> None:
    """Several deaths a life, at random points: of the life, then of the recovery or of what comes after it."""
    points, end = await trial.live_in_peace(steps)
    wrong = []
    for seed, begun in enumerate(await trial.begin(steps, LIVES_WITH_MORE_DEATHS)):
        chance = random.Random(f"{steps} {seed}")
        deaths: list[str] = []
        shift, kill_at = BEGINS, chance.randrange(len(points))
        for _ in range(MOST_DEATHS):
            killed_at = begun.live_and_die(kill_at, shift=shift, settle_first=bool(deaths))
            if killed_at is None:
                break
            deaths.append(killed_at)
            shift, kill_at = shift + LATER, chance.randrange(14)
        where = f"(seed {seed}) " + ", then ".join(deaths)
        wrong += await trial.after(where, begun, end, shift, client_first=chance.random() < 0.5)
    assert not wrong, "\n".join(wrong)
    await trial.verify()
