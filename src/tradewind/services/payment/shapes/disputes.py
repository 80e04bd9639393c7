"""Disputes as they are shown and answered: pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body, Limit, Money

DisputeState = Literal["needs_response", "under_review", "won", "lost"]
Text = Annotated[str, Meta(max_length=200)]


class EvidenceBody(Body, frozen=True):
    """What speaks for the shop; kept until it is submitted. `files` names documents that are sent apart."""

    explanation: Annotated[str, Meta(min_length=1, max_length=5000)]
    carrier: Text = ""
    tracking_number: Text = ""
    shipped_on: Text = ""
    customer_name: Text = ""
    customer_email: Text = ""
    product_description: Annotated[str, Meta(max_length=2000)] = ""
    files: Annotated[list[Text], Meta(max_length=10)] = []


class DisputeShown(msgspec.Struct, frozen=True):
    """`submitting`: it was sent, and what became of that is not known yet."""

    dispute_id: UUID
    order_id: UUID
    payment_id: UUID
    processor: str
    processor_id: str
    state: DisputeState
    amount: Money
    reason: str
    evidence: EvidenceBody | None
    evidence_due_at: datetime | None
    submitting: bool
    submitted_at: datetime | None
    closed_at: datetime | None
    created_at: datetime


class DisputesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Newest first."""

    state: DisputeState | None = None
    order_id: UUID | None = None
    limit: Limit = 24
    cursor: Annotated[str, Meta(max_length=200)] | None = None
