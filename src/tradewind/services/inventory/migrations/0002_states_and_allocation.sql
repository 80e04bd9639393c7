-- Stock in more states than on hand and reserved; lots; what may be sold beyond what is there; bundles.

ALTER TABLE warehouses
    ADD COLUMN pickup boolean NOT NULL DEFAULT false;  -- customers collect here

-- How far a warehouse is from an address: the row with the longest matching prefix counts.
CREATE TABLE warehouse_regions (
    warehouse     text NOT NULL REFERENCES warehouses,
    country       text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    postal_prefix text NOT NULL DEFAULT '' CHECK (length(postal_prefix) <= 20),
    distance      integer NOT NULL CHECK (distance BETWEEN 0 AND 1000),
    PRIMARY KEY (warehouse, country, postal_prefix)
);

-- `on_hand` is what is sellable by its state; damaged pieces and those in quality control lie beside it.
-- `available` is what may be promised: never below 0, also where safety stock is higher than what is left.
ALTER TABLE stock
    ADD COLUMN safety_stock    integer NOT NULL DEFAULT 0,
    ADD COLUMN damaged         integer NOT NULL DEFAULT 0,
    ADD COLUMN quality_control integer NOT NULL DEFAULT 0,
    ADD COLUMN incoming        integer NOT NULL DEFAULT 0,
    ADD COLUMN available       integer NOT NULL
        GENERATED ALWAYS AS (greatest(on_hand - reserved - safety_stock, 0)) STORED,
    ADD CONSTRAINT stock_states_range CHECK (
        least(safety_stock, damaged, quality_control, incoming) >= 0
        AND greatest(safety_stock, damaged, quality_control, incoming) <= 1000000000);

-- The kinds are data of domain/movements.py; a test compares the two. What every sale writes is checked in
-- place, the rest by a function: so long an expression would be made ready anew for each statement of a sale.
ALTER TABLE stock_movements
    ADD COLUMN lot                   text,
    ADD COLUMN damaged_delta         integer NOT NULL DEFAULT 0,
    ADD COLUMN quality_control_delta integer NOT NULL DEFAULT 0,
    ADD COLUMN incoming_delta        integer NOT NULL DEFAULT 0,
    ADD COLUMN safety_stock_delta    integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT stock_movements_kind_check,
    DROP CONSTRAINT stock_movements_kind_deltas;

CREATE FUNCTION movement_fits(
    kind text, on_hand integer, reserved integer, damaged integer, quality integer, incoming integer, safety integer
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE
        WHEN kind = 'reserve' THEN
            on_hand = 0 AND reserved > 0 AND damaged = 0 AND quality = 0 AND incoming = 0 AND safety = 0
        WHEN kind = 'release' THEN
            on_hand = 0 AND reserved < 0 AND damaged = 0 AND quality = 0 AND incoming = 0 AND safety = 0
        WHEN kind = 'ship' THEN
            on_hand < 0 AND reserved = on_hand AND damaged = 0 AND quality = 0 AND incoming = 0 AND safety = 0
        WHEN kind = 'safety' THEN
            safety <> 0 AND on_hand = 0 AND reserved = 0 AND damaged = 0 AND quality = 0 AND incoming = 0
        WHEN kind = 'expect' THEN
            incoming <> 0 AND on_hand = 0 AND reserved = 0 AND damaged = 0 AND quality = 0 AND safety = 0
        WHEN kind IN ('receive', 'return', 'transfer_in') THEN
            reserved = 0 AND safety = 0 AND on_hand >= 0 AND damaged >= 0 AND quality >= 0 AND incoming <= 0
            AND on_hand + damaged + quality > 0
        WHEN kind IN ('adjust', 'count') THEN
            on_hand <> 0 AND reserved = 0 AND damaged = 0 AND quality = 0 AND incoming = 0 AND safety = 0
        WHEN kind IN ('write_off', 'transfer_out') THEN
            reserved BETWEEN on_hand AND 0 AND incoming = 0 AND safety = 0
            AND on_hand <= 0 AND damaged <= 0 AND quality <= 0 AND on_hand + damaged + quality < 0
        WHEN reserved <> 0 OR incoming <> 0 OR safety <> 0 OR on_hand + damaged + quality <> 0 THEN false
        WHEN kind = 'damage' THEN damaged > 0 AND on_hand <= 0
        WHEN kind = 'repair' THEN damaged < 0 AND on_hand >= 0
        WHEN kind = 'quality_hold' THEN quality > 0 AND on_hand <= 0
        WHEN kind = 'quality_release' THEN quality < 0 AND on_hand > 0 AND damaged = 0
        WHEN kind = 'expire' THEN quality > 0 AND on_hand < 0 AND damaged = 0
        ELSE kind = 'put'
    END;
END
$$;
ALTER TABLE stock_movements ADD CONSTRAINT stock_movements_kind_deltas CHECK (
    CASE kind
        WHEN 'reserve' THEN on_hand_delta = 0 AND reserved_delta > 0
            AND damaged_delta | quality_control_delta | incoming_delta | safety_stock_delta = 0
        ELSE movement_fits(kind, on_hand_delta, reserved_delta, damaged_delta, quality_control_delta,
            incoming_delta, safety_stock_delta)
    END);
DROP INDEX stock_movements_kind;
CREATE INDEX stock_movements_kind ON stock_movements (kind, at, id)
    WHERE kind NOT IN ('reserve', 'release', 'ship');
-- What the ledger sums to at a moment, so that no question of the past adds up more than some hours.
CREATE TABLE stock_balances (
    sku             text NOT NULL,
    warehouse       text NOT NULL,
    at              timestamptz NOT NULL,  -- every movement up to and with this moment is in it
    on_hand         integer NOT NULL,
    reserved        integer NOT NULL,
    damaged         integer NOT NULL,
    quality_control integer NOT NULL,
    incoming        integer NOT NULL,
    safety_stock    integer NOT NULL,
    PRIMARY KEY (sku, warehouse, at)
);
CREATE INDEX stock_balances_at ON stock_balances (at);

-- A SKU without a row here is plain: no lots, nothing sold beyond what is there, not a bundle.
CREATE TABLE stock_policies (
    sku          text PRIMARY KEY CONSTRAINT stock_policies_sku_length CHECK (length(sku) BETWEEN 1 AND 64),
    tracking     text NOT NULL DEFAULT 'none' CHECK (tracking IN ('none', 'lot', 'serial')),
    beyond       text NOT NULL DEFAULT 'none' CHECK (beyond IN ('none', 'backorder', 'preorder')),
    beyond_limit integer NOT NULL DEFAULT 0 CHECK (beyond_limit BETWEEN 0 AND 1000000),
    expected_at  timestamptz,
    released_at  timestamptz,
    bundle       boolean NOT NULL DEFAULT false,
    updated_at   timestamptz NOT NULL,
    CONSTRAINT stock_policies_bundle_is_plain CHECK (NOT bundle OR (tracking = 'none' AND beyond = 'none')),
    CONSTRAINT stock_policies_preorder CHECK (beyond <> 'preorder' OR released_at IS NOT NULL)
);

CREATE TABLE bundle_parts (
    bundle   text NOT NULL REFERENCES stock_policies,
    part     text NOT NULL CHECK (length(part) BETWEEN 1 AND 64),
    quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 1000),
    PRIMARY KEY (bundle, part)
);
CREATE INDEX bundle_parts_part ON bundle_parts (part);

-- A serial number is a lot of one piece.
CREATE TABLE lots (
    sku             text NOT NULL,
    warehouse       text NOT NULL,
    lot             text NOT NULL CHECK (length(lot) BETWEEN 1 AND 64),
    serial          boolean NOT NULL,
    expires_on      date,  -- not sold from this day on
    on_hand         integer NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    reserved        integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    damaged         integer NOT NULL DEFAULT 0 CHECK (damaged >= 0),
    quality_control integer NOT NULL DEFAULT 0 CHECK (quality_control >= 0),
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (sku, warehouse, lot),
    FOREIGN KEY (sku, warehouse) REFERENCES stock,
    CONSTRAINT lots_reserved_on_hand CHECK (reserved <= on_hand),
    CONSTRAINT lots_serial_is_one_piece CHECK (NOT serial OR on_hand + damaged + quality_control <= 1)
);
CREATE UNIQUE INDEX lots_serial_in_one_place ON lots (sku, lot)
    WHERE serial AND on_hand + damaged + quality_control > 0;
CREATE INDEX lots_expiring ON lots (expires_on) WHERE expires_on IS NOT NULL AND on_hand > 0;

CREATE TABLE allocation_lots (
    owner_id  uuid NOT NULL,
    sku       text NOT NULL,
    warehouse text NOT NULL,
    lot       text NOT NULL,
    quantity  integer NOT NULL CHECK (quantity > 0),
    shipped   integer NOT NULL DEFAULT 0 CHECK (shipped >= 0),
    released  integer NOT NULL DEFAULT 0 CHECK (released >= 0),
    PRIMARY KEY (owner_id, sku, warehouse, lot),
    FOREIGN KEY (owner_id, sku, warehouse) REFERENCES allocations,
    FOREIGN KEY (sku, warehouse, lot) REFERENCES lots,
    CONSTRAINT allocation_lots_within_quantity CHECK (shipped + released <= quantity)
);
CREATE INDEX allocation_lots_lot ON allocation_lots (sku, warehouse, lot);

CREATE TABLE shipment_lots (
    shipment_id uuid NOT NULL REFERENCES shipments,
    sku         text NOT NULL,
    warehouse   text NOT NULL,
    lot         text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (shipment_id, sku, warehouse, lot)
);

-- What an owner was promised beyond what was there. Its number is its age: the lowest is served first.
-- Written only under the lock of its SKU's policy.
CREATE TABLE backorders (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id   uuid NOT NULL REFERENCES reservations,
    sku        text NOT NULL REFERENCES stock_policies,
    quantity   integer NOT NULL CHECK (quantity > 0),
    allocated  integer NOT NULL DEFAULT 0 CHECK (allocated >= 0),
    cancelled  integer NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    kind       text NOT NULL CHECK (kind IN ('backorder', 'preorder')),
    pickup     text REFERENCES warehouses,  -- served from there alone
    promised_at timestamptz,  -- when it was said to come
    created_at timestamptz NOT NULL,
    CONSTRAINT backorders_within_quantity CHECK (allocated + cancelled <= quantity)
);
CREATE INDEX backorders_waiting ON backorders (sku, number) WHERE quantity > allocated + cancelled;
CREATE INDEX backorders_owner ON backorders (owner_id);

ALTER TABLE reservations
    ADD COLUMN pickup text,
    DROP CONSTRAINT reservations_outcome_check,
    ADD CONSTRAINT reservations_outcome_check
        CHECK (outcome IN ('out_of_stock', 'released', 'expired', 'shipped', 'emptied'));

-- A bundle that an owner holds, in the parts that it had when it was reserved: they are in `allocations`.
CREATE TABLE reservation_bundles (
    owner_id uuid NOT NULL REFERENCES reservations,
    sku      text NOT NULL,
    parts    jsonb NOT NULL,  -- pieces of each part in one bundle
    quantity integer NOT NULL CHECK (quantity > 0),
    shipped  integer NOT NULL DEFAULT 0 CHECK (shipped >= 0),
    released integer NOT NULL DEFAULT 0 CHECK (released >= 0),
    returned integer NOT NULL DEFAULT 0 CHECK (returned >= 0),
    PRIMARY KEY (owner_id, sku),
    CONSTRAINT reservation_bundles_within_quantity CHECK (shipped + released <= quantity AND returned <= shipped)
);

CREATE TABLE amendments (
    change_id uuid PRIMARY KEY,
    owner_id  uuid NOT NULL,
    answer    jsonb NOT NULL,
    at        timestamptz NOT NULL
);

-- What came back of what an owner was shipped.
CREATE TABLE returns (
    return_id uuid PRIMARY KEY,
    owner_id  uuid NOT NULL REFERENCES reservations,
    answer    jsonb NOT NULL,
    at        timestamptz NOT NULL
);
CREATE INDEX returns_owner ON returns (owner_id);

CREATE TABLE return_lines (
    return_id uuid NOT NULL REFERENCES returns,
    owner_id  uuid NOT NULL,
    sku       text NOT NULL,
    warehouse text NOT NULL REFERENCES warehouses,
    condition text NOT NULL CHECK (condition IN ('restock', 'damaged', 'quality_control', 'written_off')),
    lot       text NOT NULL DEFAULT '',
    quantity  integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (return_id, sku, warehouse, condition, lot)
);
CREATE INDEX return_lines_owner ON return_lines (owner_id, sku);
