"""What the product service promises the others: what a SKU is and what it costs."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from tradewind.kernel.events import Event


class Offer(msgspec.Struct, frozen=True):
    """One variant as it is sold now, in one currency. Amounts in minor units of that currency."""

    sku: str
    product_id: UUID
    external_id: str
    title: str  # of the product
    options: dict[str, str]  # of the variant: {"Colour": "Clay"}
    price_minor: int
    currency: str
    weight_grams: int
    category: str  # the primary category's path: "Home > Vases"; empty without one
    compare_at_minor: int | None = None
    tax_class: str = "standard"
    image_url: str | None = None
    group_ids: list[UUID] = []  # of its categories, of those above them, and of its brand


class VariantDocument(msgspec.Struct, frozen=True):
    sku: str
    gtin: str | None
    options: dict[str, str]
    prices: dict[str, int]  # minor units by currency
    compare_at: dict[str, int]  # by currency, where there is one


class ProductDocument(msgspec.Struct, frozen=True):
    """All of a product that a reader elsewhere may need. `version` grows with every change of it, of its reviews
    and of the names of its brand and categories, so that a later document is known from an earlier one."""

    product_id: UUID
    external_id: str
    slug: str
    version: int
    status: str  # draft | active | archived
    title: str
    description: str
    brand: str | None
    categories: list[str]  # paths, "Home > Vases"; the primary one first
    category_slugs: list[str]  # of the same
    attributes: dict[str, str | float | bool | list[str]]
    variants: list[VariantDocument]
    image_url: str | None
    image_alt: str
    rating_average: float | None  # 1 to 5, of published reviews; None without one
    rating_count: int
    published_at: datetime | None
    ancestors: dict[str, str] = {}  # slugs of the categories above its own, by path


class DocumentPage(msgspec.Struct, frozen=True):
    """`next` is the id to go on after; None on the last page."""

    items: list[ProductDocument]
    next: UUID | None


class Product(Protocol):
    async def offers(self, skus: list[str], currency: str) -> list[Offer]:
        """What of these can be bought now: active products with a price in this currency.
        A SKU that cannot be bought is left out. One statement."""
        ...

    async def documents(self, product_ids: list[UUID]) -> list[ProductDocument]:
        """These products as they are now, in any status; an id that is none is left out."""
        ...

    async def documents_after(self, product_id: UUID | None, limit: int) -> DocumentPage:
        """All products, by id: to build anew what is kept of them elsewhere."""
        ...


class ProductCreated(Event, tag="product.created"):
    product_id: UUID
    external_id: str
    version: int


class ProductUpdated(Event, tag="product.updated"):
    """Anything of it, its variants or prices. Read it for what it is now; `version` grows."""

    product_id: UUID
    external_id: str
    version: int


class ProductArchived(Event, tag="product.archived"):
    product_id: UUID
    external_id: str
    version: int


class ReviewPublished(Event, tag="product.review_published"):
    """A customer's review is to be seen. product.updated follows for the product's rating."""

    review_id: UUID
    product_id: UUID
    rating: int
    account_id: UUID
