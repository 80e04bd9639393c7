"""Brands and categories as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.kernel.clock import Clock
from tradewind.ports.database import Transaction
from tradewind.services.product.domain import SEPARATOR, slugs_for
from tradewind.services.product.shapes import Brand


class CategoryRow(msgspec.Struct, frozen=True):
    """A category as it is kept."""

    category_id: UUID
    parent_id: UUID | None
    name: str
    slug: str
    path: str
    lineage: list[UUID]
    position: int
    version: int


async def brand_ids(tx: Transaction, names: Sequence[str]) -> dict[str, UUID]:
    rows = await tx.fetch("SELECT name, brand_id FROM brands WHERE name = ANY ($1::text[])", list(names))
    return {row[0]: row[1] for row in rows}


async def brand_slug_is_taken(tx: Transaction, slug: str) -> bool:
    taken: bool = await tx.value("SELECT EXISTS (SELECT FROM brands WHERE slug = $1)", slug)
    return taken


async def insert_brand(tx: Transaction, brand_id: UUID, name: str, slug: str, now: datetime) -> None:
    """Raises UniqueViolation for a name or slug that another brand has."""
    await tx.execute(
        "INSERT INTO brands (brand_id, name, slug, created_at) VALUES ($1, $2, $3, $4)",
        brand_id,
        name,
        slug,
        now,
    )


async def lock_brand(tx: Transaction, brand_id: UUID) -> Brand | None:
    """So that no product comes to it, or leaves it, until this transaction ends."""
    row = await tx.row("SELECT brand_id, name, slug FROM brands WHERE brand_id = $1 FOR UPDATE", brand_id)
    return None if row is None else Brand(*row)


async def rename_brand(tx: Transaction, brand: Brand) -> None:
    """Raises UniqueViolation for a name or slug that another brand has."""
    await tx.execute(
        "UPDATE brands SET name = $2, slug = $3 WHERE brand_id = $1", brand.brand_id, brand.name, brand.slug
    )


async def lock_products_of_brand(tx: Transaction, brand_id: UUID) -> list[UUID]:
    rows = await tx.fetch(
        "SELECT product_id FROM products WHERE brand_id = $1 ORDER BY external_id FOR UPDATE", brand_id
    )
    return [row[0] for row in rows]


async def make_brands(tx: Transaction, clock: Clock, names: Sequence[str]) -> dict[str, UUID]:
    """As brand_ids, with those that there are not made; and held: none is renamed until this transaction ends."""
    known = await _share_brands(tx, names)
    for choice in range(3):
        missing = sorted(set(names) - known.keys())
        if not missing:
            break
        ids = [clock.new_id() for _ in missing]
        await tx.execute(
            """
            INSERT INTO brands (brand_id, name, slug, created_at)
            SELECT brand_id, name, slug, $4
            FROM unnest($1::uuid[], $2::text[], $3::text[]) AS b (brand_id, name, slug)
            ON CONFLICT DO NOTHING
            """,
            ids,
            missing,
            [(*slugs_for(name, name), str(made))[choice] for name, made in zip(missing, ids, strict=True)],
            clock.now(),
        )
        known |= await _share_brands(tx, missing)
    return known


async def _share_brands(tx: Transaction, names: Sequence[str]) -> dict[str, UUID]:
    rows = await tx.fetch(
        """
        SELECT name, brand_id FROM brands WHERE name = ANY ($1::text[]) ORDER BY brand_id FOR KEY SHARE
        """,
        list(names),
    )
    return {row[0]: row[1] for row in rows}


async def category_ids(tx: Transaction, paths: Sequence[str]) -> dict[str, UUID]:
    rows = await tx.fetch(
        "SELECT path, category_id FROM categories WHERE path = ANY ($1::text[])", list(paths)
    )
    return {row[0]: row[1] for row in rows}


async def share_categories(tx: Transaction, paths: Sequence[str]) -> dict[str, UUID]:
    """As category_ids, and held: none of them is renamed or moved until this transaction ends."""
    rows = await tx.fetch(
        "SELECT path, category_id FROM categories WHERE path = ANY ($1::text[]) ORDER BY category_id FOR SHARE",
        list(paths),
    )
    return {row[0]: row[1] for row in rows}


async def lock_tree(tx: Transaction) -> None:
    """Until this transaction ends, no other makes, moves or renames a category."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.categories', 0))")


async def make_categories(tx: Transaction, clock: Clock, paths: Sequence[str]) -> dict[str, UUID]:
    """As share_categories, with those that there are not made, and their ancestors."""
    if len(await category_ids(tx, paths)) == len(set(paths)):
        known = await share_categories(tx, paths)
        if len(known) == len(set(paths)):
            return known
    await lock_tree(tx)
    known = {}
    lineages = [path.split(SEPARATOR) for path in paths]
    for depth in range(1, max(map(len, lineages)) + 1):
        wanted = list(
            dict.fromkeys(SEPARATOR.join(names[:depth]) for names in lineages if len(names) >= depth)
        )
        there = await share_categories(tx, wanted)
        missing = [path for path in wanted if path not in there]
        if missing:
            await _insert_level(tx, clock, missing)
            there |= await share_categories(tx, missing)
        known |= there
    return known


async def _insert_level(tx: Transaction, clock: Clock, paths: Sequence[str]) -> None:
    """Make categories whose parents exist; each comes after its siblings."""
    ids = [clock.new_id() for _ in paths]
    choices = {path: _slug_choices(path, made) for path, made in zip(paths, ids, strict=True)}
    rows = await tx.fetch(
        "SELECT slug FROM categories WHERE slug = ANY ($1::text[])",
        [slug for slugs in choices.values() for slug in slugs],
    )
    taken = {row[0] for row in rows}
    slugs = []
    for path in paths:
        slugs.append(next(slug for slug in choices[path] if slug not in taken))
        taken.add(slugs[-1])
    await tx.execute(
        """
        INSERT INTO categories (category_id, parent_id, name, slug, path, lineage, position, version, created_at)
        SELECT new.category_id, parent.category_id, new.name, new.slug, new.path,
               coalesce(parent.lineage, '{}') || new.category_id,
               siblings.count + row_number() OVER (PARTITION BY parent.category_id ORDER BY new.place) - 1, 1, $6
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
            AS new (category_id, parent_path, name, slug, path, place)
        LEFT JOIN categories parent ON parent.path = new.parent_path
        CROSS JOIN LATERAL (
            SELECT coalesce(max(s.position) + 1, 0) AS count FROM categories s
            WHERE s.parent_id IS NOT DISTINCT FROM parent.category_id
        ) siblings
        """,
        ids,
        [path.rpartition(SEPARATOR)[0] for path in paths],
        [path.rpartition(SEPARATOR)[2] for path in paths],
        slugs,
        list(paths),
        clock.now(),
    )


def _slug_choices(path: str, category_id: UUID) -> tuple[str, ...]:
    """`vases`, or `home-vases` where there are other vases, or one with a tail of its own, or the id: a category
    that was renamed keeps the slugs of its old name."""
    return (slugs_for(path.rpartition(SEPARATOR)[2], path)[0], *slugs_for(path, path), str(category_id))


async def category(tx: Transaction, category_id: UUID) -> CategoryRow | None:
    """As it is while the tree is locked."""
    row = await tx.row(
        """
        SELECT category_id, parent_id, name, slug, path, lineage, position, version
        FROM categories WHERE category_id = $1
        """,
        category_id,
    )
    return None if row is None else CategoryRow(*row)


async def insert_category(tx: Transaction, row: CategoryRow, now: datetime) -> None:
    """Raises UniqueViolation for a name that a sibling has, or a slug that another category has."""
    await tx.execute(
        """
        INSERT INTO categories (category_id, parent_id, name, slug, path, lineage, position, version, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        *msgspec.structs.astuple(row),
        now,
    )


async def next_position(tx: Transaction, parent_id: UUID | None) -> int:
    position: int = await tx.value(
        "SELECT coalesce(max(position) + 1, 0) FROM categories WHERE parent_id IS NOT DISTINCT FROM $1::uuid",
        parent_id,
    )
    return position


async def slug_for_category(tx: Transaction, path: str, category_id: UUID) -> str:
    """A free slug; the tree must be locked."""
    choices = _slug_choices(path, category_id)
    rows = await tx.fetch("SELECT slug FROM categories WHERE slug = ANY ($1::text[])", list(choices))
    taken = {row[0] for row in rows}
    return next(slug for slug in choices if slug not in taken)


async def replace_category(tx: Transaction, was: CategoryRow, to: CategoryRow) -> None:
    """Write a category, and the paths and lineages of all below it; the tree must be locked.

    Raises UniqueViolation (see insert_category), or CheckViolation where the tree would become too deep.
    """
    await tx.execute(
        """
        SELECT FROM categories WHERE lineage @> ARRAY[$1::uuid] ORDER BY category_id FOR UPDATE
        """,
        was.category_id,
    )
    await tx.execute(
        """
        UPDATE categories SET
            parent_id = CASE WHEN category_id = $1 THEN $2 ELSE parent_id END,
            name = CASE WHEN category_id = $1 THEN $3 ELSE name END,
            slug = CASE WHEN category_id = $1 THEN $4 ELSE slug END,
            position = CASE WHEN category_id = $1 THEN $5 ELSE position END,
            version = version + 1,
            path = $6 || substr(path, length($7) + 1),
            lineage = $8::uuid[] || lineage[$9::int + 1:]
        WHERE lineage @> ARRAY[$1::uuid] AND (category_id = $1 OR $10)
        """,
        was.category_id,
        to.parent_id,
        to.name,
        to.slug,
        to.position,
        to.path,
        was.path,
        to.lineage,
        len(was.lineage),
        (to.path, to.lineage) != (was.path, was.lineage),
    )


async def lock_products_below(tx: Transaction, category_id: UUID) -> list[UUID]:
    """All products in a category or below it."""
    rows = await tx.fetch(
        """
        SELECT product_id FROM products
        WHERE product_id IN (
            SELECT pc.product_id FROM product_categories pc JOIN categories c USING (category_id)
            WHERE c.lineage @> ARRAY[$1::uuid])
        ORDER BY external_id FOR UPDATE
        """,
        category_id,
    )
    return [row[0] for row in rows]
