"""Ship: reserved pieces leave the warehouse. Locks are taken in the order that store/reservations.py tells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tradewind.contracts.inventory import Allocation, NotReserved, Shipped, StockLine
from tradewind.ports.database import Connection, Transaction, UniqueViolation
from tradewind.services.inventory.domain import SERVICE_ACTOR, Parcel
from tradewind.services.inventory.domain.allocation import Share
from tradewind.services.inventory.store import reservations
from tradewind.services.inventory.store.reservations import Special


class ShippedBefore(Exception):
    """This shipment has its answer; nothing was done, and the transaction must end."""


# What is available does not change, so only the stock that leaves is locked.
_SHIP = """
WITH known AS (
    SELECT FROM shipments WHERE shipment_id = $2
),
wanted AS (
    SELECT sku, quantity FROM unnest($3::text[], $4::integer[]) AS line (sku, quantity)
    WHERE NOT EXISTS (SELECT FROM known)
),
special AS (
    SELECT FROM wanted JOIN stock_policies USING (sku) LIMIT 1
),
held AS (
    SELECT wanted.sku, allocations.warehouse, wanted.quantity, warehouses.priority,
        allocations.quantity - allocations.shipped - allocations.released AS open
    FROM wanted
    JOIN allocations ON allocations.owner_id = $1 AND allocations.sku = wanted.sku
    JOIN warehouses ON warehouses.code = allocations.warehouse
    WHERE NOT EXISTS (SELECT FROM special)
),
ranked AS (
    SELECT sku, warehouse, quantity, open,
        sum(open) OVER (PARTITION BY sku ORDER BY priority, warehouse) - open AS nearer
    FROM held
),
short AS (
    SELECT wanted.sku, coalesce(sum(held.open), 0)::integer AS open
    FROM wanted LEFT JOIN held USING (sku)
    GROUP BY wanted.sku, wanted.quantity
    HAVING coalesce(sum(held.open), 0) < wanted.quantity
),
parcel AS (
    SELECT sku, warehouse, least(open, quantity - nearer)::integer AS quantity
    FROM ranked WHERE open > 0 AND quantity > nearer AND NOT EXISTS (SELECT FROM short)
),
locked AS (
    SELECT stock.sku, stock.warehouse FROM stock JOIN parcel USING (sku, warehouse)
    ORDER BY stock.sku, stock.warehouse
    FOR NO KEY UPDATE OF stock
),
added AS (
    INSERT INTO shipments (shipment_id, owner_id, at)
    SELECT $2, $1, $5 WHERE EXISTS (SELECT FROM locked HAVING count(*) > 0)
),
gone AS (
    UPDATE stock
    SET on_hand = stock.on_hand - parcel.quantity, reserved = stock.reserved - parcel.quantity, updated_at = $5
    FROM parcel JOIN locked USING (sku, warehouse)
    WHERE stock.sku = parcel.sku AND stock.warehouse = parcel.warehouse
),
drawn AS (
    UPDATE allocations SET shipped = allocations.shipped + parcel.quantity
    FROM parcel
    WHERE allocations.owner_id = $1 AND allocations.sku = parcel.sku
        AND allocations.warehouse = parcel.warehouse
),
listed AS (
    INSERT INTO shipment_lines (shipment_id, owner_id, sku, warehouse, quantity)
    SELECT $2, $1, sku, warehouse, quantity FROM parcel
),
written AS (
    INSERT INTO stock_movements
        (sku, warehouse, kind, on_hand_delta, reserved_delta, reason, actor, reference, at)
    SELECT sku, warehouse, 'ship', -quantity, -quantity, '', $6::text, $2::uuid::text, $5 FROM parcel
)
SELECT 'parcel' AS what, sku, warehouse, quantity FROM parcel
UNION ALL SELECT 'short', sku, '', open FROM short
UNION ALL SELECT 'special', '', '', 0 FROM special
"""


async def ship(tx: Transaction, parcel: Parcel, now: datetime) -> Shipped | NotReserved:
    """Take it out of what the owner, locked by the caller, holds. Raises ShippedBefore, and Special where
    nothing was done as a SKU has a policy."""
    try:
        rows = await tx.fetch(
            _SHIP,
            parcel.owner_id,
            parcel.shipment_id,
            list(parcel.wanted),
            list(parcel.wanted.values()),
            now,
            SERVICE_ACTOR,
        )
    except UniqueViolation as violation:  # asked of another owner at the same time
        if violation.constraint not in ("shipments_pkey", "shipment_lines_pkey"):
            raise
        raise ShippedBefore from violation
    if not rows:
        raise ShippedBefore
    if any(row["what"] == "special" for row in rows):
        raise Special
    found = sorted((row["sku"], row["warehouse"], row["quantity"]) for row in rows)
    if rows[0]["what"] == "short":
        return NotReserved([StockLine(sku, quantity) for sku, _, quantity in found])
    await reservations.close_if_empty(tx, parcel.owner_id, now)
    return Shipped([Allocation(*line) for line in found])


_SHIP_SHARES = """
WITH share AS (
    SELECT sku, warehouse, lot, quantity
    FROM unnest($3::text[], $4::text[], $5::text[], $6::integer[]) AS line (sku, warehouse, lot, quantity)
),
total AS (
    SELECT sku, warehouse, sum(quantity)::integer AS quantity FROM share GROUP BY sku, warehouse
),
added AS (
    INSERT INTO shipments (shipment_id, owner_id, at) VALUES ($2, $1, $7)
),
gone AS (
    UPDATE stock SET on_hand = stock.on_hand - total.quantity, reserved = stock.reserved - total.quantity,
        updated_at = $7
    FROM total WHERE stock.sku = total.sku AND stock.warehouse = total.warehouse
),
drawn AS (
    UPDATE allocations SET shipped = allocations.shipped + total.quantity FROM total
    WHERE allocations.owner_id = $1 AND allocations.sku = total.sku AND allocations.warehouse = total.warehouse
),
listed AS (
    INSERT INTO shipment_lines (shipment_id, owner_id, sku, warehouse, quantity)
    SELECT $2, $1, sku, warehouse, quantity FROM total
),
lots_gone AS (
    UPDATE lots SET on_hand = lots.on_hand - share.quantity, reserved = lots.reserved - share.quantity
    FROM share WHERE lots.sku = share.sku AND lots.warehouse = share.warehouse AND lots.lot = share.lot
),
lots_drawn AS (
    UPDATE allocation_lots SET shipped = allocation_lots.shipped + share.quantity FROM share
    WHERE allocation_lots.owner_id = $1 AND allocation_lots.sku = share.sku
        AND allocation_lots.warehouse = share.warehouse AND allocation_lots.lot = share.lot
),
lots_listed AS (
    INSERT INTO shipment_lots (shipment_id, sku, warehouse, lot, quantity)
    SELECT $2, sku, warehouse, lot, quantity FROM share WHERE lot IS NOT NULL
)
INSERT INTO stock_movements
    (sku, warehouse, lot, kind, on_hand_delta, reserved_delta, reason, actor, reference, at)
SELECT sku, warehouse, lot, 'ship', -quantity, -quantity, '', $8, $2::uuid::text, $7 FROM share
"""


async def ship_shares(tx: Transaction, parcel: Parcel, shares: Sequence[Share], now: datetime) -> None:
    """These shares of what the owner holds; its row and their stock are locked. Raises ShippedBefore."""
    try:
        await tx.execute(
            _SHIP_SHARES,
            parcel.owner_id,
            parcel.shipment_id,
            [share.sku for share in shares],
            [share.warehouse for share in shares],
            [share.lot for share in shares],
            [share.quantity for share in shares],
            now,
            SERVICE_ACTOR,
        )
    except UniqueViolation as violation:  # asked of another owner at the same time
        if violation.constraint != "shipments_pkey":
            raise
        raise ShippedBefore from violation
    await reservations.close_if_empty(tx, parcel.owner_id, now)


async def shipped_before(connection: Connection, shipment_id: UUID) -> tuple[UUID, Shipped] | None:
    """Whose shipment it is, and what was in it."""
    rows = await connection.fetch(
        """
        SELECT owner_id, sku, warehouse, quantity FROM shipment_lines
        WHERE shipment_id = $1 ORDER BY sku, warehouse
        """,
        shipment_id,
    )
    if not rows:
        return None
    lines = [Allocation(row["sku"], row["warehouse"], row["quantity"]) for row in rows]
    return rows[0]["owner_id"], Shipped(lines)
