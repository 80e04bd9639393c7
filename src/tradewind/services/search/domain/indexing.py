"""From a product, as its service tells it, to the document that is searched for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import log2
from uuid import UUID

import msgspec

from tradewind.contracts.currencies import DIGITS
from tradewind.contracts.product import ProductDocument
from tradewind.ports.search_index import LARGEST_NUMBER, IndexDocument
from tradewind.services.search.domain.kinds import kind_words
from tradewind.services.search.domain.words import code_of

SEPARATOR = " > "
ATTRIBUTE = "attr."
LONGEST_COUNTED = 60  # characters of an attribute's value that a person would choose by
MOST_DIGITS = 3  # of what a person would choose by: "21 cm", not a date or a code
LONGEST_FACT, LONGEST_DETAIL = 60, 2000  # characters
NUMBER_NAMES = (*(f"price_{currency}" for currency in sorted(DIGITS)), "newest", "rating")
OUT_OF_STOCK_WEIGHT = 0.8
MOST_POPULAR = 16  # doublings of what was sold lately that still count
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Priced(msgspec.Struct, frozen=True, array_like=True):
    price_minor: int
    compare_at_minor: int | None


class Card(msgspec.Struct, frozen=True):
    """What a hit shows, kept in the index. `prices` by currency, the lowest of the variants."""

    product_id: UUID
    external_id: str
    slug: str
    sku: str
    title: str
    brand: str | None
    category: str
    prices: dict[str, Priced]
    image_url: str | None
    image_alt: str
    rating: float | None
    rating_count: int
    in_stock: bool
    variant_count: int


encode_card = msgspec.json.Encoder().encode
decode_card = msgspec.json.Decoder(Card).decode


def index_document(product: ProductDocument, change: int, *, in_stock: bool, sold: int) -> IndexDocument:
    """`sold`: pieces of late. Only of what can be bought: see `is_listed`."""
    prices = lowest_prices(product)
    attributes = dict(_attributes(product))
    card = Card(
        product.product_id,
        product.external_id,
        product.slug,
        product.variants[0].sku,
        product.title,
        product.brand,
        product.categories[0] if product.categories else "",
        prices,
        product.image_url,
        product.image_alt,
        product.rating_average,
        product.rating_count,
        in_stock,
        len(product.variants),
    )
    values = [value for each in attributes.values() for value in each]
    keywords = {
        **{ATTRIBUTE + name: tuple(v[:LONGEST_COUNTED] for v in each) for name, each in attributes.items()},
        "category": tuple(category_levels(product.categories)),
        "brand": (product.brand,) if product.brand else (),
        "currency": tuple(prices),
        "availability": ("in_stock" if in_stock else "out_of_stock",),
        "rating": tuple(str(stars) for stars in range(1, int(product.rating_average or 0) + 1)),
    }
    leaves = [path.rpartition(SEPARATOR)[2] for path in product.categories]
    published = (product.published_at - _EPOCH) // _MILLISECOND if product.published_at else 0
    return IndexDocument(
        document_id=str(product.product_id),
        change=change,
        title=product.title,
        codes=tuple(_codes(product)),
        kind=" ".join(kind_words(product.title, [*values, product.brand or ""], leaves)),
        brand=product.brand or "",
        facts=(*(value for value in values if len(value) <= LONGEST_FACT), *product.categories),
        details=tuple(value[:LONGEST_DETAIL] for value in values if len(value) > LONGEST_FACT),
        body=product.description,
        keywords=keywords,
        countable=tuple(ATTRIBUTE + name for name in attributes if _is_counted(name, product)),
        numbers={
            **{f"price_{currency}": priced.price_minor for currency, priced in prices.items()},
            "newest": max(0, min(published, LARGEST_NUMBER)),
            "rating": round((product.rating_average or 0) * 100),
        },
        weight=(1 + 0.02 * min(log2(1 + sold), MOST_POPULAR)) * (1 if in_stock else OUT_OF_STOCK_WEIGHT),
        payload=encode_card(card),
    )


def is_listed(product: ProductDocument) -> bool:
    """Whether shoppers find it: it is active, and has a variant with a price."""
    return product.status == "active" and any(variant.prices for variant in product.variants)


def lowest_prices(product: ProductDocument) -> dict[str, Priced]:
    """By currency. The price before it was lowered is that of the same variant."""
    lowest: dict[str, Priced] = {}
    for variant in product.variants:
        for currency, price in variant.prices.items():
            if currency not in lowest or price < lowest[currency].price_minor:
                lowest[currency] = Priced(price, variant.compare_at.get(currency))
    return lowest


def category_levels(paths: list[str]) -> Iterator[str]:
    """Every category that a product is in, from the root down, each once."""
    seen: set[str] = set()
    for path in paths:
        names = path.split(SEPARATOR)
        for depth in range(1, len(names) + 1):
            level = SEPARATOR.join(names[:depth])
            if level not in seen:
                seen.add(level)
                yield level


def _codes(product: ProductDocument) -> Iterator[str]:
    for variant in product.variants:
        yield code_of(variant.sku)
        if variant.gtin:
            yield variant.gtin
            if variant.gtin.startswith("0"):
                yield variant.gtin.lstrip("0")
    yield code_of(product.external_id)


def _attributes(product: ProductDocument) -> Iterator[tuple[str, list[str]]]:
    """As text: what staff say of the product, and what its variants let one choose."""
    options: dict[str, list[str]] = {}
    for variant in product.variants:
        for name, value in variant.options.items():
            options.setdefault(name, []).append(value)
    for name, values in options.items():
        yield name, list(dict.fromkeys(values))
    for name, said in product.attributes.items():
        if name not in options and said != "" and said != []:
            yield name, [_text(value) for value in (said if isinstance(said, list) else [said])]


def _text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _is_counted(name: str, product: ProductDocument) -> bool:
    """Whether people choose by it: words, or yes and no. Measures, dates and codes would be endless lists."""
    said = product.attributes.get(name, "of its variants")
    if isinstance(said, bool):
        return True
    texts = said if isinstance(said, list) else [said]
    return all(isinstance(text, str) and _is_a_choice(text) for text in texts)


def _is_a_choice(text: str) -> bool:
    digits = sum(letter.isdigit() for letter in text)
    return len(text) <= LONGEST_COUNTED and digits <= MOST_DIGITS and any(map(str.isalpha, text))
