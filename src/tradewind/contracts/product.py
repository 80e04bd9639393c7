"""What the product service promises the others: what a SKU is and what it costs."""

from __future__ import annotations

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


class Product(Protocol):
    async def offers(self, skus: list[str], currency: str) -> list[Offer]:
        """What of these can be bought now: active products with a price in this currency.
        A SKU that cannot be bought is left out. One statement."""
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
