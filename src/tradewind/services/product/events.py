"""What the product service tells the others. It hears nothing: what a product is, its staff say."""

from __future__ import annotations

from tradewind.contracts.product import ProductArchived, ProductCreated, ProductUpdated, ReviewPublished

PUBLISHES = (ProductCreated, ProductUpdated, ProductArchived, ReviewPublished)
