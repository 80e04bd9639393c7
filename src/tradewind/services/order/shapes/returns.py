"""Returns as they are asked for, decided, received and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import MOST_LINES, AmountMinor, Body, Limit, Money, Quantity, Sku
from tradewind.services.order.shapes.orders import Reason, Refund, Text

MOST_PIECES = 400  # of one receipt: each line in each condition
ReturnReason = Literal[
    "changed_mind",
    "does_not_fit",
    "not_as_described",
    "damaged",
    "defective",
    "wrong_item",
    "arrived_late",
    "other",
]
Condition = Literal["restock", "damaged", "quality_control", "written_off"]
ReturnState = Literal[
    "requested",
    "approved",
    "refused",
    "partially_received",
    "received",
    "refunded",
    "closed",
    "cancelled",
]
Label = Annotated[str, Meta(max_length=500, description="the label's reference, or where it is found")]
Said = Annotated[str, Meta(min_length=1, max_length=500)]


class ReturnLineInput(Body, frozen=True):
    sku: Sku
    quantity: Quantity
    reason: ReturnReason = "other"
    note: Reason = ""


class AskReturn(Body, frozen=True):
    """Pieces that were sent and not returned. `note` is what the customer says to it."""

    lines: Annotated[list[ReturnLineInput], Meta(min_length=1, max_length=MOST_LINES)]
    note: Annotated[str, Meta(max_length=2000)] = ""


class ApproveReturn(Body, frozen=True):
    """`label` and `carrier` tell the customer how to send it. `message` is shown and mailed to them."""

    carrier: Text = ""
    label: Label = ""
    message: Reason = ""


class DecideReturn(Body, frozen=True):
    """Why it is refused, or ends without a refund: shown to the customer."""

    reason: Said


class ReceivedPiece(Body, frozen=True):
    """Pieces of one SKU that came back in one condition, and the warehouse that has them now."""

    sku: Sku
    quantity: Quantity
    warehouse: Annotated[str, Meta(min_length=1, max_length=16)]
    condition: Condition


class ReceiveReturn(Body, frozen=True):
    """`inspection` is what whoever opened the parcel found, for staff alone."""

    pieces: Annotated[list[ReceivedPiece], Meta(min_length=1, max_length=MOST_PIECES)]
    inspection: Annotated[str, Meta(max_length=2000)] = ""


class RefundReturn(Body, frozen=True):
    """The share of the pieces that are here, less `fee_minor`, and `shipping_minor` of the order's shipping.

    What claims (money, or replacements), or refunds by hand, gave for pieces of these SKUs is not given again, unless
    these are `other_pieces`."""

    fee_minor: AmountMinor = 0
    shipping_minor: AmountMinor = 0
    reason: Reason = ""
    other_pieces: bool = False


class ReturnLine(msgspec.Struct, frozen=True):
    """`received` counts pieces by condition: restock, damaged, quality_control, written_off."""

    sku: str
    title: str
    quantity: int
    reason: str
    note: str
    received_quantity: int
    received: dict[str, int]
    image_url: str | None = None


class Receipt(msgspec.Struct, frozen=True):
    """A parcel that was opened. `state` is requested while its pieces are being taken into stock, taken, failed."""

    receipt_id: UUID
    state: str
    pieces: list[ReceivedPiece]
    note: str
    actor: str
    created_at: datetime
    failure: str | None = None


class Return(msgspec.Struct, frozen=True, omit_defaults=True):
    """`number` is the order's with its own behind it: TW-100001-R1. `exchange_id` where its pieces pay for others.
    `given` is what claims, or refunds by hand, had given for its pieces, and its refund left out. `inspection`,
    `actor` and `receipts` are for staff alone."""

    return_id: UUID
    order_id: UUID
    number: str
    state: str
    lines: list[ReturnLine]
    note: str
    by_customer: bool
    created_at: datetime
    updated_at: datetime
    carrier: str = ""
    label: str = ""
    decision: str | None = None
    fee: Money | None = None
    given: Money | None = None
    refund: Refund | None = None
    exchange_id: UUID | None = None
    inspection: str | None = None
    actor: str | None = None
    receipts: list[Receipt] = []


class Returns(msgspec.Struct, frozen=True):
    items: list[Return]


class ReturnSummary(msgspec.Struct, frozen=True):
    return_id: UUID
    order_id: UUID
    number: str
    state: str
    name: str
    email: str
    pieces: int
    received_pieces: int
    by_customer: bool
    created_at: datetime
    updated_at: datetime
    refund: Money | None = None
    exchange_id: UUID | None = None


class ReturnQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    state: Annotated[list[ReturnState], Meta(max_length=8)] | None = None
    limit: Limit = 24
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class ReturnableLine(msgspec.Struct, frozen=True):
    """How many may be returned, and until when the customer may ask; None: nothing of it arrived."""

    sku: str
    title: str
    quantity: int
    until: datetime | None
    image_url: str | None = None


class Returnable(msgspec.Struct, frozen=True):
    """`days` is how long customers may ask for a return."""

    days: int
    lines: list[ReturnableLine]
