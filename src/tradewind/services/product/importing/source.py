"""What an import reads: lines of bytes, and what identifies them, so that the same file can be gone on with."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from hashlib import file_digest, sha256
from io import BytesIO
from pathlib import Path
from typing import Literal

from tradewind.contracts.currencies import is_currency
from tradewind.kernel.errors import Invalid
from tradewind.services.product.domain import Problem
from tradewind.services.product.importing.jsonl import JsonlReader
from tradewind.services.product.importing.rows import Row, rejected
from tradewind.services.product.importing.shopify import ShopifyReader

Format = Literal["jsonl", "shopify"]


@dataclass(frozen=True)
class ImportSource:
    """`lines` are read once, in order, from the beginning, also when an earlier start is gone on with.

    `sha256` is of the whole content. `currency` and `warehouse` say what a Shopify file leaves open: which
    currency its prices are in (needed) and which warehouse its stock lies in (None leaves stock as it is).
    """

    file_name: str
    format: Format
    sha256: bytes
    lines: Iterable[bytes] | AsyncIterable[bytes]
    size_bytes: int | None = None
    currency: str | None = None
    warehouse: str | None = None

    @staticmethod
    def of_bytes(
        file_name: str,
        content: bytes,
        file_format: Format,
        *,
        currency: str | None = None,
        warehouse: str | None = None,
    ) -> ImportSource:
        digest = sha256(content).digest()
        return ImportSource(
            file_name, file_format, digest, BytesIO(content), len(content), currency, warehouse
        )

    @staticmethod
    def of_file(
        path: Path, file_format: Format, *, currency: str | None = None, warehouse: str | None = None
    ) -> ImportSource:
        """A file on disk, also one that is gzipped (named .gz). Reads it whole once, for its digest."""
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").digest()
        size_bytes = None if path.suffix == ".gz" else path.stat().st_size
        return ImportSource(path.name, file_format, digest, _lines_of(path), size_bytes, currency, warehouse)

    @property
    def fingerprint(self) -> bytes:
        """The same content read in the same way. JSONL says its currencies and warehouses itself."""
        told = f"{self.currency or ''}\n{self.warehouse or ''}" if self.format == "shopify" else ""
        return sha256(f"{self.format}\n{told}\n".encode() + self.sha256).digest()

    def reader(self) -> JsonlReader | ShopifyReader:
        """Raises Invalid where the file cannot be read without knowing more."""
        if self.format == "jsonl":
            return JsonlReader()
        if self.currency is None or not is_currency(self.currency):
            raise Invalid(
                "currency_required",
                "say which currency the file's prices are in, such as EUR",
                field="currency",
            )
        return ShopifyReader(self.currency, self.warehouse)


@dataclass
class Reading:
    """How far a file has been read."""

    line: int = 0
    bytes_read: int = 0


async def rows_of(source: ImportSource, reading: Reading) -> AsyncIterator[Row]:
    """The file's products in order; one whose external_id came before is rejected."""
    reader, seen = source.reader(), dict[str, int]()
    async for line in _each(source.lines):
        reading.line += 1
        reading.bytes_read += len(line)
        for row in reader.feed(reading.line, line):
            yield _unless_seen(row, seen)
    for row in reader.finish():
        yield _unless_seen(row, seen)


def _unless_seen(row: Row, seen: dict[str, int]) -> Row:
    if row.external_id is None or row.content is None:
        return row
    first = seen.setdefault(row.external_id, row.line)
    if first == row.line:
        return row
    message = f"line {first} has the same external_id; that one was taken"
    return rejected(
        row.line, row.external_id, [Problem("external_id", "external_id_repeated", message, fatal=True)]
    )


async def _each(lines: Iterable[bytes] | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(lines, AsyncIterable):
        async for line in lines:
            yield line
    else:
        for line in lines:
            yield line


def _lines_of(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        yield from file
