"""Saved methods, receipts and rules as they are sent and shown: pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import LARGEST_AMOUNT_MINOR, Body, CountryCode, CurrencyCode, Money
from tradewind.contracts.payment import ProcessorName


class SavedMethodShown(msgspec.Struct, frozen=True):
    """`consented_at` is when its customer agreed that it is kept."""

    method_id: UUID
    kind: Literal["card", "paypal"]
    network: str
    last4: str
    processor: str
    consented_at: datetime


class SavedMethods(msgspec.Struct, frozen=True):
    items: list[SavedMethodShown]


class RecordReceipt(Body, frozen=True):
    """`reference` is what the bank statement, or the carrier's, calls it: one is recorded once."""

    amount_minor: Annotated[int, Meta(ge=1, le=LARGEST_AMOUNT_MINOR)]
    reference: Annotated[str, Meta(min_length=1, max_length=140, pattern=r"^[^\x00-\x1f]+$(?!\n)")]
    received_on: date


class ReceiptShown(msgspec.Struct, frozen=True):
    receipt_id: UUID
    payment_id: UUID
    order_id: UUID
    amount: Money
    received: Money
    awaited: Money
    reference: str
    received_on: date
    actor: str
    at: datetime


class RuleBody(Body, frozen=True):
    """Where all that is said fits a payment, it is tried at `processors`, in their order. Rules are asked by
    `position`, lowest first; the first that fits decides. A range of amounts needs its currency."""

    position: Annotated[int, Meta(ge=0, le=10_000)]
    processors: Annotated[list[ProcessorName], Meta(min_length=1, max_length=5)]
    country: CountryCode | None = None
    currency: CurrencyCode | None = None
    method: Literal["card", "paypal", "wallet"] | None = None
    from_minor: Annotated[int, Meta(ge=0, le=LARGEST_AMOUNT_MINOR)] | None = None
    to_minor: Annotated[int, Meta(ge=0, le=LARGEST_AMOUNT_MINOR)] | None = None
    active: bool = True


class Rule(msgspec.Struct, frozen=True):
    rule_id: UUID
    position: int
    processors: list[str]
    country: str | None
    currency: str | None
    method: str | None
    from_minor: int | None
    to_minor: int | None
    active: bool


class Rules(msgspec.Struct, frozen=True):
    """`processors` are those that this shop has."""

    items: list[Rule]
    processors: list[str]
