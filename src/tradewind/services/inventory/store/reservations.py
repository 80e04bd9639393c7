"""Reserve and give back: writes to reservations, allocations and what is reserved of the stock.

Order of locks, which keeps this service free of deadlocks: an existing reservation's row first, then the
policies of its SKUs, in their order, then stock in the order of (sku, warehouse); only with those in hand lots,
allocations and back-orders are written, and a reservation added or closed, or a shipment added. Whoever changes
what is available of a SKU locks its stock in all warehouses, so that changes of one SKU are serial and each
sees the sum. Who serves a back-order writes to another owner's allocations, never to its reservation's row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.inventory import (
    Allocation,
    Backordered,
    OutOfStock,
    ReservationClosed,
    Reserved,
    StockLine,
)
from tradewind.ports.database import Connection, Transaction, UniqueViolation
from tradewind.services.inventory.domain import Claim


class AskedBefore(Exception):
    """This owner has its answer; nothing was done, and a transaction that this happened in must end."""


class Special(Exception):
    """Nothing was done: a SKU has a policy, which one statement does not keep (use_cases/reserve_stock.py)."""


class WouldEmpty(Exception):
    """Nothing was done: the last piece of a SKU would go, which others must be told in the same transaction."""


@dataclass(frozen=True)
class Taken:
    """`emptied` names the SKUs of which nothing is left."""

    outcome: Reserved | OutOfStock
    emptied: list[str]


# One statement, all or nothing. `visible` reads without locks: what is short in it was never there, so a
# sold-out SKU is refused without queueing. The rest is computed from the locked rows, which PostgreSQL reads
# anew after it waited for a lock, whatever the statement's snapshot says. So are both columns that the UPDATE
# sets: it finds the row as the snapshot has it and checks the CHECKs on that first, where `reserved + quantity`
# could break them though the row as it is now does not. The arrays are behind sub-selects so that a plan for
# few lines costs no less than the generic one, and planning is not paid each time.
_RESERVE = """
WITH known AS (
    SELECT FROM reservations WHERE owner_id = $1
),
wanted AS (
    SELECT sku, quantity
    FROM unnest((SELECT $2::text[]), (SELECT $3::integer[])) AS line (sku, quantity)
    WHERE NOT EXISTS (SELECT FROM known)
),
special AS (
    SELECT FROM wanted JOIN stock_policies USING (sku) LIMIT 1
),
visible AS (
    SELECT wanted.sku, wanted.quantity,
        coalesce(sum(stock.available) FILTER (WHERE warehouses.active), 0) AS available
    FROM wanted
    LEFT JOIN stock USING (sku)
    LEFT JOIN warehouses ON warehouses.code = stock.warehouse
    GROUP BY wanted.sku, wanted.quantity
),
locked AS (
    SELECT stock.sku, stock.warehouse, stock.on_hand, stock.reserved, stock.available AS free,
        warehouses.priority, wanted.quantity
    FROM wanted
    JOIN stock USING (sku)
    JOIN warehouses ON warehouses.code = stock.warehouse AND warehouses.active
    WHERE NOT EXISTS (SELECT FROM visible WHERE available < quantity) AND NOT EXISTS (SELECT FROM special)
    ORDER BY stock.sku, stock.warehouse
    FOR NO KEY UPDATE OF stock
),
ranked AS (
    SELECT sku, warehouse, on_hand, reserved, free, quantity,
        sum(free) OVER (PARTITION BY sku) AS available,
        sum(free) OVER (PARTITION BY sku ORDER BY priority, warehouse) - free AS nearer
    FROM locked
),
short AS (
    SELECT visible.sku, coalesce(max(ranked.available), visible.available)::integer AS available
    FROM visible LEFT JOIN ranked USING (sku)
    GROUP BY visible.sku, visible.quantity, visible.available
    HAVING coalesce(max(ranked.available), visible.available) < visible.quantity
),
emptied AS (
    SELECT DISTINCT sku FROM ranked WHERE available = quantity AND NOT EXISTS (SELECT FROM short)
),
verdict AS (
    SELECT EXISTS (SELECT FROM short) AS short
    WHERE NOT EXISTS (SELECT FROM known) AND NOT EXISTS (SELECT FROM special)
        AND ($7 OR NOT EXISTS (SELECT FROM emptied))
),
added AS (
    INSERT INTO reservations (owner_id, state, outcome, short, expires_at, created_at, closed_at)
    SELECT $1, 'closed', 'out_of_stock',
        (SELECT jsonb_agg(jsonb_build_object('sku', sku, 'quantity', available) ORDER BY sku) FROM short),
        NULL, $5::timestamptz, $5
    FROM verdict WHERE short
    UNION ALL
    SELECT $1, 'held', NULL, NULL, $4::timestamptz, $5, NULL FROM verdict WHERE NOT short
),
taken AS (
    UPDATE stock SET on_hand = share.on_hand, reserved = share.reserved + share.quantity, updated_at = $5
    FROM (
        SELECT sku, warehouse, on_hand, reserved, least(free, quantity - nearer)::integer AS quantity
        FROM ranked, verdict WHERE free > 0 AND quantity > nearer AND NOT verdict.short
    ) AS share
    WHERE stock.sku = share.sku AND stock.warehouse = share.warehouse
    RETURNING stock.sku, stock.warehouse, share.quantity
),
allocated AS (
    INSERT INTO allocations (owner_id, sku, warehouse, quantity)
    SELECT $1, sku, warehouse, quantity FROM taken
),
written AS (
    INSERT INTO stock_movements
        (sku, warehouse, kind, on_hand_delta, reserved_delta, reason, actor, reference, at)
    SELECT sku, warehouse, 'reserve', 0, quantity, '', $6::text, $1::uuid::text, $5 FROM taken
)
SELECT 'taken' AS what, sku, warehouse, quantity FROM taken
UNION ALL SELECT 'short', sku, '', available FROM short
UNION ALL SELECT 'emptied', sku, '', 0 FROM emptied
UNION ALL SELECT 'special', '', '', 0 FROM special
"""


async def reserve(connection: Connection, claim: Claim, now: datetime, *, may_empty: bool) -> Taken:
    """Hold all of it, or record what is short. Raises AskedBefore, Special and, unless `may_empty`,
    WouldEmpty."""
    try:
        rows = await connection.fetch(
            _RESERVE,
            claim.owner_id,
            list(claim.wanted),
            list(claim.wanted.values()),
            claim.expires_at,
            now,
            claim.actor,
            may_empty,
        )
    except UniqueViolation as violation:  # another call for this owner was quicker
        if violation.constraint not in ("reservations_pkey", "allocations_pkey"):
            raise
        raise AskedBefore from violation
    if any(row["what"] == "special" for row in rows):
        raise Special
    taken = [
        Allocation(row["sku"], row["warehouse"], row["quantity"]) for row in rows if row["what"] == "taken"
    ]
    short = [StockLine(row["sku"], row["quantity"]) for row in rows if row["what"] == "short"]
    emptied = [row["sku"] for row in rows if row["what"] == "emptied"]
    if taken:
        taken.sort(key=lambda allocation: (allocation.sku, allocation.warehouse))
        return Taken(Reserved(taken), emptied)
    if short:
        return Taken(OutOfStock(sorted(short, key=lambda line: line.sku)), [])
    if emptied:
        raise WouldEmpty
    raise AskedBefore


async def first_answer(
    connection: Connection, owner_id: UUID
) -> Reserved | OutOfStock | ReservationClosed | None:
    """What `reserve` answered this owner; ReservationClosed since it was released. None for a stranger."""
    row = await connection.row(
        """
        SELECT outcome, short, (
            SELECT jsonb_agg(jsonb_build_object('sku', sku, 'warehouse', warehouse, 'quantity', quantity)
                ORDER BY sku, warehouse)
            FROM allocations WHERE allocations.owner_id = reservations.owner_id) AS allocations, (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'sku', sku, 'quantity', quantity - allocated - cancelled, 'expected_at', promised_at)
                ORDER BY sku, number), '[]')
            FROM backorders WHERE backorders.owner_id = reservations.owner_id
                AND quantity > allocated + cancelled) AS backordered
        FROM reservations WHERE owner_id = $1
        """,
        owner_id,
    )
    if row is None:
        return None
    if row["outcome"] in ("released", "expired"):
        return ReservationClosed()
    if row["outcome"] == "out_of_stock":
        return OutOfStock(msgspec.json.decode(row["short"], type=list[StockLine]))
    allocations = msgspec.json.decode(row["allocations"] or "[]", type=list[Allocation])
    return Reserved(allocations, msgspec.json.decode(row["backordered"], type=list[Backordered]))


@dataclass(frozen=True)
class Known:
    """A reservation whose row this transaction has locked."""

    state: str
    outcome: str | None
    expires_at: datetime | None
    pickup: str | None = None


async def lock(tx: Transaction, owner_id: UUID) -> Known | None:
    row = await tx.row(
        """
        SELECT state, outcome, expires_at, pickup FROM reservations
        WHERE owner_id = $1 FOR NO KEY UPDATE
        """,
        owner_id,
    )
    return None if row is None else Known(*row)


async def lock_expired(tx: Transaction, now: datetime, most: int) -> list[UUID]:
    """Held reservations whose time is over, oldest first; those that others work on are left out."""
    # Planned for as many lines as there are: see store/stock.py.
    await tx.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    rows = await tx.fetch(
        """
        SELECT owner_id FROM reservations
        WHERE state = 'held' AND expires_at <= $1
        ORDER BY expires_at LIMIT $2
        FOR NO KEY UPDATE SKIP LOCKED
        """,
        now,
        most,
    )
    return [row["owner_id"] for row in rows]


async def close_unknown(tx: Transaction, owner_id: UUID, now: datetime) -> bool:
    """Leave a tombstone for an owner that never reserved. False when it did meanwhile."""
    inserted = await tx.value(
        """
        INSERT INTO reservations (owner_id, state, outcome, created_at, closed_at)
        VALUES ($1, 'closed', 'released', $2, $2)
        ON CONFLICT (owner_id) DO NOTHING RETURNING true
        """,
        owner_id,
        now,
    )
    return bool(inserted)


async def give_back(
    tx: Transaction, owner_ids: list[UUID], reason: str, actor: str, now: datetime
) -> list[Allocation]:
    """Release what these owners, locked by the caller, still hold; answers what that was."""
    rows = await tx.fetch(
        """
        WITH held AS (
            SELECT owner_id, sku, warehouse, quantity - shipped - released AS quantity
            FROM allocations
            WHERE owner_id = ANY ($1::uuid[]) AND quantity > shipped + released
        ),
        locked AS (
            SELECT stock.sku, stock.warehouse FROM stock
            WHERE stock.sku IN (SELECT sku FROM held)
            ORDER BY stock.sku, stock.warehouse
            FOR NO KEY UPDATE
        ),
        returned AS (
            SELECT sku, warehouse, sum(quantity)::integer AS quantity FROM held GROUP BY sku, warehouse
        ),
        freed AS (
            UPDATE stock SET reserved = stock.reserved - returned.quantity, updated_at = $2
            FROM returned JOIN locked USING (sku, warehouse)
            WHERE stock.sku = returned.sku AND stock.warehouse = returned.warehouse
        ),
        ended AS (
            UPDATE allocations SET released = quantity - shipped
            WHERE owner_id = ANY ($1::uuid[]) AND quantity > shipped + released
        ),
        written AS (
            INSERT INTO stock_movements
                (sku, warehouse, kind, on_hand_delta, reserved_delta, reason, actor, reference, at)
            SELECT sku, warehouse, 'release', 0, -quantity, $3, $4, owner_id::text, $2 FROM held
        )
        SELECT sku, warehouse, quantity FROM returned
        """,
        owner_ids,
        now,
        reason,
        actor,
    )
    return [Allocation(row["sku"], row["warehouse"], row["quantity"]) for row in rows]


async def close(tx: Transaction, owner_ids: list[UUID], outcome: str, now: datetime) -> None:
    """For good. What was shipped or out of stock before is `released` from now on."""
    await tx.execute(
        """
        UPDATE reservations
        SET state = 'closed', outcome = $2, short = NULL, closed_at = coalesce(closed_at, $3)
        WHERE owner_id = ANY ($1::uuid[])
        """,
        owner_ids,
        outcome,
        now,
    )


async def add(
    tx: Transaction, owner_id: UUID, expires_at: datetime | None, pickup: str | None, now: datetime
) -> None:
    """Held, of what is to follow. Raises UniqueViolation of reservations_pkey when another was quicker."""
    await tx.execute(
        """
        INSERT INTO reservations (owner_id, state, expires_at, pickup, created_at)
        VALUES ($1, 'held', $2, $3, $4)
        """,
        owner_id,
        expires_at,
        pickup,
        now,
    )


async def add_short(tx: Transaction, owner_id: UUID, short: list[StockLine], now: datetime) -> None:
    """Closed, out of stock. Raises UniqueViolation of reservations_pkey when another was quicker."""
    await tx.execute(
        """
        INSERT INTO reservations (owner_id, state, outcome, short, created_at, closed_at)
        VALUES ($1, 'closed', 'out_of_stock', $2::jsonb, $3, $3)
        """,
        owner_id,
        msgspec.json.encode(short).decode(),
        now,
    )


async def reopen(tx: Transaction, owner_id: UUID) -> None:
    """Of an owner that was shipped, or amended until nothing was left; its row is locked."""
    await tx.execute(
        """
        UPDATE reservations SET state = 'held', outcome = NULL, closed_at = NULL
        WHERE owner_id = $1 AND state = 'closed' AND outcome IN ('shipped', 'emptied')
        """,
        owner_id,
    )


async def close_if_empty(tx: Transaction, owner_id: UUID, now: datetime) -> None:
    """A reservation that holds nothing and waits for nothing has ended, by shipping where any was shipped."""
    await tx.execute(
        """
        UPDATE reservations SET state = 'closed', closed_at = $2, outcome = CASE WHEN EXISTS (
            SELECT FROM allocations WHERE owner_id = $1 AND shipped > 0) THEN 'shipped' ELSE 'emptied' END
        WHERE owner_id = $1 AND state = 'held'
            AND NOT EXISTS (SELECT FROM allocations WHERE owner_id = $1 AND quantity > shipped + released)
            AND NOT EXISTS (SELECT FROM backorders WHERE owner_id = $1 AND quantity > allocated + cancelled)
        """,
        owner_id,
        now,
    )


async def prolong(tx: Transaction, owner_id: UUID, until: datetime) -> None:
    """Never shorter than before. It is held, has an end, and its row is locked."""
    await tx.execute(
        "UPDATE reservations SET expires_at = greatest(expires_at, $2) WHERE owner_id = $1", owner_id, until
    )
