"""Hold and let go by a plan that was made under locks: what store/reservations.py does in one statement for
SKUs without a policy, taken apart. The order of locks is told there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Transaction
from tradewind.services.inventory.domain.allocation import Share, Shelf
from tradewind.services.inventory.store import stock


async def lock_shelves(tx: Transaction, skus: Collection[str]) -> list[Shelf]:
    """Lock their stock everywhere, then see what is free in the active warehouses.

    Stock in a warehouse where there was none may have come while this waited, and is not among what was locked. To
    lock it now would be out of order, and two could wait for one another: what was locked here is let go, and all of it
    is locked anew.
    """
    while True:
        await tx.execute("SAVEPOINT before_shelves")
        locked = await tx.execute(
            "SELECT FROM stock WHERE sku = ANY ($1::text[]) ORDER BY sku, warehouse FOR NO KEY UPDATE",
            sorted(skus),
        )
        # A statement of its own: it sees stock and warehouses as they are since the wait.
        rows = await tx.fetch(_SHELVES, list(skus))
        if len(rows) == locked:
            await tx.execute("RELEASE SAVEPOINT before_shelves")
            return [
                Shelf(row["sku"], row["warehouse"], row["available"], row["priority"])
                for row in rows
                if row["active"]
            ]
        await tx.execute("ROLLBACK TO SAVEPOINT before_shelves")


async def open_shelves(tx: Transaction, places: Collection[tuple[str, str]], now: datetime) -> None:
    """Have stock of each (SKU, warehouse), of nothing where there was none, and all stock of these SKUs locked.

    What there is of a SKU is locked before a row of it is added: whoever added first, and then waited for the others,
    would have somebody wait who holds those and adds the same one. Raises UnknownWarehouses.
    """
    skus = sorted({sku for sku, _ in places})
    there = {(shelf.sku, shelf.warehouse) for shelf in await lock_shelves(tx, skus)}
    missing = sorted(set(places) - there)
    if missing:
        await stock.add_missing(tx, missing, now)
        await lock_shelves(tx, skus)


_SHELVES = """
    SELECT stock.sku, stock.warehouse, stock.available, warehouses.priority, warehouses.active
    FROM stock JOIN warehouses ON warehouses.code = stock.warehouse
    WHERE stock.sku = ANY ($1::text[]) ORDER BY stock.sku, warehouses.priority, stock.warehouse
"""


_SHARES = """
share AS (
    SELECT sku, warehouse, lot, quantity
    FROM unnest($2::text[], $3::text[], $4::text[], $5::integer[]) AS line (sku, warehouse, lot, quantity)
),
total AS (
    SELECT sku, warehouse, sum(quantity)::integer AS quantity FROM share GROUP BY sku, warehouse
)
"""

_TAKE = f"""
WITH {_SHARES},
held AS (
    UPDATE stock SET reserved = stock.reserved + total.quantity, updated_at = $8 FROM total
    WHERE stock.sku = total.sku AND stock.warehouse = total.warehouse AND stock.available >= total.quantity
    RETURNING stock.sku
),
allocated AS (
    INSERT INTO allocations (owner_id, sku, warehouse, quantity) SELECT $1, sku, warehouse, quantity FROM total
    ON CONFLICT (owner_id, sku, warehouse) DO UPDATE SET quantity = allocations.quantity + excluded.quantity
),
lot_held AS (
    UPDATE lots SET reserved = lots.reserved + share.quantity FROM share
    WHERE lots.sku = share.sku AND lots.warehouse = share.warehouse AND lots.lot = share.lot
),
lot_allocated AS (
    INSERT INTO allocation_lots (owner_id, sku, warehouse, lot, quantity)
    SELECT $1, sku, warehouse, lot, quantity FROM share WHERE lot IS NOT NULL
    ON CONFLICT (owner_id, sku, warehouse, lot)
        DO UPDATE SET quantity = allocation_lots.quantity + excluded.quantity
),
written AS (
    INSERT INTO stock_movements
        (sku, warehouse, lot, kind, on_hand_delta, reserved_delta, reason, actor, reference, at)
    SELECT sku, warehouse, lot, 'reserve', 0, quantity, $6, $7, $1::uuid::text, $8 FROM share
)
SELECT (SELECT count(*) FROM held) = (SELECT count(*) FROM total)
"""

_LET_GO = f"""
WITH {_SHARES},
freed AS (
    UPDATE stock SET reserved = stock.reserved - total.quantity, updated_at = $8 FROM total
    WHERE stock.sku = total.sku AND stock.warehouse = total.warehouse
    RETURNING stock.sku
),
ended AS (
    UPDATE allocations SET released = allocations.released + total.quantity FROM total
    WHERE allocations.owner_id = $1 AND allocations.sku = total.sku
        AND allocations.warehouse = total.warehouse
    RETURNING allocations.sku
),
lot_freed AS (
    UPDATE lots SET reserved = lots.reserved - share.quantity FROM share
    WHERE lots.sku = share.sku AND lots.warehouse = share.warehouse AND lots.lot = share.lot
),
lot_ended AS (
    UPDATE allocation_lots SET released = allocation_lots.released + share.quantity FROM share
    WHERE allocation_lots.owner_id = $1 AND allocation_lots.sku = share.sku
        AND allocation_lots.warehouse = share.warehouse AND allocation_lots.lot = share.lot
),
written AS (
    INSERT INTO stock_movements
        (sku, warehouse, lot, kind, on_hand_delta, reserved_delta, reason, actor, reference, at)
    SELECT sku, warehouse, lot, 'release', 0, -quantity, $6, $7, $1::uuid::text, $8 FROM share
)
SELECT (SELECT count(*) FROM freed) + (SELECT count(*) FROM ended) = 2 * (SELECT count(*) FROM total)
"""


async def take(
    tx: Transaction, owner_id: UUID, shares: Sequence[Share], reason: str, actor: str, now: datetime
) -> None:
    """Hold these for an owner; their stock is locked and they were seen to be free."""
    await _apply(tx, _TAKE, owner_id, shares, reason, actor, now)


async def let_go(
    tx: Transaction, owner_id: UUID, shares: Sequence[Share], reason: str, actor: str, now: datetime
) -> None:
    """Give back these of what an owner, whose row and stock are locked, still holds."""
    await _apply(tx, _LET_GO, owner_id, shares, reason, actor, now)


async def _apply(
    tx: Transaction,
    sql: str,
    owner_id: UUID,
    shares: Sequence[Share],
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    if not shares:
        return
    done = await tx.value(
        sql,
        owner_id,
        [share.sku for share in shares],
        [share.warehouse for share in shares],
        [share.lot for share in shares],
        [share.quantity for share in shares],
        reason,
        actor,
        now,
    )
    assert done, "planned from locked rows"
