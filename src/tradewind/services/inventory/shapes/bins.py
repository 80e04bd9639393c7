"""Zones, bins, what lies in them, and putting away. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body, Limit, Sku
from tradewind.services.inventory.shapes import Cursor, Name, WarehouseCode

ZoneCode = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z0-9][A-Z0-9_-]{0,15}$(?!\n)",
        max_length=16,
        description="up to 16 upper-case letters, digits, - and _",
        examples=["A"],
    ),
]
BinCode = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z0-9][A-Z0-9._-]{0,31}$(?!\n)",
        max_length=32,
        description="up to 32 upper-case letters, digits, . - and _",
        examples=["A-01-3"],
    ),
]
BinKind = Literal["pick", "bulk", "receiving", "packing", "quarantine"]
Position = Annotated[int, Meta(ge=0, le=100_000, description="on the path of a picker, lowest first")]
Pieces = Annotated[int, Meta(ge=1, le=1_000_000)]


class ZoneChange(Body, frozen=True):
    name: Name
    position: Position = 100


class Zone(msgspec.Struct, frozen=True):
    warehouse: str
    code: str
    name: str
    position: int
    bins: int


class Zones(msgspec.Struct, frozen=True):
    """Along the path."""

    items: list[Zone]


class BinChange(Body, frozen=True):
    """`capacity` in pieces; null for no limit. Nothing is put into an inactive bin."""

    zone: ZoneCode
    kind: BinKind = "pick"
    position: Position = 100
    capacity: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None
    active: bool = True


class Bin(msgspec.Struct, frozen=True):
    warehouse: str
    code: str
    zone: str
    kind: str
    position: int
    capacity: int | None
    active: bool
    pieces: int


class BinQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By code."""

    zone: ZoneCode | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class PlacedStock(msgspec.Struct, frozen=True):
    """One SKU in one bin; `bin` null is what is in none: the bins and it sum to what is on hand."""

    sku: str
    warehouse: str
    bin: str | None
    zone: str | None
    quantity: int


class PlacedStocks(msgspec.Struct, frozen=True):
    """Along the path; what is in no bin last. At most 1000."""

    items: list[PlacedStock]


class PlacedQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    warehouse: WarehouseCode
    sku: Sku | None = None
    bin: BinCode | None = None


class BinMove(Body, frozen=True):
    """From a bin, or from what is in none, to a bin or out of all bins."""

    warehouse: WarehouseCode
    sku: Sku
    quantity: Pieces
    from_bin: BinCode | None = None
    to_bin: BinCode | None = None
    reference: Annotated[str, Meta(max_length=100)] = ""


class PutAwayTask(msgspec.Struct, frozen=True):
    """Pieces that came in and want a bin. `suggested` has some of the SKU already, or room."""

    task_id: UUID
    warehouse: str
    sku: str
    quantity: int
    placed: int
    reference: str
    state: str
    suggested: str | None
    created_at: datetime


class PutAwayQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Oldest first."""

    warehouse: WarehouseCode | None = None
    state: Literal["open", "done", "cancelled"] = "open"
    limit: Limit = 50
    cursor: Cursor | None = None


class Placement(Body, frozen=True):
    bin: BinCode
    quantity: Pieces
