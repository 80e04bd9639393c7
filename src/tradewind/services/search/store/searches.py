"""What was searched for, and what was chosen of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Transaction
from tradewind.services.search.domain.records import SearchRecord


async def insert(tx: Transaction, records: Sequence[SearchRecord]) -> set[UUID]:
    """Answers which of them are new: of a commit whose answer was lost, none is."""
    rows = await tx.fetch(
        """
        INSERT INTO searches (search_id, at, query, normal, hits, account_id)
        SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::int[], $6::uuid[])
        ON CONFLICT DO NOTHING RETURNING search_id
        """,
        [record.search_id for record in records],
        [record.at for record in records],
        [record.query for record in records],
        [record.normal for record in records],
        [record.hits for record in records],
        [record.account_id for record in records],
    )
    return {row["search_id"] for row in rows}


async def insert_click(
    tx: Transaction,
    search_id: UUID,
    product_id: UUID,
    position: int,
    account_id: UUID | None,
    now: datetime,
) -> bool:
    """False where this hit of this search was chosen before."""
    return bool(
        await tx.value(
            """
            INSERT INTO clicks (search_id, product_id, position, at, account_id) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT DO NOTHING RETURNING true
            """,
            search_id,
            product_id,
            position,
            now,
            account_id,
        )
    )


async def forget(tx: Transaction, before: datetime) -> None:
    await tx.execute("DELETE FROM searches WHERE at < $1", before)
    await tx.execute("DELETE FROM clicks WHERE at < $1", before)
