"""A product as the shop's lists show it, whichever route it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

FEW = 5  # from so many on, we say how many are left


class Card(msgspec.Struct, frozen=True):
    """`available` is None where only `in_stock` is known. `title` comes in pieces: what was found, and what not.
    `href` leads to the product, and says where from where that is of interest."""

    product_id: str
    href: str
    title: list[tuple[str, bool]]
    brand: str | None
    price_minor: int | None
    compare_at_minor: int | None
    currency: str
    image_url: str | None
    image_alt: str
    rating: float | None
    rating_count: int
    in_stock: bool
    available: int | None
    variant_count: int


def of_product(product: Mapping[str, Any]) -> Card:
    """From a ProductCard of GET /v1/products."""
    image = product["image"] or {"url": None, "alt": ""}
    return Card(
        product["product_id"],
        f"/p/{product['slug']}",
        [(product["title"], False)],
        product["brand"],
        product["price_minor"],
        product["compare_at_minor"],
        product["currency"],
        image["url"],
        image["alt"],
        product["rating_average"],
        product["rating_count"],
        product["available"] > 0,
        product["available"],
        product["variant_count"],
    )


def of_hit(hit: Mapping[str, Any], search_id: str, position: int) -> Card:
    """From a hit of GET /v1/search. The address tells the product's page which search led to it."""
    pieces = [(piece["text"], piece["hit"]) for piece in hit["highlighted"]]
    return Card(
        hit["product_id"],
        f"/p/{hit['slug']}?search={search_id}&position={position}",
        pieces or [(hit["title"], False)],
        hit["brand"],
        hit["price_minor"],
        hit["compare_at_minor"],
        hit["currency"],
        hit["image_url"],
        hit["image_alt"],
        hit["rating"],
        hit["rating_count"],
        hit["in_stock"],
        None,
        hit["variant_count"],
    )
