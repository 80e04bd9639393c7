"""The record of an order as it is asked for and answered: as it was, its timeline, its documents, its export."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta


class OrderReading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`token` is a guest's key to the order. `as_of`: the order as it was at this moment of its past."""

    token: Annotated[str, Meta(max_length=100)] | None = None
    as_of: Annotated[datetime, Meta(tz=True, examples=["2026-11-22T10:00:00Z"])] | None = None
