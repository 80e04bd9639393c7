"""A process a service: each may die at any time, and there may be several of one."""

from __future__ import annotations

import asyncio
import random
import re
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import pairwise

import httpx

from tests.crash.buyers import Buyers
from tests.crash.members import members, successor
from tests.stage import Stage
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.cli.backoff import LONGEST_PAUSE_SECONDS, STEADY_SECONDS, Backoff
from tradewind.kernel.jobs import HOLD_SECONDS, OFTEN_SECONDS
from tradewind.services import registry


async def test_replicas_share_the_requests_and_each_job_is_done_by_one_of_them(split_stage: Stage) -> None:
    before = await served(split_stage)
    buyers = await Buyers.of(split_stage, price_minor=4201)
    async with job_starts(split_stage) as starts, buyers.at_work():
        await buyers.have_ordered(24)
        async with asyncio.timeout(60):
            while min(len(starts["resume_pending"]), len(starts["resolve_unknown"])) < 3:
                await asyncio.sleep(0.1)
    assert set(buyers.answers) == {200, 201}
    after = await served(split_stage)
    for name in ("order", "payment"):
        shares = [after[member] - before[member] for member in after if member[0] == name]
        assert len(shares) == 2
        assert min(shares) > sum(shares) / 4, f"{name}: {shares}"
    jobs = {job.name: job for service in registry.load() for job in service.jobs}
    assert set(starts) <= set(jobs) | {"housekeeping"}
    for name in starts.keys() & jobs.keys():
        at = starts[name]
        pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(at)]
        often = (
            jobs[name].every_seconds <= OFTEN_SECONDS
        )  # its lease is seen, which two would renew twice as often
        least = (HOLD_SECONDS / 2 if often else jobs[name].every_seconds) * 0.8
        assert all(pause > least for pause in pauses), f"{name}: {pauses}"
    await buyers.check()


async def test_services_killed_one_after_the_other_lose_no_order(split_stage: Stage) -> None:
    """Each comes back by itself. Shoppers meanwhile hear at worst that they should come again."""
    buyers = await Buyers.of(split_stage, price_minor=4202)
    victims = list({m.name: m for m in members(split_stage) if m.name != "gateway"}.values())
    random.Random(4202).shuffle(victims)
    async with buyers.at_work():
        await buyers.have_ordered(3)
        for victim in victims:
            victim.kill()
            await asyncio.to_thread(successor, split_stage, victim)
            await buyers.have_ordered(2)
        assert buyers.answers[0] == 0, "the gateway was there all the time"
    assert set(buyers.answers) <= {200, 201, 202, 409, 503}
    await buyers.check()


async def test_a_killed_gateway_comes_back_and_no_order_is_lost(split_stage: Stage) -> None:
    buyers = await Buyers.of(split_stage, price_minor=4203)
    gateway = next(member for member in members(split_stage) if member.name == "gateway")
    async with buyers.at_work():
        await buyers.have_ordered(3)
        gateway.kill()
        await asyncio.to_thread(successor, split_stage, gateway)
        await buyers.have_ordered(6)
    assert buyers.answers[0] > 0
    assert set(buyers.answers) <= {0, 200, 201, 202, 409, 503}
    await buyers.check()


def test_who_dies_again_and_again_is_started_after_longer_and_longer_pauses() -> None:
    now = 0.0
    backoff = Backoff(lambda: now)
    pauses = []
    for _ in range(8):
        backoff.started()
        now += 1
        pauses.append(backoff.next_pause_seconds())
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS]
    backoff.started()
    now += STEADY_SECONDS + 1
    assert backoff.next_pause_seconds() == 0.2


async def served(stage: Stage) -> dict[tuple[str, int], float]:
    """How many requests each process of a service answered, by its name and port."""
    counted = {}
    async with httpx.AsyncClient(verify=False) as client:
        for member in members(stage):
            text = (await client.get(f"http://127.0.0.1:{member.port}/metrics")).text
            found = re.findall(r'_count\{[^}]*route="/(?:v1|_contract)/[^}]*\} (\S+)', text)
            counted[member.name, member.port] = sum(float(number) for number in found)
    return counted


@asynccontextmanager
async def job_starts(stage: Stage) -> AsyncIterator[dict[str, list[datetime]]]:
    """When each job of order and payment was taken, as long as the block lasts: by whom does not show."""
    starts: dict[str, list[datetime]] = defaultdict(list)
    databases = [PostgresDatabase(stage.database_url, name, max_size=1) for name in ("order", "payment")]

    async def watch() -> None:
        while True:
            for database in databases:
                for row in await database.fetch("SELECT job, started_at FROM job_runs"):
                    if row["started_at"] not in starts[row["job"]]:
                        starts[row["job"]].append(row["started_at"])
            await asyncio.sleep(0.05)

    watching = asyncio.create_task(watch())
    try:
        yield starts
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        for database in databases:
            await database.close()
