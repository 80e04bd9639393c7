"""Reviews as rows, and what accounts bought. Whoever writes one holds the lock of its product's row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Transaction
from tradewind.services.product.review_rules import ReviewState, Standing
from tradewind.services.product.review_shapes import ReviewDetail


class PastReview(msgspec.Struct, frozen=True):
    """A review as it was written elsewhere. `order_id` is the order that the product was bought with, if it was."""

    external_id: str  # of the product
    account_id: UUID
    rating: int
    title: str
    text: str
    author: str
    language: str
    state: ReviewState
    written_at: datetime
    order_id: UUID | None = None
    answer: str | None = None

    @property
    def review_id(self) -> UUID:
        """A UUIDv7 of when it was written: reviews sort by it. Otherwise of whose it is, so always the same."""
        value = int(self.written_at.timestamp() * 1000) << 80 | self.account_id.int & (1 << 80) - 1
        return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)


BOUGHT = """
    EXISTS (SELECT FROM purchases b
        WHERE b.account_id = r.account_id AND r.product_id = ANY (b.product_ids) AND NOT b.cancelled)
"""
DETAIL = f"""
    SELECT r.review_id, r.product_id, p.title, p.slug, r.account_id, r.rating, r.title, r.text, r.author,
           r.language, r.state, {BOUGHT}, r.answer, r.answered_at, r.version, r.created_at, r.updated_at
    FROM reviews r JOIN products p USING (product_id)
"""


async def detail(db: Connection, review_id: UUID) -> ReviewDetail | None:
    row = await db.row(f"{DETAIL} WHERE r.review_id = $1", review_id)
    return None if row is None else ReviewDetail(*row)


async def product_of(db: Connection, review_id: UUID) -> UUID | None:
    product_id: UUID | None = await db.value("SELECT product_id FROM reviews WHERE review_id = $1", review_id)
    return product_id


async def lock(tx: Transaction, review_id: UUID) -> Standing | None:
    row = await tx.row(
        """
        SELECT review_id, product_id, account_id, rating, state FROM reviews
        WHERE review_id = $1 FOR UPDATE
        """,
        review_id,
    )
    return None if row is None else Standing(*row)


async def has_bought(db: Connection, account_id: UUID, product_id: UUID) -> bool:
    bought: bool = await db.value(
        """
        SELECT EXISTS (SELECT FROM purchases
            WHERE account_id = $1 AND $2 = ANY (product_ids) AND NOT cancelled)
        """,
        account_id,
        product_id,
    )
    return bought


async def insert(
    tx: Transaction,
    review: Standing,
    words: tuple[str, str],
    signed: tuple[str, str],
    actor: str,
    now: datetime,
) -> None:
    """`words` are title and text, `signed` the author's name and language.

    Raises UniqueViolation where the account has reviewed the product before.
    """
    await tx.execute(
        """
        WITH written AS (
            INSERT INTO reviews (review_id, product_id, account_id, rating, state, title, text, author, language,
                version, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $11, $11)
            RETURNING review_id, version, state)
        INSERT INTO review_changes (review_id, version, from_state, to_state, actor, changed_at)
        SELECT review_id, version, NULL, state, $10, $11 FROM written
        """,
        review.review_id,
        review.product_id,
        review.account_id,
        review.rating,
        review.state,
        *words,
        *signed,
        actor,
        now,
    )


async def insert_past(
    tx: Transaction, past: Sequence[PastReview], now: datetime
) -> list[tuple[UUID, int, ReviewState]]:
    """Those that are new: their products, stars and states. What was refused had waited before. Locked are the
    products' rows."""
    records = [{"review_id": review.review_id, **msgspec.structs.asdict(review)} for review in past]
    rows = await tx.fetch(
        """
        WITH given AS (
            SELECT DISTINCT ON (p.product_id, r.account_id) p.product_id, r.*
            FROM json_to_recordset($1::json) AS r (
                review_id uuid, external_id text, account_id uuid, rating int, title text, text text, author text,
                language text, state text, written_at timestamptz, order_id uuid, answer text)
            JOIN products p USING (external_id)
        ), written AS (
            INSERT INTO reviews (review_id, product_id, account_id, rating, title, text, author, language, state,
                answer, answered_at, version, created_at, updated_at)
            SELECT review_id, product_id, account_id, rating, title, text, author, language, state,
                answer, CASE WHEN answer IS NOT NULL THEN least($2, written_at + interval '2 days') END,
                CASE state WHEN 'refused' THEN 2 ELSE 1 END, written_at, written_at
            FROM given
            ON CONFLICT DO NOTHING
            RETURNING review_id, product_id, account_id, rating, state, created_at
        ), history AS (
            INSERT INTO review_changes (review_id, version, from_state, to_state, actor, changed_at)
            SELECT review_id, 1, NULL, CASE state WHEN 'refused' THEN 'pending' ELSE state END, 'taken over', created_at
            FROM written
            UNION ALL
            SELECT review_id, 2, 'pending', 'refused', 'taken over', created_at FROM written WHERE state = 'refused'
        ), bought AS (
            INSERT INTO purchases (order_id, account_id, product_ids, cancelled)
            SELECT order_id, account_id, array_agg(product_id), false
            FROM given WHERE order_id IS NOT NULL GROUP BY order_id, account_id
            ON CONFLICT (order_id) DO NOTHING
        )
        SELECT product_id, rating, state FROM written
        """,
        msgspec.json.encode(records).decode(),
        now,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def change(
    tx: Transaction, was: Standing, to: Standing, words: tuple[str, str], actor: str, now: datetime
) -> None:
    """Write a locked review as its author changed it, with its history where the state moves."""
    await tx.execute(
        """
        WITH changed AS (
            UPDATE reviews SET rating = $2, state = $3, title = $4, text = $5, version = version + 1, updated_at = $7
            WHERE review_id = $1
            RETURNING review_id, version, state)
        INSERT INTO review_changes (review_id, version, from_state, to_state, actor, changed_at)
        SELECT review_id, version, $8, state, $6, $7 FROM changed WHERE state <> $8
        """,
        was.review_id,
        to.rating,
        to.state,
        *words,
        actor,
        now,
        was.state,
    )


async def move(
    tx: Transaction,
    review_id: UUID,
    states: Sequence[ReviewState],
    to: ReviewState,
    actor: str,
    now: datetime,
) -> bool:
    """False unless it was in one of `states`."""
    moved = await tx.value(
        """
        WITH was AS (SELECT review_id, state FROM reviews WHERE review_id = $1),
        moved AS (
            UPDATE reviews SET state = $3, version = version + 1, updated_at = $5
            WHERE review_id = $1 AND state = ANY ($2::text[])
            RETURNING review_id, version)
        INSERT INTO review_changes (review_id, version, from_state, to_state, actor, changed_at)
        SELECT review_id, moved.version, was.state, $3, $4, $5 FROM moved JOIN was USING (review_id)
        RETURNING true
        """,
        review_id,
        list(states),
        to,
        actor,
        now,
    )
    return bool(moved)


async def answer(tx: Transaction, review_id: UUID, text: str | None, now: datetime) -> None:
    await tx.execute(
        """
        UPDATE reviews SET answer = $2::text, answered_at = CASE WHEN $2::text IS NOT NULL THEN $3::timestamptz END,
            version = version + 1
        WHERE review_id = $1
        """,
        review_id,
        text,
        now,
    )


async def delete(tx: Transaction, review_id: UUID) -> None:
    await tx.execute("DELETE FROM reviews WHERE review_id = $1", review_id)


async def keep_purchase(
    tx: Transaction, order_id: UUID, account_id: UUID, product_ids: Sequence[UUID], *, cancelled: bool
) -> None:
    """An order that was placed, or cancelled: whichever is heard first, cancelled it stays."""
    await tx.execute(
        """
        INSERT INTO purchases AS b (order_id, account_id, product_ids, cancelled) VALUES ($1, $2, $3, $4)
        ON CONFLICT (order_id) DO UPDATE SET
            product_ids = CASE WHEN excluded.cancelled THEN b.product_ids ELSE excluded.product_ids END,
            cancelled = b.cancelled OR excluded.cancelled
        """,
        order_id,
        account_id,
        list(product_ids),
        cancelled,
    )


async def forget_author(tx: Transaction, account_id: UUID) -> None:
    """What the account said of products stays; who it was does not."""
    await tx.execute("UPDATE reviews SET author = '' WHERE account_id = $1 AND author <> ''", account_id)
