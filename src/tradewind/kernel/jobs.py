"""Work on a clock, done by one process at a time: a row a job, taken by a guarded UPDATE.

A process that dies in the middle leaves a lease that runs out; another then does the job again.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from tradewind.kernel import deadline
from tradewind.kernel.clock import Clock
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.service import Job
from tradewind.kernel.telemetry import enter, log, new_traceparent, span
from tradewind.ports.database import Database, DatabaseUnavailable

LEASE_SECONDS = 60.0


async def run_forever(job: Job, database: Database, deps: Any, clock: Clock) -> None:
    """Until cancelled. A failing run is recorded and logged, and the next is tried on time."""
    while True:
        try:
            await run_if_due(job, database, deps, clock)
        except DatabaseUnavailable as error:
            log.warning("job_waits", job=job.name, error=str(error))
        await asyncio.sleep(job.every_seconds)


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
