"""Of what an order was, of its timeline, and of its invoices and credit notes."""

from __future__ import annotations

from tradewind.services.order.domain.timeline import KINDS

_KINDS = ", ".join(f"'{kind}'" for kind in KINDS)

RECORD: tuple[tuple[str, str], ...] = (
    (
        "what an order was before each of its changes is kept",
        """
        SELECT h.order_id, h.sequence FROM order_history h
        WHERE h.sequence > coalesce((SELECT max(b.version) FROM order_changes b
                                     WHERE b.order_id = h.order_id AND b.relation = 'beginning'), 1)
          AND NOT EXISTS (SELECT 1 FROM order_changes c
                          WHERE c.order_id = h.order_id AND c.relation = 'orders' AND c.version >= h.sequence
                            AND (c.before ->> 'version')::int = h.sequence - 1)
        """,
    ),
    (
        "the last change that is kept of an order led to what it is",
        """
        SELECT o.order_id FROM orders o
        WHERE o.version > 1 AND o.version IS DISTINCT FROM (
            SELECT c.version FROM order_changes c WHERE c.order_id = o.order_id ORDER BY c.change DESC LIMIT 1)
        """,
    ),
    (
        "every change of an order has its moment",
        "SELECT order_id, change FROM order_changes WHERE at IS NULL OR version IS NULL",
    ),
    (
        "nothing sealed is kept with what an order was",
        """
        SELECT c.order_id, c.change FROM order_changes c
        WHERE EXISTS (SELECT 1 FROM jsonb_object_keys(c.before) AS name WHERE name LIKE 'sealed%')
        """,
    ),
    (
        "entries of histories are of known kinds",
        f"SELECT order_id, sequence, kind FROM order_history WHERE kind NOT IN ({_KINDS})",
    ),
    (
        "numbers of documents leave no gap",
        """
        SELECT s.series FROM document_series s LEFT JOIN order_documents d USING (series)
        GROUP BY s.series, s.issued
        HAVING count(d.number) <> s.issued OR coalesce(max(d.position), 0) <> s.issued
        """,
    ),
    (
        "a document's sums are its taxes', and an invoice's its lines' and shipping's",
        """
        SELECT d.number FROM order_documents d
        WHERE d.net_minor <> coalesce((
                SELECT sum((t ->> 'net_minor')::bigint) FROM jsonb_array_elements(d.snapshot -> 'taxes') AS t), 0)
           OR d.tax_minor <> coalesce((
                SELECT sum((t ->> 'tax_minor')::bigint) FROM jsonb_array_elements(d.snapshot -> 'taxes') AS t), 0)
           OR d.kind = 'invoice' AND d.total_minor <> coalesce((d.snapshot ->> 'shipping_minor')::bigint, 0)
                + CASE WHEN (d.snapshot ->> 'prices_include_tax')::boolean THEN 0 ELSE d.tax_minor END
                + coalesce((SELECT sum((l ->> 'amount_minor')::bigint)
                            FROM jsonb_array_elements(d.snapshot -> 'lines') AS l), 0)
        """,
    ),
    (
        "an invoice is lessened by no more than it says",
        """
        SELECT i.number FROM order_documents i JOIN order_documents n ON n.corrects = i.number
        GROUP BY i.number, i.total_minor, i.tax_minor
        HAVING sum(n.total_minor) > i.total_minor OR sum(n.tax_minor) > i.tax_minor
        """,
    ),
    (
        "an invoice says what was sold, unless that was changed since",
        """
        SELECT d.number FROM orders o JOIN LATERAL (
            SELECT * FROM order_documents i WHERE i.order_id = o.order_id AND i.kind = 'invoice'
            ORDER BY i.issued_at DESC, i.position DESC LIMIT 1) AS d ON true
        WHERE d.total_minor <> o.total_minor - o.cancelled_minor
          AND NOT EXISTS (SELECT 1 FROM order_changes c
            WHERE c.order_id = o.order_id AND c.relation = 'orders' AND c.at >= d.issued_at
              AND (c.before ->> 'total_minor')::bigint - (c.before ->> 'cancelled_minor')::bigint
                <> o.total_minor - o.cancelled_minor)
        """,
    ),
    (
        "what was given back of an invoiced order is credited once, whole or up to all that the invoice says",
        """
        SELECT r.refund_id FROM order_refunds r
        LEFT JOIN order_documents n ON n.order_id = r.order_id AND n.subject = 'refund:' || r.refund_id
        WHERE r.state IN ('succeeded', 'credited') AND (
            n.total_minor > r.amount_minor + r.credited_minor
            OR n.total_minor < r.amount_minor + r.credited_minor AND n.total_minor < (
                SELECT i.total_minor - coalesce(sum(b.total_minor), 0) FROM order_documents i
                LEFT JOIN order_documents b
                    ON b.corrects = i.number AND (b.issued_at, b.position) < (n.issued_at, n.position)
                WHERE i.number = n.corrects GROUP BY i.number)
            OR n.number IS NOT NULL AND r.uninvoiced
            OR n.number IS NULL AND NOT r.uninvoiced AND r.finished_at < now() - interval '10 minutes'
                AND EXISTS (SELECT 1 FROM order_documents i
                    WHERE i.order_id = r.order_id AND i.kind = 'invoice' AND i.issued_at < r.finished_at)
                AND 0 < (SELECT i.total_minor - coalesce((
                        SELECT sum(b.total_minor) FROM order_documents b WHERE b.corrects = i.number), 0)
                    FROM order_documents i WHERE i.order_id = r.order_id AND i.kind = 'invoice'
                    ORDER BY i.issued_at DESC, i.position DESC LIMIT 1)
                AND NOT EXISTS (SELECT 1 FROM order_documents i
                    WHERE i.order_id = r.order_id AND i.snapshot -> 'settled' ? r.refund_id::text))
        """,
    ),
)
