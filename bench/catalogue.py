"""What is on sale: products of three sizes each, in as many categories as a list needs to differ."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec

SIZES = ("Small", "Medium", "Large")
CATEGORIES, BRANDS = 20, 25
WAREHOUSES = ("LEJ", "RTM", "MAD")
PIECES_EACH = 1_000_000  # in each warehouse: nothing sells out
_WORDS = (
    "stoneware oak linen wool brass glazed folded turned woven thrown pressed washed quiet plain deep shallow "
    "rounded square narrow wide heavy light warm cool morning evening kitchen table shelf window garden studio"
)


def sku_of(product: int, size: int) -> str:
    """All are of one length, so that one stands for any other in a recorded text."""
    return f"BENCH-{product:05}-{SIZES[size][0]}"


def all_skus(products: int) -> list[str]:
    return [sku_of(product, size) for product in range(products) for size in range(len(SIZES))]


def category_of(product: int) -> str:
    return f"Bench {product % CATEGORIES:02}"


def catalogue_lines(products: int) -> Iterator[bytes]:
    """Product JSONL, the same every time."""
    chance = random.Random(7)
    for number in range(products):
        yield msgspec.json.encode(_product(number, chance)) + b"\n"


def _product(number: int, chance: random.Random) -> dict[str, Any]:
    words = chance.choices(_WORDS.split(), k=60)
    price_minor = chance.randrange(900, 25_000, 50)
    return {
        "external_id": f"bench-{number:05}",
        "title": f"{words[0].title()} {words[1]} {words[2]} {number:05}",
        "description": " ".join(words).capitalize() + ".",
        "brand": f"Maker {number % BRANDS:02}",
        "categories": [category_of(number)],
        "status": "active",
        "attributes": {
            "material": words[3].title(),
            "height_mm": chance.randrange(40, 900),
            "origin": "Portugal",
        },
        "options": ["Size"],
        "variants": [
            {
                "sku": sku_of(number, size),
                "options": {"Size": name},
                "prices": [
                    {"currency": "EUR", "amount_minor": price_minor + 500 * size},
                    {"currency": "USD", "amount_minor": price_minor + 600 * size},
                ],
                "stock": dict.fromkeys(WAREHOUSES, PIECES_EACH),
                "weight_grams": 300 + 200 * size,
            }
            for size, name in enumerate(SIZES)
        ],
        "images": [
            {
                "url": f"/media/bench/{number:05}-{side}.webp",
                "alt": f"{words[0].title()}, seen from the {side}",
            }
            for side in ("front", "side")
        ],
    }


_CART_BITS = 0x0190_0000_0000 << 80 | 0x7 << 76 | 0b10 << 62


def cart_id_of(number: int) -> UUID:
    """Of the carts that wait with one line each; they ascend, as those of the shop do."""
    return UUID(int=_CART_BITS | number)


def number_of_cart(cart_id: UUID) -> int:
    return cart_id.int & ((1 << 62) - 1)


def first_sku_of(cart: int, products: int) -> str:
    """What lies in a waiting cart."""
    return sku_of(cart % products, 0)


def second_sku_of(cart: int, products: int) -> str:
    """What is added to it: another product, so that the cart then has two lines."""
    return sku_of((cart * 7 + 1) % products, 1)
