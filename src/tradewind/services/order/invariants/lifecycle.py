"""Of where orders come from, of their parcels' shares, of what is cancelled of them, and of holds and drafts."""

from __future__ import annotations

LIFECYCLE: tuple[tuple[str, str], ...] = (
    (
        "a line is charged what the parcels that hold its pieces capture of it",
        """
        SELECT l.order_id, l.sku FROM order_lines l
        WHERE EXISTS (SELECT 1 FROM fulfilments f WHERE f.order_id = l.order_id AND f.shares <> '{}')
          AND l.charged_minor <> coalesce((
            SELECT sum((f.shares ->> l.sku)::bigint) FROM fulfilments f
            WHERE f.order_id = l.order_id AND f.state NOT IN ('failed', 'cancelled')), 0)
        """,
    ),
    (
        "a line's pieces in parcels are charged no more than their share",
        """
        SELECT order_id, sku FROM order_lines
        WHERE charged_minor > total_minor OR (fulfilled_quantity = 0 AND charged_minor > 0)
        """,
    ),
    (
        "what is driven is resumed by somebody, what waits for the warehouse is not",
        """
        SELECT fulfilment_id FROM fulfilments WHERE (state = 'shipping') <> (resume_at IS NOT NULL)
        """,
    ),
    (
        "pieces cancelled are those of the cancellations",
        """
        SELECT l.order_id, l.sku FROM order_lines l
        WHERE l.cancelled_quantity <> coalesce((
            SELECT sum((piece ->> 'quantity')::int)
            FROM order_cancellations c, jsonb_array_elements(c.lines) AS piece
            WHERE c.order_id = l.order_id AND piece ->> 'sku' = l.sku), 0)
        """,
    ),
    (
        "what is cancelled of an order is the sum of its cancellations",
        """
        SELECT o.order_id FROM orders o LEFT JOIN order_cancellations c USING (order_id) GROUP BY o.order_id
        HAVING o.cancelled_minor <> coalesce(sum(c.amount_minor), 0)
        """,
    ),
    (
        "what waits for the warehouse can be held, nothing else",
        """
        SELECT order_id FROM orders WHERE held_at IS NOT NULL AND state NOT IN ('placed', 'partially_fulfilled')
        """,
    ),
    (
        "a draft has its terms, and no cart",
        """
        SELECT o.order_id FROM orders o LEFT JOIN order_drafts d USING (order_id)
        WHERE (o.origin IN ('draft', 'reissue')) <> (d.order_id IS NOT NULL)
           OR (o.origin <> 'checkout' AND o.cart_id IS NOT NULL) OR (o.state = 'draft' AND d.order_id IS NULL)
        """,
    ),
    (
        "a history begins as its origin says",
        """
        SELECT o.order_id FROM orders o JOIN order_history h ON h.order_id = o.order_id AND h.sequence = 1
        WHERE h.from_state IS NOT NULL OR (o.origin <> 'import' AND h.to_state NOT IN ('draft', 'pending'))
           OR (o.origin IN ('draft', 'reissue') AND h.to_state <> 'draft')
        """,
    ),
    (
        "an import's counts are its rows",
        """
        SELECT i.import_id FROM order_imports i
        WHERE i.created + i.known + i.refused <> i.received
           OR i.refused <> (SELECT count(DISTINCT e.row) FROM order_import_errors e WHERE e.import_id = i.import_id)
        """,
    ),
    (
        "an account has one active cart at most, and a saved cart an account",
        """
        SELECT account_id FROM carts WHERE state = 'open' AND account_id IS NOT NULL
        GROUP BY account_id HAVING count(*) > 1
        """,
    ),
)
