"""Stock as files. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tradewind.services.inventory.shapes import Reference, WarehouseCode

MOST_FILE_LINES = 20_000
MOST_PROBLEMS = 200
FileMode = Literal["count", "receive", "adjust"]


class StockFileQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`reference` names the file: it is taken in once. `count` sets what is on hand, `receive` adds a delivery,
    `adjust` adds what may be negative. With `dry_run` nothing is changed and nothing remembered. A SKU that the
    inventory has never known is taken for a mistake, unless `new_skus` says otherwise: a shop's first file does."""

    reference: Reference
    mode: FileMode
    dry_run: bool = False
    new_skus: bool = False
    warehouse: Annotated[WarehouseCode, Meta(description="of lines that name none")] | None = None


class StockExportQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    warehouse: WarehouseCode | None = None


class FileProblem(msgspec.Struct, frozen=True):
    """`line` counts from 1, the header being the first. `sku` where it is the SKU that is not known, or of which
    this is more than one person adjusts; `alike` is one that is known, and reads nearly the same: as its look-alike,
    or with one character more, less or another, or two of them swapped."""

    line: int
    field: str
    code: str
    message: str
    sku: str = ""
    alike: str = ""


class StockFileReport(msgspec.Struct, frozen=True):
    """All lines or none: with a problem, nothing is `applied`. At most 200 problems are listed of
    `problem_count`. `taken_before`: this very file was taken in under this reference at `at`, and nothing is booked
    again."""

    reference: str
    mode: str
    dry_run: bool
    lines: int
    changed: int
    applied: bool
    problem_count: int
    problems: list[FileProblem]
    at: datetime
    taken_before: bool = False


class FileLine(msgspec.Struct, frozen=True):
    """One line that could be read."""

    line: int
    sku: str
    warehouse: str
    quantity: int
    lot: str | None
    expires_on: date | None
