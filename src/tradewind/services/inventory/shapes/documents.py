"""What documents of the warehouse have in common. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body

Note = Annotated[str, Meta(max_length=1000)]
Number = Annotated[str, Meta(max_length=20)]


class Step(msgspec.Struct, frozen=True):
    """One line of a document's history."""

    from_state: str | None
    to_state: str
    reason: str
    actor: str
    at: datetime


class WithReason(Body, frozen=True):
    reason: Annotated[str, Meta(max_length=500)] = ""
