-- Stock by SKU and warehouse, who holds it, and the ledger that explains every balance.

CREATE TABLE warehouses (
    code        text PRIMARY KEY CONSTRAINT warehouses_code_format CHECK (code ~ '^[A-Z0-9][A-Z0-9_-]{1,15}$'),
    name        text NOT NULL,
    country     text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    priority    integer NOT NULL CHECK (priority BETWEEN 0 AND 1000),  -- lower is allocated from first
    active      boolean NOT NULL,  -- what lies in an inactive one is not for sale
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

-- No index on what a sale changes: its updates stay within the page (HOT).
CREATE TABLE stock (
    sku         text NOT NULL CONSTRAINT stock_sku_length CHECK (length(sku) BETWEEN 1 AND 64),
    warehouse   text NOT NULL REFERENCES warehouses,
    on_hand     integer NOT NULL,
    reserved    integer NOT NULL DEFAULT 0,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (sku, warehouse),
    CONSTRAINT stock_on_hand_range CHECK (on_hand BETWEEN 0 AND 1000000000),
    CONSTRAINT stock_reserved_not_negative CHECK (reserved >= 0),
    CONSTRAINT stock_reserved_on_hand CHECK (reserved <= on_hand)
) WITH (fillfactor = 70);
CREATE INDEX stock_warehouse ON stock (warehouse, sku);

CREATE TABLE stock_movements (
    id             bigint GENERATED ALWAYS AS IDENTITY,
    sku            text NOT NULL,
    warehouse      text NOT NULL,
    kind           text NOT NULL
        CHECK (kind IN ('reserve', 'release', 'ship', 'receive', 'adjust', 'count')),
    on_hand_delta  integer NOT NULL,
    reserved_delta integer NOT NULL,
    reason         text NOT NULL,
    actor          text NOT NULL,
    reference      text NOT NULL,  -- owner, shipment, receipt or stock take
    at             timestamptz NOT NULL,
    PRIMARY KEY (at, id),
    CONSTRAINT stock_movements_kind_deltas CHECK (
        CASE kind
            WHEN 'reserve' THEN on_hand_delta = 0 AND reserved_delta > 0
            WHEN 'release' THEN on_hand_delta = 0 AND reserved_delta < 0
            WHEN 'ship' THEN on_hand_delta < 0 AND reserved_delta = on_hand_delta
            WHEN 'receive' THEN on_hand_delta > 0 AND reserved_delta = 0
            ELSE on_hand_delta <> 0 AND reserved_delta = 0
        END)
);
CREATE INDEX stock_movements_sku ON stock_movements (sku, at, id);
CREATE INDEX stock_movements_warehouse ON stock_movements (warehouse, at, id);
-- Few among the sales, which this index costs nothing.
CREATE INDEX stock_movements_kind ON stock_movements (kind, at, id)
    WHERE kind IN ('receive', 'adjust', 'count');

CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'stock_movements is append-only: correct it with another movement';
END
$$;
CREATE TRIGGER stock_movements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_movements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();

-- A row is also kept for an owner whose stock was short, or who was released before reserving:
-- the answer to an owner never changes.
CREATE TABLE reservations (
    owner_id    uuid PRIMARY KEY,
    state       text NOT NULL CHECK (state IN ('held', 'closed')),
    outcome     text CHECK (outcome IN ('out_of_stock', 'released', 'expired', 'shipped')),
    short       jsonb,
    expires_at  timestamptz,
    created_at  timestamptz NOT NULL,
    closed_at   timestamptz,
    CONSTRAINT reservations_closed CHECK ((state = 'closed') = (outcome IS NOT NULL AND closed_at IS NOT NULL)),
    CONSTRAINT reservations_short CHECK ((short IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'out_of_stock'))
) WITH (fillfactor = 90);
CREATE INDEX reservations_expiring ON reservations (expires_at)
    WHERE state = 'held' AND expires_at IS NOT NULL;
CREATE INDEX reservations_created_at ON reservations (created_at, owner_id);

-- `quantity` is what was reserved and never changes; what is still held is quantity - shipped - released.
-- Without foreign keys to reservations and stock: the one statement that adds rows here writes both of
-- those too, nothing deletes them, and the two checks were a third of what a reservation costs.
-- The invariants allocations_have_their_reservation and open_allocations_are_reserved hold them instead.
CREATE TABLE allocations (
    owner_id    uuid NOT NULL,
    sku         text NOT NULL,
    warehouse   text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    shipped     integer NOT NULL DEFAULT 0 CHECK (shipped >= 0),
    released    integer NOT NULL DEFAULT 0 CHECK (released >= 0),
    PRIMARY KEY (owner_id, sku, warehouse),
    CONSTRAINT allocations_within_quantity CHECK (shipped + released <= quantity)
) WITH (fillfactor = 90);

CREATE TABLE shipments (
    shipment_id uuid PRIMARY KEY,
    owner_id    uuid NOT NULL REFERENCES reservations,
    at          timestamptz NOT NULL
);
CREATE INDEX shipments_owner_id ON shipments (owner_id);

CREATE TABLE shipment_lines (
    shipment_id uuid NOT NULL REFERENCES shipments,
    owner_id    uuid NOT NULL,
    sku         text NOT NULL,
    warehouse   text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (shipment_id, sku, warehouse),
    FOREIGN KEY (owner_id, sku, warehouse) REFERENCES allocations
);

-- A delivery, and a batch of a stock take, are taken in once.
CREATE TABLE receipts (
    reference   text PRIMARY KEY,
    lines       jsonb NOT NULL,
    actor       text NOT NULL,
    at          timestamptz NOT NULL
);

CREATE TABLE stock_counts (
    reference   text NOT NULL,
    digest      bytea NOT NULL,  -- of the batch's lines
    changed     integer NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (reference, digest)
);
