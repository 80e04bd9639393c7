"""What every search looks at is read again, once for a while."""

from __future__ import annotations

import time
from datetime import timedelta

from tradewind.services.search.deps import Deps
from tradewind.services.search.domain.words import words_of

KEPT_SECONDS = 5.0  # after which what another process was told is known here too
QUERIES_KEPT_SECONDS = 60.0
MOST_QUERIES = 2000
LEAST_SEARCHES = 2  # what one person typed once is suggested to nobody


async def remember(deps: Deps) -> None:
    """Nothing while what is remembered is young."""
    memory, now = deps.memory, time.monotonic()
    if now - memory.read_at < KEPT_SECONDS and memory.read_at >= 0:
        return
    memory.read_at = now
    rows = await deps.db.fetch("SELECT kind, from_term, terms FROM synonyms")
    memory.remember_synonyms(
        [
            (
                row["kind"],
                tuple(words_of(row["from_term"])) if row["from_term"] else None,
                [tuple(words_of(term)) for term in row["terms"]],
            )
            for row in rows
        ]
    )
    slugs = await deps.db.fetch("SELECT path, slug FROM categories")
    memory.remember_categories({row["path"]: row["slug"] for row in slugs})
    if now - memory.queries_read_at >= QUERIES_KEPT_SECONDS or memory.queries_read_at < 0:
        memory.queries_read_at = now
        memory.remember_queries(await _queries(deps))


async def _queries(deps: Deps) -> dict[str, int]:
    """What was asked by several and found something, lately."""
    rows = await deps.db.fetch(
        """
        SELECT normal, count(*) AS searches FROM searches WHERE at >= $1 AND normal <> ''
        GROUP BY normal HAVING count(*) >= $2 AND min(hits) > 0 ORDER BY count(*) DESC LIMIT $3
        """,
        deps.clock.now() - timedelta(days=deps.settings.popular_days),
        LEAST_SEARCHES,
        MOST_QUERIES,
    )
    return {row["normal"]: row["searches"] for row in rows}


def forget_memory(deps: Deps) -> None:
    """The next search reads anew."""
    deps.memory.read_at = -1.0
