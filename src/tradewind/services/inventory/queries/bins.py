"""Reads of zones, bins, what lies in them, and what is to be put away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from tradewind.contracts.common import Page
from tradewind.kernel.errors import NotFound
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries.conditions import Where, utc
from tradewind.services.inventory.shapes.bins import (
    Bin,
    BinQuery,
    PlacedQuery,
    PlacedStock,
    PutAwayQuery,
    PutAwayTask,
    Zone,
)

_Text = Annotated[str, Meta(max_length=64, pattern=r"^[^\x00]*$")]

_ZONE = """
    SELECT warehouse, code, name, position,
        (SELECT count(*) FROM bins WHERE bins.warehouse = zones.warehouse AND bins.zone = zones.code)
    FROM zones WHERE warehouse = $1
"""


async def zones(connection: Connection, warehouse: str) -> list[Zone]:
    rows = await connection.fetch(f"{_ZONE} ORDER BY position, code", warehouse)
    return [Zone(*row) for row in rows]


async def zone(connection: Connection, warehouse: str, code: str) -> Zone:
    row = await connection.row(f"{_ZONE} AND code = $2", warehouse, code)
    assert row is not None, "it was just written"
    return Zone(*row)


_BIN = """
    SELECT warehouse, code, zone, kind, position, capacity, active, coalesce((
        SELECT sum(quantity) FROM bin_stock
        WHERE bin_stock.warehouse = bins.warehouse AND bin_stock.bin = bins.code), 0)::integer
    FROM bins
"""


async def list_bins(deps: Deps, warehouse: str, query: BinQuery) -> Page[Bin]:
    where = Where()
    where.add("warehouse = {}", warehouse)
    where.add("zone = {}", query.zone)
    if query.cursor is not None:
        where.add("code > {}", *decode_cursor(query.cursor, tuple[_Text]))
    rows = await deps.db.fetch(
        f"{_BIN} WHERE {where.text} ORDER BY code LIMIT {query.limit + 1}", *where.values
    )
    items = [Bin(*row) for row in rows[: query.limit]]
    return Page(items, encode_cursor(items[-1].code) if len(rows) > query.limit else None)


async def bin_of(connection: Connection, warehouse: str, code: str) -> Bin:
    row = await connection.row(f"{_BIN} WHERE warehouse = $1 AND code = $2", warehouse, code)
    assert row is not None, "it was just written"
    return Bin(*row)


async def placed(connection: Connection, query: PlacedQuery) -> list[PlacedStock]:
    where = Where()
    where.add("stock.warehouse = {}", query.warehouse)
    where.add("stock.sku = {}", query.sku)
    where.add("lying.bin = {}", query.bin)
    rows = await connection.fetch(
        f"""
        WITH lying AS (
            SELECT bin_stock.sku, bin_stock.warehouse, bin, bins.zone, quantity, zones.position AS zone_position,
                bins.position
            FROM bin_stock JOIN bins ON bins.warehouse = bin_stock.warehouse AND bins.code = bin
            JOIN zones ON zones.warehouse = bins.warehouse AND zones.code = bins.zone
            WHERE quantity > 0
            UNION ALL
            SELECT sku, warehouse, NULL, NULL, on_hand - coalesce((
                SELECT sum(quantity) FROM bin_stock
                WHERE bin_stock.sku = stock.sku AND bin_stock.warehouse = stock.warehouse), 0)::integer,
                NULL, NULL
            FROM stock
        )
        SELECT stock.sku, stock.warehouse, lying.bin, lying.zone, lying.quantity
        FROM stock JOIN lying USING (sku, warehouse)
        WHERE {where.text} AND lying.quantity > 0
        ORDER BY zone_position NULLS LAST, zone, position, bin, sku LIMIT 1000
        """,
        *where.values,
    )
    return [PlacedStock(*row) for row in rows]


_TASK = """
    SELECT task_id, warehouse, sku, quantity, placed, reference, state, CASE WHEN state = 'open' THEN (
        SELECT bins.code FROM bins
        JOIN zones ON zones.warehouse = bins.warehouse AND zones.code = bins.zone
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(quantity), 0) AS pieces,
                coalesce(sum(quantity) FILTER (WHERE bin_stock.sku = put_away_tasks.sku), 0) AS of_it
            FROM bin_stock WHERE bin_stock.warehouse = bins.warehouse AND bin_stock.bin = bins.code
        ) AS lying ON true
        WHERE bins.warehouse = put_away_tasks.warehouse AND bins.active AND bins.kind IN ('pick', 'bulk')
            AND (bins.capacity IS NULL OR lying.pieces + put_away_tasks.quantity - placed <= bins.capacity)
        ORDER BY lying.of_it > 0 DESC, lying.pieces > 0, zones.position, zones.code, bins.position, bins.code
        LIMIT 1) END, created_at
    FROM put_away_tasks
"""


async def task(connection: Connection, task_id: UUID) -> PutAwayTask:
    """Raises NotFound."""
    row = await connection.row(f"{_TASK} WHERE task_id = $1", task_id)
    if row is None:
        raise NotFound("task_not_found", "there is no such task")
    return PutAwayTask(*row)


async def list_tasks(deps: Deps, query: PutAwayQuery) -> Page[PutAwayTask]:
    """Oldest first."""
    where = Where()
    where.add("state = {}", query.state)
    where.add("warehouse = {}", query.warehouse)
    if query.cursor is not None:
        at, task_id = decode_cursor(query.cursor, tuple[datetime, UUID])
        where.add("(created_at, task_id) > ({}, {})", utc(at, "cursor"), task_id)
    rows = await deps.db.fetch(
        f"{_TASK} WHERE {where.text} ORDER BY created_at, task_id LIMIT {query.limit + 1}", *where.values
    )
    items = [PutAwayTask(*row) for row in rows[: query.limit]]
    last = items[-1] if len(rows) > query.limit else None
    return Page(items, encode_cursor(last.created_at, last.task_id) if last else None)
