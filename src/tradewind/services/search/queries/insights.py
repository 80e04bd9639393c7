"""What people search for, and whether they find it."""

from __future__ import annotations

from datetime import timedelta

from tradewind.services.search.deps import Deps
from tradewind.services.search.shapes import Insights, TopQuery, ZeroQuery

MOST_TOLD = 50


async def insights(deps: Deps, days: int) -> Insights:
    since = deps.clock.now() - timedelta(days=days)
    top = await deps.db.fetch(
        """
        SELECT normal AS query, count(*) AS searches, count(clicked.search_id) AS clicks,
            avg(hits)::float8 AS average_hits
        FROM searches LEFT JOIN (SELECT DISTINCT search_id FROM clicks WHERE at >= $1) clicked USING (search_id)
        WHERE at >= $1 AND normal <> ''
        GROUP BY normal ORDER BY searches DESC, query LIMIT $2
        """,
        since,
        MOST_TOLD,
    )
    zero = await deps.db.fetch(
        """
        SELECT normal AS query, count(*) AS searches, max(at) AS last_at
        FROM searches WHERE at >= $1 AND hits = 0 AND normal <> ''
        GROUP BY normal ORDER BY searches DESC, last_at DESC, query LIMIT $2
        """,
        since,
        MOST_TOLD,
    )
    total = await deps.db.row(
        """
        SELECT count(*) AS searches, count(clicked.search_id) AS clicks
        FROM searches LEFT JOIN (SELECT DISTINCT search_id FROM clicks WHERE at >= $1) clicked USING (search_id)
        WHERE at >= $1
        """,
        since,
    )
    assert total is not None, "an aggregate has one row"
    return Insights(
        [TopQuery(row["query"], row["searches"], row["clicks"], row["average_hits"]) for row in top],
        [ZeroQuery(row["query"], row["searches"], row["last_at"]) for row in zero],
        total["searches"],
        total["clicks"] / total["searches"] if total["searches"] else 0.0,
    )
