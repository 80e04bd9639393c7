"""What the ledger sums to at the turn of each hour in which something moved."""

from __future__ import annotations

from datetime import datetime, timedelta

from tradewind.ports.database import Transaction

LATE = timedelta(minutes=10)  # a movement is committed within so long of the time that it bears


async def keep_next(tx: Transaction, now: datetime) -> datetime | None:
    """Keep the balances of the next hour that is over. Answers its end; None when all are kept."""
    last = await tx.value("SELECT max(at) FROM stock_balances")
    first = await tx.value(
        "SELECT min(at) FROM stock_movements WHERE at > coalesce($1::timestamptz, '-infinity')", last
    )
    if first is None:
        return None
    hour: datetime = first.replace(minute=0, second=0, microsecond=0)
    end = hour if hour == first else hour + timedelta(hours=1)
    if end > now - LATE:
        return None
    await tx.execute(
        """
        INSERT INTO stock_balances
            (sku, warehouse, at, on_hand, reserved, damaged, quality_control, incoming, safety_stock)
        SELECT moved.sku, moved.warehouse, $2,
            coalesce(base.on_hand, 0) + moved.on_hand, coalesce(base.reserved, 0) + moved.reserved,
            coalesce(base.damaged, 0) + moved.damaged,
            coalesce(base.quality_control, 0) + moved.quality_control,
            coalesce(base.incoming, 0) + moved.incoming, coalesce(base.safety_stock, 0) + moved.safety_stock
        FROM (
            SELECT sku, warehouse, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved,
                sum(damaged_delta) AS damaged, sum(quality_control_delta) AS quality_control,
                sum(incoming_delta) AS incoming, sum(safety_stock_delta) AS safety_stock
            FROM stock_movements
            WHERE at > coalesce($1::timestamptz, '-infinity') AND at <= $2 GROUP BY sku, warehouse
        ) AS moved
        LEFT JOIN LATERAL (
            SELECT * FROM stock_balances AS b WHERE b.sku = moved.sku AND b.warehouse = moved.warehouse
            ORDER BY b.at DESC LIMIT 1
        ) AS base ON true
        ON CONFLICT (sku, warehouse, at) DO NOTHING
        """,
        last,
        end,
    )
    return end
