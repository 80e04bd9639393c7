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
)
