"""What was captured or refunded long ago, and that no settlement file tells of, becomes an exception."""

from __future__ import annotations

from datetime import timedelta

from tradewind.services.payment.deps import Deps
from tradewind.services.payment.store import settlements

MOST_A_RUN = 500


async def find_missing(deps: Deps, processor: str) -> int:
    """Safe to repeat. Nothing is missing at a processor whose files do not reach to that day."""
    now = deps.clock.now()
    before = now - timedelta(days=deps.settings.settled_within_days)
    async with deps.db.begin() as tx:
        await settlements.lock(tx, processor)
        rows = await settlements.overdue(tx, processor, before, MOST_A_RUN)
        for row in rows:
            await settlements.insert_missing(tx, deps.clock.new_id(), processor, row, now)
    return len(rows)
