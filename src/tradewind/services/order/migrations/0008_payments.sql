-- Payments of an order are numbered; so many numbers were given so far.
ALTER TABLE orders ADD COLUMN payments integer NOT NULL DEFAULT 1 CHECK (payments BETWEEN 1 AND 100);
ALTER TABLE orders ADD COLUMN payment_method text NOT NULL DEFAULT 'card';  -- of the main one

-- What is paid after the order was placed, because it became dearer. Asked for here before it is asked of the
-- payment service, so that whoever hears of the outcome first counts it, once.
CREATE TABLE order_payments (
    order_id     uuid NOT NULL REFERENCES orders,
    number       integer NOT NULL CHECK (number > 1),
    state        text NOT NULL CHECK (state IN ('asked', 'authorised', 'failed')),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    sealed_plan  bytea,                          -- while it may have to be asked again
    return_url   text,
    action_url   text,
    failure      text,
    actor        text NOT NULL,
    resume_at    timestamptz,
    created_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    PRIMARY KEY (order_id, number),
    CHECK ((state = 'asked') = (resume_at IS NOT NULL)),
    CHECK (sealed_plan IS NULL OR state = 'asked')
);
CREATE INDEX order_payments_resume ON order_payments (resume_at) WHERE resume_at IS NOT NULL;
CREATE UNIQUE INDEX one_payment_asked ON order_payments (order_id) WHERE state = 'asked';
