"""What reports say, against the orders themselves and against what is made of the same events anew."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tradewind.kernel.compose import Runtime
from tradewind.ports.analytics_store import StoreHeld
from tradewind.services.analytics.loading import compare
from tradewind.services.analytics.store import requests
from tradewind.verify.crossings import GIVEN

ANSWERED_SECONDS: Final = 60.0
AGREES: Final = "analytics: reports see what the database makes of its events anew"
COUNTED: Final = (
    "analytics: every order that was placed is counted, for its total, its refunds and its charge-backs"
)


async def check_analytics(runtime: Runtime, *, settled: bool) -> dict[str, list[str]]:
    """The process that holds the store compares it; where none does, this one."""
    before = datetime.now(UTC) - (timedelta() if settled else GIVEN)
    return {COUNTED: await _uncounted(runtime, before), AGREES: await _differences(runtime)}


async def _uncounted(runtime: Runtime, before: datetime) -> list[str]:
    """Orders of before this service began are not its to know."""
    analytics, order = runtime.running["analytics"].database, runtime.running["order"].database
    began = await analytics.value(
        "SELECT min(applied_at) FROM schema_migrations WHERE package LIKE '%analytics%'"
    )
    told = {
        row["subject_id"]: (row["total_minor"], row["refunded_minor"], row["charged_back_minor"])
        for row in await analytics.fetch(
            """
            SELECT subject_id, (array_agg((data->>'total_minor')::bigint ORDER BY type, occurred_at DESC)
                    FILTER (WHERE type IN ('order.edited', 'order.placed')))[1] AS total_minor,
                coalesce(sum((data->>'amount_minor')::bigint) FILTER (WHERE type = 'order.refunded'), 0)::bigint
                    AS refunded_minor,
                coalesce(sum((data->>'amount_minor')::bigint) FILTER (WHERE type = 'payment.dispute_closed'), 0)::bigint
                    AS charged_back_minor
            FROM business_events
            WHERE type IN ('order.placed', 'order.edited', 'order.refunded', 'payment.dispute_closed')
            GROUP BY subject_id HAVING bool_or(type = 'order.placed')
            """
        )
    }
    rows = await order.fetch(
        """
        SELECT order_id, number, total_minor, refunded_minor, charged_back_minor FROM orders
        WHERE placed_at >= $1 AND updated_at <= $2
        """,
        began,
        before,
    )
    return [
        f"order {row['number']}: {row['total_minor']}, refunded {row['refunded_minor']}, "
        f"charged back {row['charged_back_minor']}; "
        f"counted {told.get(row['order_id'], 'not at all')}"
        for row in rows
        if told.get(row["order_id"]) != (row["total_minor"], row["refunded_minor"], row["charged_back_minor"])
    ]


async def _differences(runtime: Runtime) -> list[str]:
    deps = runtime.running["analytics"].deps
    kept = await deps.db.value(
        "SELECT EXISTS (SELECT 1 FROM business_events) OR EXISTS (SELECT 1 FROM history_chunks)"
    )
    if not kept:
        return []
    try:
        return await compare(deps, mend=False)
    except StoreHeld:
        return await _asked(deps)


async def _asked(deps: Any) -> list[str]:
    request_id = deps.clock.new_id()
    await requests.add(deps.db, request_id, "check", deps.clock.now())
    ends = asyncio.get_running_loop().time() + ANSWERED_SECONDS
    while asyncio.get_running_loop().time() < ends:
        found = await requests.outcome(deps.db, request_id)
        if found is not None:
            return found
        await asyncio.sleep(0.05)
    return [f"the process that holds the store did not compare it in {ANSWERED_SECONDS:g} s"]
