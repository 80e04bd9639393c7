"""What the inventory service promises the others: stock that is reserved is there."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from tradewind.kernel.events import Event


class StockLine(msgspec.Struct, frozen=True):
    sku: str
    quantity: int


class Allocation(msgspec.Struct, frozen=True):
    """So many pieces of a SKU, held in (or shipped from) one warehouse."""

    sku: str
    warehouse: str
    quantity: int


class Destination(msgspec.Struct, frozen=True):
    """Where a parcel is to go: the warehouses near it may come first."""

    country: str
    region: str = ""
    postal_code: str = ""


class Backordered(msgspec.Struct, frozen=True):
    """Pieces that are promised and not there yet. They are allocated in order of age when stock comes.

    `expected_at` is when the SKU's policy says that they will be (of a pre-order: its release); None if unknown.
    """

    sku: str
    quantity: int
    expected_at: datetime | None = None


class Reserved(msgspec.Struct, frozen=True, tag="reserved"):
    allocations: list[Allocation]
    backordered: list[Backordered] = []


class OutOfStock(msgspec.Struct, frozen=True, tag="out_of_stock"):
    """Nothing was reserved. What is short, with how many are available."""

    short: list[StockLine]


class ReservationClosed(msgspec.Struct, frozen=True, tag="reservation_closed"):
    """This owner's reservation was released before: a late call must not hold stock again."""


class Amended(msgspec.Struct, frozen=True, tag="amended"):
    """What the owner holds now and has not been shipped, and what it still waits for."""

    allocations: list[Allocation]
    backordered: list[Backordered] = []


class Shipped(msgspec.Struct, frozen=True, tag="shipped"):
    allocations: list[Allocation]


class NotReserved(msgspec.Struct, frozen=True, tag="not_reserved"):
    """The owner holds less than this; nothing was done. Of each SKU that is short, what it holds."""

    short: list[StockLine]


class Unreleased(msgspec.Struct, frozen=True):
    sku: str
    released_at: datetime


class NotReleased(msgspec.Struct, frozen=True, tag="not_released"):
    """Pre-orders among this: nothing was done, and nothing of them leaves before they are released. Of a bundle,
    the parts that it waits for."""

    lines: list[Unreleased]


class ReturnedPiece(msgspec.Struct, frozen=True):
    """Pieces of a SKU that came back to a warehouse, and what became of them there.

    `lot` (or serial number) may be named for a SKU that has them; without it, it is one that was shipped.
    """

    sku: str
    quantity: int
    warehouse: str
    condition: Literal["restock", "damaged", "quality_control", "written_off"]
    lot: str | None = None


class TakenBack(msgspec.Struct, frozen=True, tag="taken_back"):
    lines: list[ReturnedPiece]


class NotShipped(msgspec.Struct, frozen=True, tag="not_shipped"):
    """Less than this was shipped to the owner and is still out; nothing was taken back. How many that are."""

    short: list[StockLine]


class PickupPlace(msgspec.Struct, frozen=True, tag="pickup_place"):
    """A warehouse where customers collect."""

    code: str
    name: str
    country: str


class NoPickupPlace(msgspec.Struct, frozen=True, tag="no_pickup_place"):
    """Customers collect at no warehouse of this code."""


class Beyond(msgspec.Struct, frozen=True):
    """What may be sold of a SKU though it is not there: `left` more pieces, promised for `expected_at`."""

    kind: Literal["backorder", "preorder"]
    left: int
    expected_at: datetime | None = None


class Available(msgspec.Struct, frozen=True):
    """`available` pieces are there; `beyond` says how many more may be ordered all the same."""

    sku: str
    available: int
    beyond: Beyond | None = None


class PickupStock(msgspec.Struct, frozen=True, tag="pickup_stock"):
    """What can be collected at `place`, of each SKU. `beyond` is that of the SKU: whatever may be sold beyond what is
    there can be collected there when it comes."""

    place: PickupPlace
    items: list[Available]


class StockCount(msgspec.Struct, frozen=True):
    """What is on hand of a SKU in a warehouse, as counted."""

    sku: str
    warehouse: str
    on_hand: int


class Counted(msgspec.Struct, frozen=True, tag="counted"):
    changed: int


class CountRefused(msgspec.Struct, frozen=True, tag="count_refused"):
    """Nothing was changed: warehouses that do not exist, or counts below what is reserved."""

    unknown_warehouses: list[str]
    below_reserved: list[StockCount]


class Inventory(Protocol):
    async def reserve(
        self,
        owner_id: UUID,
        lines: list[StockLine],
        expires_in_seconds: int | None,
        destination: Destination | None = None,
        pickup: str | None = None,
    ) -> Reserved | OutOfStock | ReservationClosed:
        """All lines or nothing; lines of one SKU are summed; keyed by `owner_id`: a repeat answers the first.

        With `expires_in_seconds` None the reservation lasts until its owner is shipped or released: an
        order's own clock ends it (docs/adr/0003). Otherwise a job releases it when the time is over.
        `destination` lets the nearest warehouses come first where the shop's rule is that; with `pickup`, the
        code of a warehouse where customers collect, all comes from there. What is not there is `backordered`
        where the SKU's policy allows it. Raises Invalid(pickup_unknown).
        """
        ...

    async def amend(
        self, owner_id: UUID, change_id: UUID, add: list[StockLine], remove: list[StockLine]
    ) -> Amended | OutOfStock | ReservationClosed | NotReserved:
        """Hold some more and some less, all or nothing; keyed by `change_id`: a repeat answers the first.

        What still waits is removed first, then what was allocated from the least preferred warehouse. An owner
        that holds nothing any more, or never did, may be amended, unless it was released or refused.
        """
        ...

    async def release(self, owner_id: UUID) -> None:
        """Give back what is still reserved. Final: a later reserve of this owner is ReservationClosed."""
        ...

    async def ship(
        self, owner_id: UUID, shipment_id: UUID, lines: list[StockLine]
    ) -> Shipped | NotReserved | NotReleased:
        """Reserved pieces leave the warehouse; keyed by `shipment_id`. What is back-ordered is not reserved."""
        ...

    async def would_ship(
        self, owner_id: UUID, shipment_id: UUID, lines: list[StockLine]
    ) -> Shipped | NotReserved | NotReleased:
        """What `ship` would answer now; nothing leaves."""
        ...

    async def take_back(
        self, owner_id: UUID, return_id: UUID, lines: list[ReturnedPiece]
    ) -> TakenBack | NotShipped:
        """Shipped pieces come back, never more than were shipped; keyed by `return_id`: a repeat answers the
        first. Raises Invalid(warehouse_unknown), Conflict(serial_exists) where the only pieces that are out lie in
        stock again by their serial numbers."""
        ...

    async def availability(self, skus: list[str]) -> list[Available]:
        """What may be promised of each SKU now, over all warehouses; an unknown one has 0. One statement where
        no SKU has a policy. Of a bundle: as many as its parts make."""
        ...

    async def pickup_place(self, code: str) -> PickupPlace | NoPickupPlace:
        """Where what is collected at `code` is handed over: its country is the one that the sale is taxed in."""
        ...

    async def pickup_stock(self, code: str, skus: list[str]) -> PickupStock | NoPickupPlace:
        """What a reservation with this `pickup` would find of each SKU now; an unknown one has 0. Each SKU once, in
        the order asked. Of a bundle: as many as the parts that are there make."""
        ...

    async def count(self, reference: str, counts: list[StockCount]) -> Counted | CountRefused:
        """Set what is on hand; the difference goes to the ledger under `reference`. Repeatable."""
        ...


class StockChanged(Event, tag="inventory.stock_changed"):
    """What is available of a SKU went to or came from zero, or was adjusted by hand."""

    sku: str
    available: int


class ReservationReleased(Event, tag="inventory.reservation_released"):
    owner_id: UUID
    reason: str  # released | expired


class BackorderAllocated(Event, tag="inventory.backorder_allocated"):
    """Pieces that an owner waited for are there now, and held for it."""

    owner_id: UUID
    sku: str
    quantity: int


class OrderPacked(Event, tag="inventory.order_packed"):
    """What was picked for an order off a list is packed: one parcel, of SKUs as the order sells them. `loose` are
    parts of bundles that are not whole in it. `packed_by` is who did it, as histories write it."""

    order_id: UUID
    pick_list_id: UUID
    list_number: str
    warehouse: str
    lines: list[StockLine]
    loose: list[StockLine]
    packed_by: str


class LowStock(Event, tag="inventory.low_stock"):
    """A SKU fell to its threshold or below: told once, and again only after it recovered. `warehouse` null: over
    all of them."""

    sku: str
    warehouse: str | None
    available: int
    threshold: int
