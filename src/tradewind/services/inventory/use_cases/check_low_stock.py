"""What has run low is told once. Not computed on a sale: over the SKUs that moved since the last time, and a few
times a day over all, because sales that grow old lower what a day of cover is."""

from __future__ import annotations

from datetime import timedelta

from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.store import low_stock
from tradewind.services.inventory.store.low_stock import Progress

AT_ONCE = 500
WHOLE = timedelta(hours=6)
SLACK = timedelta(minutes=5)  # a movement is dated when its transaction begins, and seen when it ends


async def check_low_stock(deps: Deps) -> str | None:
    """Safe to repeat."""
    now = deps.clock.now()
    before = await low_stock.progress(deps.db)
    whole = before is None or before.whole_at < now - WHOLE
    since = None if before is None or whole else before.seen_at - SLACK
    skus = await low_stock.changed(deps.db, since)
    told = 0
    for start in range(0, len(skus), AT_ONCE):
        async with deps.db.begin() as tx:
            some = skus[start : start + AT_ONCE]
            low = await low_stock.look(tx, some, now, deps.settings.sales_days)
            await deps.outbox.append(tx, *low)
            told += len(low)
    async with deps.db.begin() as tx:
        whole_at = now if before is None or whole else before.whole_at
        await low_stock.save_progress(tx, Progress(now, whole_at))
    return f"{told} ran low" if told else None
