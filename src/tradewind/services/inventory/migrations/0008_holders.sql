-- Who holds pieces of a SKU now: few beside all who ever did.
CREATE INDEX allocations_open ON allocations (sku, owner_id) WHERE quantity > shipped + released;
