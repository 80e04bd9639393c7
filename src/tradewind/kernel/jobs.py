"""Work on a clock, done by one process at a time: a row a job, taken by a guarded UPDATE.

A process that dies in the middle leaves a lease that runs out; another then does the job again. Of a job that is
done every few seconds the lease is held between its runs as well, in memory, and only now and then renewed in
the database: an idle shop hardly writes.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from tradewind.kernel import deadline
from tradewind.kernel.clock import Clock
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.service import Job
from tradewind.kernel.tasks import cancelled
from tradewind.kernel.telemetry import enter, log, new_traceparent, span
from tradewind.ports.database import Database, DatabaseUnavailable

LEASE_SECONDS = 60.0
HOLD_SECONDS = 10.0  # for so long at most nobody does what a process that died did often
OFTEN_SECONDS = 5.0


async def run_forever(job: Job, database: Database, deps: Any, clock: Clock) -> None:
    """Until cancelled. A failing run is recorded and logged, and the next is tried on time."""
    hold = Hold(job, database, clock) if job.every_seconds <= OFTEN_SECONDS else None
    try:
        while True:
            try:
                if hold is None:
                    await run_if_due(job, database, deps, clock)
                else:
                    await hold.run_if_ours(deps)
            except DatabaseUnavailable as error:
                log.warning("job_waits", job=job.name, error=str(error))
            await asyncio.sleep(job.every_seconds)
    finally:
        if hold is not None:
            await hold.give_up()


class Hold:
    """A process's right to do a job that is done often. The row's `next_at` says until when it is whose:
    it is in the future for as long as somebody holds it, and only its holder knows it to the microsecond."""

    def __init__(self, job: Job, database: Database, clock: Clock) -> None:
        self._job, self._database, self._clock = job, database, clock
        self._until: datetime | None = None  # ours
        self._others_until: datetime | None = None  # before that there is nothing to ask for
        self._recorded = ""

    async def run_if_ours(self, deps: Any) -> bool:
        """Answers whether this process did it. What came of it is recorded where it is not what it was before.

        Raises DatabaseUnavailable; what is held stays held then.
        """
        if not await self._is_ours():
            return False
        keeping = asyncio.create_task(self._keep())
        try:
            outcome = await _outcome(self._job, deps)
        finally:
            await cancelled([keeping])
        if outcome != self._recorded:
            await self._database.execute(
                "UPDATE job_runs SET finished_at = $2, outcome = $3 WHERE job = $1 AND next_at = $4",
                self._job.name,
                self._clock.now(),
                outcome,
                self._until,
            )
            self._recorded = outcome
        return True

    async def give_up(self) -> None:
        """Another process may have it at once."""
        until, self._until = self._until, None
        if until is None:
            return
        try:
            await self._database.execute(
                "UPDATE job_runs SET next_at = $2 WHERE job = $1 AND next_at = $3",
                self._job.name,
                self._clock.now(),
                until,
            )
        except DatabaseUnavailable as error:  # it runs out by itself
            log.warning("job_not_given_up", job=self._job.name, error=str(error))

    async def _is_ours(self) -> bool:
        now = self._clock.now()
        if self._until is not None and self._until - now > timedelta(seconds=HOLD_SECONDS / 2):
            return True
        if self._others_until is not None and now < self._others_until:
            return False
        until = now + timedelta(seconds=HOLD_SECONDS)
        taken = await self._database.value(
            """
            INSERT INTO job_runs (job, next_at, started_at) VALUES ($1, $2, $3)
            ON CONFLICT (job) DO UPDATE SET next_at = $2, started_at = $3
            WHERE job_runs.next_at <= $3 OR job_runs.next_at = $4::timestamptz
            RETURNING true
            """,
            self._job.name,
            until,
            now,
            self._until,
        )
        self._until, self._others_until = (until, None) if taken else (None, await self._whose_time())
        return bool(taken)

    async def _whose_time(self) -> datetime | None:
        until: datetime | None = await self._database.value(
            "SELECT next_at FROM job_runs WHERE job = $1", self._job.name
        )
        return until

    async def _keep(self) -> None:
        """While a run takes long."""
        while True:
            await asyncio.sleep(HOLD_SECONDS / 3)
            try:
                await self._is_ours()
            except DatabaseUnavailable as error:
                log.warning("job_not_kept", job=self._job.name, error=str(error))


async def run_if_due(job: Job, database: Database, deps: Any, clock: Clock) -> bool:
    """Answers whether this process did it."""
    started = clock.now()
    taken = await database.value(
        """
        INSERT INTO job_runs (job, next_at, started_at) VALUES ($1, $2, $3)
        ON CONFLICT (job) DO UPDATE SET next_at = $2, started_at = $3 WHERE job_runs.next_at <= $3
        RETURNING true
        """,
        job.name,
        started + timedelta(seconds=max(job.every_seconds, LEASE_SECONDS)),
        started,
    )
    if not taken:
        return False
    outcome = await _outcome(job, deps)
    await database.execute(
        "UPDATE job_runs SET next_at = $2, finished_at = $3, outcome = $4 WHERE job = $1 AND started_at = $5",
        job.name,
        # A little before the next tick, so that the loop that ran it finds it due again.
        started + timedelta(seconds=job.every_seconds * 0.9),
        clock.now(),
        outcome,
        started,
    )
    return True


async def _outcome(job: Job, deps: Any) -> str:
    deadline.clear()
    enter(new_traceparent(), "")
    try:
        with span(f"job {job.name}"):
            result = await job.run(deps)
        return "done" if result is None else f"done: {result}"
    except (DatabaseUnavailable, Unavailable) as error:
        log.warning("job_postponed", job=job.name, error=str(error))
        return f"postponed: {error}"
    except Exception as error:  # noqa: BLE001 - recorded, logged, and tried again on time
        log.error("job_failed", job=job.name, exc_info=error)
        return f"failed: {type(error).__name__}: {error}"
