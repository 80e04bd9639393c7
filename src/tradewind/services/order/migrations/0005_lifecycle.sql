-- Where an order comes from, and what stops it for a while.
ALTER TABLE orders ADD COLUMN origin text NOT NULL DEFAULT 'checkout'
    CHECK (origin IN ('checkout', 'draft', 'import', 'reissue', 'exchange'));
ALTER TABLE orders ADD COLUMN origin_order_id uuid REFERENCES orders;  -- of a reissue or an exchange
ALTER TABLE orders ADD COLUMN source text;                             -- of an import: the system it comes from
ALTER TABLE orders ADD COLUMN external_id text;                        -- and what it is called there
ALTER TABLE orders ADD CHECK ((source IS NULL) = (external_id IS NULL) AND (source IS NOT NULL) = (origin = 'import'));
CREATE UNIQUE INDEX orders_external ON orders (source, external_id) WHERE source IS NOT NULL;
CREATE INDEX orders_origin_order ON orders (origin_order_id) WHERE origin_order_id IS NOT NULL;
ALTER TABLE orders ADD COLUMN held_at timestamptz;
ALTER TABLE orders ADD COLUMN hold_reason text;
ALTER TABLE orders ADD CHECK ((held_at IS NULL) = (hold_reason IS NULL));
CREATE INDEX orders_held ON orders (order_id) WHERE held_at IS NOT NULL;
ALTER TABLE orders ADD CONSTRAINT orders_state_check CHECK (state IN ('draft', 'pending', 'action_required',
    'payment_failed', 'placed', 'partially_fulfilled', 'fulfilled', 'partially_returned', 'returned', 'cancelled',
    'expired'));

-- What of the total is never to be had, because pieces were cancelled: what is sold is total - cancelled.
ALTER TABLE orders ADD COLUMN cancelled_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE orders ADD CHECK (cancelled_minor BETWEEN 0 AND total_minor);

ALTER TABLE order_lines ADD COLUMN kind text NOT NULL DEFAULT 'product' CHECK (kind IN ('product', 'custom'));
ALTER TABLE order_lines ALTER COLUMN product_id DROP NOT NULL;  -- none: a custom line, or an import's unknown SKU
ALTER TABLE order_lines ADD CHECK (kind = 'product' OR product_id IS NULL);
ALTER TABLE order_lines ADD COLUMN cancelled_quantity integer NOT NULL DEFAULT 0 CHECK (cancelled_quantity >= 0);
ALTER TABLE order_lines ADD CHECK (fulfilled_quantity + cancelled_quantity <= quantity);
ALTER TABLE order_lines ADD COLUMN charged_minor bigint NOT NULL DEFAULT 0;  -- by the parcels that hold its pieces
ALTER TABLE order_lines ADD CHECK (charged_minor >= 0);
UPDATE order_lines SET charged_minor = total_minor * fulfilled_quantity / quantity WHERE fulfilled_quantity > 0;

ALTER TABLE fulfilments DROP CONSTRAINT fulfilments_state_check;
UPDATE fulfilments SET state = 'shipping' WHERE state = 'requested';
ALTER TABLE fulfilments ADD CONSTRAINT fulfilments_state_check
    CHECK (state IN ('requested', 'packed', 'shipping', 'shipped', 'delivered', 'failed', 'cancelled'));
ALTER TABLE fulfilments ADD COLUMN shares jsonb NOT NULL DEFAULT '{}';  -- of its lines' totals: {"SKU": minor units}
ALTER TABLE fulfilments ADD COLUMN packed_at timestamptz;

-- Pieces that staff or the customer cancelled of an order whose other pieces are shipped.
CREATE TABLE order_cancellations (
    cancellation_id uuid PRIMARY KEY,            -- the inventory service's change as well
    order_id        uuid NOT NULL REFERENCES orders,
    state           text NOT NULL CHECK (state IN ('requested', 'done')),
    lines           jsonb NOT NULL,              -- [{"sku": ..., "quantity": ...}]
    amount_minor    bigint NOT NULL CHECK (amount_minor >= 0),
    refunded_minor  bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),  -- asked for, because it was captured
    reason          text NOT NULL,
    actor           text NOT NULL,
    resume_at       timestamptz,
    created_at      timestamptz NOT NULL,
    finished_at     timestamptz
);
CREATE INDEX order_cancellations_order ON order_cancellations (order_id);
CREATE INDEX order_cancellations_resume ON order_cancellations (resume_at) WHERE resume_at IS NOT NULL;

-- What staff asked for, beside the order that it was priced to.
CREATE TABLE order_drafts (
    order_id    uuid PRIMARY KEY REFERENCES orders,
    terms       jsonb NOT NULL,                  -- as the API takes them
    reserved_at timestamptz,                     -- its stock was held before it is paid: its lines stay
    message     text NOT NULL DEFAULT ''         -- to the customer, with the payment link
);
ALTER TABLE orders ADD COLUMN sent_at timestamptz;  -- of a draft: from then on its customer sees it

CREATE TABLE order_imports (
    import_id  uuid PRIMARY KEY,
    source     text NOT NULL,
    state      text NOT NULL CHECK (state IN ('running', 'finished')),
    received   integer NOT NULL DEFAULT 0 CHECK (received >= 0),
    created    integer NOT NULL DEFAULT 0 CHECK (created >= 0),
    known      integer NOT NULL DEFAULT 0 CHECK (known >= 0),
    refused    integer NOT NULL DEFAULT 0 CHECK (refused >= 0),
    actor      text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK (created + known + refused <= received)
);
CREATE TABLE order_import_errors (
    import_id   uuid NOT NULL REFERENCES order_imports,
    row         integer NOT NULL,                -- counted from 1 over all batches
    field       text NOT NULL,
    external_id text NOT NULL,
    code        text NOT NULL,
    message     text NOT NULL,
    PRIMARY KEY (import_id, row, field)
);

-- An account has one active cart (open), and others kept for later (saved).
ALTER TABLE carts DROP CONSTRAINT carts_state_check;
ALTER TABLE carts ADD CONSTRAINT carts_state_check
    CHECK (state IN ('open', 'saved', 'ordered', 'merged', 'discarded', 'expired'));
ALTER TABLE carts ADD COLUMN name text NOT NULL DEFAULT '';
ALTER TABLE carts ADD CHECK (state <> 'saved' OR account_id IS NOT NULL);
CREATE INDEX carts_account ON carts (account_id, updated_at DESC) WHERE state IN ('open', 'saved');
CREATE INDEX carts_untouched ON carts (updated_at) WHERE state IN ('open', 'saved');
