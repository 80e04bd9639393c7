"""Purchase orders and what came of them. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import AmountMinor, Body, Limit, Sku
from tradewind.services.inventory.shapes import Cursor, Reference, WarehouseCode
from tradewind.services.inventory.shapes.documents import Note, Step
from tradewind.services.inventory.shapes.suppliers import PackPriceMinor, Packs, SupplierCode

MOST_PURCHASE_LINES = 500
PurchaseOrderState = Literal["draft", "placed", "partly_received", "received", "closed", "cancelled"]
Pieces = Annotated[int, Meta(ge=1, le=1_000_000)]
SomePieces = Annotated[int, Meta(ge=0, le=1_000_000)]
OfSupplier = Annotated[str, Meta(max_length=100, description="the supplier's own number for it")]


class PurchaseLineDraft(Body, frozen=True):
    """`packs`, or `pieces` that make whole packs. Without a price, the supplier's for so many."""

    sku: Sku
    packs: Packs | None = None
    pieces: Pieces | None = None
    pack_price_minor: PackPriceMinor | None = None


class PurchaseOrderDraft(Body, frozen=True):
    """Without `expected_on`, the supplier's lead time from the day it is made."""

    supplier: SupplierCode
    warehouse: WarehouseCode
    lines: Annotated[list[PurchaseLineDraft], Meta(min_length=1, max_length=MOST_PURCHASE_LINES)]
    expected_on: date | None = None
    supplier_reference: OfSupplier = ""
    note: Note = ""


class PurchaseOrderChange(Body, frozen=True):
    """What is left out stays. The lines, all of them anew, change in a draft alone."""

    lines: Annotated[list[PurchaseLineDraft], Meta(min_length=1, max_length=MOST_PURCHASE_LINES)] | None = (
        None
    )
    expected_on: date | None = None
    supplier_reference: OfSupplier | None = None
    note: Note | None = None


class PurchaseLine(msgspec.Struct, frozen=True):
    """`quantity` and what follows it in pieces. What was refused at the door is still outstanding."""

    sku: str
    supplier_sku: str
    packs: int
    pack_size: int
    pack_price_minor: int
    total_minor: int
    quantity: int
    received: int
    damaged: int
    refused: int
    outstanding: int


class CameDraft(Body, frozen=True):
    """Pieces: good ones, damaged ones that were taken in, and those refused at the door."""

    sku: Sku
    received: SomePieces = 0
    damaged: SomePieces = 0
    refused: SomePieces = 0
    lot: Annotated[str, Meta(min_length=1, max_length=64, description="of a SKU that has lots")] | None = None
    expires_on: date | None = None


class PurchaseReceiptDraft(Body, frozen=True):
    """A delivery. `reference`, such as the delivery note's number, is received once an order. Freight, duty and
    other costs, in the order's currency, are shared out to what was taken in."""

    reference: Reference
    lines: Annotated[list[CameDraft], Meta(min_length=1, max_length=MOST_PURCHASE_LINES)]
    freight_minor: AmountMinor = 0
    duty_minor: AmountMinor = 0
    other_minor: AmountMinor = 0
    share_by: Literal["value", "quantity", "weight"] = "value"


class PurchaseReceiptLine(msgspec.Struct, frozen=True):
    """`short` is what was still to come and did not, `over` what came above the order. A piece cost
    `unit_cost_minor`: goods and its share of the delivery's costs; null where none was taken in."""

    sku: str
    received: int
    damaged: int
    refused: int
    short: int
    over: int
    goods_minor: int
    costs_minor: int
    unit_cost_minor: float | None


class PurchaseReceipt(msgspec.Struct, frozen=True):
    reference: str
    costs_minor: int
    actor: str
    at: datetime
    lines: list[PurchaseReceiptLine]


class PurchaseOrderSummary(msgspec.Struct, frozen=True):
    """Pieces over all lines."""

    purchase_order_id: UUID
    number: str
    supplier: str
    supplier_name: str
    warehouse: str
    currency: str
    state: str
    total_minor: int
    quantity: int
    outstanding: int
    expected_on: date
    late: bool
    created_at: datetime


class PurchaseOrder(msgspec.Struct, frozen=True):
    """`promised_on` is what was expected when it was placed."""

    purchase_order_id: UUID
    number: str
    supplier: str
    supplier_name: str
    warehouse: str
    currency: str
    state: str
    version: int
    total_minor: int
    expected_on: date
    promised_on: date | None
    supplier_reference: str
    note: str
    created_by: str
    created_at: datetime
    placed_at: datetime | None
    completed_at: datetime | None
    updated_at: datetime
    lines: list[PurchaseLine]
    receipts: list[PurchaseReceipt]
    history: list[Step]


class PurchaseOrderQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Newest first."""

    state: PurchaseOrderState | None = None
    supplier: SupplierCode | None = None
    warehouse: WarehouseCode | None = None
    sku: Sku | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class SkuCost(msgspec.Struct, frozen=True):
    """What a piece costs us, in minor units: the moving average, and that of the last delivery."""

    sku: str
    currency: str
    average_minor: float
    last_minor: float
    updated_at: datetime


class SkuCostLine(msgspec.Struct, frozen=True):
    """One delivery of a SKU."""

    number: str
    reference: str
    supplier: str
    pieces: int
    goods_minor: int
    costs_minor: int
    unit_cost_minor: float
    currency: str
    at: datetime


class SkuCosts(msgspec.Struct, frozen=True):
    """By currency, and by delivery, newest first: at most 100."""

    averages: list[SkuCost]
    deliveries: list[SkuCostLine]


class SkuCostQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sku: Sku
