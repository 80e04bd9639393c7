"""Reads, straight to what is answered. A product's page is kept as JSON (migrations/0001): nothing is
decoded on its way out, and only `available` is put in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Page
from tradewind.contracts.product import Offer
from tradewind.kernel.errors import NotFound
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection
from tradewind.services.product.deps import Deps
from tradewind.services.product.domain import Price
from tradewind.services.product.shapes import (
    Brand,
    CategoryDetail,
    CategoryNode,
    CategoryPlace,
    CategoryTree,
    ImportProblem,
    ImportRun,
    ProductCounts,
)
from tradewind.services.product.store.imports import RUN_COLUMNS

# What cursors hold: as bounded as the columns, for a client may make one up.
_Name = Annotated[str, Meta(max_length=120, pattern=r"^[^\x00]*$(?!\n)")]
_Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]

_decode_options = msgspec.json.Decoder(dict[str, str]).decode

PAGE_BY_ID = "SELECT status, skus, variants, document FROM pages WHERE product_id = $1"
PAGE_BY_SLUG = """
    SELECT g.status, g.skus, g.variants, g.document FROM products p JOIN pages g USING (product_id)
    WHERE p.slug = $1
"""
PAGE_BY_EXTERNAL_ID = """
    SELECT g.status, g.skus, g.variants, g.document FROM products p JOIN pages g USING (product_id)
    WHERE p.external_id = $1
"""


async def product_page(
    deps: Deps, sql: str, key: object, *, currency: str | None, may_see_all: bool
) -> tuple[str, msgspec.Raw]:
    """Its status, and ProductDetail as JSON. `sql` is one of the above. Raises NotFound."""
    row = await deps.db.row(sql, key)
    if row is None or (row[0] != "active" and not may_see_all):
        raise NotFound("product_not_found", "there is no such product")
    status, skus, variants, document = row
    if currency is not None:
        variants = [_priced_in(variant, currency) for variant in variants]
    available = await availability(deps, skus)
    entries = [
        f'{variant[:-1]},"available":{available[sku]}}}' for sku, variant in zip(skus, variants, strict=True)
    ]
    return status, msgspec.Raw(f'{document[:-1]},"variants":[{",".join(entries)}]}}'.encode())


async def availability(deps: Deps, skus: list[str]) -> Mapping[str, int]:
    """What can be sold of each SKU, over all warehouses."""
    if not skus:
        return {}
    return {entry.sku: entry.available for entry in await deps.inventory.availability(skus)}


class _StoredVariant(msgspec.Struct, frozen=True):
    sku: str
    gtin: msgspec.Raw
    options: msgspec.Raw
    weight_grams: int
    prices: list[Price]


_decode_variant = msgspec.json.Decoder(_StoredVariant).decode


def _priced_in(variant: str, currency: str) -> str:
    stored = _decode_variant(variant)
    prices = [price for price in stored.prices if price.currency == currency]
    return msgspec.json.encode(msgspec.structs.replace(stored, prices=prices)).decode()


async def offers(deps: Deps, skus: list[str], currency: str) -> list[Offer]:
    """See contracts/product.py."""
    # The array is behind a sub-select so that it is planned once, not for each number of SKUs anew.
    rows = await deps.db.fetch(
        """
        SELECT v.sku, v.product_id, g.external_id, g.title, v.options, p.amount_minor, p.currency,
               v.weight_grams, g.category, p.compare_at_minor, g.tax_class, g.image_url,
               ARRAY(SELECT s.shelf_id FROM shelf_items s WHERE s.product_id = v.product_id AND s.currency = $2)
        FROM variants v
        JOIN prices p ON p.sku = v.sku AND p.currency = $2
        JOIN pages g ON g.product_id = v.product_id AND g.status = 'active'
        WHERE v.sku = ANY ((SELECT $1::text[])::text[])
        """,
        skus,
        currency,
    )
    return [
        Offer(sku, product_id, external_id, title, _decode_options(options), *rest)
        for sku, product_id, external_id, title, options, *rest in rows
    ]


async def category_tree(db: Connection) -> CategoryTree:
    rows = await db.fetch(
        """
        SELECT category_id, parent_id, name, slug, path, position, version FROM categories
        ORDER BY cardinality(lineage), position, name
        """
    )
    roots: list[CategoryNode] = []
    nodes: dict[UUID, CategoryNode] = {}
    for category_id, parent_id, name, slug, path, position, version in rows:
        nodes[category_id] = node = CategoryNode(category_id, name, slug, path, position, version, [])
        (roots if parent_id is None else nodes[parent_id].children).append(node)
    return CategoryTree(roots)


async def category_by_slug(db: Connection, slug: str, currency: str) -> CategoryDetail:
    """Raises NotFound."""
    rows = await db.fetch(
        """
        WITH wanted AS (SELECT category_id, lineage FROM categories WHERE slug = $1)
        SELECT c.category_id, c.name, c.slug, c.path, c.parent_id IS NOT DISTINCT FROM w.category_id AS below,
            CASE WHEN c.category_id = w.category_id THEN (
                SELECT count(*) FROM shelf_items s WHERE s.shelf_id = w.category_id AND s.currency = $2) END
        FROM wanted w JOIN categories c ON c.category_id = ANY (w.lineage) OR c.parent_id = w.category_id
        ORDER BY cardinality(c.lineage), c.position, c.name
        """,
        slug,
        currency,
    )
    children = [CategoryPlace(row[0], row[1], row[2]) for row in rows if row[4]]
    way = [row for row in rows if not row[4]]
    if not way:
        raise NotFound("category_not_found", "there is no such category")
    *above, (category_id, name, own_slug, path, _, product_count) = way
    breadcrumb = [CategoryPlace(row[0], row[1], row[2]) for row in above]
    return CategoryDetail(category_id, name, own_slug, path, breadcrumb, children, product_count)


async def product_counts(db: Connection) -> ProductCounts:
    rows = await db.fetch("SELECT status, count(*) FROM products GROUP BY status")
    return ProductCounts(**{"draft": 0, "active": 0, "archived": 0, **{row[0]: row[1] for row in rows}})


async def brand_by_slug(db: Connection, slug: str) -> Brand:
    """Raises NotFound."""
    row = await db.row("SELECT brand_id, name, slug FROM brands WHERE slug = $1", slug)
    if row is None:
        raise NotFound("brand_not_found", "there is no such brand")
    return Brand(*row)


async def list_brands(db: Connection, limit: int, cursor: str | None) -> Page[Brand]:
    after = decode_cursor(cursor, tuple[_Name])[0] if cursor is not None else ""
    rows = await db.fetch(
        "SELECT brand_id, name, slug FROM brands WHERE name > $1 ORDER BY name LIMIT $2", after, limit + 1
    )
    items = [Brand(*row) for row in rows[:limit]]
    return Page(items, encode_cursor(items[-1].name) if len(rows) > limit else None)


async def import_run(db: Connection, import_id: UUID) -> ImportRun:
    row = await db.row(f"SELECT {RUN_COLUMNS} FROM imports WHERE import_id = $1", import_id)
    if row is None:
        raise NotFound("import_not_found", "there is no such import")
    return ImportRun(*row)


async def list_imports(db: Connection, limit: int, cursor: str | None) -> Page[ImportRun]:
    """Newest first."""
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor is not None else UUID(int=2**128 - 1)
    rows = await db.fetch(
        f"SELECT {RUN_COLUMNS} FROM imports WHERE import_id < $1 ORDER BY import_id DESC LIMIT $2",
        before,
        limit + 1,
    )
    items = [ImportRun(*row) for row in rows[:limit]]
    return Page(items, encode_cursor(items[-1].import_id) if len(rows) > limit else None)


async def import_problems(
    db: Connection, import_id: UUID, after: int, limit: int
) -> list[tuple[int, ImportProblem]]:
    """In the order they were found, each with its number to go on after."""
    rows = await db.fetch(
        """
        SELECT problem_id, line, severity, code, reason, external_id, sku, field FROM import_errors
        WHERE import_id = $1 AND problem_id > $2 ORDER BY problem_id LIMIT $3
        """,
        import_id,
        after,
        limit,
    )
    return [(number, ImportProblem(*rest)) for number, *rest in rows]


async def page_of_problems(
    db: Connection, import_id: UUID, limit: int, cursor: str | None
) -> Page[ImportProblem]:
    await import_run(db, import_id)
    after = decode_cursor(cursor, tuple[_Number])[0] if cursor is not None else 0
    found = await import_problems(db, import_id, after, limit + 1)
    items = [problem for _, problem in found[:limit]]
    return Page(items, encode_cursor(found[limit - 1][0]) if len(found) > limit else None)
