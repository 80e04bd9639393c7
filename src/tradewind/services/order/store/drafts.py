"""Drafts as rows: an order in the state draft, and beside it the terms that staff asked for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.kernel.words import words
from tradewind.ports.database import Connection, Transaction
from tradewind.services.order.shapes.drafts import DraftTerms
from tradewind.services.order.store import discounts
from tradewind.services.order.store.orders import OrderRecord, found_by


class DraftRecord(msgspec.Struct, frozen=True):
    terms: DraftTerms
    reserved_at: datetime | None = None
    message: str = ""


_decode = msgspec.json.Decoder(DraftRecord).decode
_LINES = """
    INSERT INTO order_lines (order_id, line, sku, product_id, title, options, image_url, quantity, unit_price_minor,
        discount_minor, total_minor, tax_basis_points, tax_minor, category, tax_added_minor, kind,
        tax_class)
    SELECT $1, l.line, l.sku, l.product_id, l.title, l.options, l.image_url, l.quantity, l.unit_price_minor,
        l.discount_minor, l.total_minor, l.tax_basis_points, l.tax_minor, l.category, l.tax_added_minor, l.kind,
        l.tax_class
    FROM jsonb_to_recordset($2::jsonb) AS l (line int, sku text, product_id uuid, title text, options jsonb,
        image_url text, quantity int, unit_price_minor bigint, discount_minor bigint, total_minor bigint,
        tax_basis_points int, tax_minor bigint, category text, tax_added_minor bigint, kind text,
        tax_class text)
    """
_KEPT_LINES = """
    ON CONFLICT (order_id, sku) DO UPDATE SET title = excluded.title, quantity = excluded.quantity,
        unit_price_minor = excluded.unit_price_minor, discount_minor = excluded.discount_minor,
        total_minor = excluded.total_minor, tax_basis_points = excluded.tax_basis_points,
        tax_minor = excluded.tax_minor, tax_added_minor = excluded.tax_added_minor,
        tax_class = excluded.tax_class
    """


async def load(db: Connection, order_id: UUID) -> DraftRecord | None:
    text = await db.value(
        """
        SELECT jsonb_build_object('terms', d.terms, 'reserved_at', d.reserved_at, 'message', d.message)::text
        FROM order_drafts d WHERE d.order_id = $1
        """,
        order_id,
    )
    return None if text is None else _decode(text)


async def insert(tx: Transaction, order: OrderRecord, terms: DraftTerms, prefix: str, actor: str) -> str:
    """The order's number, which is taken now. Raises Conflict(discount_used_up)."""
    number: str = await tx.value(
        """
        WITH made AS (
            INSERT INTO orders (order_id, number, account_id, email, state, currency, subtotal_minor, discount_minor,
                shipping_minor, tax_minor, total_minor, shipping_address, billing_address, shipping_method,
                resume_at, decide_by, created_at, updated_at, language, prices_include_tax, tax_added_minor,
                shipping_tax_basis_points, shipping_tax_minor, origin, origin_order_id, shipping_discount_minor,
                discount_codes, discount_code)
            SELECT $1, $2 || nextval('order_numbers'), o.account_id, o.email, 'draft', o.currency, o.subtotal_minor,
                o.discount_minor, o.shipping_minor, o.tax_minor, o.total_minor, o.shipping_address,
                o.billing_address, o.shipping_method, o.decide_by, o.decide_by, o.created_at, o.created_at,
                o.language, o.prices_include_tax, o.tax_added_minor, o.shipping_tax_basis_points,
                o.shipping_tax_minor, o.origin, o.origin_order_id, o.shipping_discount_minor, o.discount_codes,
                o.discount_codes[1]
            FROM jsonb_populate_record(NULL::orders, $3::jsonb) AS o
            RETURNING order_id, number, created_at),
        history AS (
            INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, actor, at)
            SELECT order_id, 1, 'state', NULL, 'draft', $4, created_at FROM made),
        words AS (
            INSERT INTO order_words (order_id, words)
            SELECT order_id, array_to_tsvector($5::text[] || ARRAY[lower(number), substr(number, length($2) + 1)])
            FROM made),
        draft AS (
            INSERT INTO order_drafts (order_id, terms) SELECT order_id, $6::jsonb FROM made)
        SELECT number FROM made
        """,
        order.order_id,
        prefix,
        msgspec.json.encode(order).decode(),
        actor,
        words(found_by(order)),
        msgspec.json.encode(terms).decode(),
    )
    await tx.execute(_LINES, order.order_id, msgspec.json.encode(order.lines).decode())
    await discounts.take(tx, order)
    return number


async def save(
    tx: Transaction, order: OrderRecord, terms: DraftTerms, version: int, prefix: str, actor: str
) -> bool:
    """Write a change made against `version`; a SKU that stays keeps its line's number. False when the draft has
    moved on since, or is none any more. Raises Conflict(discount_used_up)."""
    number = await tx.value(
        """
        WITH moved AS (
            UPDATE orders o SET account_id = n.account_id, email = n.email, currency = n.currency,
                subtotal_minor = n.subtotal_minor, discount_minor = n.discount_minor,
                shipping_minor = n.shipping_minor, tax_minor = n.tax_minor, total_minor = n.total_minor,
                shipping_address = n.shipping_address, billing_address = n.billing_address,
                shipping_method = n.shipping_method, resume_at = n.decide_by, decide_by = n.decide_by,
                language = n.language, prices_include_tax = n.prices_include_tax,
                tax_added_minor = n.tax_added_minor, shipping_tax_basis_points = n.shipping_tax_basis_points,
                shipping_tax_minor = n.shipping_tax_minor, shipping_discount_minor = n.shipping_discount_minor,
                discount_codes = n.discount_codes, discount_code = n.discount_codes[1], version = o.version + 1,
                updated_at = n.updated_at
            FROM jsonb_populate_record(NULL::orders, $3::jsonb) AS n
            WHERE o.order_id = $1 AND o.version = $2 AND o.state = 'draft' AND o.amending_id IS NULL
            RETURNING o.order_id, o.number, o.version, o.updated_at),
        history AS (
            INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
            SELECT order_id, version, 'draft', 'draft', 'draft', 'changed', $4, updated_at FROM moved),
        draft AS (
            UPDATE order_drafts d SET terms = $5::jsonb FROM moved WHERE d.order_id = moved.order_id)
        SELECT number FROM moved
        """,
        order.order_id,
        version,
        msgspec.json.encode(order).decode(),
        actor,
        msgspec.json.encode(terms).decode(),
    )
    if number is None:
        return False
    await tx.execute(
        "DELETE FROM order_lines WHERE order_id = $1 AND sku <> ALL ($2::text[])",
        order.order_id,
        [line.sku for line in order.lines],
    )
    await tx.execute(_LINES + _KEPT_LINES, order.order_id, msgspec.json.encode(order.lines).decode())
    await discounts.retake(tx, order)
    await tx.execute(
        """
        UPDATE order_words SET words = array_to_tsvector($2::text[] || ARRAY[lower($3), substr($3, length($4) + 1)])
        WHERE order_id = $1
        """,
        order.order_id,
        words(found_by(order)),
        number,
        prefix,
    )
    return True


async def mark_sent(tx: Transaction, order_id: UUID, message: str, actor: str, now: datetime) -> bool:
    """False when it is no draft any more."""
    sent = await tx.value(
        """
        WITH sent AS (
            UPDATE orders SET sent_at = $4, version = version + 1, updated_at = $4
            WHERE order_id = $1 AND state = 'draft' RETURNING order_id, version),
        draft AS (UPDATE order_drafts d SET message = $2 FROM sent WHERE d.order_id = sent.order_id)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, 'draft', 'draft', 'draft', 'sent', $3, $4 FROM sent RETURNING true
        """,
        order_id,
        message,
        actor,
        now,
    )
    return bool(sent)


async def begin_reserving(
    tx: Transaction, order_id: UUID, change_id: UUID, resume_at: datetime, actor: str, now: datetime
) -> bool:
    """From now on its lines stay, and nobody pays it until the outcome is known. False when it is no draft any
    more, or this was begun before."""
    begun = await tx.value(
        """
        WITH moved AS (
            UPDATE orders o SET amending_id = $2, resume_at = $3, version = version + 1, updated_at = $5
            FROM order_drafts d
            WHERE o.order_id = $1 AND o.state = 'draft' AND o.amending_id IS NULL AND d.order_id = $1
                AND d.reserved_at IS NULL
            RETURNING o.order_id, o.version),
        draft AS (UPDATE order_drafts d SET reserved_at = $5 FROM moved WHERE d.order_id = moved.order_id)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, 'draft', 'draft', 'draft', 'stock is being held', $4, $5 FROM moved RETURNING true
        """,
        order_id,
        change_id,
        resume_at,
        actor,
        now,
    )
    return bool(begun)


async def finish_reserving(
    tx: Transaction, order_id: UUID, change_id: UUID, shown: str, actor: str, now: datetime, *, held: bool
) -> bool:
    """Its stock is held; or nothing is, and its lines may be changed again. False when this was recorded before."""
    done = await tx.value(
        """
        WITH moved AS (
            UPDATE orders SET amending_id = NULL, resume_at = decide_by, version = version + 1, updated_at = $5
            WHERE order_id = $1 AND amending_id = $2 RETURNING order_id, version),
        draft AS (
            UPDATE order_drafts d SET reserved_at = CASE WHEN $6 THEN reserved_at END
            FROM moved WHERE d.order_id = moved.order_id)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
        SELECT order_id, version, 'draft', 'draft', 'draft', $3, $4, $5 FROM moved RETURNING true
        """,
        order_id,
        change_id,
        shown,
        actor,
        now,
        held,
    )
    return bool(done)
