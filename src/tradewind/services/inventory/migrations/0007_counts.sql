-- A count of a zone is of what its bins hold. Of a SKU that is kept by lot, each lot is a line.
ALTER TABLE cycle_counts
    ADD COLUMN zone text,  -- NULL: of the whole warehouse
    ADD COLUMN skus_left integer NOT NULL DEFAULT 0
        CONSTRAINT cycle_counts_skus_left_range CHECK (skus_left >= 0),  -- chosen, and too many for one count
    ADD COLUMN tracked_left_out integer NOT NULL DEFAULT 0
        CONSTRAINT cycle_counts_tracked_left_out_range CHECK (tracked_left_out >= 0);  -- bins do not know lots
UPDATE cycle_counts SET zone = substr(plan, 6) WHERE state = 'planned' AND plan LIKE 'zone %';

ALTER TABLE cycle_count_lines
    ADD COLUMN lot text NOT NULL DEFAULT '',  -- empty: of a SKU that has none, or of which none was expected
    ADD COLUMN expires_on date,  -- of a lot that was found
    DROP CONSTRAINT cycle_count_lines_pkey,
    ADD PRIMARY KEY (count_id, sku, lot);
CREATE INDEX cycle_count_lines_sku ON cycle_count_lines (sku);

ALTER TABLE cycle_count_tallies
    ADD COLUMN lot text NOT NULL DEFAULT '',
    DROP CONSTRAINT cycle_count_tallies_pkey,
    ADD PRIMARY KEY (count_id, sku, lot, attempt);

ALTER TABLE bin_movements
    DROP CONSTRAINT bin_movements_kind_check,
    ADD CONSTRAINT bin_movements_kind CHECK (kind IN ('place', 'move', 'pick', 'leave', 'count')) NOT VALID;
