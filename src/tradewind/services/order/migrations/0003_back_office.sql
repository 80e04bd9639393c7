ALTER TABLE orders ADD COLUMN card_network text NOT NULL DEFAULT '';  -- of the card that it was placed with
ALTER TABLE orders ADD COLUMN card_last4 text NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN refunding_minor bigint NOT NULL DEFAULT 0 CHECK (refunding_minor >= 0);  -- asked for
CREATE INDEX orders_created ON orders USING brin (created_at);

ALTER TABLE order_lines ADD COLUMN refunded_quantity integer NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD CHECK (refunded_quantity BETWEEN 0 AND quantity);

CREATE TABLE order_refunds (
    refund_id    uuid PRIMARY KEY,               -- the payment service's as well
    order_id     uuid NOT NULL REFERENCES orders,
    state        text NOT NULL CHECK (state IN ('requested', 'succeeded', 'failed')),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    lines        jsonb NOT NULL,                 -- [{"sku": ..., "quantity": ...}]: what was sent back, or never sent
    reason       text NOT NULL,
    actor        text NOT NULL,
    failure      text,
    resume_at    timestamptz,
    created_at   timestamptz NOT NULL,
    finished_at  timestamptz
);
CREATE INDEX order_refunds_order ON order_refunds (order_id);
CREATE INDEX order_refunds_resume ON order_refunds (resume_at) WHERE resume_at IS NOT NULL;
INSERT INTO order_refunds (refund_id, order_id, state, amount_minor, lines, reason, actor, created_at, finished_at)
SELECT (details ->> 'refund_id')::uuid, order_id, 'succeeded', (details -> 'amount' ->> 'amount_minor')::bigint,
    '[]', '', actor, at, at
FROM order_history WHERE kind = 'payment' AND details ? 'refund_id';

-- What an order is found by, beside it: written once, while the order's own row changes often.
CREATE TABLE order_words (
    order_id uuid PRIMARY KEY REFERENCES orders,
    words    tsvector NOT NULL
);
CREATE INDEX order_words_words ON order_words USING gin (words);
INSERT INTO order_words (order_id, words)
SELECT o.order_id, array_to_tsvector(array_remove(
    ARRAY[regexp_replace(o.number, '\D', '', 'g'), split_part(lower(o.email), '@', 2)]
    || regexp_split_to_array(lower(concat_ws(' ', o.number, o.email,
        o.billing_address ->> 'name', o.billing_address ->> 'company',
        o.shipping_address ->> 'name', o.shipping_address ->> 'company',
        (SELECT string_agg(l.sku, ' ') FROM order_lines l WHERE l.order_id = o.order_id))), '\s+'), ''))
FROM orders o;
