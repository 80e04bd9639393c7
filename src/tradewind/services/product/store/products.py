"""Products as rows, one or hundreds at a time, and what reads are answered from, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tradewind.contracts.product import ProductArchived, ProductCreated, ProductUpdated
from tradewind.ports.database import Connection, Transaction
from tradewind.services.product.domain import Content, Status

_COLUMNS = "product_id, external_id, slug, status, version, revision, import_digest, import_version"


class Existing(msgspec.Struct, frozen=True):
    """A product's row, locked."""

    product_id: UUID
    external_id: str
    slug: str
    status: Status
    version: int
    revision: int
    import_digest: bytes | None
    import_version: int | None

    def was_imported_as(self, digest: bytes) -> bool:
        """Nothing has changed since this very row was imported."""
        return self.import_digest == digest and self.import_version == self.version


class Draft(msgspec.Struct, frozen=True):
    """A product about to be written: `content` with its external_id and slug settled.

    With `keeps_categories` its categories are left as they are, and need not be held.
    """

    product_id: UUID
    content: Content
    was: Existing | None = None
    import_digest: bytes | None = None
    keeps_categories: bool = False

    @property
    def version(self) -> int:
        return 1 if self.was is None else self.was.version + 1

    @property
    def revision(self) -> int:
        return 1 if self.was is None else self.was.revision + 1

    def event(self) -> ProductCreated | ProductUpdated | ProductArchived:
        assert self.content.external_id is not None
        kind: type[ProductCreated | ProductUpdated | ProductArchived] = ProductUpdated
        if self.was is None:
            kind = ProductCreated
        elif self.content.status == "archived" and self.was.status != "archived":
            kind = ProductArchived
        return kind(self.product_id, self.content.external_id, self.revision)


class RatingMove(msgspec.Struct, frozen=True):
    """What becomes of a product's rating: published reviews and their stars, more or fewer."""

    product_id: UUID
    reviews: int
    stars: int


async def lock(tx: Transaction, external_ids: Sequence[str]) -> dict[str, Existing]:
    """Those of them that exist, by external id."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM products WHERE external_id = ANY ($1::text[]) ORDER BY external_id FOR UPDATE",
        list(external_ids),
    )
    return {row["external_id"]: Existing(*row) for row in rows}


async def lock_one(tx: Transaction, product_id: UUID) -> Existing | None:
    row = await tx.row(f"SELECT {_COLUMNS} FROM products WHERE product_id = $1 FOR UPDATE", product_id)
    return None if row is None else Existing(*row)


async def exists(db: Connection, product_id: UUID) -> bool:
    found: bool = await db.value("SELECT EXISTS (SELECT FROM products WHERE product_id = $1)", product_id)
    return found


async def content_of(db: Connection, product_id: UUID) -> Content:
    """What a locked product holds now."""
    text: str = await db.value("SELECT content FROM contents WHERE product_id = $1", product_id)
    return msgspec.json.decode(text, type=Content)


async def has_price(db: Connection, product_id: UUID) -> bool:
    found: bool = await db.value(
        "SELECT EXISTS (SELECT FROM variants JOIN prices USING (sku) WHERE product_id = $1)", product_id
    )
    return found


async def owners_of(db: Connection, skus: Sequence[str]) -> dict[str, str]:
    """The external id of the product that has each of these SKUs, where one has."""
    rows = await db.fetch(
        """
        SELECT v.sku, p.external_id FROM variants v JOIN products p USING (product_id)
        WHERE v.sku = ANY ($1::text[])
        """,
        list(skus),
    )
    return {row[0]: row[1] for row in rows}


async def taken_slugs(db: Connection, slugs: Sequence[str]) -> set[str]:
    rows = await db.fetch("SELECT slug FROM products WHERE slug = ANY ($1::text[])", list(slugs))
    return {row[0] for row in rows}


async def write(
    tx: Transaction,
    drafts: Sequence[Draft],
    brands: Mapping[str, UUID],
    categories: Mapping[str, UUID],
    now: datetime,
) -> None:
    """Insert the new ones and overwrite the others, whose rows are locked; variants are replaced.

    Raises UniqueViolation for a slug, external id or SKU that another transaction took meanwhile.
    """
    await _write_products(tx, drafts, brands, now)
    await _write_status_changes(tx, drafts, now)
    await _write_categories(tx, [draft for draft in drafts if not draft.keeps_categories], categories)
    await _write_variants(tx, drafts)
    await refresh(tx, [draft.product_id for draft in drafts])


async def _write_products(
    tx: Transaction, drafts: Sequence[Draft], brands: Mapping[str, UUID], now: datetime
) -> None:
    records = [
        {
            "product_id": draft.product_id,
            "external_id": draft.content.external_id,
            "slug": draft.content.slug,
            "title": draft.content.title,
            "description": draft.content.description,
            "brand_id": None if draft.content.brand is None else brands[draft.content.brand],
            "status": draft.content.status,
            "attributes": draft.content.attributes,
            "options": draft.content.options,
            "images": draft.content.images,
            "tax_class": draft.content.tax_class,
            "import_digest": None if draft.import_digest is None else draft.import_digest.hex(),
        }
        for draft in drafts
    ]
    await tx.execute(
        """
        INSERT INTO products AS p (
            product_id, external_id, slug, title, description, brand_id, status, attributes, options, images,
            tax_class, version, created_at, updated_at, published_at, import_digest, import_version)
        SELECT product_id, external_id, slug, title, description, brand_id, status, attributes, options, images,
               tax_class, 1, $2, $2, CASE status WHEN 'active' THEN $2::timestamptz END,
               decode(import_digest, 'hex'), CASE WHEN import_digest IS NOT NULL THEN 1 END
        FROM json_to_recordset($1::json) AS r (
            product_id uuid, external_id text, slug text, title text, description text, brand_id uuid,
            status text, attributes json, options json, images json, tax_class text, import_digest text)
        ON CONFLICT (product_id) DO UPDATE SET
            external_id = excluded.external_id, slug = excluded.slug, title = excluded.title,
            description = excluded.description, brand_id = excluded.brand_id, status = excluded.status,
            attributes = excluded.attributes, options = excluded.options, images = excluded.images,
            tax_class = excluded.tax_class, version = p.version + 1, updated_at = excluded.updated_at,
            published_at = coalesce(p.published_at, excluded.published_at),
            import_digest = coalesce(excluded.import_digest, p.import_digest),
            import_version = CASE WHEN excluded.import_digest IS NOT NULL THEN p.version + 1
                                  ELSE p.import_version END
        """,
        _json(records),
        now,
    )


async def _write_status_changes(tx: Transaction, drafts: Sequence[Draft], now: datetime) -> None:
    moved = [draft for draft in drafts if draft.was is None or draft.was.status != draft.content.status]
    if moved:
        await tx.execute(
            """
            INSERT INTO status_changes (product_id, version, from_status, to_status, changed_at)
            SELECT product_id, version, from_status, to_status, $5
            FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[])
                AS moved (product_id, version, from_status, to_status)
            """,
            [draft.product_id for draft in moved],
            [draft.version for draft in moved],
            [None if draft.was is None else draft.was.status for draft in moved],
            [draft.content.status for draft in moved],
            now,
        )


async def _write_categories(tx: Transaction, drafts: Sequence[Draft], categories: Mapping[str, UUID]) -> None:
    replaced = [draft.product_id for draft in drafts if draft.was is not None]
    if replaced:
        await tx.execute("DELETE FROM product_categories WHERE product_id = ANY ($1::uuid[])", replaced)
    entries = [
        (draft.product_id, position, categories[path])
        for draft in drafts
        for position, path in enumerate(draft.content.categories)
    ]
    if entries:
        await tx.execute(
            """
            INSERT INTO product_categories (product_id, position, category_id)
            SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[])
            """,
            *_columns(entries),
        )


async def _write_variants(tx: Transaction, drafts: Sequence[Draft]) -> None:
    replaced = [draft.product_id for draft in drafts if draft.was is not None]
    if replaced:
        await tx.execute("DELETE FROM variants WHERE product_id = ANY ($1::uuid[])", replaced)
    variants = [
        {
            "sku": variant.sku,
            "product_id": draft.product_id,
            "position": position,
            "gtin": variant.gtin,
            "options": variant.options,
            "weight_grams": variant.weight_grams,
        }
        for draft in drafts
        for position, variant in enumerate(draft.content.variants)
    ]
    prices = [
        (variant.sku, price.currency, price.amount_minor, price.compare_at_minor)
        for draft in drafts
        for variant in draft.content.variants
        for price in variant.prices
    ]
    if variants:
        await tx.execute(
            """
            INSERT INTO variants (sku, product_id, position, gtin, options, weight_grams)
            SELECT sku, product_id, position, gtin, options, weight_grams
            FROM json_to_recordset($1::json)
                AS r (sku text, product_id uuid, position int, gtin text, options json, weight_grams int)
            """,
            _json(variants),
        )
    if prices:
        await tx.execute(
            """
            INSERT INTO prices (sku, currency, amount_minor, compare_at_minor)
            SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
            """,
            *_columns(prices),
        )


async def set_status(tx: Transaction, was: Existing, status: Status, now: datetime) -> Existing:
    """Move a locked product, with its history row; answers it as it is now."""
    await tx.execute(
        """
        WITH moved AS (
            UPDATE products
            SET status = $3::text, version = version + 1, updated_at = $4::timestamptz,
                published_at = CASE $3 WHEN 'active' THEN coalesce(published_at, $4) ELSE published_at END
            WHERE product_id = $1 AND status = $2
            RETURNING product_id, version)
        INSERT INTO status_changes (product_id, version, from_status, to_status, changed_at)
        SELECT product_id, version, $2, $3, $4 FROM moved
        """,
        was.product_id,
        was.status,
        status,
        now,
    )
    await refresh(tx, [was.product_id])
    return msgspec.structs.replace(was, status=status, version=was.version + 1, revision=was.revision + 1)


async def touch(tx: Transaction, product_ids: Sequence[UUID], now: datetime) -> list[ProductUpdated]:
    """Give products a new version because something they show has changed; their rows are locked."""
    rows = await tx.fetch(
        """
        UPDATE products SET version = version + 1, updated_at = $2 WHERE product_id = ANY ($1::uuid[])
        RETURNING product_id, external_id, revision
        """,
        list(product_ids),
        now,
    )
    await refresh(tx, product_ids)
    return [ProductUpdated(*row) for row in rows]


async def move_ratings(tx: Transaction, moves: Sequence[RatingMove]) -> list[ProductUpdated]:
    """So many published reviews and stars more, or fewer; the products' rows are locked."""
    rows = await tx.fetch(
        """
        UPDATE products p
        SET rating_count = p.rating_count + m.reviews, rating_sum = p.rating_sum + m.stars,
            rating_changes = p.rating_changes + 1
        FROM unnest($1::uuid[], $2::int[], $3::int[]) AS m (product_id, reviews, stars)
        WHERE p.product_id = m.product_id
        RETURNING p.product_id, p.external_id, p.revision
        """,
        [move.product_id for move in moves],
        [move.reviews for move in moves],
        [move.stars for move in moves],
    )
    await refresh(tx, [move.product_id for move in moves])
    return [ProductUpdated(*row) for row in rows]


async def refresh(tx: Transaction, product_ids: Sequence[UUID]) -> None:
    """Derive anew what reads of these products are answered from."""
    ids = list(product_ids)
    await tx.execute(
        """
        INSERT INTO pages SELECT * FROM pages_source WHERE product_id = ANY ($1::uuid[])
        ON CONFLICT (product_id) DO UPDATE SET
            status = excluded.status, skus = excluded.skus, variants = excluded.variants,
            document = excluded.document, card = excluded.card, external_id = excluded.external_id,
            title = excluded.title, category = excluded.category, tax_class = excluded.tax_class,
            image_url = excluded.image_url
        """,
        ids,
    )
    await tx.execute("DELETE FROM shelf_items WHERE product_id = ANY ($1::uuid[])", ids)
    await tx.execute(
        "INSERT INTO shelf_items SELECT * FROM shelf_items_source WHERE product_id = ANY ($1::uuid[])", ids
    )


def _json(records: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(records).decode()


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
