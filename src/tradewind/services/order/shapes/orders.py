"""Orders as they are placed, shipped, listed and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import (
    MOST_LINES,
    Address,
    AmountMinor,
    Body,
    Email,
    Language,
    Limit,
    Money,
    Quantity,
    Sku,
)
from tradewind.services.order.domain.pricing import Totals

CardToken = Annotated[str, Meta(min_length=8, max_length=200, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]
ReturnUrl = Annotated[str, Meta(max_length=2000, pattern=r"^https?://[^\s]+$(?!\n)")]
Reason = Annotated[str, Meta(max_length=500)]
Text = Annotated[str, Meta(max_length=120)]


class PlaceOrder(Body, frozen=True):
    """`card_token` comes from the card processor. `expected_total_minor`, where given, must be the
    total that the shopper saw: a price that changed since is never charged in silence. `language` is what the
    shopper is written to in: without it the cart's, else the account's, else English."""

    cart_id: UUID
    card_token: CardToken
    expected_total_minor: AmountMinor | None = None
    return_url: ReturnUrl | None = None
    language: Language | None = None


class PayAgain(Body, frozen=True):
    card_token: CardToken
    return_url: ReturnUrl | None = None


class CancelOrder(Body, frozen=True):
    reason: Reason = ""


class FulfilLine(Body, frozen=True):
    sku: Sku
    quantity: Quantity


class FulfilOrder(Body, frozen=True):
    """Without `lines`, all that is left."""

    lines: Annotated[list[FulfilLine], Meta(max_length=MOST_LINES)] = []
    carrier: Text = ""
    tracking_number: Text = ""


class LookUp(Body, frozen=True):
    number: Annotated[str, Meta(min_length=1, max_length=40)]
    email: Email


class OrderLine(msgspec.Struct, frozen=True):
    sku: str
    product_id: UUID
    title: str
    options: dict[str, str]
    image_url: str | None
    quantity: int
    fulfilled_quantity: int
    unit_price_minor: int
    discount_minor: int
    total_minor: int
    tax_minor: int


class Fulfilment(msgspec.Struct, frozen=True):
    fulfilment_id: UUID
    state: str
    lines: list[FulfilLine]
    carrier: str
    tracking_number: str
    created_at: datetime
    shipped_at: datetime | None
    reason: str | None = None
    delivered_at: datetime | None = None
    tracking_url: str | None = None


class Entry(msgspec.Struct, frozen=True):
    """One line of an order's history."""

    kind: str
    from_state: str | None
    to_state: str
    reason: str | None
    actor: str
    at: datetime


class Order(msgspec.Struct, frozen=True, omit_defaults=True):
    """`action_url`: where the shopper confirms the payment. `token` opens a guest's order: keep it."""

    order_id: UUID
    number: str
    state: str
    email: str
    account_id: UUID | None
    totals: Totals
    captured: Money
    refunded: Money
    lines: list[OrderLine]
    shipping_address: Address
    billing_address: Address
    shipping_method: str
    fulfilments: list[Fulfilment]
    history: list[Entry]
    created_at: datetime
    placed_at: datetime | None
    reason: str | None = None
    action_url: str | None = None
    discount_code: str | None = None
    token: str | None = None
    language: str = "en"


class OrderSummary(msgspec.Struct, frozen=True):
    order_id: UUID
    number: str
    state: str
    email: str
    total: Money
    lines: int
    created_at: datetime
    placed_at: datetime | None


class OrderQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    state: (
        Literal[
            "pending",
            "action_required",
            "payment_failed",
            "placed",
            "partially_fulfilled",
            "fulfilled",
            "cancelled",
        ]
        | None
    ) = None
    email: Annotated[str, Meta(max_length=254)] | None = None
    number: Annotated[str, Meta(max_length=40)] | None = None
    account_id: UUID | None = None
    sort: Literal["newest", "oldest"] = "newest"
    limit: Limit = 24
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class TokenQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`token` is a guest's key to the order, given when it was placed."""

    token: Annotated[str, Meta(max_length=100)] | None = None
