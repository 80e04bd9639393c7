"""A product out of a file: read strictly where it is right, part by part where it is not.

What is wrong is reported and left out; the product goes in unless it could not be sold right without that
part (no SKU, no price, no title, options that do not tell its variants apart). Pure: no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import blake2b
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Sku
from tradewind.contracts.inventory import StockCount
from tradewind.services.product import domain
from tradewind.services.product.domain import Content, Image, Price, Problem, Variant
from tradewind.services.product.shapes import ImportProblem

LARGEST_COUNT = 1_000_000_000
WarehouseCode = Annotated[str, Meta(min_length=1, max_length=32)]
OnHand = Annotated[int, Meta(ge=0, le=LARGEST_COUNT)]
Report = Callable[[Problem], None]


class FileVariant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`stock` is what is on hand by warehouse; left out, the stock stays as it is."""

    sku: Sku
    prices: Annotated[list[Price], Meta(max_length=200)] = []
    gtin: domain.Gtin | None = None
    options: dict[domain.OptionName, domain.OptionValue] = {}
    weight_grams: domain.WeightGrams = 0
    stock: dict[WarehouseCode, OnHand] = {}


class FileProduct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of product JSONL. `slug` and `tax_class` are ours; the rest is what any file says."""

    external_id: domain.ExternalId
    title: domain.Title
    description: domain.Description = ""
    brand: domain.BrandName | None = None
    categories: domain.CategoryPaths = []
    status: domain.Status = "active"
    attributes: domain.Attributes = {}
    options: domain.OptionNames = []
    variants: Annotated[list[FileVariant], Meta(max_length=250)] = []
    images: domain.Images = []
    slug: domain.Slug | None = None
    tax_class: domain.TaxClass = "standard"


class Row(msgspec.Struct, frozen=True):
    """What one product of a file came to. `content` None: it is rejected, and `problems` say why."""

    line: int
    external_id: str | None
    content: Content | None
    stock: list[StockCount]
    problems: list[ImportProblem]


def row_of(line: int, product: FileProduct, found: list[Problem]) -> Row:
    """The row of a product that was read, with what must hold between its parts checked."""
    content = Content(
        product.title,
        product.status,
        product.external_id,
        product.slug,
        product.description,
        product.brand,
        product.categories,
        product.attributes,
        product.options,
        [Variant(v.sku, v.prices, v.gtin, v.options, v.weight_grams) for v in product.variants],
        product.images,
        product.tax_class,
    )
    content, problems = domain.inspect(content)
    problems = found + problems
    if content.status == "active" and any(variant.prices for variant in content.variants):
        problems += [
            Problem(f"variants[{index}]", "variant_without_price", "nobody can buy it", variant.sku)
            for index, variant in enumerate(content.variants)
            if not variant.prices
        ]
    if any(problem.fatal for problem in problems):
        return rejected(line, product.external_id, problems)
    stock = [
        StockCount(variant.sku, warehouse, on_hand)
        for variant in product.variants
        for warehouse, on_hand in variant.stock.items()
    ]
    return Row(line, product.external_id, content, stock, reported(line, product.external_id, problems))


def digest_of(content: Content) -> bytes:
    """Tells whether a row says what it said when it was imported before."""
    return blake2b(msgspec.json.encode(content), digest_size=16).digest()


def rejected(line: int, external_id: str | None, problems: list[Problem]) -> Row:
    return Row(line, external_id, None, [], reported(line, external_id, problems))


def reported(line: int, external_id: str | None, problems: list[Problem]) -> list[ImportProblem]:
    return [
        ImportProblem(
            line,
            "rejected" if problem.fatal else "warning",
            problem.code,
            problem.message[:500],
            external_id,
            problem.sku,
            problem.field or None,
        )
        for problem in problems
    ]


_PRODUCT = get_type_hints(FileProduct, include_extras=True)
_VARIANT = get_type_hints(FileVariant, include_extras=True)
_LONGEST = {"title": 300, "description": 50_000}


def read_values(line: int, values: dict[str, Any], found: list[Problem] | None = None) -> Row:
    """A product whose parts may not all be right, read part by part; `found` is known to be wrong already."""
    problems = list(found or ())
    report = problems.append
    _unknown(values, _PRODUCT, "", None, report)
    taken = {
        name: values[name] for name in _PRODUCT if values.get(name) is not None and name not in _READ_BY_PART
    }
    for name in ("external_id", "title", "description", "brand"):
        if isinstance(taken.get(name), str):
            taken[name] = _trimmed(name, taken[name], report)
    fields: dict[str, Any] = {}
    for name, value in taken.items():
        fatal = name in ("external_id", "title")
        read = _converted(value, _PRODUCT[name], name, None, report, fatal=fatal)
        if read is not _BAD:
            fields[name] = read
        elif name == "status":
            fields[name] = "draft"
    for name, reader in _READ_BY_PART.items():
        if values.get(name) is not None:
            fields[name] = reader(values[name], report)
    known_id = fields.get("external_id")
    for name in ("external_id", "title"):
        if name not in values or values[name] is None:
            report(Problem(name, "field_missing", f"a product needs its {name}", fatal=True))
    if any(problem.fatal for problem in problems):
        return rejected(line, known_id, problems)
    return row_of(line, FileProduct(**fields), problems)


def _trimmed(name: str, text: str, report: Report) -> str:
    """Without what surrounds it; a title or brand on one line. Too much of it is cut, and reported."""
    text = text.strip() if name == "description" else _one_line(text)
    longest = _LONGEST.get(name)
    if longest is not None and len(text) > longest:
        report(Problem(name, "text_cut", f"{name} was cut: it may have {longest} characters"))
        text = text[:longest].rstrip()
    return text


def _one_line(text: str) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()


_BAD: Any = object()


def _converted(
    value: Any, kind: Any, field: str, sku: str | None, report: Report, *, fatal: bool = False
) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        report(Problem(field, "value_invalid", str(error), sku, fatal))
        return _BAD


def _unknown(values: dict[str, Any], known: dict[str, Any], at: str, sku: str | None, report: Report) -> None:
    for name in values:
        if name not in known:
            report(
                Problem(f"{at}{name}"[:200], "field_unknown", "there is no such field; it was left out", sku)
            )


def _attributes(value: Any, report: Report) -> dict[str, Any]:
    if not isinstance(value, dict):
        report(Problem("attributes", "value_invalid", "attributes are an object of names and values"))
        return {}
    kept: dict[str, Any] = {}
    for name, part in value.items():
        at = f"attributes.{name}"[:200]
        if len(kept) == 500:
            report(Problem(at, "too_many", "a product has at most 500 attributes"))
            break
        key = _converted(_one_line(name), domain.AttributeName, at, None, report)
        found = _converted(part, domain.AttributeValue, at, None, report)
        if key is not _BAD and found is not _BAD:
            kept[key] = found
    return kept


def _listed(value: Any, kind: Any, name: str, most: int, report: Report) -> list[Any]:
    if not isinstance(value, list):
        report(Problem(name, "value_invalid", f"{name} are a list"))
        return []
    if len(value) > most:
        report(Problem(name, "too_many", f"a product has at most {most} {name}; the first were taken"))
    found = [
        _converted(part, kind, f"{name}[{index}]", None, report) for index, part in enumerate(value[:most])
    ]
    return [part for part in found if part is not _BAD]


def _images(value: Any, report: Report) -> list[Image]:
    return _listed(value, Image, "images", 50, report)


def _categories(value: Any, report: Report) -> list[str]:
    return _listed(value, domain.CategoryPath, "categories", 20, report)


def _options(value: Any, report: Report) -> list[str]:
    found = _converted(value, domain.OptionNames, "options", None, report, fatal=True)
    return [] if found is _BAD else found


def _variants(value: Any, report: Report) -> list[FileVariant]:
    if not isinstance(value, list) or len(value) > 250:
        report(Problem("variants", "value_invalid", "variants are a list of at most 250", fatal=True))
        return []
    found = [_variant(part, f"variants[{index}]", report) for index, part in enumerate(value)]
    return [variant for variant in found if variant is not None]


def _variant(value: Any, at: str, report: Report) -> FileVariant | None:
    if not isinstance(value, dict):
        report(Problem(at, "value_invalid", "a variant is an object", fatal=True))
        return None
    if value.get("sku") is None:
        report(Problem(f"{at}.sku", "field_missing", "a variant needs a SKU", fatal=True))
        return None
    text = value["sku"].strip() if isinstance(value["sku"], str) else value["sku"]
    sku = _converted(text, Sku, f"{at}.sku", None, report, fatal=True)
    if sku is _BAD:
        return None
    _unknown(value, _VARIANT, f"{at}.", sku, report)
    options = _converted(
        value.get("options") or {}, _VARIANT["options"], f"{at}.options", sku, report, fatal=True
    )
    weight = _converted(value.get("weight_grams") or 0, domain.WeightGrams, f"{at}.weight_grams", sku, report)
    gtin = value.get("gtin")
    gtin = str(gtin) if isinstance(gtin, int) else gtin
    gtin = None if gtin is None else _converted(gtin, domain.Gtin, f"{at}.gtin", sku, report)
    return FileVariant(
        sku,
        _prices(value.get("prices"), at, sku, report),
        None if gtin is _BAD else gtin,
        {} if options is _BAD else options,
        0 if weight is _BAD else weight,
        _stock(value.get("stock"), at, sku, report),
    )


def _prices(value: Any, at: str, sku: str, report: Report) -> list[Price]:
    if value is not None and not isinstance(value, list):
        report(Problem(f"{at}.prices", "value_invalid", "prices are a list", sku))
        return []
    found = [
        _converted(part, Price, f"{at}.prices[{index}]", sku, report)
        for index, part in enumerate((value or [])[:200])
    ]
    return [price for price in found if price is not _BAD]


def _stock(value: Any, at: str, sku: str, report: Report) -> dict[str, int]:
    if value is not None and not isinstance(value, dict):
        report(Problem(f"{at}.stock", "value_invalid", "stock is an object of warehouses and counts", sku))
        return {}
    kept = {}
    for warehouse, count in (value or {}).items():
        field = f"{at}.stock.{warehouse}"[:200]
        code = _converted(warehouse, WarehouseCode, field, sku, report)
        on_hand = _converted(count, OnHand, field, sku, report)
        if code is not _BAD and on_hand is not _BAD:
            kept[code] = on_hand
    return kept


_READ_BY_PART: dict[str, Callable[[Any, Report], Any]] = {
    "attributes": _attributes,
    "categories": _categories,
    "images": _images,
    "options": _options,
    "variants": _variants,
}
