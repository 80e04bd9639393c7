"""Shopify's product CSV: rows of one Handle are one product, its variants and its images. Pure: no I/O.

Taken: Handle (our external_id), Title, Body (HTML) as plain text, Vendor, Product Category (else Type) as the
category, Type and Tags as attributes, Published and Status, options, SKU, grams, price, compare-at price,
barcode, inventory quantity, images. Prices are in the currency, and stock in the warehouse, that the caller
names. Not taken: SEO, Google Shopping and gift card fields, costs, prices by market, and metafields.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from tradewind.contracts.currencies import DIGITS
from tradewind.services.product.domain import Problem, slug_of
from tradewind.services.product.importing.plain_text import plain_text
from tradewind.services.product.importing.rows import Row, read_values, rejected

LONGEST_RECORD_BYTES = 1_000_000
_NEEDED = ("Handle", "Title", "Variant Price")
_OPTIONS = ("Option1", "Option2", "Option3")
_UNTRUE = frozenset({"false", "no", "0"})


class _Group(msgspec.Struct):
    """The records of one product, from the line where it begins."""

    line: int
    handle: str
    records: list[dict[str, str]]


class ShopifyReader:
    """Handed the lines of a file in order. `warehouse` None leaves the stock as it is."""

    def __init__(self, currency: str, warehouse: str | None) -> None:
        self._currency, self._warehouse = currency, warehouse
        self._header: list[str] | None = None
        self._pending = b""  # lines of a record whose quotes are open
        self._begins = 1
        self._group: _Group | None = None
        self._refused = False

    def feed(self, number: int, line: bytes) -> Iterator[Row]:
        """`number` counts from 1. A product is known once the next one begins."""
        if self._refused:
            return
        if not self._pending:
            self._begins = number
        self._pending += line if line.endswith(b"\n") else line + b"\n"
        if self._pending.count(b'"') % 2 and len(self._pending) <= LONGEST_RECORD_BYTES:
            return
        record, self._pending = self._pending, b""
        yield from self._record(self._begins, record)

    def finish(self) -> Iterator[Row]:
        if self._pending and not self._refused:
            yield _unreadable(self._begins, "the file ends within a quoted field")
        yield from self._product()

    def _record(self, line: int, record: bytes) -> Iterator[Row]:
        try:
            if len(record) > LONGEST_RECORD_BYTES:
                raise ValueError(f"a record may have {LONGEST_RECORD_BYTES} bytes")
            if b"\0" in record:
                raise ValueError("text must not contain the null character")
            cells = next(csv.reader([record.decode("utf-8-sig")], strict=True), [])
        except (ValueError, csv.Error) as error:
            yield _unreadable(line, str(error))
            return
        if self._header is None:
            self._header = [cell.strip() for cell in cells]
            missing = [name for name in _NEEDED if name not in self._header]
            if missing:
                self._refused = True
                yield _unreadable(line, f"no Shopify product file: the column {missing[0]} is missing")
            return
        values = dict(zip(self._header, cells, strict=False))
        handle = values.get("Handle", "").strip()
        if not handle:
            if any(cell.strip() for cell in cells):
                yield _unreadable(line, "a row needs its Handle")
            return
        if self._group is None or self._group.handle != handle:
            yield from self._product()
            self._group = _Group(line, handle, [])
        self._group.records.append(values)

    def _product(self) -> Iterator[Row]:
        group, self._group = self._group, None
        if group is not None:
            yield _row_of(group, self._currency, self._warehouse)


def _unreadable(line: int, message: str) -> Row:
    return rejected(line, None, [Problem("", "csv_invalid", message, fatal=True)])


def _row_of(group: _Group, currency: str, warehouse: str | None) -> Row:
    first, problems = group.records[0], list[Problem]()
    options = _option_names(first)
    kind, category, tags = _cell(first, "Type"), _cell(first, "Product Category"), _cell(first, "Tags")
    attributes: dict[str, Any] = {}
    if kind and category:
        attributes["Type"] = kind
    if tags:
        attributes["Tags"] = [tag for tag in (part.strip() for part in tags.split(",")) if tag]
    values: dict[str, Any] = {
        "external_id": group.handle,
        "title": _cell(first, "Title") or None,
        "description": plain_text(_cell(first, "Body (HTML)")),
        "brand": _cell(first, "Vendor") or None,
        "categories": [path for path in (category or kind,) if path],
        "status": _status(first),
        "attributes": attributes,
        "options": options,
        "variants": [
            _variant(record, index, options, currency, warehouse, group.handle, problems)
            for index, record in enumerate(_variant_records(group.records))
        ],
        "images": _images(group.records),
    }
    return read_values(group.line, values, problems)


def _cell(record: dict[str, str], name: str) -> str:
    return record.get(name, "").strip()


def _status(first: dict[str, str]) -> str:
    """What is active there but published nowhere is a draft here: the public does not see it."""
    status = _cell(first, "Status").lower() or "active"
    if status == "active" and _cell(first, "Published").lower() in _UNTRUE:
        return "draft"
    return status


def _option_names(first: dict[str, str]) -> list[str]:
    """A product without a choice has the one option Title, whose value is Default Title."""
    names = [_cell(first, f"{option} Name") for option in _OPTIONS]
    if names[0] == "Title" and _cell(first, "Option1 Value") == "Default Title":
        return []
    return [name for name in names if name]


def _variant_records(records: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rows that only add an image name neither option nor price."""
    said = ("Option1 Value", "Variant SKU", "Variant Price")
    return [record for record in records if any(_cell(record, name) for name in said)]


def _variant(
    record: dict[str, str],
    index: int,
    options: list[str],
    currency: str,
    warehouse: str | None,
    handle: str,
    problems: list[Problem],
) -> dict[str, Any]:
    at = f"variants[{index}]"
    chosen = {
        name: _cell(record, f"{option} Value")
        for name, option in zip(options, _OPTIONS, strict=False)
        if _cell(record, f"{option} Value")
    }
    sku = _cell(record, "Variant SKU").removeprefix("'")
    if not sku:
        sku = slug_of(" ".join([handle, *chosen.values()]))[:64].rstrip("-")
        problems.append(Problem(f"{at}.sku", "sku_missing", f"it had no SKU and was given {sku}", sku))
    variant: dict[str, Any] = {
        "sku": sku,
        "options": chosen,
        "prices": _prices(record, at, sku, currency, problems),
        "gtin": _cell(record, "Variant Barcode").removeprefix("'") or None,
    }
    grams = _number(_cell(record, "Variant Grams"))
    if grams is not None:
        variant["weight_grams"] = round(grams)
    quantity = _cell(record, "Variant Inventory Qty")
    if quantity and warehouse is not None:
        number = _number(quantity)
        whole = number is not None and number == number.to_integral_value()
        variant["stock"] = {warehouse: int(number) if number is not None and whole else quantity}
    return variant


def _prices(
    record: dict[str, str], at: str, sku: str, currency: str, problems: list[Problem]
) -> list[dict[str, Any]]:
    amount = _minor(_cell(record, "Variant Price"), currency)
    if amount is None:
        if _cell(record, "Variant Price"):
            message = f"{_cell(record, 'Variant Price')!r} is no amount of {currency}"
            problems.append(Problem(f"{at}.prices", "price_invalid", message, sku))
        return []
    compare_at = _minor(_cell(record, "Variant Compare At Price"), currency)
    if compare_at in (0, amount):  # how Shopify says that there is none
        compare_at = None
    return [{"currency": currency, "amount_minor": amount, "compare_at_minor": compare_at}]


def _minor(text: str, currency: str) -> int | None:
    """A decimal amount in minor units; None where it is none, or is finer than the currency."""
    number = _number(text)
    if number is None or number < 0:
        return None
    minor = number.scaleb(DIGITS[currency])
    return int(minor) if minor == minor.to_integral_value() else None


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 20 else None


def _images(records: list[dict[str, str]]) -> list[dict[str, str]]:
    found: dict[str, tuple[Decimal, int, str]] = {}
    for index, record in enumerate(records):
        url = _cell(record, "Image Src")
        if url and url not in found:
            position = _number(_cell(record, "Image Position"))
            found[url] = (
                Decimal(10**6) if position is None else position,
                index,
                _cell(record, "Image Alt Text"),
            )
    return [{"url": url, "alt": found[url][2][:500]} for url in sorted(found, key=lambda url: found[url][:2])]
