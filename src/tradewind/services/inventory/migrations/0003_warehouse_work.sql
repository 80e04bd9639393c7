-- Work in warehouses: zones and bins, put-away, picking, transfers, counts, adjustments that wait for a second
-- person, thresholds and files.

-- What people call a document by: PO-1001, TR-1002.
CREATE TABLE document_numbers (
    prefix  text PRIMARY KEY,
    last    bigint NOT NULL
);

-- Every move of a purchase order, transfer, count or pick list: written by the statement that moves it.
CREATE TABLE document_history (
    document_id  uuid NOT NULL,
    sequence     integer NOT NULL,
    from_state   text,
    to_state     text NOT NULL,
    reason       text NOT NULL,
    actor        text NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (document_id, sequence)
);

CREATE TABLE zones (
    warehouse   text NOT NULL REFERENCES warehouses,
    code        text NOT NULL CONSTRAINT zones_code_format CHECK (code ~ '^[A-Z0-9][A-Z0-9_-]{0,15}$'),
    name        text NOT NULL,
    position    integer NOT NULL CHECK (position BETWEEN 0 AND 100000),  -- the path of a picker
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (warehouse, code)
);

CREATE TABLE bins (
    warehouse   text NOT NULL,
    code        text NOT NULL CONSTRAINT bins_code_format CHECK (code ~ '^[A-Z0-9][A-Z0-9._-]{0,31}$'),
    zone        text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('pick', 'bulk', 'receiving', 'packing', 'quarantine')),
    position    integer NOT NULL CHECK (position BETWEEN 0 AND 100000),
    capacity    integer CHECK (capacity > 0),  -- pieces
    active      boolean NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (warehouse, code),
    FOREIGN KEY (warehouse, zone) REFERENCES zones
);

-- What is on hand and in no bin is unplaced. Locks: the stock's row first, then its bins.
CREATE TABLE bin_stock (
    warehouse   text NOT NULL,
    sku         text NOT NULL,
    bin         text NOT NULL,
    quantity    integer NOT NULL CONSTRAINT bin_stock_not_negative CHECK (quantity >= 0),
    PRIMARY KEY (warehouse, sku, bin),
    FOREIGN KEY (sku, warehouse) REFERENCES stock,
    FOREIGN KEY (warehouse, bin) REFERENCES bins
);
CREATE INDEX bin_stock_bin ON bin_stock (warehouse, bin);

CREATE TABLE bin_movements (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    warehouse  text NOT NULL,
    sku        text NOT NULL,
    bin        text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('place', 'move', 'pick', 'leave')),
    delta      integer NOT NULL CHECK (delta <> 0),
    actor      text NOT NULL,
    reference  text NOT NULL,
    at         timestamptz NOT NULL
);
CREATE INDEX bin_movements_place ON bin_movements (warehouse, sku, id);

-- Pieces that leave without having been picked (a counter sale, a loss) leave the bins along the picker's path, so
-- that the bins never hold more than the warehouse. The hot path pays nothing: a reservation lowers nothing.
CREATE FUNCTION leave_bins() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    excess bigint;
BEGIN
    SELECT sum(quantity) - NEW.on_hand INTO excess FROM bin_stock
    WHERE warehouse = NEW.warehouse AND sku = NEW.sku;
    IF excess IS NULL OR excess <= 0 THEN
        RETURN NULL;
    END IF;
    WITH ranked AS (
        SELECT bin_stock.bin, bin_stock.quantity,
            sum(bin_stock.quantity) OVER (ORDER BY zones.position, zones.code, bins.position, bins.code)
                - bin_stock.quantity AS before
        FROM bin_stock
        JOIN bins ON bins.warehouse = bin_stock.warehouse AND bins.code = bin_stock.bin
        JOIN zones ON zones.warehouse = bins.warehouse AND zones.code = bins.zone
        WHERE bin_stock.warehouse = NEW.warehouse AND bin_stock.sku = NEW.sku AND bin_stock.quantity > 0
    ), taken AS (
        UPDATE bin_stock SET quantity = bin_stock.quantity - least(ranked.quantity, excess - before)::integer
        FROM ranked
        WHERE bin_stock.warehouse = NEW.warehouse AND bin_stock.sku = NEW.sku AND bin_stock.bin = ranked.bin
            AND before < excess
        RETURNING bin_stock.bin, least(ranked.quantity, excess - before)::integer AS quantity
    )
    INSERT INTO bin_movements (warehouse, sku, bin, kind, delta, actor, reference, at)
    SELECT NEW.warehouse, NEW.sku, bin, 'leave', -quantity, 'service', '', NEW.updated_at FROM taken;
    RETURN NULL;
END
$$;
CREATE TRIGGER stock_leaves_bins AFTER UPDATE OF on_hand ON stock
    FOR EACH ROW WHEN (NEW.on_hand < OLD.on_hand) EXECUTE FUNCTION leave_bins();

CREATE TABLE put_away_tasks (
    task_id     uuid PRIMARY KEY,
    warehouse   text NOT NULL REFERENCES warehouses,
    sku         text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    placed      integer NOT NULL DEFAULT 0,
    reference   text NOT NULL,  -- the receipt that brought it
    state       text NOT NULL CHECK (state IN ('open', 'done', 'cancelled')),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    CONSTRAINT put_away_tasks_placed CHECK (placed BETWEEN 0 AND quantity)
);
CREATE INDEX put_away_tasks_open ON put_away_tasks (warehouse, created_at, task_id);

CREATE TABLE pick_lists (
    pick_list_id  uuid PRIMARY KEY,
    number        text NOT NULL UNIQUE,
    warehouse     text NOT NULL REFERENCES warehouses,
    state         text NOT NULL CHECK (state IN ('open', 'picking', 'picked', 'packed', 'cancelled')),
    version       integer NOT NULL,
    created_by    text NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX pick_lists_created_at ON pick_lists (created_at, pick_list_id);

CREATE TABLE pick_lines (
    pick_list_id  uuid NOT NULL REFERENCES pick_lists,
    position      integer NOT NULL,  -- along the path
    owner_id      uuid NOT NULL,
    sku           text NOT NULL,
    bin           text,  -- NULL: not in a bin
    quantity      integer NOT NULL CHECK (quantity > 0),
    picked        integer NOT NULL DEFAULT 0 CHECK (picked >= 0),
    short         integer NOT NULL DEFAULT 0 CHECK (short >= 0),
    packed        boolean NOT NULL DEFAULT false,
    PRIMARY KEY (pick_list_id, position),
    CONSTRAINT pick_lines_within_quantity CHECK (picked + short <= quantity)
);
CREATE INDEX pick_lines_owner_id ON pick_lines (owner_id, sku);

CREATE TABLE transfers (
    transfer_id  uuid PRIMARY KEY,
    number       text NOT NULL UNIQUE,
    source       text NOT NULL REFERENCES warehouses,
    destination  text NOT NULL REFERENCES warehouses,
    state        text NOT NULL CHECK (state IN ('draft', 'sent', 'partly_received', 'received', 'cancelled')),
    version      integer NOT NULL,
    note         text NOT NULL,
    expected_on  date,
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    sent_at      timestamptz,
    updated_at   timestamptz NOT NULL,
    CONSTRAINT transfers_elsewhere CHECK (source <> destination)
);
CREATE INDEX transfers_created_at ON transfers (created_at, transfer_id);

CREATE TABLE transfer_lines (
    transfer_id  uuid NOT NULL REFERENCES transfers,
    sku          text NOT NULL,
    lot          text NOT NULL DEFAULT '',  -- empty: of a SKU that has none
    quantity     integer NOT NULL CHECK (quantity > 0),
    received     integer NOT NULL DEFAULT 0 CHECK (received >= 0),
    damaged      integer NOT NULL DEFAULT 0 CHECK (damaged >= 0),
    missing      integer NOT NULL DEFAULT 0 CHECK (missing >= 0),
    PRIMARY KEY (transfer_id, sku, lot),
    CONSTRAINT transfer_lines_within_quantity CHECK (received + damaged + missing <= quantity)
);

CREATE TABLE transfer_receipts (
    transfer_id  uuid NOT NULL REFERENCES transfers,
    reference    text NOT NULL,
    lines        jsonb NOT NULL,
    actor        text NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (transfer_id, reference)
);

CREATE TABLE cycle_counts (
    count_id                uuid PRIMARY KEY,
    number                  text NOT NULL UNIQUE,
    warehouse               text NOT NULL REFERENCES warehouses,
    state                   text NOT NULL
        CHECK (state IN ('planned', 'counting', 'review', 'approved', 'cancelled')),
    version                 integer NOT NULL,
    plan                    text NOT NULL,
    tolerance_pieces        integer NOT NULL CHECK (tolerance_pieces >= 0),
    tolerance_basis_points  integer NOT NULL CHECK (tolerance_basis_points BETWEEN 0 AND 10000),
    created_by              text NOT NULL,
    created_at              timestamptz NOT NULL,
    updated_at              timestamptz NOT NULL
);
CREATE INDEX cycle_counts_created_at ON cycle_counts (created_at, count_id);

-- `difference` is what was counted less what the ledger said at that moment: what is sold or received later does
-- not change it.
CREATE TABLE cycle_count_lines (
    count_id    uuid NOT NULL REFERENCES cycle_counts,
    sku         text NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'recount', 'counted')),
    attempts    integer NOT NULL DEFAULT 0,
    counted     integer,
    expected    integer,
    difference  integer,
    counted_by  text,
    counted_at  timestamptz,
    PRIMARY KEY (count_id, sku),
    CONSTRAINT cycle_count_lines_difference CHECK (difference = counted - expected)
);

CREATE TABLE cycle_count_tallies (
    count_id    uuid NOT NULL REFERENCES cycle_counts,
    sku         text NOT NULL,
    attempt     integer NOT NULL,
    counted     integer NOT NULL,
    expected    integer NOT NULL,
    counted_by  text NOT NULL,
    counted_at  timestamptz NOT NULL,
    PRIMARY KEY (count_id, sku, attempt)
);

CREATE TABLE adjustment_requests (
    adjustment_id  uuid PRIMARY KEY,
    sku            text NOT NULL,
    warehouse      text NOT NULL REFERENCES warehouses,
    quantity       integer NOT NULL CHECK (quantity <> 0),
    reason         text NOT NULL,
    reference      text NOT NULL,
    value_minor    bigint,
    currency       text,
    state          text NOT NULL CHECK (state IN ('pending', 'applied', 'refused')),
    asked_by       text NOT NULL,
    decided_by     text,
    decision       text NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL,
    decided_at     timestamptz,
    CONSTRAINT adjustment_requests_decided
        CHECK ((state = 'pending') = (decided_by IS NULL) AND (state = 'pending') = (decided_at IS NULL))
);
CREATE INDEX adjustment_requests_created_at ON adjustment_requests (created_at, adjustment_id);

-- `warehouse` empty: over all of them.
CREATE TABLE stock_thresholds (
    sku          text NOT NULL,
    warehouse    text NOT NULL,
    minimum      integer NOT NULL CHECK (minimum >= 0),
    cover_days   integer CHECK (cover_days BETWEEN 1 AND 365),
    target_days  integer NOT NULL CHECK (target_days BETWEEN 1 AND 730),
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (sku, warehouse)
);

CREATE TABLE stock_alerts (
    sku        text NOT NULL,
    warehouse  text NOT NULL,
    state      text NOT NULL CHECK (state IN ('low', 'recovered')),
    available  integer NOT NULL,
    threshold  integer NOT NULL,
    alerts     integer NOT NULL,  -- how often it ran low
    at         timestamptz NOT NULL,
    PRIMARY KEY (sku, warehouse)
);

-- How far the job over changed SKUs has looked into the ledger.
CREATE TABLE alert_progress (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    seen_at   timestamptz NOT NULL,
    whole_at  timestamptz NOT NULL  -- when every threshold was looked at
);

CREATE TABLE stock_files (
    reference  text PRIMARY KEY,
    digest     bytea NOT NULL,
    report     jsonb NOT NULL,
    actor      text NOT NULL,
    at         timestamptz NOT NULL
);
