-- Who confirmed an edit, and who decided a claim or sent its replacement: what jobs finish is told as theirs.
ALTER TABLE order_edits ADD COLUMN confirmed_by text;
ALTER TABLE order_claims ADD COLUMN moved_by text;
