"""Claims for what arrived damaged, wrong or not at all: made, decided and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import LARGEST_AMOUNT_MINOR, MOST_LINES, Body, Limit
from tradewind.services.order.domain.after_sale import Pieces
from tradewind.services.order.shapes.orders import FulfilLine, Reason, Refund, Text

ClaimKind = Literal["damaged", "missing", "wrong_item", "other"]
ClaimState = Literal["requested", "accepted", "reserved", "shipping", "settled", "refused", "cancelled"]
Evidence = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        pattern=r"^(https://[^\s]+|[A-Za-z0-9_./-]+)$(?!\n)",
        description="where a photo is found, or its media id",
    ),
]


class NewClaim(Body, frozen=True):
    """`evidence` are photos: their addresses, or media ids."""

    kind: ClaimKind
    lines: Annotated[list[FulfilLine], Meta(min_length=1, max_length=MOST_LINES)]
    note: Annotated[str, Meta(max_length=2000)] = ""
    evidence: Annotated[list[Evidence], Meta(max_length=10)] = []


class DecideClaim(Body, frozen=True):
    """A refund is of `amount_minor`, or without it of what the pieces cost, as far as that is left of the payment; a
    replacement of `lines`, or without them of the pieces themselves, free of charge. `message` is shown and mailed
    to the customer."""

    outcome: Literal["refund", "replacement", "refusal"]
    amount_minor: Annotated[int, Meta(ge=1, le=LARGEST_AMOUNT_MINOR)] | None = None
    lines: Annotated[list[FulfilLine], Meta(max_length=MOST_LINES)] = []
    message: Reason = ""


class ShipReplacement(Body, frozen=True):
    carrier: Text = ""
    tracking_number: Text = ""


class ClaimPhoto(msgspec.Struct, frozen=True):
    photo_id: UUID
    media_type: str
    width: int
    height: int
    added_at: datetime


class Claim(msgspec.Struct, frozen=True, omit_defaults=True):
    """`number` is the order's with its own behind it: TW-100001-C1. `photos` were uploaded to it. `replacement` is what
    is sent free of charge. `failure` says why what was decided could not be done: it may be decided again. `actor` is
    for staff alone."""

    claim_id: UUID
    order_id: UUID
    number: str
    kind: str
    state: str
    lines: list[FulfilLine]
    note: str
    evidence: list[str]
    by_customer: bool
    created_at: datetime
    updated_at: datetime
    outcome: str | None = None
    decision: str | None = None
    refund: Refund | None = None
    replacement: list[Pieces] = []
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str | None = None
    failure: str | None = None
    actor: str | None = None
    photos: list[ClaimPhoto] = []


class Claims(msgspec.Struct, frozen=True):
    items: list[Claim]


class ClaimSummary(msgspec.Struct, frozen=True):
    claim_id: UUID
    order_id: UUID
    number: str
    kind: str
    state: str
    outcome: str | None
    name: str
    email: str
    by_customer: bool
    created_at: datetime
    updated_at: datetime


class ClaimQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    state: Annotated[list[ClaimState], Meta(max_length=7)] | None = None
    limit: Limit = 24
    cursor: Annotated[str, Meta(max_length=500)] | None = None
