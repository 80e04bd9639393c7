-- Carts: several codes, and the price that a line was last taken at. `discount_code` stays the first of them.
ALTER TABLE carts ADD COLUMN discount_codes text[] NOT NULL DEFAULT '{}';
UPDATE carts SET discount_codes = ARRAY[discount_code] WHERE discount_code IS NOT NULL;
ALTER TABLE cart_lines ADD COLUMN seen_price_minor bigint CHECK (seen_price_minor >= 0);

-- Where parcels go and what that costs.
CREATE TABLE shipping_zones (
    code  text PRIMARY KEY,
    name  text NOT NULL,
    areas jsonb NOT NULL                         -- [{"country": "DE", "except_postal_codes": ["27498", "18565"]}]
);
ALTER TABLE shipping_methods ADD COLUMN zone text REFERENCES shipping_zones;  -- null: `countries` say where
ALTER TABLE shipping_methods ADD COLUMN tax_class text NOT NULL DEFAULT 'standard';
ALTER TABLE shipping_methods ADD COLUMN most_grams integer CHECK (most_grams > 0);

-- Tax: a rate holds from `valid_from` until the next one of its country, region and class, or `valid_to`.
ALTER TABLE tax_rates ADD COLUMN region text NOT NULL DEFAULT '';        -- empty: the whole country
ALTER TABLE tax_rates ADD COLUMN valid_from timestamptz NOT NULL DEFAULT 'epoch';
ALTER TABLE tax_rates ADD COLUMN valid_to timestamptz;
ALTER TABLE tax_rates ADD COLUMN source text NOT NULL DEFAULT '';        -- empty: set by staff
ALTER TABLE tax_rates ADD CHECK (valid_to > valid_from);
ALTER TABLE tax_rates DROP CONSTRAINT tax_rates_pkey;
ALTER TABLE tax_rates ADD PRIMARY KEY (country, tax_class, region, valid_from);
CREATE TABLE currency_terms (
    currency           text PRIMARY KEY CHECK (currency ~ '^[A-Z]{3}$'),
    prices_include_tax boolean NOT NULL          -- a currency that is not here: yes
);

-- Promotions. Those of before were discounts of one code each; their tables are not read any more.
CREATE TABLE promotions (
    promotion_id     uuid PRIMARY KEY,
    name             text NOT NULL,
    kind             text NOT NULL CHECK (kind IN ('percentage', 'amount', 'buy_x_get_y', 'free_shipping')),
    automatic        boolean NOT NULL DEFAULT false,     -- comes by itself; else by one of its codes
    basis_points     integer CHECK (basis_points BETWEEN 1 AND 10000),
    amount_minor     bigint CHECK (amount_minor > 0),
    currency         text CHECK (currency ~ '^[A-Z]{3}$'),
    buy_quantity     integer CHECK (buy_quantity > 0),
    get_quantity     integer CHECK (get_quantity > 0),
    product_ids      uuid[] NOT NULL DEFAULT '{}',
    category_ids     uuid[] NOT NULL DEFAULT '{}',
    get_product_ids  uuid[] NOT NULL DEFAULT '{}',
    minimum_minor    bigint NOT NULL DEFAULT 0 CHECK (minimum_minor >= 0),
    minimum_quantity integer NOT NULL DEFAULT 0 CHECK (minimum_quantity >= 0),
    most_uses        integer CHECK (most_uses > 0),
    uses             integer NOT NULL DEFAULT 0 CHECK (uses >= 0),
    most_uses_each   integer CHECK (most_uses_each > 0), -- by one customer
    starts_at        timestamptz,
    ends_at          timestamptz,
    combinable       boolean NOT NULL DEFAULT false,
    priority         integer NOT NULL DEFAULT 0,
    active           boolean NOT NULL DEFAULT true,
    archived_at      timestamptz,
    version          integer NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    CHECK (most_uses IS NULL OR uses <= most_uses),
    CHECK (kind <> 'percentage' OR basis_points IS NOT NULL),
    CHECK ((kind = 'amount') = (amount_minor IS NOT NULL)),
    CHECK ((kind = 'buy_x_get_y') = (buy_quantity IS NOT NULL AND get_quantity IS NOT NULL)),
    CHECK (currency IS NOT NULL OR (amount_minor IS NULL AND minimum_minor = 0)),
    CHECK (ends_at > starts_at)
);
CREATE INDEX promotions_automatic ON promotions (promotion_id) WHERE automatic AND active AND archived_at IS NULL;

CREATE TABLE promotion_codes (
    code         text PRIMARY KEY CHECK (code = upper(code)),
    promotion_id uuid NOT NULL REFERENCES promotions,
    most_uses    integer CHECK (most_uses > 0),
    uses         integer NOT NULL DEFAULT 0 CHECK (uses >= 0),
    created_at   timestamptz NOT NULL,
    CHECK (most_uses IS NULL OR uses <= most_uses)
);
CREATE INDEX promotion_codes_promotion ON promotion_codes (promotion_id, code);

CREATE TABLE promotion_uses (
    order_id     uuid NOT NULL REFERENCES orders,
    promotion_id uuid NOT NULL REFERENCES promotions,
    code         text REFERENCES promotion_codes,
    customers    text[] NOT NULL,                -- what the customer is known by: see promotion_customers
    used_at      timestamptz NOT NULL,
    PRIMARY KEY (order_id, promotion_id)
);
CREATE INDEX promotion_uses_promotion ON promotion_uses (promotion_id);
CREATE INDEX promotion_uses_code ON promotion_uses (code);

CREATE TABLE promotion_customers (
    promotion_id uuid NOT NULL REFERENCES promotions,
    customer     text NOT NULL,                  -- account:<id>, and email:<lower case>
    uses         integer NOT NULL CHECK (uses >= 0),
    PRIMARY KEY (promotion_id, customer)
);

-- What was taken off an order, and by what: as it was shown when it was ordered.
CREATE TABLE order_promotions (
    order_id                uuid NOT NULL REFERENCES orders,
    position                integer NOT NULL,
    promotion_id            uuid,                -- null: staff gave it, and `name` is why
    name                    text NOT NULL,
    kind                    text NOT NULL,
    code                    text,
    discount_minor          bigint NOT NULL CHECK (discount_minor >= 0),
    shipping_discount_minor bigint NOT NULL CHECK (shipping_discount_minor >= 0),
    line_discounts          bigint[] NOT NULL,   -- shares of the lines, in their order
    PRIMARY KEY (order_id, position)
);

-- Orders: tax that prices do not contain, and what shipping bears.
ALTER TABLE orders ADD COLUMN discount_codes text[] NOT NULL DEFAULT '{}';
UPDATE orders SET discount_codes = ARRAY[discount_code] WHERE discount_code IS NOT NULL;
ALTER TABLE orders ADD COLUMN prices_include_tax boolean NOT NULL DEFAULT true;
ALTER TABLE orders ADD COLUMN tax_added_minor bigint NOT NULL DEFAULT 0 CHECK (tax_added_minor >= 0);
ALTER TABLE orders ADD COLUMN shipping_discount_minor bigint NOT NULL DEFAULT 0 CHECK (shipping_discount_minor >= 0);
ALTER TABLE orders ADD COLUMN shipping_tax_basis_points integer NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN shipping_tax_minor bigint NOT NULL DEFAULT 0 CHECK (shipping_tax_minor >= 0);
UPDATE orders o SET shipping_tax_minor = greatest(0, o.tax_minor - (
    SELECT coalesce(sum(l.tax_minor), 0) FROM order_lines l WHERE l.order_id = o.order_id));
ALTER TABLE orders ADD CHECK (NOT prices_include_tax OR tax_added_minor = 0);
ALTER TABLE order_lines ADD COLUMN tax_added_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD CHECK (tax_added_minor BETWEEN 0 AND tax_minor);
DO $$
DECLARE found record;
BEGIN
    FOR found IN
        SELECT conrelid::regclass AS owner, conname FROM pg_constraint
        WHERE contype = 'c' AND conrelid IN ('orders'::regclass, 'order_lines'::regclass)
          AND pg_get_constraintdef(oid) LIKE '%total_minor = %'
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.owner, found.conname);
    END LOOP;
END $$;
ALTER TABLE orders ADD CONSTRAINT orders_total
    CHECK (total_minor = subtotal_minor - discount_minor + shipping_minor + tax_added_minor);
ALTER TABLE order_lines ADD CONSTRAINT order_lines_total
    CHECK (total_minor = quantity * unit_price_minor - discount_minor + tax_added_minor);

INSERT INTO promotions (promotion_id, name, kind, basis_points, amount_minor, currency, minimum_minor, most_uses, uses,
    starts_at, ends_at, active, created_at, updated_at)
SELECT gen_random_uuid(), code, kind, basis_points, amount_minor,
    CASE WHEN minimum_minor > 0 THEN coalesce(currency, 'EUR') ELSE currency END, minimum_minor, most_uses, uses,
    starts_at, ends_at, active, created_at, created_at
FROM discounts;
INSERT INTO promotion_codes (code, promotion_id, uses, created_at)
SELECT d.code, p.promotion_id, d.uses, d.created_at FROM discounts d JOIN promotions p ON p.name = d.code;
INSERT INTO promotion_uses (order_id, promotion_id, code, customers, used_at)
SELECT u.order_id, c.promotion_id, u.code, '{}', u.used_at FROM discount_uses u JOIN promotion_codes c USING (code);
INSERT INTO order_promotions (order_id, position, promotion_id, name, kind, code, discount_minor,
    shipping_discount_minor, line_discounts)
SELECT o.order_id, 1, p.promotion_id, p.name, p.kind, c.code, o.discount_minor, 0, ARRAY(
    SELECT l.discount_minor FROM order_lines l WHERE l.order_id = o.order_id ORDER BY l.line)
FROM orders o JOIN promotion_codes c ON c.code = o.discount_code JOIN promotions p USING (promotion_id);
