-- What is held lapses: it is held anew in time, or let go of. `expiry_due_at` is when to look at it next.
ALTER TABLE payments
    ADD COLUMN captures_once boolean NOT NULL DEFAULT false,    -- the processor's first capture is its last
    ADD COLUMN renewals integer NOT NULL DEFAULT 0,             -- each names its request
    ADD COLUMN renewal_refused boolean NOT NULL DEFAULT false,
    ADD COLUMN expiry_told_at timestamptz,
    ADD COLUMN lapsed_at timestamptz,
    ADD COLUMN release_due_at timestamptz,                      -- while a processor must still let go of the rest
    ADD COLUMN release_tries integer NOT NULL DEFAULT 0,
    ADD COLUMN purchase_due_at timestamptz,                     -- while all of it is to be taken at once
    ADD COLUMN delivered_at timestamptz;                        -- what is paid on delivery: when its last parcel came
CREATE INDEX payments_to_release ON payments (release_due_at) WHERE release_due_at IS NOT NULL;
CREATE INDEX payments_to_purchase ON payments (purchase_due_at) WHERE purchase_due_at IS NOT NULL;
CREATE INDEX payments_to_collect ON payments (delivered_at, id)
    WHERE method = 'cash_on_delivery' AND received_minor < captured_minor - refunded_minor;
ALTER TABLE operations ADD COLUMN asked_minor bigint;  -- null: its amount. Of a processor that captures once, all is taken
UPDATE payments SET expiry_due_at = expires_at - interval '1 day'
WHERE expires_at IS NOT NULL AND expiry_due_at IS NULL AND state = 'authorised' AND void_requested_at IS NULL
    AND captured_minor + capturing_minor + let_go_minor < authorised_minor;
