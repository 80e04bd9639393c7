"""Reads of stock, its ledger and its reservations, straight to the answered shapes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Page
from tradewind.contracts.inventory import Available
from tradewind.kernel.errors import NotFound
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries.conditions import Where, utc
from tradewind.services.inventory.shapes import (
    Movement,
    MovementQuery,
    Receipt,
    ReceiptLine,
    Reservation,
    ReservationBackorder,
    ReservationLine,
    ReservationQuery,
    StockCounts,
    StockLevel,
    StockOfSku,
    StockQuery,
    Warehouse,
    WarehouseQuery,
)
from tradewind.services.inventory.store import backorders, stock

# What cursors hold: as bounded as the columns, for a client may make one up.
_Text = Annotated[str, Meta(max_length=64, pattern=r"^[^\x00]*$")]
_Small = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
_Large = Annotated[int, Meta(ge=0, le=2**63 - 1)]


async def availability(deps: Deps, skus: list[str]) -> list[Available]:
    """The contract's promise: an unknown SKU has 0. Each SKU once, in the order asked."""
    return await stock.sellable(deps.db, skus, deps.clock.now()) if skus else []


async def warehouse(connection: Connection, code: str) -> Warehouse:
    """Raises NotFound."""
    row = await connection.row(
        """
        SELECT code, name, country, priority, active, created_at, updated_at, pickup
        FROM warehouses WHERE code = $1
        """,
        code,
    )
    if row is None:
        raise NotFound("warehouse_not_found", f"there is no warehouse {code}")
    return Warehouse(*row)


_WAREHOUSE_ORDERS = {
    "priority": ("(priority, code) > ({}, {})", "priority, code"),
    "code": ("{}::integer IS NOT NULL AND code > {}", "code"),
    "-code": ("{}::integer IS NOT NULL AND code < {}", "code DESC"),
}


async def list_warehouses(deps: Deps, query: WarehouseQuery) -> Page[Warehouse]:
    after, order = _WAREHOUSE_ORDERS[query.sort]
    where = Where()
    where.add("active = {}", query.active)
    where.add("country = {}", query.country)
    if query.cursor is not None:
        where.add(after, *decode_cursor(query.cursor, tuple[_Small, _Text]))
    rows = await deps.db.fetch(
        f"""
        SELECT code, name, country, priority, active, created_at, updated_at, pickup
        FROM warehouses WHERE {where.text} ORDER BY {order} LIMIT {query.limit + 1}
        """,
        *where.values,
    )
    items = [Warehouse(*row) for row in rows[: query.limit]]
    more = len(rows) > query.limit
    return Page(items, encode_cursor(items[-1].priority, items[-1].code) if more else None)


_LEVEL = """
    sku, warehouse, on_hand, reserved, available, stock.updated_at, damaged, quality_control, incoming, safety_stock
"""

_STOCK_ORDERS = {
    "sku": ("{}::integer IS NOT NULL AND (sku, warehouse) > ({}, {})", "sku, warehouse"),
    "-sku": ("{}::integer IS NOT NULL AND (sku, warehouse) < ({}, {})", "sku DESC, warehouse DESC"),
    "available": (
        "(available, sku, warehouse) > ({}, {}, {})",
        "available, sku, warehouse",
    ),
    "-available": (
        "(available, sku, warehouse) < ({}, {}, {})",
        "available DESC, sku DESC, warehouse DESC",
    ),
}


async def list_stock(deps: Deps, query: StockQuery) -> Page[StockLevel]:
    """By SKU along the key; by what is available, over all of the stock, which has no index for it: see 0001."""
    after, order = _STOCK_ORDERS[query.sort]
    where = Where()
    where.add("starts_with(lower(sku), lower({}))", query.q or None)
    where.add("sku = {}", query.sku)
    where.add("warehouse = {}", query.warehouse)
    where.add("available < {}", query.below)
    where.add(
        """sku IN (
            SELECT s.sku FROM stock s JOIN warehouses w ON w.code = s.warehouse GROUP BY s.sku
            HAVING coalesce(sum(s.available) FILTER (WHERE w.active), 0) < {})""",
        query.total_below,
    )
    if query.cursor is not None:
        where.add(after, *decode_cursor(query.cursor, tuple[_Small, _Text, _Text]))
    rows = await deps.db.fetch(
        f"""
        SELECT {_LEVEL}
        FROM stock WHERE {where.text} ORDER BY {order} LIMIT {query.limit + 1}
        """,
        *where.values,
    )
    items = [StockLevel(*row) for row in rows[: query.limit]]
    last = items[-1] if len(rows) > query.limit else None
    return Page(items, encode_cursor(last.available, last.sku, last.warehouse) if last else None)


async def stock_counts(deps: Deps, low_below: int) -> StockCounts:
    """Over all of the stock, in one statement."""
    row = await deps.db.row(
        """
        SELECT count(*) AS skus, count(*) FILTER (WHERE available BETWEEN 1 AND $1 - 1) AS low,
            count(*) FILTER (WHERE available = 0) AS out
        FROM (
            SELECT stock.sku, coalesce(
                sum(stock.available) FILTER (WHERE warehouses.active), 0) AS available
            FROM stock JOIN warehouses ON warehouses.code = stock.warehouse GROUP BY stock.sku) AS by_sku
        """,
        low_below,
    )
    assert row is not None, "an aggregate has one row"
    return StockCounts(row["skus"], row["low"], row["out"], low_below)


async def stock_of_sku(deps: Deps, sku: str) -> StockOfSku:
    """Raises NotFound for a SKU that no warehouse has had."""
    rows = await deps.db.fetch(
        f"""
        SELECT {_LEVEL}, warehouses.active
        FROM stock JOIN warehouses ON warehouses.code = stock.warehouse
        WHERE stock.sku = $1 ORDER BY warehouses.priority, stock.warehouse
        """,
        sku,
    )
    if not rows:
        raise NotFound("sku_not_found", "no warehouse has had this SKU")
    levels = [StockLevel(*tuple(row)[:-1]) for row in rows]
    active = [bool(row["active"]) for row in rows]
    waiting = (await backorders.totals(deps.db, [sku])).get(sku, 0)
    return sum_of_levels(sku, levels, active, waiting=waiting)


def sum_of_levels(
    sku: str,
    levels: list[StockLevel],
    active: list[bool],
    *,
    waiting: int | None = None,
    as_of: datetime | None = None,
) -> StockOfSku:
    return StockOfSku(
        sku,
        sum(level.on_hand for level in levels),
        sum(level.reserved for level in levels),
        sum(level.available for level, sells in zip(levels, active, strict=True) if sells),
        levels,
        sum(level.damaged for level in levels),
        sum(level.quality_control for level in levels),
        sum(level.incoming for level in levels),
        sum(level.safety_stock for level in levels),
        waiting,
        as_of,
    )


async def stock_level(connection: Connection, sku: str, warehouse: str) -> StockLevel:
    """Of stock that is known to exist."""
    row = await connection.row(
        f"SELECT {_LEVEL} FROM stock WHERE sku = $1 AND warehouse = $2",
        sku,
        warehouse,
    )
    assert row is not None, "stock is never deleted"
    return StockLevel(*row)


async def receipt(connection: Connection, reference: str) -> Receipt:
    """Of a reference that is known to have been received."""
    row = await connection.row("SELECT lines, at FROM receipts WHERE reference = $1", reference)
    assert row is not None, "receipts are never deleted"
    return Receipt(reference, msgspec.json.decode(row["lines"], type=list[ReceiptLine]), row["at"])


# Of a movement, whose pieces they were: what refers to it by an id is a reservation, a shipment or a return.
_OWNER = """
    CASE WHEN kind IN ('reserve', 'release', 'ship', 'return', 'write_off')
        AND reference ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN coalesce(
            (SELECT owner_id FROM shipments WHERE shipment_id = reference::uuid),
            (SELECT owner_id FROM returns WHERE return_id = reference::uuid),
            (SELECT owner_id FROM reservations WHERE owner_id = reference::uuid)) END
"""


async def list_movements(deps: Deps, query: MovementQuery) -> Page[Movement]:
    """Newest first."""
    where = Where()
    where.add("sku = {}", query.sku)
    where.add("warehouse = {}", query.warehouse)
    where.add("kind = {}", query.kind)
    where.add("lot = {}", query.lot)
    where.add("reference = {}", query.reference)
    where.add("at >= {}", None if query.since is None else utc(query.since, "since"))
    if query.cursor is not None:
        at, number = decode_cursor(query.cursor, tuple[datetime, _Large])
        where.add("(at, id) < ({}, {})", utc(at, "cursor"), number)
    rows = await deps.db.fetch(
        f"""
        SELECT id, sku, warehouse, kind, on_hand_delta, reserved_delta, reason, actor, reference, at, lot,
            damaged_delta, quality_control_delta, incoming_delta, safety_stock_delta, {_OWNER} AS owner_id
        FROM stock_movements WHERE {where.text} ORDER BY at DESC, id DESC LIMIT {query.limit + 1}
        """,
        *where.values,
    )
    items = [Movement(*row) for row in rows[: query.limit]]
    last = items[-1] if len(rows) > query.limit else None
    return Page(items, encode_cursor(last.at, last.id) if last else None)


_RESERVATION = """
    SELECT owner_id, state, outcome, expires_at, created_at, closed_at, (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'sku', sku, 'warehouse', warehouse, 'quantity', quantity,
            'shipped', shipped, 'released', released) ORDER BY sku, warehouse), '[]')
        FROM allocations WHERE allocations.owner_id = reservations.owner_id) AS lines, (
        SELECT coalesce(jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity - allocated - cancelled,
            'promised_at', promised_at) ORDER BY number), '[]')
        FROM backorders WHERE backorders.owner_id = reservations.owner_id
            AND quantity > allocated + cancelled) AS backordered, (
        SELECT actor FROM stock_movements
        WHERE at = reservations.created_at AND kind = 'reserve' AND reference = owner_id::text LIMIT 1) AS created_by
    FROM reservations
"""


def _reservation(row: Row) -> Reservation:
    lines = msgspec.json.decode(row["lines"], type=list[ReservationLine])
    backordered = msgspec.json.decode(row["backordered"], type=list[ReservationBackorder])
    owner_id, state, outcome, expires_at, created_at, closed_at, _, _, created_by = row
    return Reservation(
        owner_id, state, outcome, expires_at, created_at, closed_at, lines, backordered, created_by
    )


async def reservation(connection: Connection, owner_id: UUID) -> Reservation:
    """Raises NotFound."""
    row = await connection.row(f"{_RESERVATION} WHERE owner_id = $1", owner_id)
    if row is None:
        raise NotFound("reservation_not_found", "nothing was ever reserved for this owner")
    return _reservation(row)


async def asked(connection: Connection, owner_id: UUID) -> dict[str, int]:
    """What an owner's reservation was asked for, by SKU, bundles as bundles."""
    rows = await connection.fetch(_ASKED, owner_id)
    return {row["sku"]: row["pieces"] for row in rows}


_ASKED = """
    SELECT sku, sum(pieces)::integer AS pieces FROM (
        SELECT sku, quantity AS pieces FROM allocations WHERE owner_id = $1
        UNION ALL SELECT sku, quantity - allocated - cancelled FROM backorders WHERE owner_id = $1
        UNION ALL SELECT sku, quantity FROM reservation_bundles WHERE owner_id = $1
        UNION ALL SELECT part.key, -part.value::integer * quantity
            FROM reservation_bundles, jsonb_each_text(parts) AS part WHERE owner_id = $1
    ) AS held GROUP BY sku HAVING sum(pieces) > 0
"""
_RESERVATION_ORDERS = {
    "-created_at": ("(created_at, owner_id) < ({}, {})", "created_at DESC, owner_id DESC"),
    "created_at": ("(created_at, owner_id) > ({}, {})", "created_at, owner_id"),
}


async def list_reservations(deps: Deps, query: ReservationQuery) -> Page[Reservation]:
    after, order = _RESERVATION_ORDERS[query.sort]
    where = Where()
    where.add("state = {}", query.state)
    where.add(
        "owner_id IN (SELECT owner_id FROM allocations WHERE sku = {} AND quantity > shipped + released)",
        query.sku,
    )
    if query.cursor is not None:
        created_at, owner_id = decode_cursor(query.cursor, tuple[datetime, UUID])
        where.add(after, utc(created_at, "cursor"), owner_id)
    rows = await deps.db.fetch(
        f"{_RESERVATION} WHERE {where.text} ORDER BY {order} LIMIT {query.limit + 1}", *where.values
    )
    items = [_reservation(row) for row in rows[: query.limit]]
    last = items[-1] if len(rows) > query.limit else None
    return Page(items, encode_cursor(last.created_at, last.owner_id) if last else None)
