"""Reads of suppliers, what they sell, and how well they did."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Page
from tradewind.kernel.errors import NotFound
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries.conditions import Where
from tradewind.services.inventory.shapes.suppliers import (
    Contact,
    PriceBreak,
    Supplier,
    SupplierPart,
    SupplierPartQuery,
    SupplierPerformance,
    SupplierQuery,
)

_Text = Annotated[str, Meta(max_length=64, pattern=r"^[^\x00]*$")]
_Small = Annotated[int, Meta(ge=0, le=2**31 - 1)]

_SUPPLIER = """
    SELECT code, name, currency, lead_time_days, over_basis_points, contacts, note, active, created_at,
        updated_at
    FROM suppliers
"""


def _supplier(row: Row) -> Supplier:
    values = list(row)
    values[5] = msgspec.json.decode(row["contacts"], type=list[Contact])
    return Supplier(*values)


async def supplier(connection: Connection, code: str) -> Supplier:
    """Raises NotFound."""
    row = await connection.row(f"{_SUPPLIER} WHERE code = $1", code)
    if row is None:
        raise NotFound("supplier_not_found", f"there is no supplier {code}")
    return _supplier(row)


async def list_suppliers(deps: Deps, query: SupplierQuery) -> Page[Supplier]:
    where = Where()
    if query.q:
        where.add(
            "(position(lower({}) IN lower(name)) > 0 OR starts_with(code, upper({})))", query.q, query.q
        )
    where.add("active = {}", query.active)
    if query.cursor is not None:
        where.add("code > {}", *decode_cursor(query.cursor, tuple[_Text]))
    rows = await deps.db.fetch(
        f"{_SUPPLIER} WHERE {where.text} ORDER BY code LIMIT {query.limit + 1}", *where.values
    )
    items = [_supplier(row) for row in rows[: query.limit]]
    return Page(items, encode_cursor(items[-1].code) if len(rows) > query.limit else None)


_PART = """
    SELECT part.supplier, part.sku, part.supplier_sku, suppliers.currency, part.pack_size, part.minimum_packs,
        part.rank, coalesce(part.lead_time_days, suppliers.lead_time_days), part.weight_grams, part.prices,
        part.updated_at
    FROM supplier_parts AS part JOIN suppliers ON suppliers.code = part.supplier
"""


def _part(row: Row) -> SupplierPart:
    values = list(row)
    values[9] = msgspec.json.decode(row["prices"], type=list[PriceBreak])
    return SupplierPart(*values)


async def list_parts(deps: Deps, query: SupplierPartQuery) -> Page[SupplierPart]:
    """By SKU, the preferred supplier first."""
    where = Where()
    where.add("part.supplier = {}", query.supplier)
    where.add("part.sku = {}", query.sku)
    if query.cursor is not None:
        position = decode_cursor(query.cursor, tuple[_Text, _Small, _Text])
        where.add("(part.sku, part.rank, part.supplier) > ({}, {}, {})", *position)
    rows = await deps.db.fetch(
        f"{_PART} WHERE {where.text} ORDER BY part.sku, part.rank, part.supplier LIMIT {query.limit + 1}",
        *where.values,
    )
    items = [_part(row) for row in rows[: query.limit]]
    last = items[-1] if len(rows) > query.limit else None
    return Page(items, encode_cursor(last.sku, last.rank, last.supplier) if last else None)


async def part(connection: Connection, supplier: str, sku: str) -> SupplierPart | None:
    row = await connection.row(f"{_PART} WHERE part.supplier = $1 AND part.sku = $2", supplier, sku)
    return None if row is None else _part(row)


async def parts_of(connection: Connection, supplier: str, skus: list[str]) -> dict[str, SupplierPart]:
    rows = await connection.fetch(
        f"{_PART} WHERE part.supplier = $1 AND part.sku = ANY ($2::text[])", supplier, skus
    )
    return {row["sku"]: _part(row) for row in rows}


async def preferred_parts(connection: Connection, skus: list[str]) -> dict[str, SupplierPart]:
    """By SKU, of the active supplier that is preferred for it; SKUs that nobody sells are left out."""
    rows = await connection.fetch(
        f"""
        SELECT DISTINCT ON (sku) * FROM ({_PART} WHERE suppliers.active AND part.sku = ANY ($1::text[]))
            AS offered ORDER BY sku, rank, supplier
        """,
        skus,
    )
    return {row["sku"]: _part(row) for row in rows}


_PERFORMANCE = """
WITH placed AS (
    SELECT purchase_order_id, state, placed_at, promised_on, completed_at,
        (completed_at AT TIME ZONE 'UTC')::date AS completed_on
    FROM purchase_orders WHERE supplier = $1 AND placed_at >= $2 AND state <> 'cancelled'
),
judged AS (
    SELECT completed_on <= promised_on AS on_time FROM placed WHERE completed_on IS NOT NULL
    UNION ALL SELECT false FROM placed WHERE completed_on IS NULL AND promised_on < $3
),
first AS (
    SELECT DISTINCT ON (purchase_order_id, sku) received + damaged >= outstanding AS whole
    FROM purchase_receipt_lines JOIN placed USING (purchase_order_id)
    WHERE received + damaged + refused > 0
    ORDER BY purchase_order_id, sku, at, reference
),
pieces AS (
    SELECT sum(damaged + refused) AS bad, sum(received + damaged + refused) AS came
    FROM purchase_receipt_lines JOIN placed USING (purchase_order_id)
)
SELECT count(*) AS orders,
    count(*) FILTER (WHERE state IN ('placed', 'partly_received')) AS open,
    count(*) FILTER (WHERE completed_on IS NULL AND promised_on < $3
        AND state IN ('placed', 'partly_received')) AS late,
    (SELECT 10000 * count(*) FILTER (WHERE on_time) / nullif(count(*), 0) FROM judged) AS on_time,
    (SELECT 10000 * count(*) FILTER (WHERE whole) / nullif(count(*), 0) FROM first) AS whole,
    (SELECT 10000 * bad / nullif(came, 0) FROM pieces)::integer AS defects,
    round(avg(extract(epoch FROM completed_at - placed_at) / 86400)
        FILTER (WHERE completed_at IS NOT NULL), 1)::float8 AS actual,
    round(avg(promised_on - (placed_at AT TIME ZONE 'UTC')::date), 1)::float8 AS promised
FROM placed
"""


async def performance(deps: Deps, code: str, days: int) -> SupplierPerformance:
    """Raises NotFound."""
    await supplier(deps.db, code)
    now = deps.clock.now()
    row = await deps.db.row(_PERFORMANCE, code, now - timedelta(days=days), now.date())
    assert row is not None, "an aggregate has one row"
    return SupplierPerformance(code, days, *row)
