-- Of transfers whose order was complete before: what arrived and was never captured is owed to the customer.
WITH rest AS (
    SELECT 'let-go-authorise-' || order_id || CASE WHEN number > 1 THEN '-p' || number ELSE '' END
            || '-' || attempt || '-rest' AS reference,
        order_id, currency, received_minor - captured_minor AS rest_minor
    FROM payments
    WHERE method = 'bank_transfer' AND let_go_minor > 0 AND capturing_minor = 0 AND received_minor > captured_minor
)
INSERT INTO ledger_entries (reference, account, order_id, currency, amount_minor, at, processor)
SELECT reference, account, order_id, currency, sign * rest_minor, now(), ''
FROM rest, (VALUES ('customer_receivable', 1), ('cash_in_bank', -1)) AS entry (account, sign);
