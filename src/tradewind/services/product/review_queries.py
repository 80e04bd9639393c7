"""Reads of reviews: by everybody, by who wrote them, by staff."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta

from tradewind.contracts.common import Page
from tradewind.kernel.errors import NotFound
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection
from tradewind.services.product.review_shapes import (
    OwnReviewQuery,
    Review,
    ReviewCounts,
    ReviewDetail,
    ReviewPage,
    ReviewQuery,
    ReviewSort,
    StaffReviewQuery,
)
from tradewind.services.product.store.reviews import BOUGHT, DETAIL

LAST = UUID(int=2**128 - 1)
_Stars = Annotated[int, Meta(ge=0, le=6)]

# By sort: what is compared with the cursor's position, the order, and where the first page begins.
_ORDERS: dict[ReviewSort, tuple[str, str, tuple[int, UUID]]] = {
    "newest": ("r.review_id < $3 AND $2::int >= 0", "r.review_id DESC", (0, LAST)),
    "rating": ("(r.rating, r.review_id) < ($2::int, $3)", "r.rating DESC, r.review_id DESC", (6, LAST)),
    "-rating": ("(r.rating, r.review_id) > ($2::int, $3)", "r.rating, r.review_id", (0, UUID(int=0))),
}


async def published_reviews(
    db: Connection, product_id: UUID, query: ReviewQuery, *, may_see_all: bool
) -> ReviewPage:
    """Raises NotFound for a product that the caller does not see."""
    after, order, position = _ORDERS[query.sort]
    if query.cursor is not None:
        _, *rest = decode_cursor(query.cursor, _cursor_of(query.sort))
        position = (rest[0], rest[1])
    summary = await db.row(
        """
        SELECT p.status, rating_average(p.rating_sum, p.rating_count), p.rating_count,
            ARRAY(SELECT count(r.review_id) FROM generate_series(1, 5) AS given (stars)
                LEFT JOIN reviews r ON r.product_id = p.product_id AND r.rating = given.stars AND r.state = 'published'
                GROUP BY given.stars ORDER BY given.stars)
        FROM products p WHERE p.product_id = $1
        """,
        product_id,
    )
    if summary is None or (summary[0] != "active" and not may_see_all):
        raise NotFound("product_not_found", "there is no such product")
    _, average, count, stars = summary
    rows = await db.fetch(
        f"""
        SELECT r.review_id, r.rating, r.title, r.text, r.author, r.language, {BOUGHT}, r.answer, r.answered_at,
               r.created_at, r.updated_at
        FROM reviews r
        WHERE r.product_id = $1 AND r.state = 'published' AND {after} AND ($4::int IS NULL OR r.rating = $4)
        ORDER BY {order} LIMIT $5
        """,
        product_id,
        *position,
        query.rating,
        query.limit + 1,
    )
    items = [Review(*row) for row in rows[: query.limit]]
    following = None
    if len(rows) > query.limit:
        following = encode_cursor(query.sort, items[-1].rating, items[-1].review_id)
    return ReviewPage(items, following, None if average is None else float(average), count, list(stars))


def _cursor_of(sort: ReviewSort) -> Any:
    return tuple[Literal[sort], _Stars, UUID]  # type: ignore[valid-type]


async def own_reviews(db: Connection, account_id: UUID, query: OwnReviewQuery) -> Page[ReviewDetail]:
    """Newest first."""
    return await _details(db, "r.account_id = $3", [account_id], query)


async def staff_reviews(db: Connection, query: StaffReviewQuery) -> Page[ReviewDetail]:
    """Newest first."""
    return await _details(db, "($3::text IS NULL OR r.state = $3)", [query.state], query)


async def _details(
    db: Connection, condition: str, values: list[object], query: OwnReviewQuery | StaffReviewQuery
) -> Page[ReviewDetail]:
    before = decode_cursor(query.cursor, tuple[UUID])[0] if query.cursor is not None else LAST
    rows = await db.fetch(
        f"""
        {DETAIL} WHERE r.review_id < $1 AND ($4::uuid IS NULL OR r.product_id = $4) AND {condition}
        ORDER BY r.review_id DESC LIMIT $2
        """,
        before,
        query.limit + 1,
        *values,
        query.product_id,
    )
    items = [ReviewDetail(*row) for row in rows[: query.limit]]
    return Page(items, encode_cursor(items[-1].review_id) if len(rows) > query.limit else None)


async def review_counts(db: Connection) -> ReviewCounts:
    rows = await db.fetch("SELECT state, count(*) FROM reviews GROUP BY state")
    return ReviewCounts(**{"pending": 0, "published": 0, "refused": 0, **{row[0]: row[1] for row in rows}})
