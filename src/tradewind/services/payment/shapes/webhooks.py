"""Webhooks that came in, as staff see them: pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Limit
from tradewind.contracts.payment import ProcessorName

WebhookState = Literal["received", "applied", "parked"]


class WebhookShown(msgspec.Struct, frozen=True):
    """`webhook_id` and `kind` are the processor's. `received`: what it names was not asked about yet; `parked`: it
    was not applied, for `problem`. Its body is kept sealed, and is shown nowhere."""

    received_webhook_id: UUID
    processor: str
    webhook_id: str
    kind: str
    references: list[str]
    state: WebhookState
    problem: str | None
    replays: int
    received_at: datetime
    applied_at: datetime | None


class WebhooksQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Newest first."""

    state: WebhookState | None = None
    processor: ProcessorName | None = None
    limit: Limit = 24
    cursor: Annotated[str, Meta(max_length=200)] | None = None
