"""What the search service does on a clock, and without end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from tradewind.kernel.errors import Refusal
from tradewind.kernel.service import Job
from tradewind.kernel.telemetry import log
from tradewind.ports.database import DatabaseError
from tradewind.ports.search_index import SearchIndexUnavailable
from tradewind.services.search.deps import Deps
from tradewind.services.search.store import sales, searches
from tradewind.services.search.use_cases.catch_up import catch_up
from tradewind.services.search.use_cases.rebuild_documents import rebuild_documents
from tradewind.services.search.use_cases.record_searches import record_searches
from tradewind.services.search.use_cases.refresh_documents import refresh_documents

POLL_SECONDS = 0.5  # other processes wake nobody here
RECORD_SECONDS = 0.1
PAUSE_SECONDS = 1.0  # after something did not answer


async def weigh_sales(deps: Deps) -> str | None:
    """What sells twice as much as before, or half, is found sooner or later than it was."""
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        await sales.forget(tx, (now - timedelta(days=deps.settings.popular_days)).date())
        marked = await sales.mark_risen_and_fallen(tx, now)
        tx.after_commit(deps.something_stale.set)
    return f"{marked} marked" if marked else None


async def forget_old_searches(deps: Deps) -> None:
    async with deps.db.begin() as tx:
        await searches.forget(tx, deps.clock.now() - timedelta(days=deps.settings.kept_days))


async def keep_documents(deps: Deps) -> None:
    """Until cancelled: what is marked is asked for."""

    async def work() -> object:
        rebuilt = await rebuild_documents(deps)
        return await refresh_documents(deps) or rebuilt

    await _forever("search_documents_wait", work, deps.something_stale)


async def keep_index(deps: Deps) -> None:
    """Until cancelled: this process's index follows the documents."""
    await _forever("search_index_waits", lambda: catch_up(deps), deps.something_changed)


async def keep_records(deps: Deps) -> None:
    """Until cancelled, and then what is left."""

    async def work() -> object:
        await asyncio.sleep(RECORD_SECONDS)
        return await record_searches(deps)

    try:
        await _forever("search_records_wait", work, deps.records.some)
    finally:
        while deps.records.waiting:
            await record_searches(deps)


async def _forever(trouble: str, work: Callable[[], Awaitable[object]], wake: asyncio.Event) -> None:
    """As long as `work` finds something to do; then when it is woken, or now and then. It outlives every error."""
    while True:
        wake.clear()
        try:
            if await work():
                continue
            await _woken(wake)
        except (DatabaseError, Refusal, SearchIndexUnavailable) as error:
            log.warning(trouble, error=str(error))
            await asyncio.sleep(PAUSE_SECONDS)
        except Exception as error:  # noqa: BLE001 - recorded; what was not done is still to be done
            log.error(f"{trouble}_failing", exc_info=error)
            await asyncio.sleep(PAUSE_SECONDS)


async def _woken(wake: asyncio.Event) -> None:
    """When it is, or POLL_SECONDS later."""
    waiting = asyncio.ensure_future(wake.wait())
    try:
        await asyncio.wait({waiting}, timeout=POLL_SECONDS)
    finally:
        waiting.cancel()


JOBS = (Job(weigh_sales, every_seconds=600), Job(forget_old_searches, every_seconds=3600))
BACKGROUND = (keep_documents, keep_index, keep_records)
