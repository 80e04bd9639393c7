"""Products as other services keep copies of them: read off the stored pages, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.product import DocumentPage, ProductDocument, VariantDocument
from tradewind.kernel.errors import Invalid
from tradewind.services.product.deps import Deps
from tradewind.services.product.domain import SEPARATOR, Image, Price

MOST_DOCUMENTS = 1000

_SELECT = "SELECT p.revision, g.document, g.variants FROM products p JOIN pages g USING (product_id)"


async def documents(deps: Deps, product_ids: list[UUID]) -> list[ProductDocument]:
    """See contracts/product.py. Raises Invalid for more than MOST_DOCUMENTS."""
    if len(product_ids) > MOST_DOCUMENTS:
        message = f"at most {MOST_DOCUMENTS} documents at once"
        raise Invalid("too_many_products", message, field="product_ids")
    rows = await deps.db.fetch(
        f"{_SELECT} WHERE p.product_id = ANY ((SELECT $1::uuid[])::uuid[]) ORDER BY p.product_id",
        product_ids,
    )
    return await _with_ancestors(deps, [_document(*row) for row in rows])


async def documents_after(deps: Deps, product_id: UUID | None, limit: int) -> DocumentPage:
    """See contracts/product.py. Raises Invalid unless `limit` is 1 to MOST_DOCUMENTS."""
    if not 1 <= limit <= MOST_DOCUMENTS:
        raise Invalid("limit_invalid", f"limit is 1 to {MOST_DOCUMENTS}", field="limit")
    rows = await deps.db.fetch(
        f"{_SELECT} WHERE p.product_id > $1 ORDER BY p.product_id LIMIT $2",
        product_id or UUID(int=0),
        limit + 1,
    )
    items = await _with_ancestors(deps, [_document(*row) for row in rows[:limit]])
    return DocumentPage(items, items[-1].product_id if len(rows) > limit else None)


async def _with_ancestors(deps: Deps, documents: list[ProductDocument]) -> list[ProductDocument]:
    """Categories above those of the products have slugs too, by which readers elsewhere are asked for them."""
    above = {
        SEPARATOR.join(names[:depth])
        for document in documents
        for names in (path.split(SEPARATOR) for path in document.categories)
        for depth in range(1, len(names))
    }
    if not above:
        return documents
    rows = await deps.db.fetch(
        "SELECT path, slug FROM categories WHERE path = ANY ((SELECT $1::text[])::text[])", sorted(above)
    )
    slugs = {row["path"]: row["slug"] for row in rows}
    return [
        msgspec.structs.replace(document, ancestors=_above(document.categories, slugs))
        for document in documents
    ]


def _above(paths: Sequence[str], slugs: Mapping[str, str]) -> dict[str, str]:
    return {
        above: slug
        for above, slug in slugs.items()
        if any(path.startswith(above + SEPARATOR) for path in paths)
    }


class _Brand(msgspec.Struct, frozen=True):
    name: str


class _Category(msgspec.Struct, frozen=True):
    path: str
    slug: str


class _StoredDocument(msgspec.Struct, frozen=True):
    """What is read of `pages.document` (migrations/0002_ratings.sql)."""

    product_id: UUID
    external_id: str
    slug: str
    status: str
    title: str
    description: str
    brand: _Brand | None
    categories: list[_Category]
    attributes: dict[str, str | float | bool | list[str]]
    images: list[Image]
    rating_average: float | None
    rating_count: int
    published_at: datetime | None


class _StoredVariant(msgspec.Struct, frozen=True):
    sku: str
    gtin: str | None
    options: dict[str, str]
    prices: list[Price]


_decode_document = msgspec.json.Decoder(_StoredDocument).decode
_decode_variant = msgspec.json.Decoder(_StoredVariant).decode


def _document(revision: int, page: str, variants: Sequence[str]) -> ProductDocument:
    stored = _decode_document(page)
    picture = stored.images[0] if stored.images else None
    return ProductDocument(
        product_id=stored.product_id,
        external_id=stored.external_id,
        slug=stored.slug,
        version=revision,
        status=stored.status,
        title=stored.title,
        description=stored.description,
        brand=None if stored.brand is None else stored.brand.name,
        categories=[category.path for category in stored.categories],
        category_slugs=[category.slug for category in stored.categories],
        attributes=stored.attributes,
        variants=[_variant(text) for text in variants],
        image_url=None if picture is None else picture.url,
        image_alt="" if picture is None else picture.alt,
        rating_average=stored.rating_average,
        rating_count=stored.rating_count,
        published_at=stored.published_at,
    )


def _variant(text: str) -> VariantDocument:
    stored = _decode_variant(text)
    return VariantDocument(
        stored.sku,
        stored.gtin,
        stored.options,
        {price.currency: price.amount_minor for price in stored.prices},
        {p.currency: p.compare_at_minor for p in stored.prices if p.compare_at_minor is not None},
    )
