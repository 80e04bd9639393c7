"""Imports as rows, and the orders that they bring in: many in one statement, each once by (source, external id)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Row, Transaction
from tradewind.services.order.shapes.imports import OrderImport, RowError

_COLUMNS = "import_id, source, state, received, created, known, refused, created_at, updated_at"


async def begin(tx: Transaction, import_id: UUID, source: str, actor: str, now: datetime) -> None:
    """One that was begun goes on."""
    await tx.execute(
        """
        INSERT INTO order_imports (import_id, source, state, actor, created_at, updated_at)
        VALUES ($1, $2, 'running', $3, $4, $4)
        ON CONFLICT (import_id) DO UPDATE SET state = 'running', updated_at = excluded.updated_at
        """,
        import_id,
        source,
        actor,
        now,
    )


async def load(db: Connection, import_id: UUID) -> OrderImport | None:
    row = await db.row(f"SELECT {_COLUMNS} FROM order_imports WHERE import_id = $1", import_id)
    return None if row is None else import_view(row)


def import_view(row: Row) -> OrderImport:
    return OrderImport(*(row[name] for name in OrderImport.__struct_fields__))


async def insert_orders(
    tx: Transaction, source: str, orders: Sequence[dict[str, Any]], actor: str
) -> tuple[set[str], set[str]]:
    """The external ids of those that are new, and of those whose number another order has. The rest was known."""
    made = await tx.fetch(_ORDERS, source, msgspec.json.encode(orders).decode())
    new = {row["external_id"]: UUID(row["order_id"]) for row in made}
    missing = [order["external_id"] for order in orders if order["external_id"] not in new]
    known = await tx.fetch(
        "SELECT external_id FROM orders WHERE source = $1 AND external_id = ANY ($2::text[])", source, missing
    )
    taken = set(missing) - {row["external_id"] for row in known}
    brought = [order for order in orders if new.get(order["external_id"]) == order["order_id"]]
    encoded = msgspec.json.encode(brought).decode()
    for statement in (_LINES, _WORDS, _PARCELS, _REFUNDS):
        await tx.execute(statement, encoded)
    await tx.execute(_HISTORY, encoded, actor)
    return set(new), taken


async def count(
    tx: Transaction, import_id: UUID, received: int, created: int, refused: int, now: datetime
) -> None:
    await tx.execute(
        """
        UPDATE order_imports SET received = received + $2, created = created + $3, refused = refused + $4,
            known = known + $2 - $3 - $4, updated_at = $5
        WHERE import_id = $1
        """,
        import_id,
        received,
        created,
        refused,
        now,
    )


async def keep_errors(tx: Transaction, import_id: UUID, errors: Sequence[RowError]) -> None:
    await tx.execute(
        """
        INSERT INTO order_import_errors (import_id, row, field, external_id, code, message)
        SELECT $1, e.row, e.field, e.external_id, e.code, e.message
        FROM jsonb_to_recordset($2::jsonb) AS e (row int, field text, external_id text, code text, message text)
        ON CONFLICT DO NOTHING
        """,
        import_id,
        msgspec.json.encode(errors).decode(),
    )


async def finish(tx: Transaction, import_id: UUID, now: datetime) -> None:
    await tx.execute(
        "UPDATE order_imports SET state = 'finished', updated_at = $2 WHERE import_id = $1", import_id, now
    )


async def page(db: Connection, after: tuple[datetime, UUID] | None, limit: int) -> Sequence[Row]:
    return await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM order_imports
        WHERE $1::timestamptz IS NULL OR (created_at, import_id) < ($1, $2::uuid)
        ORDER BY created_at DESC, import_id DESC LIMIT $3
        """,
        *(after or (None, None)),
        limit,
    )


async def errors(
    db: Connection, import_id: UUID, after: tuple[int, str] | None, limit: int
) -> list[RowError]:
    rows = await db.fetch(
        """
        SELECT row, external_id, field, code, message FROM order_import_errors
        WHERE import_id = $1 AND ($2::int IS NULL OR (row, field) > ($2, $3::text)) ORDER BY row, field LIMIT $4
        """,
        import_id,
        *(after or (None, None)),
        limit,
    )
    return [RowError(*(row[name] for name in RowError.__struct_fields__)) for row in rows]


_ORDERS = """
    INSERT INTO orders (order_id, number, account_id, email, state, currency, subtotal_minor, discount_minor,
        shipping_minor, tax_minor, total_minor, captured_minor, refunded_minor, shipping_address, billing_address,
        shipping_method, decide_by, created_at, updated_at, placed_at, language, prices_include_tax,
        tax_added_minor, shipping_tax_minor, origin, source, external_id)
    SELECT o.order_id, o.number, o.account_id, o.email, o.state, o.currency, o.subtotal_minor, o.discount_minor,
        o.shipping_minor, o.tax_minor, o.total_minor, o.captured_minor, o.refunded_minor, o.shipping_address,
        o.billing_address, o.shipping_method, o.created_at, o.created_at, o.updated_at, o.created_at, o.language,
        o.prices_include_tax, o.tax_added_minor, o.shipping_tax_minor, 'import', $1, o.external_id
    FROM jsonb_populate_recordset(NULL::orders, $2::jsonb) AS o
    ON CONFLICT DO NOTHING RETURNING order_id::text, external_id
    """
_LINES = """
    INSERT INTO order_lines (order_id, line, sku, title, options, quantity, fulfilled_quantity, unit_price_minor,
        discount_minor, total_minor, tax_basis_points, tax_minor, tax_added_minor, charged_minor)
    SELECT (o.value ->> 'order_id')::uuid, l.line, l.sku, l.title, '{}', l.quantity, l.fulfilled_quantity,
        l.unit_price_minor, l.discount_minor, l.total_minor, l.tax_basis_points, l.tax_minor, l.tax_added_minor,
        CASE WHEN l.fulfilled_quantity > 0 THEN l.total_minor ELSE 0 END
    FROM jsonb_array_elements($1::jsonb) AS o, jsonb_to_recordset(o.value -> 'lines') AS l (line int, sku text,
        title text, quantity int, fulfilled_quantity int, unit_price_minor bigint, discount_minor bigint,
        total_minor bigint, tax_basis_points int, tax_minor bigint, tax_added_minor bigint)
    """
_WORDS = """
    INSERT INTO order_words (order_id, words)
    SELECT (o.value ->> 'order_id')::uuid,
        array_to_tsvector(ARRAY(SELECT jsonb_array_elements_text(o.value -> 'words')))
    FROM jsonb_array_elements($1::jsonb) AS o
    """
_PARCELS = """
    INSERT INTO fulfilments (fulfilment_id, order_id, state, lines, capture_minor, with_shipping, carrier,
        tracking_number, created_at, shipped_at, delivered_at)
    SELECT p.fulfilment_id, (o.value ->> 'order_id')::uuid, p.state, p.lines, p.capture_minor, true, p.carrier,
        p.tracking_number, p.shipped_at, p.shipped_at, p.delivered_at
    FROM jsonb_array_elements($1::jsonb) AS o,
        jsonb_populate_record(NULL::fulfilments, o.value -> 'parcel') AS p
    WHERE o.value -> 'parcel' <> 'null'
    """
_REFUNDS = """
    INSERT INTO order_refunds (refund_id, order_id, state, amount_minor, lines, reason, actor, created_at,
        finished_at)
    SELECT (r.value ->> 'refund_id')::uuid, o.order_id, 'succeeded', o.refunded_minor, '[]', 'imported', 'import',
        o.created_at, o.created_at
    FROM jsonb_array_elements($1::jsonb) AS r, jsonb_populate_record(NULL::orders, r.value) AS o
    WHERE o.refunded_minor > 0
    """
_HISTORY = """
    INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
    SELECT o.order_id, 1, 'state', NULL, o.state, 'imported', $2, o.updated_at
    FROM jsonb_populate_recordset(NULL::orders, $1::jsonb) AS o
    """
