"""Transfers between warehouses. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body, Limit, Sku
from tradewind.services.inventory.shapes import Cursor, Reference, WarehouseCode
from tradewind.services.inventory.shapes.documents import Note, Step

MOST_TRANSFER_LINES = 500
TransferState = Literal["draft", "sent", "partly_received", "received", "cancelled"]
Pieces = Annotated[int, Meta(ge=1, le=1_000_000)]
SomePieces = Annotated[int, Meta(ge=0, le=1_000_000)]
Lot = Annotated[str, Meta(min_length=1, max_length=64, description="of a SKU that has lots")]


class TransferLineDraft(Body, frozen=True):
    sku: Sku
    quantity: Pieces
    lot: Lot | None = None


class TransferDraft(Body, frozen=True):
    """Pieces that are to go from `source` to `destination`. They leave when it is sent, not before."""

    source: WarehouseCode
    destination: WarehouseCode
    lines: Annotated[list[TransferLineDraft], Meta(min_length=1, max_length=MOST_TRANSFER_LINES)]
    expected_on: date | None = None
    note: Note = ""


class TransferLine(msgspec.Struct, frozen=True):
    """`in_transit` is what was sent and of which nothing is known yet."""

    sku: str
    lot: str | None
    quantity: int
    received: int
    damaged: int
    missing: int
    in_transit: int


class ArrivedDraft(Body, frozen=True):
    """What became of pieces that were sent."""

    sku: Sku
    received: SomePieces = 0
    damaged: SomePieces = 0
    missing: SomePieces = 0
    lot: Lot | None = None


class TransferReceiptDraft(Body, frozen=True):
    """An arrival. `reference` is received once a transfer."""

    reference: Reference
    lines: Annotated[list[ArrivedDraft], Meta(min_length=1, max_length=MOST_TRANSFER_LINES)]


class TransferReceipt(msgspec.Struct, frozen=True):
    reference: str
    lines: list[ArrivedDraft]
    actor: str
    at: datetime


class TransferSummary(msgspec.Struct, frozen=True):
    transfer_id: UUID
    number: str
    source: str
    destination: str
    state: str
    quantity: int
    in_transit: int
    expected_on: date | None
    created_at: datetime


class Transfer(msgspec.Struct, frozen=True):
    transfer_id: UUID
    number: str
    source: str
    destination: str
    state: str
    version: int
    note: str
    expected_on: date | None
    created_by: str
    created_at: datetime
    sent_at: datetime | None
    updated_at: datetime
    lines: list[TransferLine]
    receipts: list[TransferReceipt]
    history: list[Step]


class TransferQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Newest first. `warehouse` is one of the two."""

    state: TransferState | None = None
    warehouse: WarehouseCode | None = None
    limit: Limit = 50
    cursor: Cursor | None = None
