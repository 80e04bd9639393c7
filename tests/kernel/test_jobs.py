"""Work on a clock: once an interval, however many processes there are, and however they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from tests.kernel.stand import MovableClock, Place, Stand, eventually, open_stand
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.jobs import HOLD_SECONDS, LEASE_SECONDS, Hold, run_forever, run_if_due
from tradewind.kernel.service import Job
from tradewind.ports.database import DatabaseUnavailable

EVERY_SECONDS = 10.0


@dataclass
class Work:
    """A job that counts its runs, and is told how to end."""

    runs: int = 0
    at_once: int = 0
    most_at_once: int = 0
    trouble: Exception | None = None
    free: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.free.set()

    async def count_things(self, deps: object) -> str:
        self.runs += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.free.wait()
            if self.trouble is not None:
                raise self.trouble
            return f"{self.runs} runs"
        finally:
            self.at_once -= 1

    @property
    def job(self) -> Job:
        return Job(self.count_things, every_seconds=EVERY_SECONDS)


@asynccontextmanager
async def two_processes(place: Place) -> AsyncIterator[tuple[Stand, Stand, MovableClock]]:
    """Two runtimes of one service, on one database, with one time."""
    clock = MovableClock()
    async with (
        open_stand(place, ("readers", "notes"), clock=clock) as one,
        open_stand(place, ("readers", "notes"), clock=clock) as other,
    ):
        yield one, other, clock


async def tick(work: Work, *stands: Stand) -> list[bool]:
    """Every process finds its time come; who did the work?"""
    turns = []
    for stand in stands:
        alive = stand.runtime.running["notes"]
        turns.append(run_if_due(work.job, alive.database, alive.deps, stand.clock))
    return list(await asyncio.gather(*turns))


async def outcome(stand: Stand) -> str:
    return str(await stand.database("notes").value("SELECT outcome FROM job_runs WHERE job = 'count_things'"))


async def test_two_processes_do_a_job_once_an_interval(place: Place) -> None:
    async with two_processes(place) as (one, other, clock):
        work = Work()
        for _ in range(8):
            assert sorted(await tick(work, one, other)) == [False, True]
            assert await tick(work, one, other) == [False, False]
            clock.ahead += timedelta(seconds=EVERY_SECONDS)
        assert (work.runs, work.most_at_once) == (8, 1)
        assert await outcome(one) == "done: 8 runs"


async def test_a_job_of_a_dead_process_is_done_by_another_when_its_lease_is_over(place: Place) -> None:
    async with two_processes(place) as (one, other, clock):
        work = Work()
        work.free.clear()
        dying = asyncio.create_task(tick(work, one))
        await eventually(lambda: _is(work.at_once == 1))
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        work.free.set()
        clock.ahead += timedelta(seconds=LEASE_SECONDS - 1)
        assert await tick(work, other) == [False]
        clock.ahead += timedelta(seconds=2)
        assert await tick(work, other) == [True]
        assert (work.runs, await outcome(one)) == (2, "done: 2 runs")


async def test_who_finishes_after_its_lease_does_not_end_the_lease_of_another(place: Place) -> None:
    async with two_processes(place) as (one, other, clock):
        late, prompt = Work(), Work()
        late.free.clear()
        prompt.free.clear()
        first = asyncio.create_task(tick(late, one))
        await eventually(lambda: _is(late.at_once == 1))
        clock.ahead += timedelta(seconds=LEASE_SECONDS + 1)
        second = asyncio.create_task(tick(prompt, other))
        await eventually(lambda: _is(prompt.at_once == 1))
        late.free.set()
        assert await first == [True]
        third = Work()
        assert await tick(third, one) == [False]
        prompt.free.set()
        assert await second == [True]
        assert await outcome(one) == "done: 1 runs"


async def test_a_job_that_fails_says_why_and_is_done_again_on_time(place: Place) -> None:
    async with two_processes(place) as (one, _, clock):
        work = Work(trouble=ValueError("no such thing"))
        assert await tick(work, one) == [True]
        assert await outcome(one) == "failed: ValueError: no such thing"
        work.trouble = Unavailable("service_unavailable", "inventory did not answer")
        clock.ahead += timedelta(seconds=EVERY_SECONDS)
        await tick(work, one)
        assert (await outcome(one)).startswith("postponed: service_unavailable")
        work.trouble = DatabaseUnavailable("the connection broke")
        clock.ahead += timedelta(seconds=EVERY_SECONDS)
        await tick(work, one)
        assert await outcome(one) == "postponed: the connection broke"
        work.trouble = None
        clock.ahead += timedelta(seconds=EVERY_SECONDS)
        await tick(work, one)
        assert (work.runs, await outcome(one)) == (4, "done: 4 runs")


async def test_a_running_loop_outlives_failures_and_keeps_its_time(place: Place) -> None:
    async with open_stand(place) as stand:
        work = Work(trouble=ValueError("no such thing"))
        alive = stand.runtime.running["notes"]
        job = Job(work.count_things, every_seconds=0.05)
        loops = [
            asyncio.create_task(run_forever(job, alive.database, alive.deps, stand.clock)) for _ in range(2)
        ]
        await eventually(lambda: _is(work.runs >= 4))
        assert work.most_at_once == 1
        assert not any(loop.done() for loop in loops)
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


def often(work: Work, stand: Stand) -> Hold:
    """What a process has of a job that is done every second."""
    job = Job(work.count_things, every_seconds=1)
    return Hold(job, stand.runtime.running["notes"].database, stand.clock)


async def test_a_job_done_often_stays_with_one_process_and_costs_no_writes(place: Place) -> None:
    async with two_processes(place) as (one, other, clock):
        work = Work()
        mine, theirs = often(work, one), often(work, other)
        database = one.runtime.running["notes"].database
        assert isinstance(database, PostgresDatabase)
        assert await mine.run_if_ours(None)
        before = database.counters.statements
        for _ in range(4):
            clock.ahead += timedelta(seconds=1)
            assert not await theirs.run_if_ours(None)
            assert await mine.run_if_ours(None)
        assert database.counters.statements - before == 4, "of the outcome, which was another each time"
        for _ in range(10):  # longer than it is held at once
            clock.ahead += timedelta(seconds=HOLD_SECONDS / 2)
            assert await mine.run_if_ours(None)
            assert not await theirs.run_if_ours(None)
        assert work.most_at_once == 1
        assert await outcome(one) == f"done: {work.runs} runs"


async def test_a_job_done_often_goes_to_another_when_it_is_given_up_or_its_process_dies(place: Place) -> None:
    async with two_processes(place) as (one, other, clock):
        work = Work()
        mine, theirs, third = often(work, one), often(work, other), often(work, one)
        assert await mine.run_if_ours(None)
        await mine.give_up()
        assert await theirs.run_if_ours(None)
        clock.ahead += timedelta(seconds=HOLD_SECONDS - 1)  # and they are heard of no more
        assert not await third.run_if_ours(None)
        clock.ahead += timedelta(seconds=2)
        assert await third.run_if_ours(None)
        assert not await theirs.run_if_ours(None), "who was thought dead"
        await theirs.give_up()
        assert not await mine.run_if_ours(None), "what one does not hold one cannot give up"


async def test_a_loop_that_ends_gives_its_job_up(place: Place) -> None:
    async with open_stand(place) as stand:
        work = Work()
        alive = stand.runtime.running["notes"]
        job = Job(work.count_things, every_seconds=0.05)
        loop = asyncio.create_task(run_forever(job, alive.database, alive.deps, stand.clock))
        await eventually(lambda: _is(work.runs >= 2))
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        assert await often(work, stand).run_if_ours(None)


async def _is(true: bool) -> bool:
    return true
