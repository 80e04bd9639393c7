"""What the inventory service promises the others: stock that is reserved is there."""

from __future__ import annotations

from typing import Protocol
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


class Reserved(msgspec.Struct, frozen=True, tag="reserved"):
    allocations: list[Allocation]


class OutOfStock(msgspec.Struct, frozen=True, tag="out_of_stock"):
    """Nothing was reserved. What is short, with how many are available."""

    short: list[StockLine]


class ReservationClosed(msgspec.Struct, frozen=True, tag="reservation_closed"):
    """This owner's reservation was released before: a late call must not hold stock again."""


class Shipped(msgspec.Struct, frozen=True, tag="shipped"):
    allocations: list[Allocation]


class NotReserved(msgspec.Struct, frozen=True, tag="not_reserved"):
    """The owner holds less than this; nothing was shipped."""

    short: list[StockLine]


class Available(msgspec.Struct, frozen=True):
    sku: str
    available: int


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
        self, owner_id: UUID, lines: list[StockLine], expires_in_seconds: int | None
    ) -> Reserved | OutOfStock | ReservationClosed:
        """All lines or nothing; lines of one SKU are summed; keyed by `owner_id`: a repeat answers the first.

        With `expires_in_seconds` None the reservation lasts until its owner is shipped or released: an
        order's own clock ends it (docs/adr/0003). Otherwise a job releases it when the time is over.
        """
        ...

    async def release(self, owner_id: UUID) -> None:
        """Give back what is still reserved. Final: a later reserve of this owner is ReservationClosed."""
        ...

    async def ship(self, owner_id: UUID, shipment_id: UUID, lines: list[StockLine]) -> Shipped | NotReserved:
        """Reserved pieces leave the warehouse; keyed by `shipment_id`."""
        ...

    async def availability(self, skus: list[str]) -> list[Available]:
        """On hand less reserved, over all warehouses; an unknown SKU has 0. One statement."""
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
