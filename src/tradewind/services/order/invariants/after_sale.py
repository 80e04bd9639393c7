"""Of returns, edits, exchanges and claims."""

from __future__ import annotations

AFTER_SALE: tuple[tuple[str, str], ...] = (
    (
        "pieces returned are those of the parcels that were taken back",
        """
        SELECT l.order_id, l.sku FROM order_lines l
        WHERE l.returned_quantity <> coalesce((
            SELECT sum((piece ->> 'quantity')::int)
            FROM order_return_receipts c, jsonb_array_elements(c.pieces) AS piece
            WHERE c.order_id = l.order_id AND c.state = 'taken' AND piece ->> 'sku' = l.sku), 0)
        """,
    ),
    (
        "pieces on their way back are those of the returns that wait for them",
        """
        SELECT l.order_id, l.sku FROM order_lines l
        WHERE l.returning_quantity <> coalesce((
            SELECT sum(w.quantity - coalesce((
                SELECT sum((piece ->> 'quantity')::int)
                FROM order_return_receipts c, jsonb_array_elements(c.pieces) AS piece
                WHERE c.return_id = r.return_id AND c.state = 'taken' AND piece ->> 'sku' = w.sku), 0))
            FROM order_returns r JOIN order_return_lines w USING (return_id)
            WHERE r.order_id = l.order_id AND w.sku = l.sku
              AND r.state IN ('requested', 'approved', 'partially_received')), 0)
        """,
    ),
    (
        "what a return received is in its parcels that did not fail",
        """
        SELECT w.return_id, w.sku FROM order_return_lines w
        WHERE w.restock + w.damaged + w.quality_control + w.written_off <> coalesce((
            SELECT sum((piece ->> 'quantity')::int)
            FROM order_return_receipts c, jsonb_array_elements(c.pieces) AS piece
            WHERE c.return_id = w.return_id AND c.state <> 'failed' AND piece ->> 'sku' = w.sku), 0)
        """,
    ),
    (
        "a return is refunded when its refund is",
        """
        SELECT r.return_id FROM order_returns r LEFT JOIN order_refunds f USING (refund_id)
        WHERE (r.state = 'refunded') <> (f.state IS NOT DISTINCT FROM 'succeeded')
           OR (r.refund_id IS NOT NULL AND f.refund_id IS NULL)
        """,
    ),
    (
        "an order's stock is being changed by the edit that is being confirmed",
        """
        SELECT o.order_id FROM orders o
        LEFT JOIN order_edits e ON e.order_id = o.order_id AND e.state = 'confirming'
        WHERE o.amending_id IS DISTINCT FROM e.edit_id
        """,
    ),
    (
        "what returned pieces paid for is counted once, and not captured again",
        """
        SELECT o.order_id FROM orders o
        WHERE o.credited_minor <> coalesce((
                SELECT sum(r.credited_minor) FROM order_refunds r WHERE r.order_id = o.order_id), 0)
           OR o.credited_minor < coalesce((
                SELECT sum(f.credited_minor) FROM fulfilments f
                WHERE f.order_id = o.order_id AND f.state NOT IN ('failed', 'cancelled')), 0)
        """,
    ),
    (
        "what is in the middle after the sale is driven on by somebody, nothing else",
        """
        SELECT 'receipt' AS kind, receipt_id AS id FROM order_return_receipts
        WHERE (state = 'requested') <> (resume_at IS NOT NULL)
        UNION ALL
        SELECT 'edit', edit_id FROM order_edits WHERE (state = 'confirming') <> (resume_at IS NOT NULL)
        UNION ALL
        SELECT 'claim', claim_id FROM order_claims
        WHERE (state IN ('accepted', 'shipping')) <> (resume_at IS NOT NULL)
        """,
    ),
    (
        "a claim is settled by its refund or its replacement",
        """
        SELECT c.claim_id FROM order_claims c LEFT JOIN order_refunds f USING (refund_id)
        WHERE c.state = 'settled' AND NOT (
            (c.outcome = 'refund' AND f.state IS NOT DISTINCT FROM 'succeeded')
            OR (c.outcome = 'replacement' AND c.replacement <> '[]'))
        """,
    ),
    (
        "nothing is kept back of pieces that are not there",
        """
        SELECT order_id, sku FROM order_lines WHERE awaited_quantity > quantity - fulfilled_quantity
        """,
    ),
)
