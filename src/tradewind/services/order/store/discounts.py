"""Uses of promotions are counted by guarded UPDATEs: the last use is given to one order alone.

Order of locks, which keeps this service free of deadlocks: the order's row first, then promotions in the order of
their ids; with each, its code, then its customer's rows in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradewind.kernel.errors import Conflict
from tradewind.ports.database import Connection, Row, Transaction
from tradewind.services.order.domain.pricing import AppliedPromotion
from tradewind.services.order.store.orders import OrderRecord


async def take(tx: Transaction, order: OrderRecord) -> None:
    """Write down what was taken off this order, and take one use of each promotion for it. No statement for an
    order without any.

    Raises Conflict(discount_used_up) when none is left of one, or it has ended: the caller rolls back.
    """
    if not order.promotions:
        return
    await keep(tx, order.order_id, order.promotions)
    await _take(tx, order)


async def retake(tx: Transaction, order: OrderRecord) -> None:
    """What a draft uses now, in place of what it used before. The order is locked; all its promotions are, in order,
    before the first of them is given back.

    Raises what `take` raises.
    """
    await tx.execute(
        """
        SELECT 1 FROM promotions WHERE promotion_id = ANY ($2::uuid[])
            OR promotion_id IN (SELECT u.promotion_id FROM promotion_uses u WHERE u.order_id = $1)
        ORDER BY promotion_id FOR UPDATE
        """,
        order.order_id,
        [p.promotion_id for p in order.promotions if p.promotion_id is not None],
    )
    await give_back(tx, order.order_id)
    await keep(tx, order.order_id, order.promotions)
    await _take(tx, order)


async def used_by(db: Connection, order_id: UUID) -> Sequence[Row]:
    """promotion_id, code and customers of each use that this order has taken."""
    return await db.fetch(
        "SELECT promotion_id, code, customers FROM promotion_uses WHERE order_id = $1", order_id
    )


async def _take(tx: Transaction, order: OrderRecord) -> None:
    used = sorted((p.promotion_id, p.code) for p in order.promotions if p.promotion_id is not None)
    for promotion_id, code in used:
        if not await _use(tx, promotion_id, code, order):
            raise Conflict(
                "discount_used_up",
                "a discount has been used up: leave it out",
                field="discount_code",
                details={} if code is None else {"discount_code": code},
            )


async def keep(tx: Transaction, order_id: UUID, promotions: list[AppliedPromotion]) -> None:
    """What the order shows; in place of what it showed before."""
    await tx.execute(
        """
        WITH gone AS (DELETE FROM order_promotions WHERE order_id = $1 AND position > $3)
        INSERT INTO order_promotions (order_id, position, promotion_id, name, kind, code, discount_minor,
            shipping_discount_minor, line_discounts)
        SELECT $1, p.position, (p.value ->> 'promotion_id')::uuid, p.value ->> 'name', p.value ->> 'kind',
            p.value ->> 'code', (p.value ->> 'discount_minor')::bigint,
            (p.value ->> 'shipping_discount_minor')::bigint,
            ARRAY(SELECT share::bigint FROM jsonb_array_elements_text(p.value -> 'line_discounts') AS share)
        FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS p (value, position)
        ON CONFLICT (order_id, position) DO UPDATE SET promotion_id = excluded.promotion_id,
            name = excluded.name, kind = excluded.kind, code = excluded.code,
            discount_minor = excluded.discount_minor, line_discounts = excluded.line_discounts,
            shipping_discount_minor = excluded.shipping_discount_minor
        """,
        order_id,
        msgspec.json.encode(promotions).decode(),
        len(promotions),
    )


async def _use(tx: Transaction, promotion_id: UUID, code: str | None, order: OrderRecord) -> bool:
    used = await tx.value(
        """
        WITH taken AS (
            UPDATE promotions SET uses = uses + 1
            WHERE promotion_id = $1 AND active AND archived_at IS NULL AND (most_uses IS NULL OR uses < most_uses)
              AND (ends_at IS NULL OR ends_at > $5)
            RETURNING promotion_id, most_uses_each),
        with_code AS (
            UPDATE promotion_codes k SET uses = k.uses + 1 FROM taken
            WHERE k.code = $2 AND k.promotion_id = taken.promotion_id
              AND (k.most_uses IS NULL OR k.uses < k.most_uses)
            RETURNING k.code),
        by_customer AS (
            INSERT INTO promotion_customers AS k (promotion_id, customer, uses)
            SELECT taken.promotion_id, customer, 1 FROM taken, unnest($4::text[]) AS customer
            ON CONFLICT (promotion_id, customer) DO UPDATE SET uses = k.uses + 1
            WHERE k.uses < coalesce((SELECT most_uses_each FROM taken), 2147483647)
            RETURNING customer)
        INSERT INTO promotion_uses (order_id, promotion_id, code, customers, used_at)
        SELECT $3, promotion_id, $2, $4, $5 FROM taken
        WHERE ($2::text IS NULL OR EXISTS (SELECT 1 FROM with_code))
          AND (SELECT count(*) FROM by_customer) = cardinality($4::text[])
        RETURNING true
        """,
        promotion_id,
        code,
        order.order_id,
        customers_of(order.account_id, order.email),
        order.created_at,
    )
    return bool(used)


def customers_of(account_id: UUID | None, email: str) -> list[str]:
    """What a customer is known by, in order. Both count: neither signing in nor signing out gives another use."""
    known = [] if account_id is None else [f"account:{account_id}"]
    return [*known, f"email:{email.lower()}"]


async def give_back(tx: Transaction, order_id: UUID) -> None:
    """The order came to nothing; safe to repeat. The order is locked."""
    gone = await tx.fetch(
        "DELETE FROM promotion_uses WHERE order_id = $1 RETURNING promotion_id, code, customers", order_id
    )
    for row in sorted(gone, key=lambda row: row["promotion_id"]):
        await tx.execute(
            """
            WITH taken AS (
                UPDATE promotions SET uses = uses - 1 WHERE promotion_id = $1 RETURNING promotion_id),
            with_code AS (
                UPDATE promotion_codes k SET uses = k.uses - 1 FROM taken
                WHERE k.code = $2 AND k.promotion_id = taken.promotion_id)
            UPDATE promotion_customers k SET uses = k.uses - 1 FROM taken
            WHERE k.promotion_id = taken.promotion_id AND k.customer = ANY ($3::text[])
            """,
            row["promotion_id"],
            row["code"],
            row["customers"],
        )
