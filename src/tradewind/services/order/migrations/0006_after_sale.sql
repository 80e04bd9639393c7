-- At most the total and adjustment_minor is captured: more where an edit made the order smaller after money was
-- captured (it is given back by a refund), less by credited_minor where returned pieces pay for those that they are
-- exchanged for. Of the total, less what was cancelled, what is authorised covers all but due_minor.
ALTER TABLE orders ADD COLUMN adjustment_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN credited_minor bigint NOT NULL DEFAULT 0 CHECK (credited_minor >= 0);
ALTER TABLE fulfilments ADD COLUMN credited_minor bigint NOT NULL DEFAULT 0 CHECK (credited_minor >= 0);  -- of it
ALTER TABLE orders ADD COLUMN due_minor bigint NOT NULL DEFAULT 0 CHECK (due_minor >= 0);      -- still to be paid
ALTER TABLE orders ADD COLUMN spare_minor bigint NOT NULL DEFAULT 0 CHECK (spare_minor >= 0);  -- authorised in vain
ALTER TABLE orders ADD COLUMN amending_id uuid;  -- the edit whose stock is being changed: nothing is shipped meanwhile

DO $$
DECLARE old text;
BEGIN
    SELECT conname INTO old FROM pg_constraint
    WHERE conrelid = 'orders'::regclass AND contype = 'c'
      AND pg_get_constraintdef(oid) LIKE '%captured_minor%total_minor%'
      AND pg_get_constraintdef(oid) NOT LIKE '%refunded_minor%';
    IF old IS NOT NULL THEN
        EXECUTE format('ALTER TABLE orders DROP CONSTRAINT %I', old);
    END IF;
END $$;
ALTER TABLE orders ADD CONSTRAINT orders_captured_within
    CHECK (captured_minor BETWEEN 0 AND total_minor + adjustment_minor);

ALTER TABLE order_lines
    ADD COLUMN returning_quantity integer NOT NULL DEFAULT 0,  -- asked to be returned, and not here yet
    ADD COLUMN returned_quantity integer NOT NULL DEFAULT 0,
    ADD COLUMN awaited_quantity integer NOT NULL DEFAULT 0,    -- not sent before what they are exchanged for is here
    ADD COLUMN unpaid_quantity integer NOT NULL DEFAULT 0;     -- not sent while the order has something due
ALTER TABLE order_lines
    ADD CONSTRAINT order_lines_returned CHECK (
        returning_quantity >= 0 AND returned_quantity >= 0
        AND returning_quantity + returned_quantity <= fulfilled_quantity),
    ADD CONSTRAINT order_lines_kept_back CHECK (
        awaited_quantity BETWEEN 0 AND quantity AND unpaid_quantity BETWEEN 0 AND quantity);

CREATE TABLE order_returns (
    return_id   uuid PRIMARY KEY,
    order_id    uuid NOT NULL REFERENCES orders,
    number      integer NOT NULL CHECK (number > 0),  -- counts an order's returns
    state       text NOT NULL CHECK (state IN (
        'requested', 'approved', 'refused', 'partially_received', 'received', 'refunded', 'closed', 'cancelled')),
    note        text NOT NULL,
    by_customer boolean NOT NULL,
    actor       text NOT NULL,
    decision    text,                        -- what was said when it was approved, refused, closed or cancelled
    carrier     text NOT NULL DEFAULT '',
    label       text NOT NULL DEFAULT '',    -- the label's reference, or where it is found
    inspection  text,                        -- what whoever opened the parcel found
    refund_id   uuid,                        -- the refund that is under way or succeeded
    fee_minor   bigint NOT NULL DEFAULT 0 CHECK (fee_minor >= 0),            -- kept of what the pieces cost
    shipping_minor bigint NOT NULL DEFAULT 0 CHECK (shipping_minor >= 0),    -- given back of the order's shipping
    edit_id     uuid,                        -- the exchange that it belongs to
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    UNIQUE (order_id, number)
);
CREATE INDEX order_returns_state ON order_returns (state, return_id DESC);
CREATE INDEX order_returns_refund ON order_returns (refund_id) WHERE refund_id IS NOT NULL;

CREATE TABLE order_return_lines (
    return_id       uuid NOT NULL REFERENCES order_returns,
    sku             text NOT NULL,
    quantity        integer NOT NULL CHECK (quantity > 0),
    reason          text NOT NULL,
    note            text NOT NULL,
    restock         integer NOT NULL DEFAULT 0 CHECK (restock >= 0),
    damaged         integer NOT NULL DEFAULT 0 CHECK (damaged >= 0),
    quality_control integer NOT NULL DEFAULT 0 CHECK (quality_control >= 0),
    written_off     integer NOT NULL DEFAULT 0 CHECK (written_off >= 0),
    PRIMARY KEY (return_id, sku),
    CHECK (restock + damaged + quality_control + written_off <= quantity)
);

-- A parcel of a return that was opened: its pieces are taken back into stock under this id.
CREATE TABLE order_return_receipts (
    receipt_id  uuid PRIMARY KEY,
    return_id   uuid NOT NULL REFERENCES order_returns,
    order_id    uuid NOT NULL REFERENCES orders,
    state       text NOT NULL CHECK (state IN ('requested', 'taken', 'failed')),
    pieces      jsonb NOT NULL,              -- [{"sku", "quantity", "warehouse", "condition"}]
    note        text NOT NULL,
    actor       text NOT NULL,
    failure     text,
    resume_at   timestamptz,
    created_at  timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX order_return_receipts_return ON order_return_receipts (return_id);
CREATE INDEX order_return_receipts_resume ON order_return_receipts (resume_at) WHERE resume_at IS NOT NULL;

-- A proposal to change an order; an exchange is one whose new pieces are paid with those that come back.
CREATE TABLE order_edits (
    edit_id      uuid PRIMARY KEY,
    order_id     uuid NOT NULL REFERENCES orders,
    kind         text NOT NULL CHECK (kind IN ('edit', 'exchange')),
    state        text NOT NULL CHECK (state IN (
        'begun', 'requested', 'confirming', 'confirmed', 'refused', 'cancelled')),
    wanted       jsonb NOT NULL,             -- what is to change, as it was asked for
    preview      jsonb NOT NULL,             -- what that comes to
    reason       text NOT NULL,
    actor        text NOT NULL,
    failure      text,                       -- why it could not be confirmed, the last time
    attempt      integer NOT NULL DEFAULT 0, -- of confirming it: stock is asked for under another id each time
    due_minor    bigint NOT NULL DEFAULT 0,
    refund_id    uuid,
    return_id    uuid REFERENCES order_returns,
    resume_at    timestamptz,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    confirmed_at timestamptz
);
CREATE UNIQUE INDEX order_edits_one_open ON order_edits (order_id)
    WHERE state IN ('begun', 'requested', 'confirming');
CREATE INDEX order_edits_order ON order_edits (order_id);
CREATE INDEX order_edits_resume ON order_edits (resume_at) WHERE resume_at IS NOT NULL;

CREATE TABLE order_claims (
    claim_id        uuid PRIMARY KEY,        -- a replacement's stock is held under it
    order_id        uuid NOT NULL REFERENCES orders,
    number          integer NOT NULL CHECK (number > 0),
    kind            text NOT NULL CHECK (kind IN ('damaged', 'missing', 'wrong_item', 'other')),
    state           text NOT NULL CHECK (state IN (
        'requested', 'accepted', 'reserved', 'shipping', 'settled', 'refused', 'cancelled')),
    lines           jsonb NOT NULL,
    evidence        jsonb NOT NULL,          -- ["https://...", ...]
    note            text NOT NULL,
    by_customer     boolean NOT NULL,
    actor           text NOT NULL,
    outcome         text CHECK (outcome IN ('refund', 'replacement', 'refusal')),
    decision        text,                    -- what was said with it
    refund_id       uuid,
    replacement     jsonb NOT NULL DEFAULT '[]',
    attempt         integer NOT NULL DEFAULT 0, -- of doing what was decided
    carrier         text NOT NULL DEFAULT '',
    tracking_number text NOT NULL DEFAULT '',
    failure         text,
    resume_at       timestamptz,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    UNIQUE (order_id, number)
);
CREATE INDEX order_claims_state ON order_claims (state, claim_id DESC);
CREATE INDEX order_claims_resume ON order_claims (resume_at) WHERE resume_at IS NOT NULL;
CREATE INDEX order_claims_refund ON order_claims (refund_id) WHERE refund_id IS NOT NULL;

-- What returned pieces were worth as payment for those they were exchanged for moves no money.
ALTER TABLE order_refunds ADD COLUMN credited_minor bigint NOT NULL DEFAULT 0 CHECK (credited_minor >= 0);
ALTER TABLE order_refunds DROP CONSTRAINT order_refunds_state_check;
ALTER TABLE order_refunds ADD CONSTRAINT order_refunds_state_check
    CHECK (state IN ('requested', 'succeeded', 'failed', 'credited'));
ALTER TABLE order_refunds DROP CONSTRAINT order_refunds_amount_minor_check;
ALTER TABLE order_refunds ADD CONSTRAINT order_refunds_amount_minor_check
    CHECK (amount_minor > 0 OR (amount_minor = 0 AND state = 'credited' AND credited_minor > 0));
