"""Reports are compared with what the database makes of them anew, and mended if that is asked for."""

from __future__ import annotations

from tradewind.kernel.idempotency import Once
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.shapes import RebuildStarted
from tradewind.services.analytics.store import requests


async def compare_store(deps: Deps, kind: str, once: Once) -> RebuildStarted:
    """`check` or `rebuild`. The process that holds the store does it within a moment: see GET /v1/reports/status."""
    request_id = deps.clock.new_id()
    async with deps.db.begin() as tx:
        await requests.add(tx, request_id, kind, deps.clock.now())
        return await once.answer(tx, RebuildStarted(request_id))
