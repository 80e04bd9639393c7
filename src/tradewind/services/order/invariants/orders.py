"""Of orders, their lines, parcels and refunds."""

from __future__ import annotations

from tradewind.services.order.domain.states import TRANSITIONS

_PATHS = ", ".join(f"('{a.value}', '{b.value}')" for a, moves in TRANSITIONS.items() for b in sorted(moves))

ORDERS: tuple[tuple[str, str], ...] = (
    (
        "one order a cart",
        """
        SELECT c.cart_id FROM carts c LEFT JOIN orders o ON o.cart_id = c.cart_id
        WHERE (c.state = 'ordered') <> (o.order_id IS NOT NULL)
        """,
    ),
    (
        "an order's totals are its lines'",
        """
        SELECT o.order_id FROM orders o JOIN order_lines l USING (order_id) GROUP BY o.order_id
        HAVING sum(l.quantity * l.unit_price_minor) <> o.subtotal_minor
            OR sum(l.discount_minor) <> o.discount_minor
            OR sum(l.total_minor) + o.shipping_minor
                + CASE WHEN o.prices_include_tax THEN 0 ELSE o.shipping_tax_minor END <> o.total_minor
            OR (sum(l.tax_minor) + o.shipping_tax_minor <> o.tax_minor AND o.origin <> 'import')
            OR sum(l.tax_added_minor)
                + CASE WHEN o.prices_include_tax THEN 0 ELSE o.shipping_tax_minor END <> o.tax_added_minor
        """,
    ),
    (
        "every order has lines and a history from its beginning to its state",
        """
        SELECT o.order_id FROM orders o
        WHERE NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.order_id)
           OR o.version <> (SELECT count(*) FROM order_history h WHERE h.order_id = o.order_id)
           OR o.state <> (SELECT h.to_state FROM order_history h WHERE h.order_id = o.order_id
                          ORDER BY h.sequence DESC LIMIT 1)
        """,
    ),
    (
        "histories are paths of the state graph",
        f"""
        SELECT order_id, sequence, from_state, to_state FROM (
            SELECT order_id, sequence, kind, from_state, to_state,
                lag(to_state) OVER (PARTITION BY order_id ORDER BY sequence) AS before FROM order_history) h
        WHERE from_state IS DISTINCT FROM before
           OR (kind = 'state' AND from_state IS NOT NULL AND (from_state, to_state) NOT IN (VALUES {_PATHS}))
           OR (kind <> 'state' AND from_state <> to_state)
        """,
    ),
    (
        "pieces fulfilled are those of the parcels that came to something",
        """
        SELECT l.order_id, l.sku FROM order_lines l
        WHERE l.fulfilled_quantity <> coalesce((
            SELECT sum((piece ->> 'quantity')::int) FROM fulfilments f, jsonb_array_elements(f.lines) AS piece
            WHERE f.order_id = l.order_id AND f.state NOT IN ('failed', 'cancelled')
              AND piece ->> 'sku' = l.sku), 0)
        """,
    ),
    (
        "a fulfilled order has nothing left, any other has",
        """
        SELECT o.order_id FROM orders o
        WHERE o.state IN ('placed', 'partially_fulfilled', 'fulfilled')
          AND (o.state = 'fulfilled') <> (o.open_fulfilments = 0 AND NOT EXISTS (
            SELECT 1 FROM order_lines l WHERE l.order_id = o.order_id
              AND l.fulfilled_quantity + l.cancelled_quantity < l.quantity))
        """,
    ),
    (
        "parcels under way are counted",
        """
        SELECT o.order_id FROM orders o
        WHERE o.open_fulfilments <> (
            SELECT count(*) FROM fulfilments f WHERE f.order_id = o.order_id
              AND f.state IN ('requested', 'packed', 'shipping'))
        """,
    ),
    (
        "parcels of a fulfilled order capture its total",
        """
        SELECT o.order_id FROM orders o
        JOIN fulfilments f ON f.order_id = o.order_id AND f.state IN ('shipped', 'delivered')
        WHERE o.state IN ('fulfilled', 'partially_returned', 'returned')
        GROUP BY o.order_id
        HAVING sum(f.capture_minor + f.credited_minor) <> o.total_minor - o.cancelled_minor
        """,
    ),
    (
        "refunds are counted: those under way, and those that were given back",
        """
        SELECT o.order_id FROM orders o LEFT JOIN order_refunds r USING (order_id) GROUP BY o.order_id
        HAVING coalesce(sum(r.amount_minor) FILTER (WHERE r.state = 'requested'), 0) <> o.refunding_minor
            OR coalesce(sum(r.amount_minor) FILTER (WHERE r.state = 'succeeded'), 0) <> o.refunded_minor
        """,
    ),
    (
        "pieces refunded are those of the refunds that did not fail",
        """
        SELECT l.order_id, l.sku FROM order_lines l
        WHERE l.refunded_quantity <> coalesce((
            SELECT sum((piece ->> 'quantity')::int) FROM order_refunds r, jsonb_array_elements(r.lines) AS piece
            WHERE r.order_id = l.order_id AND r.state <> 'failed' AND piece ->> 'sku' = l.sku), 0)
        """,
    ),
    (
        "every order is found by its words",
        "SELECT o.order_id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM order_words w WHERE w.order_id = o.order_id)",
    ),
    (
        "card tokens are kept only while an authorisation may be repeated",
        """
        SELECT order_id FROM orders
        WHERE sealed_card_token IS NOT NULL AND state NOT IN ('pending', 'action_required')
            AND NOT (state = 'payment_failed' AND resume_at < decide_by)
        """,
    ),
    (
        "no order is stuck past its deadline",
        """
        SELECT order_id FROM orders
        WHERE state IN ('draft', 'pending', 'action_required', 'payment_failed')
          AND decide_by < now() - interval '10 minutes'
        """,
    ),
    (
        "unpaid orders are driven on by somebody",
        """
        SELECT order_id FROM orders
        WHERE state IN ('draft', 'pending', 'action_required', 'payment_failed') AND resume_at IS NULL
        """,
    ),
)
