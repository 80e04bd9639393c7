"""What was sold by day, as far as it makes a product easier to find."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from tradewind.ports.database import Transaction


async def add(tx: Transaction, pieces: Mapping[UUID, int], day: date) -> None:
    await tx.execute(
        """
        INSERT INTO sales (product_id, day, pieces)
        SELECT product_id, $3, pieces FROM unnest($1::uuid[], $2::int[]) AS s (product_id, pieces)
        ORDER BY product_id
        ON CONFLICT (product_id, day) DO UPDATE SET pieces = sales.pieces + excluded.pieces
        """,
        list(pieces),
        list(pieces.values()),
        day,
    )


async def forget(tx: Transaction, before: date) -> None:
    await tx.execute("DELETE FROM sales WHERE day < $1", before)


async def mark_risen_and_fallen(tx: Transaction, now: datetime) -> int:
    """Products that sell twice as much as their documents say, or half; answers how many."""
    return await tx.execute(
        """
        INSERT INTO stale (product_id, mark, since)
        SELECT d.product_id, nextval('marks'), $1
        FROM documents d
        LEFT JOIN (SELECT product_id, sum(pieces) AS pieces FROM sales GROUP BY product_id) s USING (product_id)
        WHERE d.listed AND floor(log(2, 1 + coalesce(s.pieces, 0))) <> floor(log(2, 1 + d.sold::numeric))
        ORDER BY d.product_id
        ON CONFLICT (product_id) DO UPDATE SET mark = excluded.mark
        """,
        now,
    )
