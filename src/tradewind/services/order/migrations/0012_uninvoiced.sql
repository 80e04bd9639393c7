-- Refunds of what was captured and is not sold any more: edits and cancellations took it off the invoice itself.
ALTER TABLE order_refunds ADD COLUMN uninvoiced boolean NOT NULL DEFAULT false;
UPDATE order_refunds r SET uninvoiced = true
WHERE EXISTS (SELECT FROM order_edits e WHERE e.refund_id = r.refund_id AND e.kind = 'edit')
    OR r.reason = 'pieces were cancelled' AND r.lines = '[]';
-- What was given back of cancelled pieces was captured, and so is no longer authorised in vain.
UPDATE orders o SET adjustment_minor = adjustment_minor + c.refunded_minor, spare_minor = spare_minor - c.refunded_minor
FROM (SELECT order_id, sum(refunded_minor)::bigint AS refunded_minor FROM order_cancellations GROUP BY order_id) AS c
WHERE c.order_id = o.order_id AND c.refunded_minor > 0 AND o.spare_minor >= c.refunded_minor;
