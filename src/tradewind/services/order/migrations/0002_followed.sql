ALTER TABLE carts ADD COLUMN language text CHECK (language IN ('en', 'de'));  -- null: the account's, or English
ALTER TABLE carts ADD COLUMN abandoned_version integer;  -- the version that was told as abandoned
UPDATE carts SET abandoned_version = version WHERE state = 'open';  -- those of before are not told
CREATE INDEX carts_untold ON carts (updated_at)
    WHERE state = 'open' AND abandoned_version IS DISTINCT FROM version;

ALTER TABLE orders ADD COLUMN language text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'de'));
ALTER TABLE order_lines ADD COLUMN category text NOT NULL DEFAULT '';  -- the primary one's path when ordered

ALTER TABLE fulfilments ADD COLUMN delivered_at timestamptz;
ALTER TABLE fulfilments DROP CONSTRAINT fulfilments_state_check;
ALTER TABLE fulfilments ADD CONSTRAINT fulfilments_state_check
    CHECK (state IN ('requested', 'shipped', 'delivered', 'failed'));
