"""Pick lists and packing. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import MOST_LINES, Body, Limit, Sku
from tradewind.services.inventory.shapes import Cursor, WarehouseCode
from tradewind.services.inventory.shapes.documents import Step

MOST_OWNERS = 100
MOST_PICK_LINES = 2000
PickState = Literal["open", "picking", "picked", "packed", "cancelled"]
Pieces = Annotated[int, Meta(ge=0, le=1_000_000)]


class PickPlan(Body, frozen=True):
    """For which orders: `owner_ids`, or the `oldest` so many that have something to pick here."""

    warehouse: WarehouseCode
    owner_ids: Annotated[list[UUID], Meta(min_length=1, max_length=MOST_OWNERS)] | None = None
    oldest: Annotated[int, Meta(ge=1, le=MOST_OWNERS)] | None = None


class PickLot(msgspec.Struct, frozen=True):
    lot: str
    quantity: int


class PickLine(msgspec.Struct, frozen=True):
    """Along the path. `owner_id` is the order's; `bin` null is what lies in none. `lots` are those that the order
    holds of the SKU here, over all of its lines."""

    position: int
    owner_id: UUID
    sku: str
    zone: str | None
    bin: str | None
    quantity: int
    picked: int
    short: int
    packed: bool
    lots: list[PickLot]


class PickSummary(msgspec.Struct, frozen=True):
    pick_list_id: UUID
    number: str
    warehouse: str
    state: str
    orders: int
    pieces: int
    picked: int
    short: int
    created_at: datetime


class PickList(msgspec.Struct, frozen=True):
    pick_list_id: UUID
    number: str
    warehouse: str
    state: str
    version: int
    created_by: str
    created_at: datetime
    updated_at: datetime
    lines: list[PickLine]
    history: list[Step]


class PickQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Newest first. With `owner_id`, those that this order has lines on."""

    owner_id: UUID | None = None
    state: PickState | None = None
    warehouse: WarehouseCode | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class Picked(Body, frozen=True):
    """What was taken of a line; what is missing to its quantity is short."""

    position: Annotated[int, Meta(ge=1, le=MOST_PICK_LINES)]
    picked: Pieces


class Picks(Body, frozen=True):
    lines: Annotated[list[Picked], Meta(min_length=1, max_length=MOST_PICK_LINES)]


class PackedLine(Body, frozen=True):
    sku: Sku
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]


class Packing(Body, frozen=True):
    """What was put into the parcel of one order, as it was scanned: it must be what was picked for it."""

    owner_id: UUID
    lines: Annotated[list[PackedLine], Meta(min_length=1, max_length=MOST_LINES)]
