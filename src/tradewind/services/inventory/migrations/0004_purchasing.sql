-- Suppliers, what they sell us at which price, purchase orders and what came of them.

CREATE TABLE suppliers (
    code            text PRIMARY KEY CONSTRAINT suppliers_code_format CHECK (code ~ '^[A-Z0-9][A-Z0-9_-]{1,15}$'),
    name            text NOT NULL,
    currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    lead_time_days  integer NOT NULL CHECK (lead_time_days BETWEEN 0 AND 730),
    over_basis_points  integer NOT NULL CHECK (over_basis_points BETWEEN 0 AND 10000),  -- above the order, accepted
    contacts        jsonb NOT NULL,
    note            text NOT NULL,
    active          boolean NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
);

CREATE TABLE supplier_parts (
    supplier        text NOT NULL REFERENCES suppliers,
    sku             text NOT NULL,
    supplier_sku    text NOT NULL,
    pack_size       integer NOT NULL CHECK (pack_size > 0),
    minimum_packs   integer NOT NULL CHECK (minimum_packs > 0),
    rank            integer NOT NULL CHECK (rank BETWEEN 1 AND 1000),  -- lower is preferred
    lead_time_days  integer CHECK (lead_time_days BETWEEN 0 AND 730),  -- NULL: the supplier's
    weight_grams    integer CHECK (weight_grams >= 0),  -- of a piece
    prices          jsonb NOT NULL,  -- [{packs, pack_price_minor}], rising
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (sku, supplier)
);
CREATE INDEX supplier_parts_supplier ON supplier_parts (supplier, sku);

CREATE TABLE purchase_orders (
    purchase_order_id  uuid PRIMARY KEY,
    number             text NOT NULL UNIQUE,
    supplier           text NOT NULL REFERENCES suppliers,
    warehouse          text NOT NULL REFERENCES warehouses,
    currency           text NOT NULL,
    state              text NOT NULL
        CHECK (state IN ('draft', 'placed', 'partly_received', 'received', 'closed', 'cancelled')),
    version            integer NOT NULL,
    expected_on        date NOT NULL,
    promised_on        date,  -- what was expected when it was placed
    supplier_reference text NOT NULL,
    note               text NOT NULL,
    created_by         text NOT NULL,
    created_at         timestamptz NOT NULL,
    placed_at          timestamptz,
    completed_at       timestamptz,  -- of the receipt that brought the last piece
    updated_at         timestamptz NOT NULL
);
CREATE INDEX purchase_orders_created_at ON purchase_orders (created_at, purchase_order_id);
CREATE INDEX purchase_orders_supplier ON purchase_orders (supplier, created_at, purchase_order_id);

-- `quantity` in pieces. `most` is what may come in with the supplier's tolerance. What was refused at the door is
-- still owed; what came damaged was taken in, and is not.
CREATE TABLE purchase_order_lines (
    purchase_order_id  uuid NOT NULL REFERENCES purchase_orders,
    sku                text NOT NULL,
    supplier_sku       text NOT NULL,
    packs              integer NOT NULL CHECK (packs > 0),
    pack_size          integer NOT NULL CHECK (pack_size > 0),
    pack_price_minor   bigint NOT NULL CHECK (pack_price_minor >= 0),
    weight_grams       integer,
    quantity           integer NOT NULL,
    most               integer NOT NULL,
    received           integer NOT NULL DEFAULT 0 CHECK (received >= 0),
    damaged            integer NOT NULL DEFAULT 0 CHECK (damaged >= 0),
    refused            integer NOT NULL DEFAULT 0 CHECK (refused >= 0),
    PRIMARY KEY (purchase_order_id, sku),
    CONSTRAINT purchase_order_lines_quantity CHECK (quantity = packs * pack_size AND most >= quantity),
    CONSTRAINT purchase_order_lines_within_most CHECK (received + damaged <= most)
);
CREATE INDEX purchase_order_lines_sku ON purchase_order_lines (sku);

CREATE TABLE purchase_receipts (
    purchase_order_id  uuid NOT NULL REFERENCES purchase_orders,
    reference          text NOT NULL,
    sent               jsonb NOT NULL,  -- as it was asked for: a repeat must be the same
    costs_minor        bigint NOT NULL CHECK (costs_minor >= 0),
    actor              text NOT NULL,
    at                 timestamptz NOT NULL,
    PRIMARY KEY (purchase_order_id, reference)
);

-- What each piece cost: goods by the order's price, and its share of the delivery's costs.
CREATE TABLE purchase_receipt_lines (
    purchase_order_id  uuid NOT NULL,
    reference          text NOT NULL,
    sku                text NOT NULL,
    outstanding        integer NOT NULL,  -- before it
    received           integer NOT NULL CHECK (received >= 0),
    damaged            integer NOT NULL CHECK (damaged >= 0),
    refused            integer NOT NULL CHECK (refused >= 0),
    goods_minor        bigint NOT NULL,
    costs_minor        bigint NOT NULL,
    currency           text NOT NULL,
    at                 timestamptz NOT NULL,
    PRIMARY KEY (purchase_order_id, reference, sku),
    FOREIGN KEY (purchase_order_id, reference) REFERENCES purchase_receipts,
    FOREIGN KEY (purchase_order_id, sku) REFERENCES purchase_order_lines
);
CREATE INDEX purchase_receipt_lines_sku ON purchase_receipt_lines (sku, at);

-- The moving average of what is on hand.
CREATE TABLE sku_costs (
    sku            text NOT NULL,
    currency       text NOT NULL,
    average_minor  numeric(24, 6) NOT NULL,
    last_minor     numeric(24, 6) NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (sku, currency)
);
