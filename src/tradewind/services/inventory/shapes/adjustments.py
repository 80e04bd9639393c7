"""Adjustments that may need a second person. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body, Limit, Sku
from tradewind.services.inventory.shapes import LARGEST_CHANGE, Cursor, Lot, Reason, WarehouseCode

AdjustmentState = Literal["pending", "applied", "refused"]
FromState = Literal["on_hand", "damaged", "quality_control"]


class AdjustmentDraft(Body, frozen=True):
    """`quantity` pieces more, or fewer when negative. Applied at once below the limit, else by another person.
    `lot` where the SKU has lots, `expires_on` of a lot that was found. `from_state`: fewer are written off that are
    damaged or in quality control."""

    sku: Sku
    warehouse: WarehouseCode
    quantity: Annotated[int, Meta(ge=-LARGEST_CHANGE, le=LARGEST_CHANGE)]
    reason: Reason
    reference: Annotated[str, Meta(max_length=100)] = ""
    lot: Lot | None = None
    expires_on: date | None = None
    from_state: FromState = "on_hand"


class AdjustmentRequest(msgspec.Struct, frozen=True):
    """`value_minor` is what the pieces cost on average, null where no delivery told."""

    adjustment_id: UUID
    sku: str
    warehouse: str
    quantity: int
    reason: str
    reference: str
    value_minor: int | None
    currency: str | None
    state: str
    asked_by: str
    decided_by: str | None
    decision: str
    created_at: datetime
    decided_at: datetime | None
    lot: str | None = None
    expires_on: date | None = None
    from_state: str = "on_hand"


class AdjustmentQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Newest first."""

    state: AdjustmentState | None = None
    warehouse: WarehouseCode | None = None
    sku: Sku | None = None
    limit: Limit = 50
    cursor: Cursor | None = None
