"""A product as the fields of its form: there and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tradewind.faces.backoffice.amounts import minor_units, typed
from tradewind.faces.kit.visit import Fields

SPARE_VARIANTS, SPARE_ATTRIBUTES, SPARE_PICTURES = 1, 2, 1
MORE = 5
LIST_SEPARATOR = " | "


@dataclass(slots=True)
class VariantRow:
    """`prices` and `compared` are as they were typed, by currency; `options` follow those of the product."""

    sku: str = ""
    gtin: str = ""
    weight: str = ""
    options: list[str] = field(default_factory=list)
    prices: dict[str, str] = field(default_factory=dict)
    compared: dict[str, str] = field(default_factory=dict)
    available: int | None = None

    @property
    def empty(self) -> bool:
        return not (self.sku or self.gtin or any(self.options) or any(self.prices.values()))


@dataclass(slots=True)
class PictureRow:
    url: str = ""
    alt: str = ""


@dataclass(slots=True)
class ProductForm:
    title: str = ""
    slug: str = ""
    description: str = ""
    brand: str = ""
    tax_class: str = "standard"
    version: str = ""
    categories: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str]] = field(default_factory=list)
    variants: list[VariantRow] = field(default_factory=list)
    pictures: list[PictureRow] = field(default_factory=list)
    more: dict[str, int] = field(default_factory=dict)

    def rows(self) -> Iterator[tuple[int, VariantRow]]:
        spare = SPARE_VARIANTS + self.more.get("variants", 0)
        return enumerate([*self.variants, *(VariantRow() for _ in range(spare))])

    def attribute_rows(self) -> Iterator[tuple[int, tuple[str, str]]]:
        spare = SPARE_ATTRIBUTES + self.more.get("attributes", 0)
        return enumerate([*self.attributes, *((("", ""),) * spare)])


def of_product(product: Mapping[str, Any]) -> ProductForm:
    return ProductForm(
        product["title"],
        product["slug"],
        product["description"],
        product["brand"]["name"] if product["brand"] else "",
        product["tax_class"],
        str(product["version"]),
        [category["path"] for category in product["categories"]],
        list(product["options"]),
        [(name, shown(value)) for name, value in product["attributes"].items()],
        [_variant_row(variant, product["options"]) for variant in product["variants"]],
        [PictureRow(image["url"], image["alt"]) for image in product["images"]],
    )


def _variant_row(variant: Mapping[str, Any], options: Sequence[str]) -> VariantRow:
    prices = {price["currency"]: price for price in variant["prices"]}
    return VariantRow(
        variant["sku"],
        variant["gtin"] or "",
        str(variant["weight_grams"] or ""),
        [variant["options"].get(name, "") for name in options],
        {currency: typed(price["amount_minor"], currency) for currency, price in prices.items()},
        {
            currency: typed(price.get("compare_at_minor"), currency)
            for currency, price in prices.items()
            if price.get("compare_at_minor") is not None
        },
        variant["available"],
    )


def shown(value: object) -> str:
    """An attribute's value in one line; a list's items are parted by a bar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return LIST_SEPARATOR.join(str(item) for item in value) if isinstance(value, list) else str(value)


def of_fields(form: Fields, currencies: Sequence[str]) -> ProductForm:
    """As it was typed; rows that were left empty are left out."""
    variants = [_typed_variant(form, index, currencies) for index in _indices(form, "variant", "sku")]
    pictures = sorted(
        (form.whole(f"picture.{index}.position", 999) or 0, index)
        for index in _indices(form, "picture", "url")
    )
    return ProductForm(
        form["title"],
        form["slug"],
        form["description"].replace("\r\n", "\n"),
        form["brand"],
        form["tax_class"] or "standard",
        form["version"],
        list(dict.fromkeys([path for path in (form["primary"], *form.all("category")) if path])),
        [name.strip() for name in form["options"].split(",") if name.strip()],
        [
            (form[f"attribute.{index}.name"], form[f"attribute.{index}.value"])
            for index in _indices(form, "attribute", "name")
            if form[f"attribute.{index}.name"]
        ],
        [row for row in variants if not row.empty],
        [
            PictureRow(form[f"picture.{index}.url"], form[f"picture.{index}.alt"])
            for _, index in pictures
            if form[f"picture.{index}.url"] and f"picture.{index}.remove" not in form
        ],
        {form["more"]: MORE} if form["more"] else {},
    )


def _indices(form: Fields, row: str, part: str) -> list[int]:
    """Of the rows that the form has, in its order."""
    pattern = re.compile(rf"{row}\.(\d{{1,4}})\.{part}")
    found = (pattern.fullmatch(name) for name, _ in form.pairs)
    return list(dict.fromkeys(int(match[1]) for match in found if match))


def _typed_variant(form: Fields, index: int, currencies: Sequence[str]) -> VariantRow:
    at = f"variant.{index}"
    options = [name for name in form["options"].split(",") if name.strip()]
    return VariantRow(
        form[f"{at}.sku"],
        form[f"{at}.gtin"],
        form[f"{at}.weight"],
        [form[f"{at}.option.{number}"] for number in range(len(options))],
        {currency: form[f"{at}.price.{currency}"] for currency in currencies},
        {currency: form[f"{at}.compared.{currency}"] for currency in currencies},
    )


def body(product: ProductForm, before: Mapping[str, Any] | None) -> tuple[dict[str, Any], dict[str, str]]:
    """What is sent, and the codes of mistakes by field. An attribute whose text was not touched keeps its value,
    with its type."""
    mistakes: dict[str, str] = {}
    if not product.title:
        mistakes["title"] = "required"
    known = before["attributes"] if before else {}
    sent: dict[str, Any] = {
        "title": product.title,
        "description": product.description,
        "brand": product.brand or None,
        "categories": product.categories,
        "options": product.options,
        "attributes": {
            name: known[name] if name in known and shown(known[name]) == text else _value(text)
            for name, text in product.attributes
        },
        "variants": [_variant(row, index, product, mistakes) for index, row in enumerate(product.variants)],
        "images": [{"url": row.url, "alt": row.alt} for row in product.pictures],
        "tax_class": product.tax_class,
    }
    if product.slug:
        sent["slug"] = product.slug
    return sent, mistakes


def _value(text: str) -> object:
    if text in ("true", "false"):
        return text == "true"
    if "|" in text:
        return [item.strip() for item in text.split("|") if item.strip()]
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d{1,12}\.\d{1,6}", text) else text


def _variant(row: VariantRow, index: int, product: ProductForm, mistakes: dict[str, str]) -> dict[str, Any]:
    at, prices = f"variant.{index}", []
    if not row.sku:
        mistakes[f"{at}.sku"] = "required"
    for currency, text in row.prices.items():
        if not text:
            continue
        price: dict[str, Any] = {"currency": currency, "amount_minor": minor_units(text, currency)}
        if price["amount_minor"] is None:
            mistakes[f"{at}.price.{currency}"] = "amount_invalid"
        compared = row.compared.get(currency, "")
        if compared:
            price["compare_at_minor"] = minor_units(compared, currency)
            if price["compare_at_minor"] is None:
                mistakes[f"{at}.compared.{currency}"] = "amount_invalid"
        prices.append(price)
    if row.weight and not row.weight.isdigit():
        mistakes[f"{at}.weight"] = "number_invalid"
    return {
        "sku": row.sku,
        "gtin": row.gtin or None,
        "weight_grams": int(row.weight) if row.weight.isdigit() else 0,
        "options": {
            name: row.options[number]
            for number, name in enumerate(product.options)
            if number < len(row.options) and row.options[number]
        },
        "prices": prices,
    }
