-- What waits for a second person names its lot, and of a lot that was found its expiry; pieces that are written off
-- may be damaged ones or in quality control.
ALTER TABLE adjustment_requests
    ADD COLUMN lot        text CHECK (length(lot) BETWEEN 1 AND 64),
    ADD COLUMN expires_on date,
    ADD COLUMN from_state text NOT NULL DEFAULT 'on_hand'
        CHECK (from_state IN ('on_hand', 'damaged', 'quality_control')),
    ADD CONSTRAINT adjustment_requests_written_off CHECK (from_state = 'on_hand' OR quantity < 0);

-- Each change of a lot's expiry that is no delivery's.
CREATE TABLE lot_expiries (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku        text NOT NULL,
    warehouse  text NOT NULL,
    lot        text NOT NULL,
    was        date,
    expires_on date,
    reason     text NOT NULL,
    actor      text NOT NULL,
    at         timestamptz NOT NULL,
    FOREIGN KEY (sku, warehouse, lot) REFERENCES lots,
    CONSTRAINT lot_expiries_changed CHECK (was IS DISTINCT FROM expires_on)
);
CREATE INDEX lot_expiries_lot ON lot_expiries (sku, warehouse, lot);
