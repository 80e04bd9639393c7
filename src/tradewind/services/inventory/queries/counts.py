"""Reads of cycle counts, and what a plan chooses to count."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from tradewind.contracts.common import Page
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import CYCLE_COUNTS
from tradewind.services.inventory.queries.conditions import Where, utc
from tradewind.services.inventory.shapes.counts import (
    MOST_COUNT_LINES,
    CountLine,
    CountQuery,
    CountSummary,
    CycleCount,
)
from tradewind.services.inventory.store import documents

ABC_DAYS = 90
SEEN_IN = ("review", "approved", "cancelled")  # states in which the expected is told


async def cycle_count(connection: Connection, count_id: UUID) -> CycleCount:
    """Blind while it is counted. Raises NotFound."""
    row = await connection.row(
        """
        SELECT count_id, number, warehouse, state, version, plan, zone, skus_left, tracked_left_out,
            tolerance_pieces, tolerance_basis_points, created_by, created_at, updated_at
        FROM cycle_counts WHERE count_id = $1
        """,
        count_id,
    )
    if row is None:
        raise documents.not_found(CYCLE_COUNTS)
    lines = await connection.fetch(
        """
        SELECT sku, nullif(lot, ''), expires_on, coalesce(tracking, 'none'), state, attempts,
            CASE WHEN $2 OR state = 'counted' THEN counted END,
            CASE WHEN $2 THEN expected END, CASE WHEN $2 THEN difference END, counted_by, counted_at
        FROM cycle_count_lines LEFT JOIN stock_policies USING (sku) WHERE count_id = $1 ORDER BY sku, lot
        """,
        count_id,
        row["state"] in SEEN_IN,
    )
    return CycleCount(
        *[*row, [CountLine(*line) for line in lines], await documents.history(connection, count_id)]
    )


async def list_counts(deps: Deps, query: CountQuery) -> Page[CountSummary]:
    """Newest first."""
    where = Where()
    where.add("state = {}", query.state)
    where.add("warehouse = {}", query.warehouse)
    if query.cursor is not None:
        at, count_id = decode_cursor(query.cursor, tuple[datetime, UUID])
        where.add("(created_at, count_id) < ({}, {})", utc(at, "cursor"), count_id)
    rows = await deps.db.fetch(
        f"""
        SELECT count_id, number, warehouse, state, plan, sums.lines, sums.counted, created_at
        FROM cycle_counts CROSS JOIN LATERAL (
            SELECT count(*) AS lines, count(*) FILTER (WHERE line.state = 'counted') AS counted
            FROM cycle_count_lines AS line WHERE line.count_id = cycle_counts.count_id) AS sums
        WHERE {where.text} ORDER BY created_at DESC, count_id DESC LIMIT {query.limit + 1}
        """,
        *where.values,
    )
    items = [CountSummary(*row) for row in rows[: query.limit]]
    last = items[-1] if len(rows) > query.limit else None
    return Page(items, encode_cursor(last.created_at, last.count_id) if last else None)


async def skus_of_zone(connection: Connection, warehouse: str, zone: str) -> dict[str, bool]:
    """What lies in its bins, and whether it is kept by lot."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT sku, coalesce(tracking, 'none') <> 'none' AS tracked FROM bin_stock
        JOIN bins ON bins.warehouse = bin_stock.warehouse AND bins.code = bin_stock.bin
        LEFT JOIN stock_policies USING (sku)
        WHERE bin_stock.warehouse = $1 AND bins.zone = $2 AND quantity > 0
        """,
        warehouse,
        zone,
    )
    return {row["sku"]: row["tracked"] for row in rows}


async def skus_of_class(connection: Connection, warehouse: str, abc: str, now: datetime) -> list[str]:
    """A: what makes up the first 80 % of the pieces shipped from here; B: up to 95 %; C: the rest of the stock."""
    rows = await connection.fetch(
        """
        WITH shipped AS (
            SELECT sku, -sum(on_hand_delta) AS pieces FROM stock_movements
            WHERE warehouse = $1 AND kind = 'ship' AND at >= $3 GROUP BY sku
        ), ranked AS (
            SELECT sku, coalesce(pieces, 0) AS pieces,
                sum(coalesce(pieces, 0)) OVER (ORDER BY pieces DESC NULLS LAST, sku) - coalesce(pieces, 0) AS before,
                sum(coalesce(pieces, 0)) OVER () AS total
            FROM stock LEFT JOIN shipped USING (sku) WHERE warehouse = $1
        )
        SELECT sku FROM ranked
        WHERE $2 = CASE
            WHEN pieces > 0 AND before < total * 0.80 THEN 'A'
            WHEN pieces > 0 AND before < total * 0.95 THEN 'B' ELSE 'C' END
        """,
        warehouse,
        abc,
        now - timedelta(days=ABC_DAYS),
    )
    return [row["sku"] for row in rows]


async def lines_of(
    connection: Connection, warehouse: str, zone: str | None, skus: Collection[str]
) -> list[tuple[str, str]]:
    """SKU and lot, as many as fit into one count: first what was never counted there, then what was longest ago.
    What another count is still to count was counted when that was planned. All lots of a SKU are counted together."""
    rows = await connection.fetch(
        f"""
        WITH planned AS (
            SELECT line.sku, max(coalesce(line.counted_at, cycle_counts.created_at)) AS at
            FROM cycle_count_lines AS line JOIN cycle_counts USING (count_id)
            WHERE line.sku = ANY ($3::text[]) AND cycle_counts.warehouse = $1 AND cycle_counts.state <> 'cancelled'
                AND (cycle_counts.zone IS NULL OR cycle_counts.zone = $2)
            GROUP BY line.sku
        ), ranked AS (
            SELECT wanted.sku, coalesce(lots.lot, '') AS lot, dense_rank() OVER oldest AS rank,
                count(*) OVER oldest AS lines
            FROM unnest($3::text[]) AS wanted (sku) LEFT JOIN planned USING (sku)
            LEFT JOIN stock_policies ON stock_policies.sku = wanted.sku AND tracking <> 'none'
            LEFT JOIN lots
                ON lots.sku = stock_policies.sku AND lots.warehouse = $1 AND lots.on_hand > 0
            WINDOW oldest AS (ORDER BY planned.at NULLS FIRST, wanted.sku)
        )
        SELECT sku, lot FROM ranked WHERE rank = 1 OR lines <= {MOST_COUNT_LINES} ORDER BY sku, lot
        """,
        warehouse,
        zone,
        list(skus),
    )
    return [(row["sku"], row["lot"]) for row in rows]
