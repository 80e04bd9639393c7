"""Somebody chose a hit: told once, however often it is reported."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.search import SearchHitClicked
from tradewind.kernel.idempotency import Once
from tradewind.services.search.deps import Deps
from tradewind.services.search.shapes import ReportClick
from tradewind.services.search.store import searches


async def report_click(deps: Deps, click: ReportClick, account_id: UUID | None, once: Once) -> None:
    async with deps.db.begin() as tx:
        first = await searches.insert_click(
            tx, click.search_id, click.product_id, click.position, account_id, deps.clock.now()
        )
        if first:
            event = SearchHitClicked(click.search_id, click.product_id, click.position, account_id)
            await deps.outbox.append(tx, event)
        await once.answer(tx, None)
