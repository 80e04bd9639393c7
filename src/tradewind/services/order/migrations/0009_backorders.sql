-- Pieces that are promised and not there yet; and orders that are collected from a warehouse.

ALTER TABLE order_lines
    ADD COLUMN backordered_quantity integer NOT NULL DEFAULT 0 CHECK (backordered_quantity >= 0),
    ADD COLUMN expected_at timestamptz;
ALTER TABLE orders ADD COLUMN pickup text;
