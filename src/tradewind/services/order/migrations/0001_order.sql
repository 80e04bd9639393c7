CREATE TABLE carts (
    cart_id          uuid PRIMARY KEY,
    account_id       uuid,                       -- null: a guest's, open to whoever knows its id
    currency         text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    email            text,
    shipping_address jsonb,
    billing_address  jsonb,
    shipping_method  text,
    discount_code    text,
    state            text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'ordered', 'merged')),
    version          integer NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);
CREATE UNIQUE INDEX carts_one_open_an_account ON carts (account_id) WHERE state = 'open' AND account_id IS NOT NULL;

CREATE TABLE cart_lines (
    cart_id  uuid NOT NULL REFERENCES carts ON DELETE CASCADE,
    sku      text NOT NULL,
    quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 10000),
    added_at timestamptz NOT NULL,
    PRIMARY KEY (cart_id, sku)
);

CREATE TABLE shipping_methods (
    code       text PRIMARY KEY,
    name       text NOT NULL,
    countries  text[] NOT NULL,                  -- empty: everywhere
    prices     jsonb NOT NULL,                   -- {"EUR": {"price_minor": 490, "free_from_minor": 7500}}
    days_min   integer NOT NULL CHECK (days_min >= 0),
    days_max   integer NOT NULL CHECK (days_max >= days_min),
    position   integer NOT NULL DEFAULT 0,
    active     boolean NOT NULL DEFAULT true
);

CREATE TABLE tax_rates (
    country      text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    tax_class    text NOT NULL,
    basis_points integer NOT NULL CHECK (basis_points BETWEEN 0 AND 10000),
    PRIMARY KEY (country, tax_class)
);

CREATE TABLE discounts (
    code          text PRIMARY KEY CHECK (code = upper(code)),
    kind          text NOT NULL CHECK (kind IN ('percentage', 'amount', 'free_shipping')),
    basis_points  integer CHECK (basis_points BETWEEN 1 AND 10000),
    amount_minor  bigint CHECK (amount_minor > 0),
    currency      text,
    minimum_minor bigint NOT NULL DEFAULT 0 CHECK (minimum_minor >= 0),
    most_uses     integer CHECK (most_uses > 0),
    uses          integer NOT NULL DEFAULT 0 CHECK (uses >= 0),
    starts_at     timestamptz,
    ends_at       timestamptz,
    active        boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL,
    CHECK (most_uses IS NULL OR uses <= most_uses),
    CHECK ((kind = 'percentage') = (basis_points IS NOT NULL)),
    CHECK ((kind = 'amount') = (amount_minor IS NOT NULL AND currency IS NOT NULL))
);

CREATE SEQUENCE order_numbers START 100001;

CREATE TABLE orders (
    order_id          uuid PRIMARY KEY,
    number            text NOT NULL UNIQUE,
    cart_id           uuid UNIQUE,               -- one order a cart; null once the cart was given back
    account_id        uuid,
    email             text NOT NULL,
    state             text NOT NULL,
    currency          text NOT NULL,
    subtotal_minor    bigint NOT NULL CHECK (subtotal_minor >= 0),
    discount_minor    bigint NOT NULL CHECK (discount_minor >= 0),
    shipping_minor    bigint NOT NULL CHECK (shipping_minor >= 0),
    tax_minor         bigint NOT NULL CHECK (tax_minor >= 0),
    total_minor       bigint NOT NULL CHECK (total_minor = subtotal_minor - discount_minor + shipping_minor),
    captured_minor    bigint NOT NULL DEFAULT 0 CHECK (captured_minor BETWEEN 0 AND total_minor),
    refunded_minor    bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND captured_minor),
    shipping_address  jsonb NOT NULL,
    billing_address   jsonb NOT NULL,
    shipping_method   text NOT NULL,
    discount_code     text,
    payment_attempt   integer NOT NULL DEFAULT 1 CHECK (payment_attempt BETWEEN 1 AND 20),
    sealed_card_token bytea,                     -- while an authorisation may have to be repeated, no longer
    return_url        text,
    action_url        text,                      -- where the shopper confirms the payment
    reason            text,                      -- why it failed or was cancelled
    open_fulfilments  integer NOT NULL DEFAULT 0 CHECK (open_fulfilments >= 0),
    resume_at         timestamptz,               -- when the job drives it on, if nobody did before
    decide_by         timestamptz NOT NULL,      -- unpaid by then, it is cancelled
    version           integer NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    placed_at         timestamptz
);
CREATE INDEX orders_account ON orders (account_id, order_id DESC) WHERE account_id IS NOT NULL;
CREATE INDEX orders_state ON orders (state, order_id DESC);
CREATE INDEX orders_email ON orders (lower(email), order_id DESC);
CREATE INDEX orders_resume ON orders (resume_at) WHERE resume_at IS NOT NULL;

CREATE TABLE order_lines (
    order_id           uuid NOT NULL REFERENCES orders,
    line               integer NOT NULL,
    sku                text NOT NULL,
    product_id         uuid NOT NULL,
    title              text NOT NULL,
    options            jsonb NOT NULL,
    image_url          text,
    quantity           integer NOT NULL CHECK (quantity > 0),
    unit_price_minor   bigint NOT NULL CHECK (unit_price_minor >= 0),
    discount_minor     bigint NOT NULL CHECK (discount_minor >= 0),
    total_minor        bigint NOT NULL CHECK (total_minor = quantity * unit_price_minor - discount_minor),
    tax_basis_points   integer NOT NULL,
    tax_minor          bigint NOT NULL CHECK (tax_minor BETWEEN 0 AND total_minor),
    fulfilled_quantity integer NOT NULL DEFAULT 0 CHECK (fulfilled_quantity BETWEEN 0 AND quantity),
    PRIMARY KEY (order_id, line),
    UNIQUE (order_id, sku)
);

CREATE TABLE order_history (
    order_id   uuid NOT NULL REFERENCES orders,
    sequence   integer NOT NULL,                 -- the order's version after it
    kind       text NOT NULL,                    -- state | payment | fulfilment | note
    from_state text,
    to_state   text NOT NULL,
    reason     text,
    actor      text NOT NULL,
    details    jsonb,
    at         timestamptz NOT NULL,
    PRIMARY KEY (order_id, sequence)
);

CREATE TABLE fulfilments (
    fulfilment_id   uuid PRIMARY KEY,
    order_id        uuid NOT NULL REFERENCES orders,
    state           text NOT NULL CHECK (state IN ('requested', 'shipped', 'failed')),
    lines           jsonb NOT NULL,              -- [{"sku": ..., "quantity": ...}]
    capture_minor   bigint NOT NULL CHECK (capture_minor >= 0),
    with_shipping   boolean NOT NULL,            -- what is captured with it includes the order's shipping
    carrier         text NOT NULL,
    tracking_number text NOT NULL,
    reason          text,
    resume_at       timestamptz,
    created_at      timestamptz NOT NULL,
    shipped_at      timestamptz
);
CREATE INDEX fulfilments_order ON fulfilments (order_id);
CREATE INDEX fulfilments_resume ON fulfilments (resume_at) WHERE resume_at IS NOT NULL;

CREATE TABLE discount_uses (
    code     text NOT NULL REFERENCES discounts,
    order_id uuid PRIMARY KEY REFERENCES orders,
    used_at  timestamptz NOT NULL
);
CREATE INDEX discount_uses_code ON discount_uses (code);
