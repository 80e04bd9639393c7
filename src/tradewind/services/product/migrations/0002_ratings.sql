-- What customers think of a product, kept with it: the sum of their stars and how many gave some.
-- `revision` grows with everything that a reader elsewhere may keep of it, `version` with what staff change:
-- a review does not get into the way of an edit.

ALTER TABLE products
    ADD COLUMN rating_count   integer NOT NULL DEFAULT 0 CHECK (rating_count >= 0),
    ADD COLUMN rating_sum     integer NOT NULL DEFAULT 0,
    ADD COLUMN rating_changes integer NOT NULL DEFAULT 0 CHECK (rating_changes >= 0),
    ADD COLUMN revision       integer NOT NULL GENERATED ALWAYS AS (version + rating_changes) STORED,
    ADD CONSTRAINT products_rating CHECK (rating_sum BETWEEN rating_count AND 5 * rating_count);

CREATE FUNCTION rating_average(stars integer, reviews integer) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN reviews > 0 THEN trim_scale(round(stars::numeric / reviews, 2)) END $$;

CREATE FUNCTION rating_rank(stars integer, reviews integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    -- In thousandths of a star, as if five more customers had given 3.5: one enthusiast does not outrank
    -- a hundred contented. Without a review, 0: last.
    SELECT CASE WHEN reviews > 0 THEN round((stars + 17.5) * 1000 / (reviews + 5))::integer ELSE 0 END
$$;

ALTER TABLE shelf_items
    ADD COLUMN rating_hundredths integer NOT NULL DEFAULT 0,   -- of a star, as shown; 0 without a review
    ADD COLUMN rating_rank       integer NOT NULL DEFAULT 0;
CREATE INDEX shelf_items_rating ON shelf_items (shelf_id, currency, rating_rank, product_id);

CREATE OR REPLACE VIEW pages_source AS
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
           to_char(p.published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS published_at,
           rating_average(p.rating_sum, p.rating_count) AS rating_average, p.rating_count
) document
CROSS JOIN LATERAL (
    SELECT p.product_id, p.external_id, p.slug, p.title, b.name AS brand, c.primary_path AS category,
           p.images -> 0 AS image, p.status, coalesce(cardinality(v.skus), 0) AS variant_count,
           rating_average(p.rating_sum, p.rating_count) AS rating_average, p.rating_count
) card;

CREATE OR REPLACE VIEW shelf_items_source AS
SELECT p.product_id, shelf.shelf_id, price.currency, price.amount_minor AS price_minor, price.compare_at_minor,
       left(lower(p.title), 100) AS title_key, p.published_at,
       coalesce(rating_average(p.rating_sum, p.rating_count) * 100, 0)::integer AS rating_hundredths,
       rating_rank(p.rating_sum, p.rating_count) AS rating_rank
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

INSERT INTO pages SELECT * FROM pages_source
ON CONFLICT (product_id) DO UPDATE SET document = excluded.document, card = excluded.card;
