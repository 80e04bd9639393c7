"""Product JSONL: one product a line, UTF-8. The fields are those of rows.FileProduct. Pure: no I/O."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tradewind.services.product.domain import Problem
from tradewind.services.product.importing.rows import FileProduct, Row, read_values, rejected, row_of

LONGEST_LINE_BYTES = 1_000_000

_strict = msgspec.json.Decoder(FileProduct).decode


class JsonlReader:
    """Handed the lines of a file in order; an empty line is passed over."""

    def feed(self, number: int, line: bytes) -> Iterator[Row]:
        """`number` counts from 1."""
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield _read(number, line)

    def finish(self) -> Iterator[Row]:
        return iter(())


def _read(number: int, line: bytes) -> Row:
    if len(line) > LONGEST_LINE_BYTES:
        message = f"a line may have {LONGEST_LINE_BYTES} bytes"
        return rejected(number, None, [Problem("", "line_too_long", message, fatal=True)])
    if b"\\u0000" in line and _has_null(_plain(line)):
        message = "text must not contain the null character"
        return rejected(number, None, [Problem("", "null_character", message, fatal=True)])
    try:
        return row_of(number, _strict(line), [])
    except msgspec.ValidationError:
        values = _plain(line)
        if isinstance(values, dict):
            return read_values(number, values)
        message = "a line is one JSON object"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = str(error)
    return rejected(number, None, [Problem("", "json_invalid", message, fatal=True)])


def _plain(line: bytes) -> object:
    """The line as plain values; None where it is not JSON."""
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _has_null(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_null(part) for item in value.items() for part in item)
    return isinstance(value, list) and any(_has_null(part) for part in value)
