-- What is given back of a payment on delivery before the carrier brought it, the carrier owes less; what is given back
-- after that leaves the bank. `uncollected_minor` is the first of the two.
ALTER TABLE payments ADD COLUMN uncollected_minor bigint NOT NULL DEFAULT 0 CHECK (uncollected_minor >= 0);
UPDATE payments SET uncollected_minor = least(posted.amount_minor, captured_minor - received_minor)
FROM (SELECT operations.order_id, operations.number, -sum(entry.amount_minor)::bigint AS amount_minor
    FROM ledger_entries AS entry JOIN operations ON entry.reference = 'refund-' || operations.id
    WHERE entry.account = 'cash_on_delivery' GROUP BY operations.order_id, operations.number) AS posted
WHERE payments.order_id = posted.order_id AND payments.number = posted.number;
ALTER TABLE payments ADD CONSTRAINT collected_within_captured CHECK (
    method <> 'cash_on_delivery' OR received_minor + uncollected_minor <= captured_minor);
DROP INDEX payments_to_collect;
CREATE INDEX payments_to_collect ON payments (delivered_at, id)
    WHERE method = 'cash_on_delivery' AND received_minor < captured_minor - uncollected_minor;
