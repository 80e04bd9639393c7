"""What clients send to the inventory service and what it answers. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import MOST_LINES, Body, CountryCode, Limit, Quantity, Sku
from tradewind.contracts.inventory import Available

LARGEST_CHANGE = 1_000_000  # pieces in one adjustment or line of a delivery
MOST_RECEIPT_LINES = 1000
LONGEST_HOLD_SECONDS = 86_400

MovementKind = Literal[
    "reserve",
    "release",
    "ship",
    "receive",
    "return",
    "adjust",
    "count",
    "damage",
    "repair",
    "quality_hold",
    "quality_release",
    "expire",
    "write_off",
    "transfer_out",
    "transfer_in",
    "put",
    "expect",
    "safety",
]

WarehouseCode = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z0-9][A-Z0-9_-]{1,15}$(?!\n)",
        description="2 to 16 upper-case letters, digits, - and _",
        examples=["BERLIN-1"],
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=120)]
Priority = Annotated[int, Meta(ge=0, le=1000, description="stock is allocated from the lowest first")]
Reference = Annotated[str, Meta(min_length=1, max_length=100)]
Reason = Annotated[str, Meta(min_length=1, max_length=200)]
Lot = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[^\s\x00-\x1f](.*[^\s\x00-\x1f])?$(?!\n)",
        description="a lot, or a serial number, of a SKU that is kept by it",
    ),
]
Cursor = Annotated[str, Meta(max_length=500)]


class WarehouseDraft(Body, frozen=True):
    code: WarehouseCode
    name: Name
    country: CountryCode
    priority: Priority = 100
    active: bool = True
    pickup: bool = False


class WarehouseChange(Body, frozen=True):
    """What is left out stays as it is."""

    name: Name | None = None
    country: CountryCode | None = None
    priority: Priority | None = None
    active: bool | None = None
    pickup: bool | None = None


class Warehouse(msgspec.Struct, frozen=True):
    """What lies in one that is not active is not for sale; what was reserved there is still shipped.
    At one with `pickup`, customers collect."""

    code: str
    name: str
    country: str
    priority: int
    active: bool
    created_at: datetime
    updated_at: datetime
    pickup: bool = False


class WarehouseQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    active: bool | None = None
    country: CountryCode | None = None
    sort: Literal["priority", "code", "-code"] = "priority"
    limit: Limit = 50
    cursor: Cursor | None = None


class StockLevel(msgspec.Struct, frozen=True):
    """One SKU in one warehouse. `available` is on hand less reserved and safety stock, never below 0. What is
    damaged, in quality control or incoming lies beside what is on hand."""

    sku: str
    warehouse: str
    on_hand: int
    reserved: int
    available: int
    updated_at: datetime
    damaged: int = 0
    quality_control: int = 0
    incoming: int = 0
    safety_stock: int = 0


class StockOfSku(msgspec.Struct, frozen=True):
    """One SKU everywhere. `available` leaves out what lies in inactive warehouses. `waiting` pieces are sold
    beyond what was there. `as_of` is the moment that was asked for: then all but `waiting` is as it was."""

    sku: str
    on_hand: int
    reserved: int
    available: int
    warehouses: list[StockLevel]
    damaged: int = 0
    quality_control: int = 0
    incoming: int = 0
    safety_stock: int = 0
    waiting: int | None = None
    as_of: datetime | None = None


class StockOfSkuQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    as_of: (
        Annotated[datetime, Meta(tz=True, description="a past moment: what the ledger says of it")] | None
    ) = None


class StockQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    q: Annotated[str, Meta(max_length=64, description="the beginning of a SKU, in any case")] | None = None
    sku: Sku | None = None
    warehouse: WarehouseCode | None = None
    below: Annotated[int, Meta(ge=0, le=1_000_000_000, description="available is less than this")] | None = (
        None
    )
    total_below: (
        Annotated[
            int,
            Meta(ge=1, le=1_000_000_000, description="available of the SKU, over all warehouses, is less"),
        ]
        | None
    ) = None
    sort: Literal["sku", "-sku", "available", "-available"] = "sku"
    limit: Limit = 50
    cursor: Cursor | None = None


class StockCountsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    low_below: Annotated[int, Meta(ge=1, le=1_000_000, description="what is available counts as low")] = 10


class StockCounts(msgspec.Struct, frozen=True):
    """SKUs over all active warehouses: `low` of them have fewer than `low_below` left, `out` none."""

    skus: int
    low: int
    out: int
    low_below: int


class AvailabilityQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sku: Sku | Annotated[list[Sku], Meta(min_length=1, max_length=100)]


class BeyondStock(msgspec.Struct, frozen=True):
    """What may be ordered though it is not there: `left` more pieces, promised for `expected_at`."""

    kind: str
    left: int
    expected_at: datetime | None


class Availability(msgspec.Struct, frozen=True, omit_defaults=True):
    sku: str
    available: int
    beyond: BeyondStock | None = None

    @classmethod
    def of(cls, found: Available) -> Availability:
        more = found.beyond
        beyond = None if more is None else BeyondStock(more.kind, more.left, more.expected_at)
        return cls(found.sku, found.available, beyond)


class Availabilities(msgspec.Struct, frozen=True):
    """Each SKU once, in the order asked; 0 of one that is not known."""

    items: list[Availability]


class Adjustment(Body, frozen=True):
    """`quantity` pieces more, or fewer when negative, than the books said. `expires_on` is of a lot that was found."""

    sku: Sku
    warehouse: WarehouseCode
    quantity: Annotated[int, Meta(ge=-LARGEST_CHANGE, le=LARGEST_CHANGE)]
    reason: Reason
    reference: Annotated[str, Meta(max_length=100)] = ""
    lot: Lot | None = None
    expires_on: date | None = None


class ReceiptLine(Body, frozen=True, omit_defaults=True):
    sku: Sku
    warehouse: WarehouseCode
    quantity: Annotated[int, Meta(ge=1, le=LARGEST_CHANGE)]
    lot: Lot | None = None
    expires_on: date | None = None


class ReceiptDraft(Body, frozen=True):
    """A delivery. Its reference, such as the number of the delivery note, is received once."""

    reference: Reference
    lines: Annotated[list[ReceiptLine], Meta(min_length=1, max_length=MOST_RECEIPT_LINES)]


class Receipt(msgspec.Struct, frozen=True):
    """`lines` are summed by SKU, warehouse and lot."""

    reference: str
    lines: list[ReceiptLine]
    received_at: datetime


class Movement(msgspec.Struct, frozen=True):
    """One line of the ledger. The sums of the deltas are the balances. `owner_id` is whose pieces they were: an
    order's id, mostly."""

    id: int
    sku: str
    warehouse: str
    kind: str
    on_hand_delta: int
    reserved_delta: int
    reason: str
    actor: str
    reference: str
    at: datetime
    lot: str | None = None
    damaged_delta: int = 0
    quality_control_delta: int = 0
    incoming_delta: int = 0
    safety_stock_delta: int = 0
    owner_id: UUID | None = None


class MovementQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Newest first."""

    sku: Sku | None = None
    warehouse: WarehouseCode | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None
    kind: MovementKind | None = None
    lot: Lot | None = None
    reference: Reference | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class HoldLine(Body, frozen=True):
    sku: Sku
    quantity: Quantity


class Hold(Body, frozen=True):
    """Stock held for somebody for a while. `owner_id` names the hold; a new one is made without it."""

    lines: Annotated[list[HoldLine], Meta(min_length=1, max_length=MOST_LINES)]
    expires_in_seconds: Annotated[int, Meta(ge=1, le=LONGEST_HOLD_SECONDS)]
    owner_id: UUID | None = None


class ReservationLine(msgspec.Struct, frozen=True):
    """Still held: quantity less shipped less released."""

    sku: str
    warehouse: str
    quantity: int
    shipped: int
    released: int


class ReservationBackorder(msgspec.Struct, frozen=True):
    """Pieces that are still to come: each is held as soon as it is there."""

    sku: str
    quantity: int
    promised_at: datetime | None


class Reservation(msgspec.Struct, frozen=True):
    """`outcome` says how a closed one ended: out_of_stock, released, expired or shipped. `backordered`: of SKUs that
    are sold before they are there. `created_by` as the ledger names them; null where nothing was there to hold."""

    owner_id: UUID
    state: str
    outcome: str | None
    expires_at: datetime | None
    created_at: datetime
    closed_at: datetime | None
    lines: list[ReservationLine]
    backordered: list[ReservationBackorder]
    created_by: str | None


class ReservationQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With `sku`, those that hold pieces of it now."""

    sku: Sku | None = None
    state: Literal["held", "closed"] | None = None
    sort: Literal["-created_at", "created_at"] = "-created_at"
    limit: Limit = 50
    cursor: Cursor | None = None
