"""Suppliers and what they sell us. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body, CurrencyCode, Email, Limit, Sku
from tradewind.services.inventory.shapes import Cursor, Name, WarehouseCode

LARGEST_PACK_PRICE_MINOR = 1_000_000_000
MOST_PRICES = 20
MOST_CONTACTS = 20

SupplierCode = WarehouseCode
Days = Annotated[int, Meta(ge=0, le=730)]
Packs = Annotated[int, Meta(ge=1, le=1_000_000)]
PackSize = Annotated[int, Meta(ge=1, le=100_000, description="pieces in a pack")]
PackPriceMinor = Annotated[
    int, Meta(ge=0, le=LARGEST_PACK_PRICE_MINOR, description="of one pack, in the supplier's currency")
]
Share = Annotated[int, Meta(ge=0, le=10_000, description="basis points")]


class Contact(Body, frozen=True):
    name: Name
    email: Email | None = None
    phone: Annotated[str, Meta(max_length=40)] = ""
    role: Annotated[str, Meta(max_length=80)] = ""


class SupplierDraft(Body, frozen=True):
    """`over_basis_points`: how much more than was ordered of a line is taken in, 500 being 5 %."""

    code: SupplierCode
    name: Name
    currency: CurrencyCode
    lead_time_days: Days = 7
    over_basis_points: Share = 0
    contacts: Annotated[list[Contact], Meta(max_length=MOST_CONTACTS)] = []
    note: Annotated[str, Meta(max_length=1000)] = ""
    active: bool = True


class SupplierChange(Body, frozen=True):
    """What is left out stays as it is. Orders that were placed keep the terms that they were placed at."""

    name: Name | None = None
    lead_time_days: Days | None = None
    over_basis_points: Share | None = None
    contacts: Annotated[list[Contact], Meta(max_length=MOST_CONTACTS)] | None = None
    note: Annotated[str, Meta(max_length=1000)] | None = None
    active: bool | None = None


class Supplier(msgspec.Struct, frozen=True):
    """An inactive one is not ordered from."""

    code: str
    name: str
    currency: str
    lead_time_days: int
    over_basis_points: int
    contacts: list[Contact]
    note: str
    active: bool
    created_at: datetime
    updated_at: datetime


class SupplierQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    q: Annotated[str, Meta(max_length=120, description="a part of the name or code")] | None = None
    active: bool | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class PriceBreak(Body, frozen=True):
    """From so many packs on, a pack costs so much."""

    packs: Packs
    pack_price_minor: PackPriceMinor


class SupplierPartDraft(Body, frozen=True):
    """`rank` 1 is preferred. `lead_time_days` null is the supplier's own."""

    supplier: SupplierCode
    sku: Sku
    prices: Annotated[list[PriceBreak], Meta(min_length=1, max_length=MOST_PRICES)]
    supplier_sku: Annotated[str, Meta(max_length=64)] = ""
    pack_size: PackSize = 1
    minimum_packs: Packs = 1
    rank: Annotated[int, Meta(ge=1, le=1000)] = 100
    lead_time_days: Days | None = None
    weight_grams: (
        Annotated[int, Meta(ge=0, le=10_000_000, description="of a piece, to share freight by weight")] | None
    ) = None


class SupplierPart(msgspec.Struct, frozen=True):
    """One SKU as one supplier sells it. `prices` rise in packs; the first is the smallest order's."""

    supplier: str
    sku: str
    supplier_sku: str
    currency: str
    pack_size: int
    minimum_packs: int
    rank: int
    lead_time_days: int
    weight_grams: int | None
    prices: list[PriceBreak]
    updated_at: datetime


class SupplierPartQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The preferred supplier of a SKU first."""

    supplier: SupplierCode | None = None
    sku: Sku | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class SupplierPartName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    supplier: SupplierCode
    sku: Sku


class PerformanceQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    days: Annotated[int, Meta(ge=1, le=3650, description="orders placed in the last so many days")] = 365


class SupplierPerformance(msgspec.Struct, frozen=True):
    """Of orders placed in the last `days`. Shares are in basis points, null where nothing is known yet.

    `on_time`: of the orders that are complete, or late, those whose last piece came by the promised day.
    `complete`: of the lines that were received, those of which all was there with the first delivery.
    `defects`: of the pieces that came, those damaged or refused. Lead times are from placing to the last piece.
    """

    supplier: str
    days: int
    orders: int
    open_orders: int
    late_orders: int
    on_time_basis_points: int | None
    complete_basis_points: int | None
    defects_basis_points: int | None
    lead_days_actual: float | None
    lead_days_promised: float | None
