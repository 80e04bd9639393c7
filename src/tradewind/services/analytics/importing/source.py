"""A file of orders: its rows as text, and what identifies it, so that the same one is gone on with."""

from __future__ import annotations

import codecs
import csv
import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from io import BufferedIOBase, BytesIO, TextIOWrapper
from pathlib import Path
from typing import IO, Any, Final, cast

from tradewind.kernel.errors import Invalid, Malformed, TooLarge

_PIECE_BYTES: Final = 1 << 20
LONGEST_FIELD: Final = 64 * 1024
# Of what is sent, decompressed: what 20 MB of CSV come to, and not a bomb.
MOST_SENT_BYTES: Final = 400 * 1024 * 1024


@dataclass(frozen=True)
class HistoryOptions:
    """How to read the file. `map` names columns that have other names than usual, `source` the system that the
    orders are of: an order is known by its source and its invoice."""

    currency: str = "EUR"
    timezone: str = "UTC"
    time_format: str | None = None
    map: dict[str, str] = field(default_factory=dict)
    source: str = "import"


@dataclass(frozen=True)
class HistorySource:
    """`records` are (line, cells), the header first; `digest` identifies what they are."""

    file_name: str
    digest: bytes
    records: Iterable[tuple[int, list[str]]]
    demo: bool = False

    @staticmethod
    def of_file(path: Path, encoding: str = "auto") -> HistorySource:
        """A file, may be gzipped. Reads it whole once, for its digest. Raises Invalid, Malformed."""
        with path.open("rb") as raw, _plain(raw) as plain:
            digest, chosen = _looked_through(plain, encoding)
        return HistorySource(path.name, digest, _records(path, chosen))

    @staticmethod
    def of_bytes(file_name: str, content: bytes, encoding: str = "auto") -> HistorySource:
        """Raises Invalid, Malformed."""
        with _plain(BytesIO(content)) as plain:
            digest, chosen = _looked_through(plain, encoding, MOST_SENT_BYTES)
        return HistorySource(file_name, digest, _records(content, chosen))


@contextmanager
def _plain(raw: Any) -> Iterator[IO[bytes]]:
    """What is in it, decompressed where it is gzip, whatever it is called."""
    zipped = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    if not zipped:
        yield raw
        return
    try:
        with gzip.open(raw, "rb") as plain:
            yield cast("IO[bytes]", plain)
    except (EOFError, OSError, zlib.error) as error:
        raise Malformed("malformed_gzip", f"the file is not whole: {error}") from error


def _looked_through(plain: IO[bytes], encoding: str, most_bytes: int = sys.maxsize) -> tuple[bytes, str]:
    """Its digest, and which encoding it is in: UTF-8 if it can be, else that of old Windows programs."""
    digest = sha256()
    if encoding != "auto":
        try:
            b"a".decode(encoding, "replace")
        except (LookupError, UnicodeError) as error:
            # None, one of something else than text, or one for names alone.
            raise Invalid("encoding_unknown", f"{encoding} is no encoding", field="encoding") from error
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid = True
    size = 0
    while piece := plain.read(_PIECE_BYTES):
        size += len(piece)
        if size > most_bytes:
            raise TooLarge("body_too_large", f"the file has more than {most_bytes} bytes, decompressed")
        digest.update(piece)
        if valid and encoding == "auto":
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                valid = False
    if encoding != "auto":
        return digest.digest(), encoding
    return digest.digest(), "utf-8-sig" if valid else "cp1252"


def _records(content: Path | bytes, encoding: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LONGEST_FIELD)
    opened = content.open("rb") if isinstance(content, Path) else BytesIO(content)
    with opened as raw, _plain(raw) as plain:
        binary = cast("BufferedIOBase", plain)
        text = TextIOWrapper(cast("IO[bytes]", binary), encoding, errors="replace", newline="")
        lines = csv.reader(text)
        while True:
            try:
                cells = next(lines)
            except StopIteration:
                return
            except UnicodeError as error:
                # UTF-16 that does not say which, for one: nothing of it can be read.
                raise Invalid(
                    "encoding_unknown", f"the file is not {encoding}: {error}", field="encoding"
                ) from error
            except csv.Error as error:
                yield lines.line_num, ["", str(error)]
                continue
            if cells:
                yield lines.line_num, cells
