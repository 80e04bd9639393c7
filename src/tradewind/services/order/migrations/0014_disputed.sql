-- What customers have their banks ask back, as the payment service tells it: open disputes, and those that were lost.
ALTER TABLE orders
    ADD COLUMN disputed_minor bigint NOT NULL DEFAULT 0 CHECK (disputed_minor >= 0),
    ADD COLUMN charged_back_minor bigint NOT NULL DEFAULT 0 CHECK (charged_back_minor >= 0);
WITH told AS (
    SELECT order_id, details ->> 'type' AS type, (details -> 'amount' ->> 'amount_minor')::bigint AS amount_minor,
        (details ->> 'won')::boolean AS won
    FROM order_history WHERE details ->> 'type' IN ('payment.dispute_opened', 'payment.dispute_closed')
), summed AS (
    SELECT order_id,
        sum(CASE type WHEN 'payment.dispute_opened' THEN amount_minor ELSE -amount_minor END) AS disputed_minor,
        sum(CASE WHEN type = 'payment.dispute_closed' AND NOT won THEN amount_minor ELSE 0 END) AS lost_minor
    FROM told GROUP BY order_id
)
UPDATE orders SET disputed_minor = greatest(0, summed.disputed_minor), charged_back_minor = summed.lost_minor
FROM summed WHERE orders.order_id = summed.order_id;
UPDATE order_history SET kind = 'dispute'
WHERE details ->> 'type' IN ('payment.dispute_opened', 'payment.dispute_closed');
SET CONSTRAINTS ALL IMMEDIATE;
