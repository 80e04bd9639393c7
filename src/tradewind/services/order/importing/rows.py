"""Orders out of the lines of a file: JSON, one order a line; or CSV, one line of an order a line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from tradewind.contracts.common import LARGEST_AMOUNT_MINOR
from tradewind.contracts.currencies import is_currency
from tradewind.services.order.shapes.imports import (
    ImportedAddress,
    ImportedLine,
    ImportedOrder,
)

LONGEST_LINE_BYTES: Final = 1_000_000
_decode = msgspec.json.Decoder(ImportedOrder).decode
_LINE: Final = frozenset(ImportedLine.__struct_fields__)
_ADDRESS: Final = frozenset(ImportedAddress.__struct_fields__)
_ORDER: Final = frozenset(ImportedOrder.__struct_fields__) - {"lines", "shipping_address", "billing_address"}
_WHOLE: Final = {
    "quantity",
    "unit_price_minor",
    "discount_minor",
    "tax_minor",
    "tax_basis_points",
    "shipping_minor",
    "shipping_tax_minor",
    "total_minor",
    "refunded_minor",
}


class Refused(msgspec.Struct, frozen=True):
    """An order that cannot be taken: by whose id, in which field, and what would be right."""

    external_id: str
    field: str
    code: str
    message: str


Read = ImportedOrder | Refused


class UnreadableFile(Exception):
    """Nothing in it can be read as told."""


def read_jsonl(body: bytes, now: datetime) -> Iterator[Read]:
    """Empty lines are passed over."""
    for line in io.BytesIO(body.removeprefix(b"\xef\xbb\xbf")):
        if line.strip():
            yield _of_json(line, now)


def _of_json(line: bytes, now: datetime) -> Read:
    if len(line) > LONGEST_LINE_BYTES:
        return Refused("", "", "line_too_long", f"an order may have {LONGEST_LINE_BYTES} bytes")
    try:
        return checked(_decode(line), now)
    except msgspec.ValidationError as error:
        return _refusal(str(error), _id_in(line))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Refused("", "", "json_invalid", str(error)[:300])


def _id_in(line: bytes) -> str:
    values = msgspec.json.decode(line)
    found = values.get("external_id", "") if isinstance(values, dict) else ""
    return str(found)[:100]


def _refusal(message: str, external_id: str) -> Refused:
    """msgspec says where: `... - at `$.lines[0].sku``."""
    what, _, where = message.partition(" - at `$")
    field = where.rstrip("`").lstrip(".")
    missing = re.search(r"required field `(\w+)`|unknown field `(\w+)`", what)
    if missing:
        field = f"{field}.{missing[1] or missing[2]}".lstrip(".")
    code = "field_missing" if missing and missing[1] else "field_unknown" if missing else "field_invalid"
    return Refused(external_id, field, code, what.replace("Object ", "The order ")[:300])


def read_csv(body: bytes, now: datetime) -> Iterator[Read]:
    """Rows of one order stand together; what is of the whole order is read from its first. Raises
    UnreadableFile."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile("the file is not UTF-8") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    unknown = set(reader.fieldnames or ()) - _LINE - _ADDRESS - _ORDER
    if unknown or "external_id" not in (reader.fieldnames or ()):
        wrong = ", ".join(sorted(map(str, unknown))) or "external_id is missing"
        raise UnreadableFile(f"columns that are not known: {wrong}" if unknown else wrong)
    rows: list[dict[str, Any]] = []
    try:
        for row in reader:
            if rows and row["external_id"] != rows[0]["external_id"]:
                yield _of_rows(rows, now)
                rows = []
            rows.append(row)
    except csv.Error as error:
        raise UnreadableFile(f"line {reader.line_num}: {error}") from error
    if rows:
        yield _of_rows(rows, now)


def _of_rows(rows: list[dict[str, Any]], now: datetime) -> Read:
    first = rows[0]
    order: dict[str, Any] = _values(first, _ORDER)
    order["shipping_address"] = _values(first, _ADDRESS)
    order["lines"] = [_values(row, _LINE) for row in rows]
    if "prices_include_tax" in order:
        order["prices_include_tax"] = str(order["prices_include_tax"]).lower() in ("true", "yes", "1")
    try:
        return checked(msgspec.convert(order, ImportedOrder), now)
    except msgspec.ValidationError as error:
        return _refusal(str(error), str(first["external_id"] or "")[:100])


def _values(row: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """An empty cell is one that says nothing. What is to be a number, and is none, is refused by its type."""
    found = {name: row[name] for name in names if isinstance(row.get(name), str) and row[name] != ""}
    return {name: _whole(value) if name in _WHOLE else value for name, value in found.items()}


def _whole(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text.strip()) else text


def checked(order: ImportedOrder, now: datetime) -> Read:
    """What the types do not say."""

    def refused(field: str, code: str, message: str) -> Refused:
        return Refused(order.external_id, field, code, message)

    if not is_currency(order.currency):
        return refused("currency", "currency_unknown", f"{order.currency} is no currency of ISO 4217")
    for name in ("placed_at", "shipped_at", "delivered_at"):
        moment = getattr(order, name)
        if moment is not None and not datetime(1970, 1, 2, tzinfo=UTC) < _utc(moment) < now + timedelta(
            days=1
        ):
            return refused(name, "moment_impossible", "give a moment since 1970 that is past")
    seen = set[str]()
    for index, line in enumerate(order.lines):
        if line.sku in seen:
            return refused(f"lines[{index}].sku", "line_twice", f"{line.sku} stands in two lines: sum them")
        seen.add(line.sku)
        gross = line.quantity * line.unit_price_minor
        if line.discount_minor > gross:
            message = f"at most what the line costs: {gross}"
            return refused(f"lines[{index}].discount_minor", "discount_too_large", message)
        if order.prices_include_tax and line.tax_minor > gross - line.discount_minor:
            message = f"within the line's total: at most {gross - line.discount_minor}"
            return refused(f"lines[{index}].tax_minor", "tax_too_large", message)
    total = total_of(order)
    if total > LARGEST_AMOUNT_MINOR:
        return refused("lines", "total_too_large", f"at most {LARGEST_AMOUNT_MINOR} minor units")
    if order.total_minor is not None and order.total_minor != total:
        message = f"lines, shipping and tax come to {total}, not {order.total_minor}"
        return refused("total_minor", "total_mismatch", message)
    if order.refunded_minor is not None and order.refunded_minor > total:
        return refused("refunded_minor", "refund_too_large", f"at most the total: {total}")
    return order


def line_total(line: ImportedLine, *, prices_include_tax: bool) -> int:
    gross = line.quantity * line.unit_price_minor - line.discount_minor
    return gross if prices_include_tax else gross + line.tax_minor


def total_of(order: ImportedOrder) -> int:
    included = order.prices_include_tax
    lines = sum(line_total(line, prices_include_tax=included) for line in order.lines)
    return lines + order.shipping_minor + (0 if included else order.shipping_tax_minor)


def _utc(moment: datetime) -> datetime:
    """One without a zone is UTC."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
