"""What makes a SKU special, as clients send and read it. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body, CountryCode, Limit, Sku
from tradewind.services.inventory.shapes import (
    LARGEST_CHANGE,
    Availability,
    Cursor,
    Lot,
    Reason,
    WarehouseCode,
)

MOST_PARTS = 50
MOST_REGIONS = 500

Tracking = Annotated[
    Literal["none", "lot", "serial"], Meta(description="whether its pieces are kept by lot or serial number")
]
SellBeyond = Annotated[
    Literal["none", "backorder", "preorder"],
    Meta(description="whether it is sold though it is not there: until it comes, or until it is released"),
]
BeyondLimit = Annotated[
    int, Meta(ge=0, le=LARGEST_CHANGE, description="pieces that may be waited for at a time")
]
Moment = Annotated[datetime, Meta(tz=True)]


class PolicyInput(Body, frozen=True):
    """The whole policy of a SKU; what is left out is as of a plain one. Its bundle is defined apart."""

    sku: Sku
    tracking: Tracking = "none"
    sell_beyond: SellBeyond = "none"
    limit: BeyondLimit = 0
    expected_at: Moment | None = None
    released_at: Moment | None = None


class BundlePart(Body, frozen=True):
    """So many pieces of a SKU in one bundle."""

    sku: Sku
    quantity: Annotated[int, Meta(ge=1, le=1000)]


class BundleInput(Body, frozen=True):
    """Without parts, it is no bundle any more."""

    sku: Sku
    parts: Annotated[list[BundlePart], Meta(max_length=MOST_PARTS)]


class Policy(msgspec.Struct, frozen=True):
    """`waiting` pieces are sold and not there yet. `parts` of a bundle, else none."""

    sku: str
    tracking: str
    sell_beyond: str
    limit: int
    expected_at: datetime | None
    released_at: datetime | None
    parts: list[BundlePart]
    waiting: int
    updated_at: datetime


class PolicyQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sku: Sku | None = None
    tracking: Tracking | None = None
    sell_beyond: SellBeyond | None = None
    bundle: bool | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class LotLevel(msgspec.Struct, frozen=True):
    """One lot, or one serial number, in one warehouse. From `expires_on` on it is not sold."""

    sku: str
    warehouse: str
    lot: str
    expires_on: date | None
    on_hand: int
    reserved: int
    damaged: int
    quality_control: int


class LotQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """First expired first, within a SKU and warehouse; lots of which nothing is left are left out."""

    sku: Sku | None = None
    warehouse: WarehouseCode | None = None
    expires_before: date | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class Backorder(msgspec.Struct, frozen=True):
    """What an owner waits for; `waiting` of its pieces are not there yet."""

    number: int
    owner_id: UUID
    sku: str
    kind: str
    quantity: int
    allocated: int
    cancelled: int
    waiting: int
    pickup: str | None
    promised_at: datetime | None
    created_at: datetime


class BackorderQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The oldest first, which is the order in which they are served."""

    sku: Sku | None = None
    owner_id: UUID | None = None
    waiting: bool | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class MoveInput(Body, frozen=True):
    """Pieces change their state: `from_state` is where they are now.

    damage, quality_hold and write_off take from on_hand, unless `from_state` says otherwise; repair takes from
    damaged and quality_release from quality_control, both to what is on hand.
    """

    sku: Sku
    warehouse: WarehouseCode
    kind: Literal["damage", "repair", "quality_hold", "quality_release", "write_off"]
    quantity: Annotated[int, Meta(ge=1, le=LARGEST_CHANGE)]
    reason: Reason
    from_state: Literal["on_hand", "damaged", "quality_control"] | None = None
    lot: Lot | None = None
    reference: Annotated[str, Meta(max_length=100)] = ""


class SafetyStock(Body, frozen=True):
    """So many pieces are never promised to anybody."""

    sku: Sku
    warehouse: WarehouseCode
    quantity: Annotated[int, Meta(ge=0, le=LARGEST_CHANGE)]
    reason: Annotated[str, Meta(max_length=200)] = ""


class Region(Body, frozen=True):
    """How far a warehouse is from addresses whose postal code begins so; the longest prefix counts."""

    country: CountryCode
    postal_prefix: Annotated[str, Meta(max_length=20, pattern=r"^[A-Za-z0-9 -]*$(?!\n)")] = ""
    distance: Annotated[int, Meta(ge=0, le=1000)] = 0


class Regions(Body, frozen=True):
    items: Annotated[list[Region], Meta(max_length=MOST_REGIONS)]


class PickupPoint(msgspec.Struct, frozen=True):
    """A warehouse where customers collect, and what can be collected there now."""

    code: str
    name: str
    country: str
    availability: list[Availability]


class PickupPoints(msgspec.Struct, frozen=True):
    items: list[PickupPoint]


class PickupQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sku: Sku | Annotated[list[Sku], Meta(min_length=1, max_length=100)]


class Prolonged(Body, frozen=True):
    expires_in_seconds: Annotated[int, Meta(ge=1, le=86_400)]
