"""Reads of pick lists."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.common import Page
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import PICK_LISTS
from tradewind.services.inventory.queries.conditions import Where, utc
from tradewind.services.inventory.shapes.picking import PickLine, PickList, PickLot, PickQuery, PickSummary
from tradewind.services.inventory.store import documents


async def pick_list(connection: Connection, pick_list_id: UUID) -> PickList:
    """Raises NotFound."""
    row = await connection.row(
        """
        SELECT pick_list_id, number, warehouse, state, version, created_by, created_at, updated_at
        FROM pick_lists WHERE pick_list_id = $1
        """,
        pick_list_id,
    )
    if row is None:
        raise documents.not_found(PICK_LISTS)
    lines = await connection.fetch(
        """
        SELECT line.position, owner_id, sku, bins.zone, bin, quantity, picked, short, packed, (
            SELECT coalesce(jsonb_agg(
                jsonb_build_object('lot', lot, 'quantity', held.quantity - shipped - released) ORDER BY lot), '[]')
            FROM allocation_lots AS held
            WHERE held.owner_id = line.owner_id AND held.sku = line.sku AND held.warehouse = $2
                AND held.quantity > shipped + released) AS lots
        FROM pick_lines AS line LEFT JOIN bins ON bins.warehouse = $2 AND bins.code = line.bin
        WHERE pick_list_id = $1 ORDER BY line.position
        """,
        pick_list_id,
        row["warehouse"],
    )
    return PickList(
        *[*row, [_line(line) for line in lines], await documents.history(connection, pick_list_id)]
    )


def _line(row: Row) -> PickLine:
    *values, lots = row
    return PickLine(*[*values, msgspec.json.decode(lots, type=list[PickLot])])


async def list_pick_lists(deps: Deps, query: PickQuery) -> Page[PickSummary]:
    """Newest first."""
    where = Where()
    where.add("pick_list_id IN (SELECT pick_list_id FROM pick_lines WHERE owner_id = {})", query.owner_id)
    where.add("state = {}", query.state)
    where.add("warehouse = {}", query.warehouse)
    if query.cursor is not None:
        at, pick_list_id = decode_cursor(query.cursor, tuple[datetime, UUID])
        where.add("(created_at, pick_list_id) < ({}, {})", utc(at, "cursor"), pick_list_id)
    rows = await deps.db.fetch(
        f"""
        SELECT pick_list_id, number, warehouse, state, sums.orders, sums.pieces, sums.picked, sums.short, created_at
        FROM pick_lists CROSS JOIN LATERAL (
            SELECT count(DISTINCT owner_id) AS orders, sum(quantity)::integer AS pieces,
                sum(picked)::integer AS picked, sum(short)::integer AS short
            FROM pick_lines AS line WHERE line.pick_list_id = pick_lists.pick_list_id) AS sums
        WHERE {where.text} ORDER BY created_at DESC, pick_list_id DESC LIMIT {query.limit + 1}
        """,
        *where.values,
    )
    items = [PickSummary(*row) for row in rows[: query.limit]]
    last = items[-1] if len(rows) > query.limit else None
    return Page(items, encode_cursor(last.created_at, last.pick_list_id) if last else None)
