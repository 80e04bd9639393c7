"""Carts as they are put aside, taken up again, merged, thrown away and forgotten. Each by one guarded UPDATE."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Connection, Row, Transaction
from tradewind.services.order.store.carts import CartRecord


async def of_account(db: Connection, account_id: UUID) -> Sequence[Row]:
    return await db.fetch(
        """
        SELECT c.cart_id, c.name, c.state, c.version, c.currency, count(l.sku) AS lines,
            coalesce(sum(l.quantity), 0)::bigint AS pieces, c.updated_at
        FROM carts c LEFT JOIN cart_lines l USING (cart_id)
        WHERE c.account_id = $1 AND c.state IN ('open', 'saved')
        GROUP BY c.cart_id ORDER BY c.state = 'open' DESC, c.updated_at DESC, c.cart_id
        """,
        account_id,
    )


async def move(
    tx: Transaction, cart: CartRecord, state: str, now: datetime, *, name: str | None = None
) -> bool:
    """False when the cart has moved on since it was read. Raises UniqueViolation(carts_one_open_an_account) when it
    would be the second active one."""
    moved = await tx.execute(
        """
        UPDATE carts SET state = $3, name = coalesce($4, name), account_id = $6, version = version + 1,
            updated_at = $5
        WHERE cart_id = $1 AND version = $2 AND state IN ('open', 'saved')
        """,
        cart.cart_id,
        cart.version,
        state,
        name,
        now,
        cart.account_id,
    )
    return bool(moved)


async def put_active_aside(tx: Transaction, account_id: UUID, now: datetime) -> None:
    """The account's active cart, where it has one, is kept for later."""
    await tx.execute(
        """
        UPDATE carts SET state = 'saved', version = version + 1, updated_at = $2
        WHERE account_id = $1 AND state = 'open'
        """,
        account_id,
        now,
    )


async def expire_untouched(
    db: Connection, guests_since: datetime, accounts_since: datetime, most: int
) -> int:
    """Carts that nobody touched since then; answers how many. `updated_at` stays: it says when they were touched."""
    return await db.execute(
        """
        UPDATE carts SET state = 'expired', version = version + 1 WHERE cart_id IN (
            SELECT cart_id FROM carts
            WHERE state IN ('open', 'saved') AND updated_at <= greatest($1::timestamptz, $2::timestamptz)
              AND updated_at <= CASE WHEN account_id IS NULL THEN $1::timestamptz ELSE $2::timestamptz END
            ORDER BY updated_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        """,
        guests_since,
        accounts_since,
        most,
    )
