"""What else may please who looks at a product: the best rated of its category, then of those around it."""

from __future__ import annotations

from uuid import UUID

import msgspec

from tradewind.kernel.errors import NotFound
from tradewind.services.product.deps import Deps
from tradewind.services.product.listing import EVERYTHING, card_sql, currency_of, page_of, with_availability
from tradewind.services.product.shapes import RelatedQuery


async def related_products(
    deps: Deps, product_id: UUID, query: RelatedQuery, *, may_see_all: bool
) -> msgspec.Raw:
    """A Page of ProductCard as JSON, of one page: first from the product's primary category, then from the one
    above it and so on, last of its brand. Raises NotFound."""
    currency = currency_of(deps, query.currency)
    row = await deps.db.row(
        f"""
        WITH shelves AS (
            SELECT shelf.shelf_id, shelf.place
            FROM products p
            LEFT JOIN product_categories pc ON pc.product_id = p.product_id AND pc.position = 0
            LEFT JOIN categories c USING (category_id)
            CROSS JOIN LATERAL unnest(p.brand_id || c.lineage) WITH ORDINALITY AS shelf (shelf_id, place)
            WHERE p.product_id = $1
        ), near AS (
            SELECT item.product_id, max(shelves.place) AS place
            FROM shelves CROSS JOIN LATERAL (
                SELECT s.product_id FROM shelf_items s
                WHERE s.shelf_id = shelves.shelf_id AND s.currency = $2 AND s.product_id <> $1
                ORDER BY s.rating_rank DESC, s.product_id DESC LIMIT $3
            ) item
            GROUP BY item.product_id
        ), cards AS (
            SELECT {card_sql("g", "s", "s.currency")} AS card, array_to_string(g.skus, E'\\n') AS skus
            FROM near
            JOIN shelf_items s ON s.product_id = near.product_id AND s.shelf_id = $4 AND s.currency = $2
            JOIN pages g ON g.product_id = near.product_id
            ORDER BY near.place DESC, s.rating_rank DESC, s.product_id DESC LIMIT $3
        )
        SELECT p.status, ARRAY(SELECT card FROM cards), ARRAY(SELECT skus FROM cards)
        FROM products p WHERE p.product_id = $1
        """,
        product_id,
        currency,
        query.limit,
        EVERYTHING,
    )
    if row is None or (row[0] != "active" and not may_see_all):
        raise NotFound("product_not_found", "there is no such product")
    return page_of(await with_availability(deps, row[1], row[2]), None)
