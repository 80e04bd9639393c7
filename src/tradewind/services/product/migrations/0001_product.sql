CREATE FUNCTION gtin_is_valid(gtin text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    -- GS1 General Specifications 7.9: from the right, digits weigh 1 (the check digit) and 3 in turn.
    SELECT gtin ~ '^[0-9]{8}$|^[0-9]{12,14}$'
        AND (SELECT sum(substr(lpad(gtin, 14, '0'), place, 1)::int * CASE place % 2 WHEN 1 THEN 3 ELSE 1 END)
             FROM generate_series(1, 14) AS place) % 10 = 0
$$;

CREATE TABLE brands (
    brand_id     uuid PRIMARY KEY,
    name         text NOT NULL UNIQUE CHECK (name <> ''),
    slug         text NOT NULL UNIQUE CHECK (slug <> ''),
    created_at   timestamptz NOT NULL
);

CREATE TABLE categories (
    category_id  uuid PRIMARY KEY,
    parent_id    uuid REFERENCES categories,
    name         text NOT NULL CHECK (name <> '' AND position(' > ' IN name) = 0),
    slug         text NOT NULL UNIQUE CHECK (slug <> ''),
    path         text NOT NULL UNIQUE,      -- names from the root, joined by ' > '
    lineage      uuid[] NOT NULL,           -- ids from the root down to this one
    position     integer NOT NULL CHECK (position >= 0),
    version      integer NOT NULL CHECK (version > 0),
    created_at   timestamptz NOT NULL,
    CHECK (lineage[cardinality(lineage)] = category_id),
    CONSTRAINT categories_depth CHECK (cardinality(lineage) <= 8)
);
CREATE INDEX categories_parent ON categories (parent_id);

CREATE TABLE products (
    product_id   uuid PRIMARY KEY,
    external_id  text NOT NULL UNIQUE CHECK (external_id <> ''),
    slug         text NOT NULL UNIQUE CHECK (slug <> ''),
    title        text NOT NULL CHECK (title <> ''),
    description  text NOT NULL,
    brand_id     uuid REFERENCES brands,
    status       text NOT NULL CHECK (status IN ('draft', 'active', 'archived')),
    attributes   json NOT NULL CHECK (json_typeof(attributes) = 'object'),   -- json keeps their order
    options      json NOT NULL CHECK (json_typeof(options) = 'array'),       -- names, in order
    images       json NOT NULL CHECK (json_typeof(images) = 'array'),        -- in order; the first is shown in lists
    tax_class    text NOT NULL CHECK (tax_class <> ''),
    version      integer NOT NULL CHECK (version > 0),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL CHECK (updated_at >= created_at),
    published_at timestamptz,               -- when it was active first
    import_digest  bytea,                   -- of the row it was imported from last, and the version that made:
    import_version integer,                 -- the same row again changes nothing while both still hold
    CHECK (status <> 'active' OR published_at IS NOT NULL)
);
CREATE INDEX products_brand ON products (brand_id);
CREATE INDEX products_newest ON products (created_at, product_id);
CREATE INDEX products_newest_by_status ON products (status, created_at, product_id);
CREATE INDEX products_title ON products (left(lower(title), 100), product_id);

CREATE TABLE status_changes (
    product_id   uuid NOT NULL REFERENCES products,
    version      integer NOT NULL,
    from_status  text,                      -- null: it was created
    to_status    text NOT NULL,
    changed_at   timestamptz NOT NULL,
    PRIMARY KEY (product_id, version)
);

CREATE TABLE product_categories (
    product_id   uuid NOT NULL REFERENCES products,
    position     integer NOT NULL CHECK (position >= 0),        -- 0: the primary category
    category_id  uuid NOT NULL REFERENCES categories,
    PRIMARY KEY (product_id, position),
    UNIQUE (category_id, product_id)
);

CREATE TABLE variants (
    sku          text PRIMARY KEY CHECK (sku <> '' AND position(E'\n' IN sku) = 0),
    product_id   uuid NOT NULL REFERENCES products,
    position     integer NOT NULL CHECK (position >= 0),
    gtin         text CHECK (gtin_is_valid(gtin)),
    options      json NOT NULL CHECK (json_typeof(options) = 'object'),
    weight_grams integer NOT NULL CHECK (weight_grams >= 0),
    UNIQUE (product_id, position)
);

CREATE TABLE prices (
    sku              text NOT NULL REFERENCES variants ON DELETE CASCADE,
    currency         text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount_minor     bigint NOT NULL CHECK (amount_minor >= 0),
    compare_at_minor bigint,
    PRIMARY KEY (sku, currency),
    CHECK (compare_at_minor > amount_minor)
);

-- What reads are answered from: written in the transaction that changes a product, equal to its _source
-- view at every commit (invariants.py). A hot read is then a lookup by key, and no join.

CREATE TABLE pages (
    product_id   uuid PRIMARY KEY REFERENCES products,
    status       text NOT NULL,
    skus         text[] NOT NULL,           -- of its variants, in order
    variants     text[] NOT NULL,           -- a JSON object each, of which `available` alone is missing
    document     text NOT NULL,             -- JSON object: the product, of which `variants` alone is missing
    card         text NOT NULL,             -- JSON object: what lists show, without price and availability
    external_id  text NOT NULL,
    title        text NOT NULL,
    category     text NOT NULL,             -- the primary category's path, empty without one
    tax_class    text NOT NULL,
    image_url    text
);

CREATE VIEW pages_source AS
SELECT p.product_id,
       p.status,
       coalesce(v.skus, '{}') AS skus,
       coalesce(v.variants, '{}') AS variants,
       row_to_json(document)::text AS document,
       row_to_json(card)::text AS card,
       p.external_id,
       p.title,
       coalesce(c.primary_path, '') AS category,
       p.tax_class,
       p.images -> 0 ->> 'url' AS image_url
FROM products p
LEFT JOIN brands b USING (brand_id)
CROSS JOIN LATERAL (
    SELECT array_agg(v.sku ORDER BY v.position) AS skus,
           array_agg(row_to_json(variant)::text ORDER BY v.position) AS variants
    FROM variants v
    CROSS JOIN LATERAL (
        SELECT v.sku, v.gtin, v.options, v.weight_grams,
               array_to_json(ARRAY(
                   SELECT row_to_json(price)
                   FROM (SELECT currency, amount_minor, compare_at_minor FROM prices WHERE sku = v.sku) price
                   ORDER BY price.currency
               )) AS prices
    ) variant
    WHERE v.product_id = p.product_id
) v
CROSS JOIN LATERAL (
    SELECT array_to_json(coalesce(array_agg(row_to_json(entry) ORDER BY entry.position), '{}')) AS entries,
           min(entry.path) FILTER (WHERE entry.position = 0) AS primary_path
    FROM (
        SELECT c.category_id, c.name, c.slug, c.path, pc.position
        FROM product_categories pc JOIN categories c USING (category_id)
        WHERE pc.product_id = p.product_id
    ) entry
) c
CROSS JOIN LATERAL (
    SELECT p.product_id, p.external_id, p.slug, p.title, p.description,
           CASE WHEN b.brand_id IS NOT NULL
                THEN json_build_object('brand_id', b.brand_id, 'name', b.name, 'slug', b.slug) END AS brand,
           c.primary_path AS category,
           c.entries AS categories,
           p.status, p.attributes, p.options, p.images, p.tax_class, p.version,
           to_char(p.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at,
           to_char(p.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS updated_at,
           to_char(p.published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS published_at
) document
CROSS JOIN LATERAL (
    SELECT p.product_id, p.external_id, p.slug, p.title, b.name AS brand, c.primary_path AS category,
           p.images -> 0 AS image, p.status, coalesce(cardinality(v.skus), 0) AS variant_count
) card;

-- What staff said of a product, whole: what an update starts from, and a line of the export.
CREATE VIEW contents AS
SELECT p.product_id, json_strip_nulls(row_to_json(content))::text AS content
FROM products p
LEFT JOIN brands b USING (brand_id)
CROSS JOIN LATERAL (
    SELECT p.external_id, p.slug, p.title, p.description, b.name AS brand,
           array_to_json(ARRAY(
               SELECT c.path FROM product_categories pc JOIN categories c USING (category_id)
               WHERE pc.product_id = p.product_id
               ORDER BY pc.position
           )) AS categories,
           p.status, p.attributes, p.options,
           array_to_json(ARRAY(
               SELECT row_to_json(variant)
               FROM (
                   SELECT v.sku, v.gtin, v.options,
                          array_to_json(ARRAY(
                              SELECT row_to_json(price)
                              FROM (
                                  SELECT currency, amount_minor, compare_at_minor FROM prices WHERE sku = v.sku
                              ) price
                              ORDER BY price.currency
                          )) AS prices,
                          v.weight_grams
                   FROM variants v WHERE v.product_id = p.product_id
                   ORDER BY v.position
               ) variant
           )) AS variants,
           p.images,
           p.tax_class
) content;

-- A shelf is what one list shows: all active products, those of a brand, or those of a category and its
-- descendants; once for each currency they have a price in. `price_minor` is the lowest of the variants'.
CREATE TABLE shelf_items (
    product_id   uuid NOT NULL REFERENCES products,
    shelf_id     uuid NOT NULL,             -- a category's, a brand's, or the nil UUID: everything
    currency     text NOT NULL,
    price_minor  bigint NOT NULL,
    compare_at_minor bigint,                -- of the variant with that price
    title_key    text NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (product_id, shelf_id, currency)
);
CREATE INDEX shelf_items_newest ON shelf_items (shelf_id, currency, published_at, product_id);
CREATE INDEX shelf_items_price ON shelf_items (shelf_id, currency, price_minor, product_id);
CREATE INDEX shelf_items_title ON shelf_items (shelf_id, currency, title_key, product_id);

CREATE VIEW shelf_items_source AS
SELECT p.product_id, shelf.shelf_id, price.currency, price.amount_minor AS price_minor, price.compare_at_minor,
       left(lower(p.title), 100) AS title_key, p.published_at
FROM products p
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (pr.currency) pr.currency, pr.amount_minor, pr.compare_at_minor
    FROM variants v JOIN prices pr USING (sku)
    WHERE v.product_id = p.product_id
    ORDER BY pr.currency, pr.amount_minor, v.position
) price
CROSS JOIN LATERAL (
    SELECT '00000000-0000-0000-0000-000000000000'::uuid AS shelf_id
    UNION
    SELECT p.brand_id WHERE p.brand_id IS NOT NULL
    UNION
    SELECT unnest(c.lineage)
    FROM product_categories pc JOIN categories c USING (category_id)
    WHERE pc.product_id = p.product_id
) shelf
WHERE p.status = 'active';

CREATE TABLE imports (
    import_id    uuid PRIMARY KEY,
    fingerprint  bytea NOT NULL,            -- of the content and of how it is read
    file_name    text NOT NULL,
    format       text NOT NULL,
    state        text NOT NULL CHECK (state IN ('running', 'finished')),
    position     integer NOT NULL,          -- how many of the file's products are dealt with
    batches      integer NOT NULL CHECK (batches >= 0),
    created      integer NOT NULL,
    updated      integer NOT NULL,
    unchanged    integer NOT NULL,
    rejected     integer NOT NULL,
    warnings     integer NOT NULL,
    stock_counts integer NOT NULL,          -- counts that the inventory took
    pending_stock json,                     -- of the last batch, until the inventory has taken it
    started_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    CHECK (position = created + updated + unchanged + rejected),
    CHECK ((state = 'finished') = (finished_at IS NOT NULL)),
    CHECK (state = 'running' OR pending_stock IS NULL)
);
CREATE UNIQUE INDEX imports_running ON imports (fingerprint) WHERE state = 'running';

CREATE TABLE import_errors (
    import_id    uuid NOT NULL REFERENCES imports,
    problem_id   bigint GENERATED ALWAYS AS IDENTITY,
    line         bigint NOT NULL,
    severity     text NOT NULL CHECK (severity IN ('rejected', 'warning')),
    external_id  text,
    sku          text,
    field        text,
    code         text NOT NULL,
    reason       text NOT NULL,
    PRIMARY KEY (import_id, problem_id)
);
