"""What is always true of this service's data. Each query answers a row for each violation."""

from __future__ import annotations

INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "names_that_identify_are_unique",
        """
        SELECT 'slug' AS name, slug AS value FROM products GROUP BY slug HAVING count(*) > 1
        UNION ALL
        SELECT 'external_id', external_id FROM products GROUP BY external_id HAVING count(*) > 1
        UNION ALL
        SELECT 'sku', sku FROM variants GROUP BY sku HAVING count(*) > 1
        """,
    ),
    (
        "active_products_have_a_price",
        """
        SELECT product_id FROM products p
        WHERE status = 'active'
            AND NOT EXISTS (SELECT FROM variants v JOIN prices USING (sku) WHERE v.product_id = p.product_id)
        """,
    ),
    (
        "prices_are_amounts_of_their_variants",
        """
        SELECT pr.sku, pr.currency, pr.amount_minor, pr.compare_at_minor
        FROM prices pr LEFT JOIN variants v USING (sku)
        WHERE v.sku IS NULL OR pr.amount_minor < 0 OR pr.compare_at_minor <= pr.amount_minor
        """,
    ),
    (
        "variants_choose_each_option_once",
        """
        SELECT v.sku FROM variants v JOIN products p USING (product_id)
        WHERE ARRAY(SELECT json_object_keys(v.options) ORDER BY 1)
            <> ARRAY(SELECT json_array_elements_text(p.options) ORDER BY 1)
        """,
    ),
    (
        "variants_of_a_product_differ",
        """
        SELECT product_id, options::jsonb FROM variants GROUP BY product_id, options::jsonb HAVING count(*) > 1
        """,
    ),
    (
        "gtins_have_their_check_digit",
        "SELECT sku, gtin FROM variants WHERE NOT gtin_is_valid(gtin)",
    ),
    (
        "positions_count_from_zero",
        """
        SELECT 'variants' AS of, product_id FROM variants GROUP BY product_id HAVING max(position) <> count(*) - 1
        UNION ALL
        SELECT 'categories', product_id FROM product_categories
        GROUP BY product_id HAVING max(position) <> count(*) - 1
        """,
    ),
    (
        "category_paths_follow_their_parents",
        """
        SELECT c.category_id, c.path FROM categories c LEFT JOIN categories parent ON parent.category_id = c.parent_id
        WHERE c.path IS DISTINCT FROM CASE WHEN c.parent_id IS NULL THEN c.name ELSE parent.path || ' > ' || c.name END
            OR c.lineage IS DISTINCT FROM coalesce(parent.lineage, '{}') || c.category_id
        """,
    ),
    (
        "status_histories_are_paths_of_the_transitions",
        """
        WITH steps AS (
            SELECT product_id, version, from_status, to_status,
                lag(to_status) OVER (PARTITION BY product_id ORDER BY version) AS before
            FROM status_changes
        )
        SELECT product_id, version, from_status, to_status FROM steps
        WHERE from_status IS DISTINCT FROM before
            OR (from_status IS NULL AND version <> 1)
            OR (from_status IS NOT NULL AND (from_status, to_status) NOT IN (
                ('draft', 'active'), ('draft', 'archived'), ('active', 'archived'), ('archived', 'active')))
        """,
    ),
    (
        "status_is_the_last_of_its_history",
        """
        SELECT p.product_id, p.status FROM products p
        WHERE p.status IS DISTINCT FROM (
            SELECT s.to_status FROM status_changes s WHERE s.product_id = p.product_id
            ORDER BY s.version DESC LIMIT 1)
        """,
    ),
    (
        "published_when_first_active",
        """
        SELECT p.product_id, p.published_at FROM products p
        WHERE p.published_at IS DISTINCT FROM (
            SELECT min(s.changed_at) FROM status_changes s
            WHERE s.product_id = p.product_id AND s.to_status = 'active')
        """,
    ),
    (
        "versions_are_positive_and_told",
        """
        WITH told AS (
            SELECT key, max((payload ->> 'version')::int) AS version FROM outbox GROUP BY key
        )
        SELECT p.product_id, p.revision, told.version AS told
        FROM products p LEFT JOIN told ON told.key = p.product_id::text
        WHERE p.version < 1 OR told.version <> p.revision
            OR (told.version IS NULL AND p.updated_at > (SELECT min(occurred_at) FROM outbox))
        """,
    ),
    (
        "pages_are_what_the_products_say",
        """
        SELECT coalesce(kept.product_id, source.product_id) AS product_id
        FROM pages kept FULL JOIN pages_source source USING (product_id)
        WHERE kept IS DISTINCT FROM source
        """,
    ),
    (
        "shelves_are_what_the_products_say",
        """
        SELECT coalesce(kept.product_id, source.product_id) AS product_id, shelf_id, currency
        FROM shelf_items kept FULL JOIN shelf_items_source source USING (product_id, shelf_id, currency)
        WHERE kept IS DISTINCT FROM source
        """,
    ),
    (
        "price_from_is_the_lowest_price",
        """
        SELECT s.product_id, s.currency, s.price_minor
        FROM shelf_items s
        WHERE s.price_minor IS DISTINCT FROM (
            SELECT min(pr.amount_minor) FROM variants v JOIN prices pr USING (sku)
            WHERE v.product_id = s.product_id AND pr.currency = s.currency)
        """,
    ),
    (
        "ratings_are_a_recount_of_the_published_reviews",
        """
        SELECT p.product_id, p.rating_count, p.rating_sum, counted.reviews, counted.stars
        FROM products p
        LEFT JOIN (
            SELECT product_id, count(*) AS reviews, sum(rating) AS stars FROM reviews
            WHERE state = 'published' GROUP BY product_id
        ) counted USING (product_id)
        WHERE (p.rating_count, p.rating_sum) <> (coalesce(counted.reviews, 0), coalesce(counted.stars, 0))
        """,
    ),
    (
        "review_histories_are_paths_of_the_transitions",
        """
        WITH steps AS (
            SELECT review_id, version, from_state, to_state,
                lag(to_state) OVER (PARTITION BY review_id ORDER BY version) AS before
            FROM review_changes
        )
        SELECT review_id, version, from_state, to_state FROM steps
        WHERE from_state IS DISTINCT FROM before
            OR (from_state IS NULL AND (version <> 1 OR to_state = 'refused'))
            OR (from_state IS NOT NULL AND (from_state, to_state) NOT IN (
                ('pending', 'published'), ('pending', 'refused'), ('published', 'refused'),
                ('published', 'pending'), ('refused', 'published'), ('refused', 'pending')))
        """,
    ),
    (
        "a_review_is_in_the_last_state_of_its_history",
        """
        SELECT r.review_id, r.state FROM reviews r
        WHERE r.state IS DISTINCT FROM (
            SELECT c.to_state FROM review_changes c WHERE c.review_id = r.review_id
            ORDER BY c.version DESC LIMIT 1)
        """,
    ),
    (
        "imports_account_for_every_product",
        """
        SELECT i.import_id, i.state, i.position FROM imports i
        WHERE i.position <> i.created + i.updated + i.unchanged + i.rejected
            OR i.warnings <> (
                SELECT count(*) FROM import_errors e WHERE e.import_id = i.import_id AND e.severity = 'warning')
            OR (i.rejected > 0) <> EXISTS (
                SELECT FROM import_errors e WHERE e.import_id = i.import_id AND e.severity = 'rejected')
            OR (i.state = 'finished' AND i.pending_stock IS NOT NULL)
        """,
    ),
)
