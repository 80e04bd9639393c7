-- What a return's refund leaves out: pieces that claims or refunds by hand paid back before it.
ALTER TABLE order_returns ADD COLUMN given_minor bigint NOT NULL DEFAULT 0 CHECK (given_minor >= 0);
ALTER TABLE order_returns ADD COLUMN other_pieces boolean NOT NULL DEFAULT false;  -- staff say that it has none of them
