"""A race, how it is run many times, and what it came to."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from tests.scenarios.races.ring import Check, Ring, Seen
from tests.stage import Stage
from tradewind.adapters.database.cluster import LOG

Heat = Callable[[], Awaitable[list[str]]]
"""One running of a race: answers who won, and raises AssertionError where a promise was broken."""


@dataclass(frozen=True)
class Race:
    """`prepare` makes what its heats are run on; `lanes` of them are run at a time. A heat is `abreast`
    repetitions, each of which `winners` win. `few` repetitions are run where a thousand cannot be."""

    name: str
    prepare: Callable[[Ring], Awaitable[Heat]]
    winners: int
    few: int
    lanes: int = 2
    abreast: int = 1
    faults_ordered: bool = False


@dataclass
class Outcome:
    times: int = 0
    winners: Counter[str] = field(default_factory=Counter)
    deadlocks: int = 0
    told_to_wait: int = 0
    seconds: float = 0.0
    violations: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    afterwards: list[Check] = field(default_factory=list)


async def run(race: Race, ring: Ring, times: int) -> Outcome:
    """At least `times` repetitions. What can be asked only once nothing moves is left to `settle`."""
    outcome = Outcome()
    ring.seen, ring.afterwards = Seen(), outcome.afterwards
    deadlocks = await deadlocks_so_far(ring.stage)
    began = time.monotonic()
    heats = iter(range(-(-times // race.abreast)))

    async def run_lane() -> None:
        heat = await race.prepare(ring)
        for _ in heats:
            outcome.times += race.abreast
            try:
                outcome.winners.update(await heat())
            except AssertionError as broken:
                outcome.violations.append(str(broken))
            except httpx.TransportError as error:
                outcome.errors.append(repr(error))

    await asyncio.gather(*(run_lane() for _ in range(race.lanes)))
    outcome.seconds = time.monotonic() - began
    if outcome.winners.total() != race.winners * outcome.times:
        outcome.violations.append(
            f"{dict(outcome.winners)} won, not {race.winners} each of {outcome.times} times"
        )
    outcome.errors += ring.seen.errors
    outcome.told_to_wait = ring.seen.told_to_wait
    if outcome.told_to_wait and not race.faults_ordered:
        outcome.errors.append(
            f"503 with Retry-After {outcome.told_to_wait} times, though nothing was made to fail"
        )
    outcome.deadlocks = await deadlocks_so_far(ring.stage) - deadlocks
    return outcome


async def settle(ring: Ring, *outcomes: Outcome) -> None:
    """Add what `tradewind verify`, the processor and the races themselves find once nothing moves any more."""
    deadlocks = await deadlocks_so_far(ring.stage)
    broken = (await ring.stage.settle()).violations
    deadlocks = await deadlocks_so_far(ring.stage) - deadlocks
    bank = await ring.bank_says()
    for outcome in outcomes:
        outcome.violations += broken
        outcome.deadlocks += deadlocks
        for check in outcome.afterwards:
            try:
                await check(bank)
            except AssertionError as wrong:
                outcome.violations.append(str(wrong))


async def deadlocks_so_far(stage: Stage) -> int:
    """By the server's statistics of this database, or by its log, which knows at once: whichever tells more."""
    connection = await asyncpg.connect(stage.database_url)
    try:
        counted = await connection.fetchval(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        folder = await connection.fetchval("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
    finally:
        await connection.close()
    logged = await asyncio.to_thread((Path(folder).parent / LOG).read_text, errors="replace")
    return max(int(counted), logged.count("deadlock detected"))
