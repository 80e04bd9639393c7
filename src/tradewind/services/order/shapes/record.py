"""The record of an order as it is asked for and answered: as it was, its timeline, its documents, its export."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body, Money


class OrderReading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`token` is a guest's key to the order. `as_of`: the order as it was at this moment of its past."""

    token: Annotated[str, Meta(max_length=100)] | None = None
    as_of: Annotated[datetime, Meta(tz=True, examples=["2026-11-22T10:00:00Z"])] | None = None


class IssueInvoice(Body, frozen=True):
    """`reverse_charge`: the buyer, a business with a `buyer_vat_id`, owes the tax; only where none is charged."""

    buyer_vat_id: Annotated[str, Meta(max_length=20, pattern=r"^[A-Z0-9+* .-]*$(?!\n)")] = ""
    reverse_charge: bool = False
    note: Annotated[str, Meta(max_length=500)] = ""


class Document(msgspec.Struct, frozen=True, omit_defaults=True):
    """`corrects`: the invoice that a credit note lessens. The PDF is at `url`."""

    number: str
    kind: Literal["invoice", "credit_note"]
    order_id: UUID
    order_number: str
    issued_at: datetime
    total: Money
    net: Money
    tax: Money
    url: str
    corrects: str | None = None


class Documents(msgspec.Struct, frozen=True):
    items: list[Document]
