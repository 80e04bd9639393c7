"""A cart becomes an order: one statement, so that it is one order alone."""

from __future__ import annotations

import msgspec

from tradewind.kernel.words import words
from tradewind.ports.database import Transaction
from tradewind.services.order.store.orders import OrderRecord, found_by

_PLACE = """
    WITH cart AS (
        UPDATE carts SET state = 'ordered', version = version + 1, updated_at = $14
        WHERE cart_id = $2 AND version = $3 AND state = 'open' RETURNING cart_id),
    placed AS (
        INSERT INTO orders (order_id, number, cart_id, account_id, email, state, currency, subtotal_minor,
            discount_minor, shipping_minor, tax_minor, total_minor, shipping_address, billing_address,
            shipping_method, discount_code, sealed_card_token, return_url, resume_at, decide_by, created_at,
            updated_at, language, discount_codes, prices_include_tax, tax_added_minor,
            shipping_discount_minor, shipping_tax_basis_points, shipping_tax_minor, payments, payment_method,
            pickup)
        SELECT $1, $4 || nextval('order_numbers'), cart_id, $5, $6, 'pending', $7, $8, $9, $10, $11, $12,
            $15::jsonb, $16::jsonb, $17, $18, $19, $20, $21, $13, $14, $14, $24, $26, $27, $28,
            $29, $30, $31, $32, $33, $34
        FROM cart RETURNING order_id, number),
    lines AS (
        INSERT INTO order_lines (order_id, line, sku, product_id, title, options, image_url, quantity,
            unit_price_minor, discount_minor, total_minor, tax_basis_points, tax_minor, category, tax_added_minor,
            tax_class)
        SELECT placed.order_id, l.line, l.sku, l.product_id, l.title, l.options, l.image_url, l.quantity,
            l.unit_price_minor, l.discount_minor, l.total_minor, l.tax_basis_points, l.tax_minor, l.category,
            l.tax_added_minor, l.tax_class
        FROM placed, jsonb_to_recordset($22::jsonb) AS l (line int, sku text, product_id uuid, title text,
            options jsonb, image_url text, quantity int, unit_price_minor bigint, discount_minor bigint,
            total_minor bigint, tax_basis_points int, tax_minor bigint, category text, tax_added_minor bigint,
            tax_class text)),
    history AS (
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, actor, at)
        SELECT order_id, 1, 'state', NULL, 'pending', $23, $14 FROM placed),
    words AS (
        INSERT INTO order_words (order_id, words)
        SELECT order_id, array_to_tsvector($25::text[] || ARRAY[lower(number), substr(number, length($4) + 1)])
        FROM placed)
    SELECT number FROM placed
"""


async def insert_once(
    tx: Transaction, order: OrderRecord, prefix: str, cart_version: int, sealed_card_token: bytes, actor: str
) -> str | None:
    """Turn the open cart, at the version that was priced, into this order; answers its number.

    None when the cart is no longer open at that version: another request ordered or changed it.
    """
    number: str | None = await tx.value(
        _PLACE,
        order.order_id,
        order.cart_id,
        cart_version,
        prefix,
        order.account_id,
        order.email,
        order.currency,
        order.subtotal_minor,
        order.discount_minor,
        order.shipping_minor,
        order.tax_minor,
        order.total_minor,
        order.decide_by,
        order.created_at,
        msgspec.json.encode(order.shipping_address).decode(),
        msgspec.json.encode(order.billing_address).decode(),
        order.shipping_method,
        order.discount_code,
        sealed_card_token,
        order.return_url,
        order.resume_at,
        msgspec.json.encode(order.lines).decode(),
        actor,
        order.language,
        words(found_by(order)),
        order.discount_codes,
        order.prices_include_tax,
        order.tax_added_minor,
        order.shipping_discount_minor,
        order.shipping_tax_basis_points,
        order.shipping_tax_minor,
        order.payments,
        order.payment_method,
        order.pickup,
    )
    return number
