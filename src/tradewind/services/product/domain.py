"""What a product is, what must hold of it, and which status may follow which. Pure: no I/O."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tradewind.contracts.common import AmountMinor, CurrencyCode, Sku
from tradewind.contracts.currencies import is_currency

Status = Literal["draft", "active", "archived"]
TRANSITIONS: dict[Status, frozenset[Status]] = {
    "draft": frozenset({"active", "archived"}),
    "active": frozenset({"archived"}),
    "archived": frozenset({"active"}),
}
SEPARATOR = " > "  # between the levels of a category's path
DEEPEST_CATEGORY = 8
LONGEST_SLUG = 80
LARGEST_EXACT_INTEGER = 2**53  # beyond it JSON readers disagree

_LINE = (
    r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$(?!\n)"  # one line of text, nothing around it
)

ExternalId = Annotated[str, Meta(min_length=1, max_length=128, pattern=_LINE, examples=["tw-aldea-vase"])]
Slug = Annotated[str, Meta(max_length=LONGEST_SLUG, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)")]
Title = Annotated[str, Meta(min_length=1, max_length=300, pattern=_LINE)]
Description = Annotated[str, Meta(max_length=50_000, description="plain text, paragraphs after blank lines")]
BrandName = Annotated[str, Meta(min_length=1, max_length=120, pattern=_LINE)]
CategoryName = Annotated[str, Meta(min_length=1, max_length=80, pattern=_LINE)]
CategoryPath = Annotated[str, Meta(min_length=1, max_length=700, examples=["Home > Vases"])]
CategoryPaths = Annotated[list[CategoryPath], Meta(max_length=20)]
AttributeName = Annotated[str, Meta(min_length=1, max_length=120, pattern=_LINE)]
AttributeText = Annotated[str, Meta(max_length=10_000)]
AttributeValue = (
    bool
    | Annotated[int, Meta(ge=-LARGEST_EXACT_INTEGER, le=LARGEST_EXACT_INTEGER)]
    | Annotated[float, Meta(ge=-1e300, le=1e300)]
    | AttributeText
    | Annotated[list[AttributeText], Meta(max_length=100)]
)
Attributes = Annotated[dict[AttributeName, AttributeValue], Meta(max_length=500)]
OptionName = Annotated[str, Meta(min_length=1, max_length=60, pattern=_LINE)]
OptionNames = Annotated[list[OptionName], Meta(max_length=5)]
OptionValue = Annotated[str, Meta(min_length=1, max_length=120, pattern=_LINE)]
Gtin = Annotated[str, Meta(max_length=14, description="8, 12, 13 or 14 digits, the last a check digit")]
WeightGrams = Annotated[int, Meta(ge=0, le=100_000_000)]
TaxClass = Annotated[str, Meta(max_length=40, pattern=r"^[a-z][a-z0-9_]*$(?!\n)")]
ImageUrl = Annotated[
    str, Meta(max_length=2000, pattern=r"^(https?://[^\s\x00-\x1f]+|/[^\s\x00-\x1f]*)$(?!\n)")
]


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`compare_at_minor` is the price before it was lowered: above `amount_minor`."""

    currency: CurrencyCode
    amount_minor: AmountMinor
    compare_at_minor: AmountMinor | None = None


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sold: one choice of each of the product's options. `sku` is unique over the shop."""

    sku: Sku
    prices: Annotated[list[Price], Meta(max_length=200)] = []
    gtin: Gtin | None = None
    options: Annotated[dict[OptionName, OptionValue], Meta(max_length=5)] = {}
    weight_grams: WeightGrams = 0


class Image(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An image's position is its place in the list; the first stands for the product."""

    url: ImageUrl
    alt: Annotated[str, Meta(max_length=500)] = ""


Variants = Annotated[list[Variant], Meta(max_length=250)]
Images = Annotated[list[Image], Meta(max_length=50)]


class Content(msgspec.Struct, frozen=True):
    """All that staff say of a product. `external_id` and `slug` are made for it where they are None."""

    title: str
    status: Status
    external_id: str | None = None
    slug: str | None = None
    description: str = ""
    brand: str | None = None
    categories: list[str] = []
    attributes: dict[str, AttributeValue] = {}
    options: list[str] = []
    variants: list[Variant] = []
    images: list[Image] = []
    tax_class: str = "standard"


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with a product. `fatal`: it could not be sold right, or not be told from another;
    otherwise leaving out the part at fault mends it."""

    field: str
    code: str
    message: str
    sku: str | None = None
    fatal: bool = False


NO_PRICE = Problem("variants", "no_price", "an active product needs a variant that has a price", fatal=True)


def inspect(content: Content) -> tuple[Content, list[Problem]]:
    """The content, mended where it can be, and what was wrong with it."""
    problems: list[Problem] = []
    report = problems.append
    categories = _mended_categories(content.categories, report)
    variants = [_mended_variant(index, variant, report) for index, variant in enumerate(content.variants)]
    problems.extend(_variant_problems(content.options, variants))
    if content.status == "active" and not any(variant.prices for variant in variants):
        report(NO_PRICE)
    if not problems:
        return content, problems
    return msgspec.structs.replace(content, categories=categories, variants=variants), problems


def _mended_categories(paths: list[str], report: Callable[[Problem], None]) -> list[str]:
    kept: list[str] = []
    for index, path in enumerate(paths):
        if not is_category_path(path):
            message = f"a category is names from the root, at most {DEEPEST_CATEGORY}, joined by ' > '"
            report(Problem(f"categories[{index}]", "category_path_invalid", message))
        elif path in kept:
            report(Problem(f"categories[{index}]", "category_repeated", "name each category once"))
        else:
            kept.append(path)
    return kept


def is_category_path(path: str) -> bool:
    names = path.split(SEPARATOR)
    return len(names) <= DEEPEST_CATEGORY and all(
        len(name) <= 80 and re.match(_LINE, name) is not None for name in names
    )


def _mended_variant(index: int, variant: Variant, report: Callable[[Problem], None]) -> Variant:
    at, sku, gtin = f"variants[{index}]", variant.sku, variant.gtin
    if gtin is not None and not is_gtin(gtin):
        message = f"{gtin!r} is not a GTIN: 8, 12, 13 or 14 digits, of which the last checks the others"
        report(Problem(f"{at}.gtin", "gtin_invalid", message, sku))
        variant = msgspec.structs.replace(variant, gtin=None)
    prices, currencies = [], set()
    for place, price in enumerate(variant.prices):
        field = f"{at}.prices[{place}]"
        if not is_currency(price.currency):
            message = f"{price.currency} is no ISO 4217 currency"
            report(Problem(f"{field}.currency", "currency_unknown", message, sku))
            continue
        if price.currency in currencies:
            message = f"two prices in {price.currency}: which is meant?"
            report(Problem(f"{field}.currency", "price_repeated", message, sku, fatal=True))
        currencies.add(price.currency)
        if price.compare_at_minor is not None and price.compare_at_minor <= price.amount_minor:
            message = "a compare-at price is above the price, or left out"
            report(Problem(f"{field}.compare_at_minor", "compare_at_not_above_price", message, sku))
            price = Price(price.currency, price.amount_minor)
        prices.append(price)
    return variant if prices == variant.prices else msgspec.structs.replace(variant, prices=prices)


def _variant_problems(options: list[str], variants: list[Variant]) -> Iterator[Problem]:
    wanted, skus, choices = set(options), set(), set()
    if len(wanted) < len(options):
        yield Problem("options", "option_repeated", "name each option once", fatal=True)
    for index, variant in enumerate(variants):
        at, sku = f"variants[{index}]", variant.sku
        if sku in skus:
            yield Problem(f"{at}.sku", "sku_repeated", f"two variants have the SKU {sku}", sku, fatal=True)
        skus.add(sku)
        choice = tuple(sorted(variant.options.items()))
        if set(variant.options) != wanted:
            named = ", ".join(options) or "none"
            message = f"a variant chooses each of the product's options, here {named}"
            yield Problem(f"{at}.options", "options_mismatch", message, sku, fatal=True)
        elif choice in choices:
            message = "another variant has the same options: nobody could choose between them"
            yield Problem(f"{at}.options", "variant_repeated", message, sku, fatal=True)
        choices.add(choice)


def is_gtin(text: str) -> bool:
    """8, 12, 13 or 14 digits whose check digit is right (GS1 General Specifications 7.9)."""
    if len(text) not in (8, 12, 13, 14) or not (text.isascii() and text.isdigit()):
        return False
    digits = [int(character) for character in reversed(text)]
    return (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0


_TRANSLITERATED = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ı": "i",
        "&": " and ",
    }
)


def slug_of(text: str) -> str:
    """Lower-case ASCII words joined by hyphens, at most 80 characters; empty if `text` has no such words."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_TRANSLITERATED))
    ascii_only = plain.encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
    if len(slug) > LONGEST_SLUG:
        slug = slug[: LONGEST_SLUG + 1].rpartition("-")[0] or slug[:LONGEST_SLUG]
    return slug


def slugs_for(text: str, identity: str) -> tuple[str, str]:
    """The slug of `text`, and the one to take where that is taken: `identity` is its own alone."""
    tail = blake2b(identity.encode(), digest_size=5).hexdigest()
    slug = slug_of(text)
    return slug or tail, f"{slug[: LONGEST_SLUG - len(tail) - 1].rstrip('-')}-{tail}".lstrip("-")
