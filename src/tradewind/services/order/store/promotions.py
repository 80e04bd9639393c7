"""Promotions and their codes as rows. Their uses are counted in discounts.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Row, Transaction
from tradewind.services.order.shapes.promotions import NewPromotion, PromotionChange

COLUMNS = (
    "name",
    "basis_points",
    "amount_minor",
    "currency",
    "buy_quantity",
    "get_quantity",
    "product_ids",
    "category_ids",
    "get_product_ids",
    "minimum_minor",
    "minimum_quantity",
    "most_uses",
    "most_uses_each",
    "starts_at",
    "ends_at",
    "combinable",
    "priority",
    "active",
)
_WITH_CODES = """
    p.*, (SELECT count(*) FROM promotion_codes k WHERE k.promotion_id = p.promotion_id) AS codes,
    (SELECT k.code FROM promotion_codes k WHERE k.promotion_id = p.promotion_id
     ORDER BY k.created_at, k.code LIMIT 1) AS code
"""
SELECT = f"SELECT {_WITH_CODES} FROM promotions p"


async def insert(tx: Transaction, promotion_id: UUID, new: NewPromotion, now: datetime) -> None:
    values = [promotion_id, new.kind, new.automatic, now, *(getattr(new, name) for name in COLUMNS)]
    places = ", ".join(f"${number}" for number in range(5, len(values) + 1))
    await tx.execute(
        f"""
        INSERT INTO promotions (promotion_id, kind, automatic, created_at, updated_at, {", ".join(COLUMNS)})
        VALUES ($1, $2, $3, $4, $4, {places})
        """,
        *values,
    )


async def lock(tx: Transaction, promotion_id: UUID) -> Row | None:
    return await tx.row("SELECT * FROM promotions WHERE promotion_id = $1 FOR UPDATE", promotion_id)


async def update(
    tx: Transaction, promotion_id: UUID, now: datetime, changed: PromotionChange | NewPromotion
) -> None:
    """All columns, as they are to be. The row is locked."""
    values = [promotion_id, now, *(getattr(changed, name) for name in COLUMNS)]
    settings = ", ".join(f"{name} = ${number}" for number, name in enumerate(COLUMNS, start=3))
    await tx.execute(
        f"UPDATE promotions SET {settings}, version = version + 1, updated_at = $2 WHERE promotion_id = $1",
        *values,
    )


async def archive(tx: Transaction, promotion_id: UUID, now: datetime) -> bool:
    """False when there is none, or it was archived before."""
    return bool(
        await tx.execute(
            """
            UPDATE promotions SET archived_at = $2, version = version + 1, updated_at = $2
            WHERE promotion_id = $1 AND archived_at IS NULL
            """,
            promotion_id,
            now,
        )
    )


async def load(tx: Transaction, promotion_id: UUID) -> Row | None:
    return await tx.row(f"{SELECT} WHERE p.promotion_id = $1", promotion_id)


async def insert_codes(
    tx: Transaction, promotion_id: UUID, codes: Sequence[str], most_uses: int | None, now: datetime
) -> list[str]:
    """Those that were free: a code is one promotion's alone, for ever."""
    rows = await tx.fetch(
        """
        INSERT INTO promotion_codes (code, promotion_id, most_uses, created_at)
        SELECT code, $1, $3, $4 FROM unnest($2::text[]) AS code ORDER BY code
        ON CONFLICT (code) DO NOTHING RETURNING code
        """,
        promotion_id,
        list(codes),
        most_uses,
        now,
    )
    return [row["code"] for row in rows]
