-- Pieces of the SKU that were in packed or shipped parcels of the order when the line was listed: later ones took
-- what was listed.
ALTER TABLE pick_lines ADD COLUMN parcelled integer NOT NULL DEFAULT 0
    CONSTRAINT pick_lines_parcelled_range CHECK (parcelled >= 0);
