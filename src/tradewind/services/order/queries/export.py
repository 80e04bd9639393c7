"""Orders as a file: streamed a batch at a time, so that a million of them cost the memory of one batch.

CSV is for people's programs: amounts are decimal numbers, and no cell is a formula. JSONL is for ours: amounts are
minor units, and an order holds its lines.
"""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from io import StringIO
from typing import Any
from uuid import UUID

from tradewind.contracts.currencies import DIGITS
from tradewind.ports.database import Connection, Row
from tradewind.services.order.queries.orders import conditions_of
from tradewind.services.order.shapes.record import ExportQuery

BATCH = 500
FIRST = UUID(int=0)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ORDER = """
    o.order_id, o.number, o.state, o.origin, o.created_at AS ordered_at, o.placed_at, o.email, o.account_id,
    o.billing_address ->> 'name' AS name, o.billing_address ->> 'company' AS company,
    o.shipping_address ->> 'country' AS country, o.shipping_address ->> 'postal_code' AS postal_code,
    o.shipping_address ->> 'city' AS city, o.language, o.shipping_method, o.currency
"""
_ORDER_COLUMNS = (
    "number",
    "order_id",
    "state",
    "origin",
    "ordered_at",
    "placed_at",
    "email",
    "account_id",
    "name",
    "company",
    "country",
    "postal_code",
    "city",
    "language",
    "shipping_method",
    "currency",
)
_ORDER_AMOUNTS = ("subtotal", "discount", "shipping", "tax", "total", "captured", "refunded", "cancelled")
_ORDER_REST = ("pieces", "fulfilled_pieces", "codes", "invoices")
_LINE_COLUMNS = ("sku", "title", "quantity", "fulfilled_quantity", "cancelled_quantity", "refunded_quantity")
_LINE_AMOUNTS = ("unit_price", "line_discount", "line_total", "line_tax")
_ORDERS = f"""
    SELECT {_ORDER}, o.subtotal_minor, o.discount_minor, o.shipping_minor, o.tax_minor, o.total_minor,
        o.captured_minor, o.refunded_minor, o.cancelled_minor, lines.*, array_to_string(o.discount_codes, ' ') AS codes,
        (SELECT string_agg(d.number, ' ' ORDER BY d.position) FROM order_documents d
            WHERE d.order_id = o.order_id AND d.kind = 'invoice') AS invoices
    FROM orders o CROSS JOIN LATERAL (
        SELECT sum(l.quantity)::bigint AS pieces, sum(l.fulfilled_quantity)::bigint AS fulfilled_pieces
        FROM order_lines l WHERE l.order_id = o.order_id) AS lines
"""
_LINES = f"""
    SELECT {_ORDER}, l.line, l.sku, l.title, l.quantity, l.fulfilled_quantity, l.cancelled_quantity,
        l.refunded_quantity, l.unit_price_minor, l.discount_minor AS line_discount_minor,
        l.total_minor AS line_total_minor, l.tax_minor AS line_tax_minor
    FROM (SELECT * FROM orders o WHERE {{}} ORDER BY o.order_id LIMIT {BATCH}) AS o
    JOIN order_lines l ON l.order_id = o.order_id
"""
_WHOLE = f"""
    SELECT o.order_id, (jsonb_strip_nulls(to_jsonb(x)) || jsonb_build_object(
        'shipping_address', o.shipping_address, 'billing_address', o.billing_address,
        'lines', (SELECT jsonb_agg(to_jsonb(l) - '{{order_id,image_url}}'::text[] ORDER BY l.line) FROM order_lines l
            WHERE l.order_id = o.order_id)))::text AS document
    FROM orders o CROSS JOIN LATERAL (
        SELECT {_ORDER}, o.subtotal_minor, o.discount_minor, o.shipping_minor, o.tax_minor, o.total_minor,
            o.captured_minor, o.refunded_minor, o.cancelled_minor, o.discount_codes) AS x
"""


def export_orders(db: Connection, query: ExportQuery) -> AsyncIterator[bytes]:
    """In the order in which they were made. Raises Invalid(timezone_unknown) before anything is sent."""
    conditions, values = conditions_of(query, None)
    if query.state is not None:
        values.append([*query.state])
        conditions.append(f"o.state = ANY (${len(values)}::text[])")
    conditions.append(f"o.order_id > ${len(values) + 1}")
    where = " AND ".join(conditions)
    if query.format == "jsonl":
        return _documents(db, f"{_WHOLE} WHERE {where} ORDER BY o.order_id LIMIT {BATCH}", values)
    if query.rows == "lines":
        sql = f"{_LINES.format(where)} ORDER BY o.order_id, l.line"
        return _table(db, sql, values, _ORDER_COLUMNS + _LINE_COLUMNS, _LINE_AMOUNTS, ())
    sql = f"{_ORDERS} WHERE {where} ORDER BY o.order_id LIMIT {BATCH}"
    return _table(db, sql, values, _ORDER_COLUMNS, _ORDER_AMOUNTS, _ORDER_REST)


async def _documents(db: Connection, sql: str, values: Sequence[Any]) -> AsyncIterator[bytes]:
    async for rows in _batches(db, sql, values):
        yield "".join(f"{row['document']}\n" for row in rows).encode()


async def _table(
    db: Connection,
    sql: str,
    values: Sequence[Any],
    columns: Sequence[str],
    amounts: Sequence[str],
    rest: Sequence[str],
) -> AsyncIterator[bytes]:
    text = StringIO()
    write = csv.writer(text).writerow
    write([*columns, *amounts, *rest])
    yield _taken(text)
    async for rows in _batches(db, sql, values):
        for row in rows:
            digits = DIGITS[row["currency"]]
            write(
                [
                    *(_cell(row[name]) for name in columns),
                    *(_decimal(row[f"{name}_minor"], digits) for name in amounts),
                    *(_cell(row[name]) for name in rest),
                ]
            )
        yield _taken(text)


async def _batches(db: Connection, sql: str, values: Sequence[Any]) -> AsyncIterator[Sequence[Row]]:
    """Each from after the last order of the one before. No statement is held open in between."""
    after = FIRST
    while rows := await db.fetch(sql, *values, after):
        yield rows
        after = rows[-1]["order_id"]


def _taken(text: StringIO) -> bytes:
    taken = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return taken


def _cell(value: Any) -> object:
    """A text that a spreadsheet would reckon with is marked as text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _decimal(amount_minor: int, digits: int) -> str:
    sign, whole = ("-", -amount_minor) if amount_minor < 0 else ("", amount_minor)
    return f"{sign}{whole // 10**digits}.{whole % 10**digits:0{digits}d}" if digits else f"{sign}{whole}"
