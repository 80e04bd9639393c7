"""Lists of promotions and of their codes, for staff."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tradewind.contracts.common import Page
from tradewind.kernel.errors import NotFound
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row
from tradewind.services.order.shapes.promotions import (
    CodeQuery,
    PromotionCode,
    PromotionQuery,
    PromotionView,
)
from tradewind.services.order.store.promotions import SELECT

_STATES = {
    "running": "p.archived_at IS NULL AND p.active AND coalesce(p.starts_at <= {0}, true)"
    " AND coalesce(p.ends_at > {0}, true)",
    "scheduled": "p.archived_at IS NULL AND p.active AND p.starts_at > {0}",
    "ended": "p.archived_at IS NULL AND p.ends_at <= {0}",
    "off": "p.archived_at IS NULL AND NOT p.active AND {0}::timestamptz IS NOT NULL",
    "archived": "p.archived_at IS NOT NULL AND {0}::timestamptz IS NOT NULL",
}


async def list_promotions(db: Connection, query: PromotionQuery, now: datetime) -> Page[PromotionView]:
    """The newest first."""
    conditions, values = ["true"], list[Any]()

    def where(condition: str, value: object) -> None:
        values.append(value)
        conditions.append(condition.format(f"${len(values)}"))

    if query.state is not None:
        where(_STATES[query.state], now)
    else:
        conditions.append("p.archived_at IS NULL")
    if query.kind is not None:
        where("p.kind = {}", query.kind)
    if query.automatic is not None:
        where("p.automatic = {}", query.automatic)
    if query.q is not None:
        where(
            "(strpos(lower(p.name), lower({0})) > 0 OR EXISTS (SELECT 1 FROM promotion_codes k"
            " WHERE k.promotion_id = p.promotion_id AND starts_with(k.code, upper({0}))))",
            query.q,
        )
    if query.cursor is not None:
        where("p.promotion_id < {}", decode_cursor(query.cursor, tuple[UUID])[0])
    values.append(query.limit + 1)
    rows = await db.fetch(
        f"{SELECT} WHERE {' AND '.join(conditions)} ORDER BY p.promotion_id DESC LIMIT ${len(values)}",
        *values,
    )
    items = [promotion_view(row) for row in rows[: query.limit]]
    return Page(items, encode_cursor(items[-1].promotion_id) if len(rows) > query.limit else None)


async def find_promotion(db: Connection, promotion_id: UUID) -> PromotionView:
    row = await db.row(f"{SELECT} WHERE p.promotion_id = $1", promotion_id)
    if row is None:
        raise NotFound("promotion_not_found", "there is no such promotion")
    return promotion_view(row)


def promotion_view(row: Row) -> PromotionView:
    return PromotionView(*(row[name] for name in PromotionView.__struct_fields__))


async def list_codes(db: Connection, promotion_id: UUID, query: CodeQuery) -> Page[PromotionCode]:
    """In alphabetical order. Raises NotFound."""
    await find_promotion(db, promotion_id)
    after = decode_cursor(query.cursor, tuple[str])[0] if query.cursor else None
    rows = await db.fetch(
        """
        SELECT code, most_uses, uses, created_at FROM promotion_codes
        WHERE promotion_id = $1 AND ($2::text IS NULL OR code > $2)
          AND ($3::boolean IS NULL OR (uses = 0) = $3)
        ORDER BY code LIMIT $4
        """,
        promotion_id,
        after,
        query.unused,
        query.limit + 1,
    )
    items = [code_view(row) for row in rows[: query.limit]]
    return Page(items, encode_cursor(items[-1].code) if len(rows) > query.limit else None)


def code_view(row: Row) -> PromotionCode:
    return PromotionCode(row["code"], row["most_uses"], row["uses"], row["created_at"])
