"""Pieces on their way: expected, arrived, sent off. Each change is in the ledger by the same statement.

Locks are those of reservations.py: all stock of the SKUs, in the order of the keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tradewind.ports.database import Transaction
from tradewind.services.inventory.domain import Cause


@dataclass(frozen=True)
class Flow:
    """So many pieces more, or fewer, in each state."""

    sku: str
    warehouse: str
    on_hand: int = 0
    damaged: int = 0
    incoming: int = 0


@dataclass(frozen=True)
class NotAvailable:
    sku: str
    warehouse: str
    available: int


_FLOW = """
WITH wanted AS (
    SELECT sku, warehouse, on_hand, damaged, incoming
    FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[])
        AS flow (sku, warehouse, on_hand, damaged, incoming)
),
locked AS (
    SELECT sku, warehouse, on_hand, reserved, damaged, incoming,
        on_hand - reserved - CASE WHEN $11 THEN safety_stock ELSE 0 END AS available
    FROM stock WHERE sku IN (SELECT sku FROM wanted)
    ORDER BY sku, warehouse
    FOR NO KEY UPDATE
),
change AS (
    SELECT sku, warehouse, locked.on_hand, reserved, locked.damaged, locked.incoming, available,
        wanted.on_hand AS on_hand_delta, wanted.damaged AS damaged_delta, wanted.incoming AS incoming_delta
    FROM wanted JOIN locked USING (sku, warehouse)
),
refused AS (
    SELECT sku, warehouse, greatest(available, 0) AS available FROM change
    WHERE on_hand_delta < 0 AND available < -on_hand_delta
),
moved AS (
    UPDATE stock SET on_hand = change.on_hand + on_hand_delta, reserved = change.reserved,
        damaged = change.damaged + damaged_delta, incoming = change.incoming + incoming_delta, updated_at = $10
    FROM change
    WHERE stock.sku = change.sku AND stock.warehouse = change.warehouse AND NOT EXISTS (SELECT FROM refused)
    RETURNING stock.sku, stock.warehouse, on_hand_delta, damaged_delta, incoming_delta
),
written AS (
    INSERT INTO stock_movements (sku, warehouse, kind, on_hand_delta, reserved_delta, damaged_delta,
        incoming_delta, reason, actor, reference, at)
    SELECT sku, warehouse, $6, on_hand_delta, 0, damaged_delta, incoming_delta, $7, $8, $9, $10 FROM moved
)
SELECT sku, warehouse, available FROM refused
"""


async def flow(
    tx: Transaction, flows: Sequence[Flow], cause: Cause, now: datetime, *, keep_safety: bool = False
) -> list[NotAvailable]:
    """All of them, or none where something that is to leave is not available: then what is refused. The stock
    must exist (see stock.add_missing), each SKU and warehouse be named once. With `keep_safety`, safety stock is not
    available either. Raises CheckViolation."""
    if not flows:
        return []
    await tx.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    rows = await tx.fetch(
        _FLOW,
        [one.sku for one in flows],
        [one.warehouse for one in flows],
        [one.on_hand for one in flows],
        [one.damaged for one in flows],
        [one.incoming for one in flows],
        cause.kind,
        cause.reason,
        cause.actor,
        cause.reference,
        now,
        keep_safety,
    )
    return sorted((NotAvailable(*row) for row in rows), key=lambda line: (line.sku, line.warehouse))
