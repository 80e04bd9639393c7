"""Orders as they are held and released, and cancelled in part."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from tradewind.contracts.common import MOST_LINES, Body
from tradewind.services.order.shapes.orders import FulfilLine, Reason


class HoldOrder(Body, frozen=True):
    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class CancelLines(Body, frozen=True):
    """Pieces that are in no parcel yet."""

    lines: Annotated[list[FulfilLine], Meta(min_length=1, max_length=MOST_LINES)]
    reason: Reason = ""
