"""Products as they are searched, and which of them are to be asked for again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tradewind.contracts.product import ProductDocument
from tradewind.ports.database import Connection, Transaction
from tradewind.services.search.domain.indexing import is_listed

HELD_SECONDS = 20  # then who held them counts as dead; who was slow writes nothing

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Stale:
    """`anew`: what it is now stands in any case, even where a later version of it was known."""

    product_id: UUID
    mark: int
    anew: bool


async def mark(tx: Transaction, product_ids: Sequence[UUID], now: datetime, *, anew: bool = False) -> None:
    """To be asked for again, whoever is asking already."""
    await tx.execute(
        """
        INSERT INTO stale (product_id, mark, since, anew)
        SELECT product_id, nextval('marks'), $2, $3 FROM unnest($1::uuid[]) AS p (product_id) ORDER BY product_id
        ON CONFLICT (product_id) DO UPDATE SET mark = excluded.mark, anew = stale.anew OR excluded.anew
        """,
        list(dict.fromkeys(product_ids)),
        now,
        anew,
    )


async def mark_all(tx: Transaction, now: datetime) -> None:
    """Every product that is known, to be asked for anew."""
    await tx.execute(
        """
        INSERT INTO stale (product_id, mark, since, anew)
        SELECT product_id, nextval('marks'), $1, true FROM documents ORDER BY product_id
        ON CONFLICT (product_id) DO UPDATE SET mark = excluded.mark, anew = true
        """,
        now,
    )


async def with_sku(tx: Transaction, sku: str) -> list[UUID]:
    rows = await tx.fetch("SELECT product_id FROM documents WHERE skus @> ARRAY[$1::text]", sku)
    return [row["product_id"] for row in rows]


async def hold_stale(tx: Transaction, holder: UUID, now: datetime, most: int) -> list[Stale]:
    """Some that nobody else is asking for, the longest marked first, held for HELD_SECONDS."""
    rows = await tx.fetch(
        """
        UPDATE stale SET held_by = $1, held_until = $3
        WHERE product_id IN (
            SELECT product_id FROM stale WHERE held_until < $2 ORDER BY since LIMIT $4 FOR UPDATE SKIP LOCKED)
        RETURNING product_id, mark, anew
        """,
        holder,
        now,
        now + timedelta(seconds=HELD_SECONDS),
        most,
    )
    return [Stale(row["product_id"], row["mark"], row["anew"]) for row in rows]


async def know_skus(tx: Transaction, products: Sequence[ProductDocument], now: datetime) -> None:
    """From here on, a change of the stock of these SKUs marks their products; so do those known before: who is
    slow may know less than who took over."""
    await tx.execute(
        """
        INSERT INTO documents
            (product_id, version, change, listed, product, skus, in_stock, sold, changed_at)
        SELECT product_id, 0, 0, false, '', string_to_array(skus, E'\\n'), false, 0, $3
        FROM unnest($1::uuid[], $2::text[]) AS p (product_id, skus) ORDER BY product_id
        ON CONFLICT (product_id) DO UPDATE SET skus = ARRAY(SELECT DISTINCT unnest(documents.skus || excluded.skus))
        WHERE NOT documents.skus @> excluded.skus
        """,
        [product.product_id for product in products],
        ["\n".join(variant.sku for variant in product.variants) for product in products],
        now,
    )


async def still_held(tx: Transaction, holder: UUID, stale: Sequence[Stale]) -> set[UUID]:
    """Those that nobody else took over meanwhile, locked until the transaction ends. What was not marked again
    is no longer stale; what was, is let go."""
    rows = await tx.fetch(
        """
        WITH mine AS (
            SELECT product_id, mark FROM stale
            WHERE held_by = $1 AND product_id = ANY ($2::uuid[]) ORDER BY product_id FOR UPDATE
        ), asked AS (
            SELECT product_id, mark FROM unnest($2::uuid[], $3::bigint[]) AS a (product_id, mark)
        ), done AS (
            DELETE FROM stale USING mine JOIN asked USING (product_id)
            WHERE stale.product_id = mine.product_id AND mine.mark = asked.mark
        ), again AS (
            UPDATE stale SET held_by = NULL, held_until = '-infinity'
            FROM mine JOIN asked USING (product_id)
            WHERE stale.product_id = mine.product_id AND mine.mark <> asked.mark
        )
        SELECT product_id FROM mine
        """,
        holder,
        [one.product_id for one in stale],
        [one.mark for one in stale],
    )
    return {row["product_id"] for row in rows}


async def let_go(tx: Transaction, holder: UUID) -> None:
    """Who could not ask holds nothing: others may try."""
    await tx.execute(
        "UPDATE stale SET held_by = NULL, held_until = '-infinity' WHERE held_by = $1",
        holder,
    )


async def number_changes(tx: Transaction, how_many: int) -> int:
    """The first of so many numbers. Held until the transaction ends: numbers commit in their order."""
    last: int = await tx.value(
        "UPDATE progress SET last_change = last_change + $1 RETURNING last_change", how_many
    )
    return last - how_many + 1


async def put(
    tx: Transaction,
    products: Sequence[ProductDocument],
    in_stock: Mapping[UUID, bool],
    anew: Collection[UUID],
    now: datetime,
) -> None:
    """In the place of what was known of them, unless that is of a later version; those in `anew` in any case."""
    if not products:
        return
    first = await number_changes(tx, len(products))
    await tx.execute(
        """
        INSERT INTO documents
            (product_id, version, change, listed, product, skus, in_stock, sold, changed_at)
        SELECT p.product_id, version, change, listed, product, string_to_array(skus, E'\\n'), in_stock,
            coalesce((SELECT sum(pieces) FROM sales WHERE sales.product_id = p.product_id), 0), $8
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::boolean[], $5::bytea[], $6::text[], $7::boolean[])
            AS p (product_id, version, change, listed, product, skus, in_stock)
        ORDER BY product_id
        ON CONFLICT (product_id) DO UPDATE SET
            version = excluded.version, change = excluded.change, listed = excluded.listed,
            product = excluded.product, skus = excluded.skus, in_stock = excluded.in_stock,
            sold = excluded.sold, changed_at = excluded.changed_at
        WHERE excluded.product_id = ANY ($9::uuid[])
            OR documents.version < excluded.version
            OR documents.version = excluded.version AND (
                documents.in_stock <> excluded.in_stock OR documents.sold <> excluded.sold
                OR documents.product <> excluded.product)
        """,
        [product.product_id for product in products],
        [product.version for product in products],
        list(range(first, first + len(products))),
        [is_listed(product) for product in products],
        [_encode(product) for product in products],
        ["\n".join(variant.sku for variant in product.variants) for product in products],
        [in_stock[product.product_id] for product in products],
        now,
        list(anew),
    )


async def unlist(tx: Transaction, product_ids: Sequence[UUID], now: datetime) -> None:
    """What the product service does not know is not found any more."""
    gone = sorted(product_ids)
    if gone:
        first = await number_changes(tx, len(gone))
        await tx.execute(
            """
            UPDATE documents SET listed = false, change = gone.change, changed_at = $3
            FROM unnest($1::uuid[], $2::bigint[]) AS gone (product_id, change)
            WHERE documents.product_id = gone.product_id
            """,
            gone,
            list(range(first, first + len(gone))),
            now,
        )


async def know_categories(tx: Transaction, slugs: Mapping[str, str]) -> None:
    await tx.execute(
        """
        INSERT INTO categories (path, slug)
        SELECT path, slug FROM unnest($1::text[], $2::text[]) AS c (path, slug) ORDER BY path
        ON CONFLICT (path) DO UPDATE SET slug = excluded.slug WHERE categories.slug <> excluded.slug
        """,
        list(slugs),
        list(slugs.values()),
    )


async def any_anew(connection: Connection) -> bool:
    """Whether a rebuild still waits for some to be asked for."""
    return bool(await connection.value("SELECT EXISTS (SELECT FROM stale WHERE anew)"))
