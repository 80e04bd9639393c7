"""Thresholds, what runs low, and what to order. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body, Limit, Sku
from tradewind.services.inventory.shapes import Cursor, WarehouseCode
from tradewind.services.inventory.shapes.purchase_orders import PurchaseOrder

MOST_REORDERED = 500


class ThresholdDraft(Body, frozen=True):
    """A SKU is low at `minimum` pieces, or at fewer than `cover_days` of recent sales, whichever is more. With no
    `warehouse`, over all of them. It is ordered up to `target_days` of sales."""

    sku: Sku
    warehouse: WarehouseCode | None = None
    minimum: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    cover_days: Annotated[int, Meta(ge=1, le=365)] | None = None
    target_days: Annotated[int, Meta(ge=1, le=730)] = 30


class ThresholdName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sku: Sku
    warehouse: WarehouseCode | None = None


class Threshold(msgspec.Struct, frozen=True):
    """`at` is what it comes to by recent sales of `per_day` pieces. `warehouse` null: over all."""

    sku: str
    warehouse: str | None
    minimum: int
    cover_days: int | None
    target_days: int
    available: int
    incoming: int
    per_day: float
    at: int
    days_left: float | None
    low: bool
    low_since: datetime | None


class ThresholdQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By SKU."""

    sku: Sku | None = None
    warehouse: WarehouseCode | None = None
    low: bool | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class ReorderQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    warehouse: WarehouseCode | None = None


class Proposal(msgspec.Struct, frozen=True):
    """`need` pieces are missing to the target, what is incoming or drafted and what customers wait for counted.
    `pieces` are whole packs, and at least the supplier's minimum; the supplier is null where nobody sells it."""

    sku: str
    warehouse: str
    available: int
    incoming: int
    drafted: int
    waiting: int
    per_day: float
    threshold: int
    target: int
    need: int
    supplier: str | None
    packs: int
    pieces: int
    pack_price_minor: int
    total_minor: int
    currency: str | None


class Proposals(msgspec.Struct, frozen=True):
    """The most urgent first; at most 500."""

    items: list[Proposal]


class Reorder(Body, frozen=True):
    """Of the proposals for this warehouse, all or these."""

    warehouse: WarehouseCode | None = None
    skus: Annotated[list[Sku], Meta(min_length=1, max_length=MOST_REORDERED)] | None = None


class Reordered(msgspec.Struct, frozen=True):
    """A draft for each supplier and warehouse."""

    items: list[PurchaseOrder]


AlertState = Literal["low", "recovered"]
