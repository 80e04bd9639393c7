"""What is always true of disputes. See invariants.py."""

from __future__ import annotations

DISPUTE_INVARIANTS = (
    (
        "a payment's disputed amount is that of its disputes that are open or lost",
        """
        SELECT order_id, number, disputed_minor, told.amount_minor FROM payments LEFT JOIN (
            SELECT order_id, number, sum(amount_minor) AS amount_minor FROM disputes WHERE state <> 'won'
            GROUP BY order_id, number) AS told USING (order_id, number)
        WHERE disputed_minor <> coalesce(told.amount_minor, 0)
        """,
    ),
    (
        # A dispute of what was given back before is the processor's to open: of a refund, those count that were
        # there before it.
        "captured covers what is refunded and what is disputed, by each refund that was begun after the dispute",
        """
        SELECT order_id, number, refunds.id AS refund_id, captured_minor, refunded_minor, refunding_minor,
            sum(disputes.amount_minor) AS disputed_before
        FROM payments JOIN disputes USING (order_id, number) JOIN operations AS refunds USING (order_id, number)
        WHERE refunds.kind = 'refund' AND refunds.state <> 'failed' AND disputes.state <> 'won'
            AND refunds.id <> ALL (disputes.refunds_before)
        GROUP BY order_id, number, refunds.id
        HAVING sum(disputes.amount_minor) + refunded_minor + refunding_minor > captured_minor
        """,
    ),
    (
        "disputes are posted when they are opened and when they are closed, with their amount, and nothing else is",
        """
        SELECT coalesce(told.reference, posted.reference), told.amount_minor, posted.amount_minor FROM (
            SELECT 'dispute-opened-' || id AS reference, order_id, currency, amount_minor FROM disputes
            UNION ALL SELECT 'dispute-closed-' || id, order_id, currency, -amount_minor FROM disputes
            WHERE state IN ('won', 'lost')) AS told
        FULL JOIN (SELECT reference, order_id, currency, amount_minor FROM ledger_entries
            WHERE account = 'disputes') AS posted USING (reference)
        WHERE (told.order_id, told.currency, told.amount_minor)
            IS DISTINCT FROM (posted.order_id, posted.currency, posted.amount_minor)
        """,
    ),
    (
        "what a dispute that was lost took is a refund, and what one that was won took is back",
        """
        SELECT disputes.id, disputes.state, account, ledger_entries.amount_minor
        FROM disputes JOIN ledger_entries ON reference = 'dispute-closed-' || disputes.id AND account <> 'disputes'
        WHERE account <> CASE disputes.state WHEN 'won' THEN 'cash_at_processor' ELSE 'refunds' END
        """,
    ),
)
