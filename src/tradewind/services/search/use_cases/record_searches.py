"""Searches that were answered are written down and told, a batch at a time."""

from __future__ import annotations

from tradewind.contracts.search import SearchPerformed
from tradewind.services.search.deps import Deps
from tradewind.services.search.store import searches

BATCH = 500


async def record_searches(deps: Deps) -> int:
    """Answers how many. What cannot be written stays."""
    records = deps.records.take(BATCH)
    if not records:
        return 0
    try:
        async with deps.db.begin() as tx:
            new = await searches.insert(tx, records)
            events = [
                SearchPerformed(one.search_id, one.query, one.hits, one.filters, one.account_id)
                for one in records
                if one.search_id in new
            ]
            await deps.outbox.append(tx, *events)
    except BaseException:
        deps.records.give_back(records)
        raise
    return len(records)
