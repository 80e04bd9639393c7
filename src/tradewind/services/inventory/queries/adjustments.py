"""Reads of requests for adjustments."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tradewind.contracts.common import Page
from tradewind.kernel.errors import NotFound
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries.conditions import Where, utc
from tradewind.services.inventory.shapes.adjustments import AdjustmentQuery, AdjustmentRequest

_REQUEST = """
    SELECT adjustment_id, sku, warehouse, quantity, reason, reference, value_minor, currency, state, asked_by,
        decided_by, decision, created_at, decided_at, lot, expires_on, from_state
    FROM adjustment_requests
"""


async def adjustment(connection: Connection, adjustment_id: UUID) -> AdjustmentRequest:
    """Raises NotFound."""
    row = await connection.row(f"{_REQUEST} WHERE adjustment_id = $1", adjustment_id)
    if row is None:
        raise NotFound("adjustment_not_found", "there is no such request")
    return AdjustmentRequest(*row)


async def list_adjustments(deps: Deps, query: AdjustmentQuery) -> Page[AdjustmentRequest]:
    """Newest first."""
    where = Where()
    where.add("state = {}", query.state)
    where.add("warehouse = {}", query.warehouse)
    where.add("sku = {}", query.sku)
    if query.cursor is not None:
        at, adjustment_id = decode_cursor(query.cursor, tuple[datetime, UUID])
        where.add("(created_at, adjustment_id) < ({}, {})", utc(at, "cursor"), adjustment_id)
    rows = await deps.db.fetch(
        f"{_REQUEST} WHERE {where.text} ORDER BY created_at DESC, adjustment_id DESC LIMIT {query.limit + 1}",
        *where.values,
    )
    items = [AdjustmentRequest(*row) for row in rows[: query.limit]]
    last = items[-1] if len(rows) > query.limit else None
    return Page(items, encode_cursor(last.created_at, last.adjustment_id) if last else None)
