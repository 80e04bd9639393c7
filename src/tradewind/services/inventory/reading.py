"""A file of stock, read: each line that makes sense, and what is wrong with the others, by line and field. Pure."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from itertools import islice

import msgspec

from tradewind.contracts.common import Sku
from tradewind.kernel.errors import Invalid
from tradewind.services.inventory.domain import LARGEST_ON_HAND
from tradewind.services.inventory.shapes import LARGEST_CHANGE
from tradewind.services.inventory.shapes.stock_files import MOST_FILE_LINES, FileLine, FileMode, FileProblem

GIVEN_OUT = ("reserved", "available", "damaged", "quality_control", "incoming", "safety_stock")
COLUMNS = ("sku", "warehouse", "quantity", "lot", "expires_on")
_WHOLE = re.compile(r"[+-]?[0-9]{1,10}")
_BOUNDS = {
    "count": (0, LARGEST_ON_HAND),
    "receive": (1, LARGEST_CHANGE),
    "adjust": (-LARGEST_CHANGE, LARGEST_CHANGE),
}


class _Wrong(Exception):
    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field, self.code, self.message = field, code, message


def read_lines(
    content: bytes, mode: FileMode, warehouse: str | None
) -> tuple[list[FileLine], list[FileProblem]]:
    """Raises Invalid(file_invalid) for what is no such file at all: not UTF-8, other columns, no line, too many.

    Cells are parted by what parts most of the first line: a comma, a semicolon or a tab. In a stock take `on_hand` is
    a name of `quantity`, and what else the export gives out is passed over, so that it can be counted into."""
    rows = _rows(content, mode)
    lines: list[FileLine] = []
    problems: list[FileProblem] = []
    seen: dict[tuple[str, str, str | None], int] = {}
    for number, row in rows:
        try:
            line = _line(number, row, mode, warehouse)
            first = seen.setdefault((line.sku, line.warehouse, line.lot), number)
            if first != number:
                raise _Wrong("sku", "line_repeated", f"line {first} is of the same SKU and warehouse")
            lines.append(line)
        except _Wrong as wrong:
            problems.append(FileProblem(number, wrong.field, wrong.code, wrong.message))
    return lines, problems


def _rows(content: bytes, mode: FileMode) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("file_invalid", "the file is not UTF-8") from error
    if "\0" in text:
        raise Invalid("file_invalid", "the file contains a null character")
    records = text.splitlines()
    between = max(",;\t", key=records[0].count) if records else ","
    header = [cell.strip().lower() for cell in next(csv.reader(records[:1], delimiter=between), [])]
    if mode == "count" and "quantity" not in header:
        header = ["quantity" if name == "on_hand" else name for name in header]
    unknown = [name for name in header if name not in (*COLUMNS, *GIVEN_OUT)]
    if "sku" not in header or "quantity" not in header or unknown or len(set(header)) < len(header):
        words = "the first line names the columns: sku, quantity, and where wanted warehouse, lot, expires_on"
        raise Invalid("file_invalid", words)
    if len(records) < 2:
        raise Invalid("file_invalid", "the file has no line below its header")
    if len(records) - 1 > MOST_FILE_LINES:
        raise Invalid("file_invalid", f"a file has at most {MOST_FILE_LINES} lines: split it")
    return _cells(header, records, between)


def _cells(header: list[str], records: list[str], between: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line by line, so that an open quotation mark spoils its own line alone; empty ones are left out."""
    for number, record in islice(enumerate(records, 1), 1, None):
        if record.strip():
            cells = next(csv.reader([record], delimiter=between), [])
            yield number, dict(zip(header, (cell.strip() for cell in cells), strict=False))


def _line(number: int, row: dict[str, str], mode: FileMode, warehouse: str | None) -> FileLine:
    try:
        sku = msgspec.convert(row.get("sku", "").removeprefix("'"), Sku)
    except msgspec.ValidationError as error:
        raise _Wrong("sku", "sku_invalid", "a SKU has 1 to 64 printable characters") from error
    code = row.get("warehouse") or warehouse
    if not code:
        raise _Wrong("warehouse", "required", "name the warehouse, in the line or for the file")
    text = row.get("quantity", "")
    least, most = _BOUNDS[mode]
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most or (mode == "adjust" and int(text) == 0):
        raise _Wrong("quantity", "quantity_invalid", f"a whole number from {least} to {most}")
    return FileLine(number, sku, code, int(text), _lot(row), _expiry(row))


def _lot(row: dict[str, str]) -> str | None:
    lot = row.get("lot") or None
    if lot is not None and len(lot) > 64:
        raise _Wrong("lot", "lot_invalid", "a lot has at most 64 characters")
    return lot


def _expiry(row: dict[str, str]) -> date | None:
    text = row.get("expires_on")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _Wrong("expires_on", "day_invalid", "write a day as 2027-01-31") from error
