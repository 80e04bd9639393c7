"""Reports as CSV (RFC 4180) that a spreadsheet opens without running anything in it. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8, a header, CRLF. Text that a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def csv_of(items: Sequence[msgspec.Struct], shape: type[msgspec.Struct], money: Sequence[str] = ()) -> bytes:
    """The fields of `shape` by their names, its own before those that it has of another. Those in `money` are
    exact amounts that we wrote: numbers."""
    own = tuple(name for name in shape.__struct_fields__ if name in shape.__annotations__)
    columns = own + tuple(name for name in shape.__struct_fields__ if name not in own)
    return csv_text(
        columns,
        (
            [_Number(getattr(item, name)) if name in money else getattr(item, name) for name in columns]
            for item in items
        ),
    )


class _Number(str):
    """Text that is a number, and may begin with a minus."""

    __slots__ = ()


def _cell(value: Any) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and not isinstance(value, _Number) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
