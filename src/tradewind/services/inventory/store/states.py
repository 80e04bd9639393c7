"""Any movement of stock between its states and from or to outside; the ledger is written by the same statement."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from tradewind.ports.database import Transaction
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.movements import Move, said_days


@dataclass(frozen=True)
class Shortage:
    """A place that has too few for a movement: less than nothing would be left, or less than is reserved."""

    sku: str
    warehouse: str
    lot: str | None
    on_hand: int
    reserved: int
    damaged: int
    quality_control: int
    incoming: int


async def add_missing_lots(
    tx: Transaction, moves: Sequence[Move], serials: Collection[str], now: datetime
) -> None:
    """Lots of nothing where there are none yet, in the order of the keys; `serials` are SKUs that have them."""
    wanted = {(m.sku, m.warehouse, m.lot) for m in moves if m.lot is not None}
    if not wanted:
        return
    days = said_days(moves)
    await tx.execute(
        """
        INSERT INTO lots (sku, warehouse, lot, serial, expires_on, created_at)
        SELECT sku, warehouse, lot, sku = ANY ($5::text[]), expires_on, $6
        FROM unnest($1::text[], $2::text[], $3::text[], $4::date[]) AS line (sku, warehouse, lot, expires_on)
        ORDER BY sku, warehouse, lot
        ON CONFLICT (sku, warehouse, lot) DO NOTHING
        """,
        [sku for sku, _, _ in wanted],
        [warehouse for _, warehouse, _ in wanted],
        [lot for _, _, lot in wanted],
        [days.get(key) for key in wanted],
        list(serials),
        now,
    )


_MOVE = """
WITH wanted AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::integer[], $6::integer[],
        $7::integer[], $8::integer[])
        AS line (sku, warehouse, lot, on_hand, damaged, quality_control, incoming, safety_stock)
),
total AS (
    SELECT sku, warehouse, sum(on_hand)::integer AS on_hand, sum(damaged)::integer AS damaged,
        sum(quality_control)::integer AS quality_control, sum(incoming)::integer AS incoming,
        sum(safety_stock)::integer AS safety_stock
    FROM wanted GROUP BY sku, warehouse
),
by_lot AS (
    SELECT sku, warehouse, lot, sum(on_hand)::integer AS on_hand, sum(damaged)::integer AS damaged,
        sum(quality_control)::integer AS quality_control
    FROM wanted WHERE lot IS NOT NULL GROUP BY sku, warehouse, lot
),
short AS (
    SELECT stock.sku, stock.warehouse, NULL AS lot, stock.on_hand, stock.reserved, stock.damaged,
        stock.quality_control, stock.incoming
    FROM total JOIN stock USING (sku, warehouse)
    WHERE stock.on_hand + total.on_hand < CASE WHEN total.on_hand < 0 THEN stock.reserved ELSE 0 END
        OR stock.damaged + total.damaged < 0 OR stock.quality_control + total.quality_control < 0
        OR stock.incoming + total.incoming < 0 OR stock.safety_stock + total.safety_stock < 0
    UNION ALL
    SELECT lots.sku, lots.warehouse, lots.lot, lots.on_hand, lots.reserved, lots.damaged,
        lots.quality_control, 0
    FROM by_lot JOIN lots USING (sku, warehouse, lot)
    WHERE lots.on_hand + by_lot.on_hand < CASE WHEN by_lot.on_hand < 0 THEN lots.reserved ELSE 0 END
        OR lots.damaged + by_lot.damaged < 0 OR lots.quality_control + by_lot.quality_control < 0
),
moved AS (
    UPDATE stock SET on_hand = stock.on_hand + total.on_hand, damaged = stock.damaged + total.damaged,
        quality_control = stock.quality_control + total.quality_control,
        incoming = stock.incoming + total.incoming, safety_stock = stock.safety_stock + total.safety_stock,
        updated_at = $13
    FROM total
    WHERE stock.sku = total.sku AND stock.warehouse = total.warehouse AND NOT EXISTS (SELECT FROM short)
    RETURNING stock.sku, stock.warehouse
),
lots_moved AS (
    UPDATE lots SET on_hand = lots.on_hand + by_lot.on_hand, damaged = lots.damaged + by_lot.damaged,
        quality_control = lots.quality_control + by_lot.quality_control
    FROM by_lot
    WHERE lots.sku = by_lot.sku AND lots.warehouse = by_lot.warehouse AND lots.lot = by_lot.lot
        AND NOT EXISTS (SELECT FROM short)
),
written AS (
    INSERT INTO stock_movements
        (sku, warehouse, lot, kind, on_hand_delta, reserved_delta, damaged_delta, quality_control_delta,
        incoming_delta, safety_stock_delta, reason, actor, reference, at)
    SELECT wanted.sku, wanted.warehouse, wanted.lot, $9, wanted.on_hand, 0, wanted.damaged,
        wanted.quality_control, wanted.incoming, wanted.safety_stock, $10, $11, $12, $13
    FROM wanted JOIN moved USING (sku, warehouse)
)
SELECT * FROM short
"""


async def move(tx: Transaction, moves: Sequence[Move], cause: Cause, now: datetime) -> list[Shortage]:
    """All of them, or none and where there is too little. Their stock exists and is locked by the caller.

    Raises CheckViolation of stock_on_hand_range or stock_states_range for too many; UniqueViolation of
    lots_serial_in_one_place or CheckViolation of lots_serial_is_one_piece for a serial that is here already.
    """
    # Planned for as many lines as there are: see store/stock.py.
    await tx.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    rows = await tx.fetch(
        _MOVE,
        [move.sku for move in moves],
        [move.warehouse for move in moves],
        [move.lot for move in moves],
        [move.on_hand for move in moves],
        [move.damaged for move in moves],
        [move.quality_control for move in moves],
        [move.incoming for move in moves],
        [move.safety_stock for move in moves],
        cause.kind,
        cause.reason,
        cause.actor,
        cause.reference,
        now,
    )
    return [Shortage(*row) for row in rows]
