"""The record of an order as it is asked for and answered: as it was, its timeline, its documents, its export."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body, Limit, Money
from tradewind.services.order.domain.timeline import Actor, Detail, KindName
from tradewind.services.order.shapes.orders import OrderFilter, StateName


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
    """`corrects`: the invoice that a credit note lessens. `replaced_by`: the invoice that holds in the place of this
    one, which was taken back. `seller_lacks`: what the law wants said of who sells and this document does not, since
    the settings do not; a tax number or a VAT ID will do. The PDF is at `url`."""

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
    replaced_by: str | None = None
    seller_lacks: list[Literal["address", "tax_number"]] = []


class Documents(msgspec.Struct, frozen=True):
    items: list[Document]


class TimelineEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """`sequence` is the order's version after it. `text` is what whoever did it wrote; `details`, what it changed."""

    sequence: int
    at: datetime
    kind: KindName
    actor: Actor
    details: list[Detail]
    text: str | None = None


class TimelineQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest first. `token` is a guest's key to the order."""

    kind: Annotated[list[KindName], Meta(max_length=19)] | None = None
    limit: Limit = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None
    token: Annotated[str, Meta(max_length=100)] | None = None


class NewCustomerNote(Body, frozen=True):
    text: Annotated[str, Meta(min_length=1, max_length=2000)]


class ExportQuery(OrderFilter, frozen=True, forbid_unknown_fields=True):
    """`rows`, of a CSV: one an order, or one a line of an order."""

    state: Annotated[list[StateName], Meta(max_length=11)] | None = None
    format: Literal["csv", "jsonl"] = "csv"
    rows: Literal["orders", "lines"] = "orders"
