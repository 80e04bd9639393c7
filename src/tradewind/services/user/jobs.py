"""Rows that nothing will ask for again."""

from __future__ import annotations

from datetime import timedelta

from tradewind.services.user.deps import Deps
from tradewind.services.user.domain.throttling import FORGOTTEN_AFTER_SECONDS

BATCH = 5_000
RESETS_KEPT = timedelta(days=7)


async def forget_expired(deps: Deps) -> int:
    """A batch of ended sessions, old resets and old failures; answers how many rows went.

    A session past its last day is not seen any more either, so that idleness finds it.
    """
    now = deps.clock.now()
    cutoffs = (
        ("sessions", "last_seen_at", timedelta(days=deps.settings.idle_days)),
        ("password_resets", "expires_at", RESETS_KEPT),
        ("log_in_failures", "failed_at", timedelta(seconds=FORGOTTEN_AFTER_SECONDS)),
    )
    gone = 0
    for table, column, age in cutoffs:
        gone += await deps.db.execute(
            f"""
            DELETE FROM {table} WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM {table} WHERE {column} <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED))
            """,
            now - age,
            BATCH,
        )
    return gone
