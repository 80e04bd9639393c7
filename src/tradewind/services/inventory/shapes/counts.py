"""Cycle counts. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body, Limit, Sku
from tradewind.services.inventory.shapes import Cursor, Lot, WarehouseCode
from tradewind.services.inventory.shapes.documents import Step

MOST_COUNT_LINES = 1000
CountState = Literal["planned", "counting", "review", "approved", "cancelled"]
Skus = Annotated[list[Sku], Meta(min_length=1, max_length=MOST_COUNT_LINES)]
ZoneName = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9_-]{0,15}$(?!\n)", max_length=16)]


class CountPlan(Body, frozen=True):
    """What is counted: `skus`, or what lies in a `zone`, or an `abc` class: A sells four fifths of the pieces of
    the last 90 days, B the next 15 %, C the rest. A `zone` is counted alone, without SKUs that are kept by lot, as
    bins do not know lots; all else in the whole warehouse. Of more than 1,000 lines, those SKUs are taken that were
    counted longest ago. A difference above both tolerances is counted again."""

    warehouse: WarehouseCode
    skus: Skus | None = None
    zone: ZoneName | None = None
    abc: Literal["A", "B", "C"] | None = None
    tolerance_pieces: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    tolerance_basis_points: Annotated[int, Meta(ge=0, le=10_000)] = 0


class TallyLine(Body, frozen=True):
    """Of a SKU that is kept by lot, one `lot`. One that was not expected is named as well, with `expires_on`, which
    is of a lot that is new."""

    sku: Sku
    counted: Annotated[int, Meta(ge=0, le=1_000_000_000)]
    lot: Lot | None = None
    expires_on: date | None = None


class Tally(Body, frozen=True):
    """What somebody counted. `counted_at` is when, where that was before it is sent: at most a day."""

    lines: Annotated[list[TallyLine], Meta(min_length=1, max_length=MOST_COUNT_LINES)]
    counted_at: Annotated[datetime, Meta(tz=True)] | None = None


class Recount(Body, frozen=True):
    """With all their lots."""

    skus: Skus


class CountLine(msgspec.Struct, frozen=True):
    """`expected` and `difference` are hidden until all is counted: who counts must not know them. A SKU that is kept
    by lot has a line a lot; one without a `lot` says that none is expected."""

    sku: str
    lot: str | None
    expires_on: date | None
    tracking: str
    state: str
    attempts: int
    counted: int | None
    expected: int | None
    difference: int | None
    counted_by: str | None
    counted_at: datetime | None


class CountSummary(msgspec.Struct, frozen=True):
    count_id: UUID
    number: str
    warehouse: str
    state: str
    plan: str
    lines: int
    counted: int
    created_at: datetime


class CycleCount(msgspec.Struct, frozen=True):
    """Of a `zone`, or without one, of the whole warehouse. `skus_left` were chosen and are too many for one count;
    `tracked_left_out` lie in the zone and are kept by lot."""

    count_id: UUID
    number: str
    warehouse: str
    state: str
    version: int
    plan: str
    zone: str | None
    skus_left: int
    tracked_left_out: int
    tolerance_pieces: int
    tolerance_basis_points: int
    created_by: str
    created_at: datetime
    updated_at: datetime
    lines: list[CountLine]
    history: list[Step]


class CountQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Newest first."""

    state: CountState | None = None
    warehouse: WarehouseCode | None = None
    limit: Limit = 50
    cursor: Cursor | None = None
