"""CSV of settlement files: lines, cells and what may be wrong with them. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import get_args

from tradewind.contracts.common import LARGEST_AMOUNT_MINOR
from tradewind.contracts.currencies import DIGITS, is_currency
from tradewind.ports.settlement import (
    SettlementColumns,
    SettlementKind,
    SettlementLine,
    SettlementProblem,
    SettlementUnreadable,
)

MOST_LINES = 20_000
MOST_PROBLEMS = 100
LONGEST_CELL = 200
KINDS: tuple[str, ...] = get_args(SettlementKind)
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_WHOLE = re.compile(r"-?[0-9]{1,15}")

Cells = Mapping[str, str]
Read = Callable[[int, Cells], SettlementLine | None]


class Wrong(Exception):
    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field, self.code, self.message = field, code, message


def read_rows(content: bytes, needed: Sequence[str], read: Read) -> list[SettlementLine]:
    """A file whose first line names its columns. Raises SettlementUnreadable with all that is wrong."""
    lines = iter(records(content))
    at, names = next(lines, (1, []))
    header = [name.strip().lower() for name in names]
    missing = [name for name in needed if name.lower() not in header]
    if missing:
        raise unreadable(
            missing[0], "column_missing", f"the header names the columns {', '.join(needed)}", line=at
        )
    if len(set(header)) < len(header):
        raise unreadable("header", "column_twice", "a column stands there twice", line=at)
    return read_each(
        ((number, dict(zip(header, cells, strict=False))) for number, cells in lines if any(cells)), read
    )


def read_each(rows: Iterable[tuple[int, Cells]], read: Read) -> list[SettlementLine]:
    found: list[SettlementLine] = []
    problems: list[SettlementProblem] = []
    for number, cells in rows:
        try:
            line = read(number, cells)
            if line is not None:
                found.append(_checked(line))
        except Wrong as wrong:
            problems.append(SettlementProblem(number, wrong.field, wrong.code, wrong.message))
    if problems:
        raise SettlementUnreadable(problems[:MOST_PROBLEMS])
    if not found:
        raise unreadable("file", "file_empty", "there is no line in it that moves money")
    if len(found) > MOST_LINES:
        raise unreadable("file", "too_many_lines", f"at most {MOST_LINES} lines: send it in parts")
    return found


def records(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line, with its number."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable("file", "file_invalid", "the file is not UTF-8") from error
    if "\0" in text:
        raise unreadable("file", "file_invalid", "the file holds a null character")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        problem = SettlementProblem(reader.line_num, "line", "line_invalid", f"this is no CSV: {error}")
        raise SettlementUnreadable([problem]) from error


def unreadable(field: str, code: str, message: str, *, line: int = 0) -> SettlementUnreadable:
    """Of the file as a whole, or of the line that names its columns."""
    return SettlementUnreadable([SettlementProblem(line, field, code, message)])


def cell(cells: Cells, name: str, *, required: bool = False) -> str:
    text = cells.get(name.lower(), "")
    if required and not text:
        raise Wrong(name, "required", "this cannot be empty")
    if len(text) > LONGEST_CELL:
        raise Wrong(name, "too_long", f"at most {LONGEST_CELL} characters")
    return text


def currency_of(cells: Cells, name: str) -> str:
    code = cell(cells, name, required=True).upper()
    if not is_currency(code):
        raise Wrong(name, "currency_unknown", f"{code[:10]} is no currency of ISO 4217")
    return code


def amount_of(cells: Cells, name: str, currency: str) -> int:
    """Minor units of what is written as `-12.30`; nothing is zero."""
    text = cell(cells, name) or "0"
    digits = DIGITS[currency]
    if not _DECIMAL.fullmatch(text):
        raise Wrong(name, "amount_invalid", "an amount such as 12.30 or -12.30")
    whole, _, fraction = text.lstrip("-").partition(".")
    if len(fraction.rstrip("0")) > digits:
        raise Wrong(name, "amount_invalid", f"{currency} has {digits} decimals")
    minor = int(whole + fraction[:digits].ljust(digits, "0"))
    return -minor if text.startswith("-") else minor


def whole_of(cells: Cells, name: str) -> int:
    text = cell(cells, name) or "0"
    if not _WHOLE.fullmatch(text):
        raise Wrong(name, "amount_invalid", "a whole number of minor units")
    return int(text)


def day_of(cells: Cells, name: str) -> date:
    """The day of `2026-03-02`, of a time that begins so, and of `2026/03/02`."""
    try:
        return date.fromisoformat(cell(cells, name, required=True)[:10].replace("/", "-"))
    except ValueError as error:
        raise Wrong(name, "day_invalid", "a day such as 2026-03-02") from error


def kind_of(text: str, field: str) -> SettlementKind:
    for kind in get_args(SettlementKind):
        if text == kind:
            named: SettlementKind = kind
            return named
    raise Wrong(field, "kind_unknown", f"one of {', '.join(KINDS)}")


def read_mapped(content: bytes, columns: SettlementColumns) -> list[SettlementLine]:
    """A file of any make, by its columns. Amounts are decimals, with the sign of what they do to the balance."""

    def read(number: int, cells: Cells) -> SettlementLine:
        word = cell(cells, columns.kind, required=True)
        kind = columns.kinds.get(word) or kind_of(word, columns.kind)
        currency = currency_of(cells, columns.currency)
        amount = amount_of(cells, columns.amount, currency)
        fee = amount_of(cells, columns.fee, currency) if columns.fee else 0
        reference = cell(cells, columns.reference, required=True)
        key = cell(cells, columns.key) if columns.key else ""
        return SettlementLine(
            number,
            kind,
            reference,
            tuple(one for one in (reference, key) if one),
            0 if kind == "fee" else amount,
            fee - amount if kind == "fee" else fee,
            currency,
            day_of(cells, columns.day),
            cell(cells, columns.payout) if columns.payout else "",
        )

    chosen = (columns.kind, columns.reference, columns.amount, columns.currency, columns.day)
    optional = (columns.fee, columns.payout, columns.key)
    return read_rows(content, [*chosen, *(name for name in optional if name)], read)


def _checked(line: SettlementLine) -> SettlementLine:
    if max(abs(line.amount_minor), abs(line.fee_minor)) > LARGEST_AMOUNT_MINOR:
        raise Wrong("amount", "amount_too_large", f"at most {LARGEST_AMOUNT_MINOR} minor units")
    if line.kind == "capture" and line.amount_minor <= 0:
        raise Wrong("amount", "sign_wrong", "a capture adds to the balance")
    if line.kind == "refund" and line.amount_minor >= 0:
        raise Wrong("amount", "sign_wrong", "a refund takes from the balance: its amount has a minus")
    return line
