"""Which store this database was loaded into. A second one, elsewhere, would have half of everything."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tradewind.ports.analytics_store import StoreHeld
from tradewind.ports.database import Database

GONE_AFTER = timedelta(seconds=30)


async def hold(db: Database, store_id: UUID, now: datetime, *, empty: bool) -> None:
    """Say that this store is at work. A new one takes over where the one before is gone, and is loaded with
    everything again. Raises StoreHeld while another is at work, and for a file that belongs to another shop."""
    async with db.begin() as tx:
        known = await tx.row("SELECT store_id, seen_at FROM stores FOR UPDATE")
        if known is not None and known["store_id"] == store_id:
            await tx.execute("UPDATE stores SET seen_at = $1", now)
            return
        if not empty:
            raise StoreHeld(
                "the analytics file belongs to another database: move it away, and it is made anew"
            )
        if known is not None and known["seen_at"] > now - GONE_AFTER:
            raise StoreHeld(
                "another process of analytics, with a file of its own, is at work for this database"
            )
        await tx.execute(
            """
            INSERT INTO stores (store_id, seen_at) VALUES ($1, $2)
            ON CONFLICT (single) DO UPDATE SET store_id = excluded.store_id, seen_at = excluded.seen_at
            """,
            store_id,
            now,
        )
        await tx.execute("UPDATE business_events SET loaded_at = NULL WHERE loaded_at IS NOT NULL")
        await tx.execute("UPDATE history_chunks SET loaded_at = NULL WHERE loaded_at IS NOT NULL")
