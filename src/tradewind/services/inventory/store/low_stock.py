"""Thresholds and the state of their alerts. An alert is raised once, when it is crossed, and again only after it
recovered: both by guarded writes, so that whoever looks at the same time tells nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tradewind.contracts.inventory import LowStock
from tradewind.ports.database import Connection, Transaction
from tradewind.services.inventory.shapes.low_stock import ThresholdDraft

# What each threshold comes to now. $1: SKUs, or NULL for all; $2: since when sales count; $3: of how many days.
LOOKED = """
looked AS (
    SELECT threshold.sku, threshold.warehouse, threshold.minimum, threshold.cover_days, threshold.target_days,
        lying.available, lying.incoming, sold.per_day, greatest(
            threshold.minimum, ceil(sold.per_day * coalesce(threshold.cover_days, 0)))::integer AS at
    FROM stock_thresholds AS threshold
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(stock.available) FILTER (WHERE warehouses.active), 0)::integer AS available,
            coalesce(sum(stock.incoming), 0)::integer AS incoming
        FROM stock JOIN warehouses ON warehouses.code = stock.warehouse
        WHERE stock.sku = threshold.sku AND threshold.warehouse IN ('', stock.warehouse)
    ) AS lying
    CROSS JOIN LATERAL (
        SELECT coalesce(-sum(on_hand_delta), 0)::float8 / $3::integer AS per_day FROM stock_movements AS moved
        WHERE moved.sku = threshold.sku AND moved.kind = 'ship' AND moved.at >= $2::timestamptz
            AND threshold.warehouse IN ('', moved.warehouse)
    ) AS sold
    WHERE $1::text[] IS NULL OR threshold.sku = ANY ($1::text[])
)
"""


async def put(tx: Transaction, draft: ThresholdDraft, now: datetime) -> None:
    await tx.execute(
        """
        INSERT INTO stock_thresholds (sku, warehouse, minimum, cover_days, target_days, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (sku, warehouse) DO UPDATE
        SET minimum = $3, cover_days = $4, target_days = $5, updated_at = $6
        """,
        draft.sku,
        draft.warehouse or "",
        draft.minimum,
        draft.cover_days,
        draft.target_days,
        now,
    )


async def remove(tx: Transaction, sku: str, warehouse: str) -> bool:
    await tx.execute("DELETE FROM stock_alerts WHERE sku = $1 AND warehouse = $2", sku, warehouse)
    removed = await tx.execute(
        "DELETE FROM stock_thresholds WHERE sku = $1 AND warehouse = $2", sku, warehouse
    )
    return removed > 0


async def look(tx: Transaction, skus: Sequence[str], now: datetime, sales_days: int) -> list[LowStock]:
    """What has run low since it was last looked at."""
    rows = await tx.fetch(
        f"""
        WITH {LOOKED},
        recovered AS (
            UPDATE stock_alerts SET state = 'recovered', available = looked.available, threshold = looked.at, at = $4
            FROM looked
            WHERE stock_alerts.sku = looked.sku AND stock_alerts.warehouse = looked.warehouse
                AND stock_alerts.state = 'low' AND looked.available > looked.at
        )
        INSERT INTO stock_alerts (sku, warehouse, state, available, threshold, alerts, at)
        SELECT sku, warehouse, 'low', available, at, 1, $4 FROM looked WHERE available <= at
        ORDER BY sku, warehouse
        ON CONFLICT (sku, warehouse) DO UPDATE
        SET state = 'low', available = excluded.available, threshold = excluded.threshold,
            alerts = stock_alerts.alerts + 1, at = excluded.at
        WHERE stock_alerts.state = 'recovered'
        RETURNING sku, warehouse, available, threshold
        """,
        list(skus),
        now - timedelta(days=sales_days),
        sales_days,
        now,
    )
    return [
        LowStock(row["sku"], row["warehouse"] or None, row["available"], row["threshold"]) for row in rows
    ]


@dataclass(frozen=True)
class Progress:
    seen_at: datetime
    whole_at: datetime


async def progress(connection: Connection) -> Progress | None:
    row = await connection.row("SELECT seen_at, whole_at FROM alert_progress")
    return None if row is None else Progress(row["seen_at"], row["whole_at"])


async def save_progress(tx: Transaction, reached: Progress) -> None:
    await tx.execute(
        """
        INSERT INTO alert_progress (seen_at, whole_at) VALUES ($1, $2)
        ON CONFLICT (one) DO UPDATE SET seen_at = $1, whole_at = $2
        """,
        reached.seen_at,
        reached.whole_at,
    )


async def changed(connection: Connection, since: datetime | None) -> list[str]:
    """SKUs with a threshold that moved since then; all of them with None."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT sku FROM stock_thresholds
        WHERE $1::timestamptz IS NULL OR sku IN (SELECT sku FROM stock_movements WHERE at > $1::timestamptz)
        ORDER BY sku
        """,
        since,
    )
    return [row["sku"] for row in rows]
