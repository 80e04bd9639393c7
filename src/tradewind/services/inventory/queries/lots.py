"""Reads of one lot, and of what was said of its expiry."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from tradewind.contracts.common import Page
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries.conditions import Where
from tradewind.services.inventory.shapes.lots import LotExpiry, LotExpiryQuery
from tradewind.services.inventory.shapes.policies import LotLevel

_Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]


async def lot_level(connection: Connection, sku: str, warehouse: str, lot: str) -> LotLevel:
    """Of a lot that is known, also where nothing of it is left."""
    row = await connection.row(
        """
        SELECT sku, warehouse, lot, expires_on, on_hand, reserved, damaged, quality_control FROM lots
        WHERE sku = $1 AND warehouse = $2 AND lot = $3
        """,
        sku,
        warehouse,
        lot,
    )
    assert row is not None, "the caller saw it in this transaction"
    return LotLevel(*row)


async def list_expiries(deps: Deps, query: LotExpiryQuery) -> Page[LotExpiry]:
    """Newest first."""
    where = Where()
    where.add("sku = {}", query.sku)
    where.add("warehouse = {}", query.warehouse)
    where.add("lot = {}", query.lot)
    if query.cursor is not None:
        where.add("number < {}", *decode_cursor(query.cursor, tuple[_Number]))
    rows = await deps.db.fetch(
        f"""
        SELECT number, sku, warehouse, lot, was, expires_on, reason, actor, at
        FROM lot_expiries WHERE {where.text} ORDER BY number DESC LIMIT {query.limit + 1}
        """,
        *where.values,
    )
    items = [LotExpiry(*row) for row in rows[: query.limit]]
    return Page(items, encode_cursor(items[-1].number) if len(rows) > query.limit else None)
