"""Ship: reserved pieces leave the warehouse. Locks are taken in the order that store/reservations.py tells."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tradewind.contracts.inventory import Allocation, NotReserved, Shipped, StockLine
from tradewind.ports.database import Connection, Transaction, UniqueViolation
from tradewind.services.inventory.domain import SERVICE_ACTOR, Parcel
from tradewind.services.inventory.store import reservations


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
held AS (
    SELECT wanted.sku, allocations.warehouse, wanted.quantity, warehouses.priority,
        allocations.quantity - allocations.shipped - allocations.released AS open
    FROM wanted
    JOIN allocations ON allocations.owner_id = $1 AND allocations.sku = wanted.sku
    JOIN warehouses ON warehouses.code = allocations.warehouse
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
"""


async def ship(tx: Transaction, parcel: Parcel, now: datetime) -> Shipped | NotReserved:
    """Take it out of what the owner, locked by the caller, holds. Raises ShippedBefore."""
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
    found = sorted((row["sku"], row["warehouse"], row["quantity"]) for row in rows)
    if rows[0]["what"] == "short":
        return NotReserved([StockLine(sku, quantity) for sku, _, quantity in found])
    await reservations.close_if_empty(tx, parcel.owner_id, now)
    return Shipped([Allocation(*line) for line in found])


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
