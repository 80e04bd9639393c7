"""Orders that staff put together: as they are written, changed, sent and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tradewind.contracts.common import (
    MOST_LINES,
    Address,
    AmountMinor,
    Body,
    CurrencyCode,
    Email,
    Language,
    Quantity,
    Sku,
)
from tradewind.services.order.shapes.carts import MOST_CODES, DiscountCode
from tradewind.services.order.shapes.orders import Order

Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
Words = Annotated[str, Meta(max_length=2000)]


class DraftLine(Body, frozen=True, omit_defaults=True):
    """With a `sku`, an article: at `unit_price_minor`, or at its price of the day when the draft is saved. Without,
    a line of staff's own words, with `title` and `unit_price_minor`: nothing is held or shipped from stock for
    it."""

    quantity: Quantity
    sku: Sku | None = None
    title: Title | None = None
    unit_price_minor: AmountMinor | None = None
    tax_class: Annotated[str, Meta(min_length=1, max_length=40)] = "standard"


class DraftDiscount(Body, frozen=True, omit_defaults=True):
    """Off all lines: `basis_points` of a percentage (500 is 5 %), `amount_minor` of an amount. `reason` is shown
    to the customer."""

    kind: Literal["percentage", "amount"]
    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    basis_points: Annotated[int, Meta(ge=0, le=10_000)] = 0
    amount_minor: AmountMinor = 0


class DraftShipping(Body, frozen=True):
    """By hand: what it is called, and what it costs."""

    method: Annotated[str, Meta(min_length=1, max_length=40)] = "standard"
    price_minor: AmountMinor = 0


class DraftTerms(Body, frozen=True, omit_defaults=True):
    """For an account, or whoever has the e-mail address; an account's own address is taken where none is given.
    Without `expires_at`, it expires after TRADEWIND_ORDER_DRAFT_DAYS days. `language` is the customer's.
    `discount_codes` are of promotions, as in a cart; those that come by themselves are not taken."""

    lines: Annotated[list[DraftLine], Meta(min_length=1, max_length=MOST_LINES)]
    shipping_address: Address
    email: Email | None = None
    account_id: UUID | None = None
    billing_address: Address | None = None
    currency: CurrencyCode = "EUR"
    language: Language | None = None
    discount: DraftDiscount | None = None
    shipping: DraftShipping = DraftShipping()
    expires_at: datetime | None = None
    discount_codes: Annotated[list[DiscountCode], Meta(max_length=MOST_CODES)] = []


class NewDraft(DraftTerms, frozen=True, omit_defaults=True):
    """`note` is for colleagues alone."""

    note: Words = ""


class DraftChange(Body, frozen=True):
    """What is left out stays; null takes it away. `version` must be the draft's: else it is answered as it is."""

    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    lines: Annotated[list[DraftLine], Meta(min_length=1, max_length=MOST_LINES)] | UnsetType = UNSET
    shipping_address: Address | UnsetType = UNSET
    billing_address: Address | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    account_id: UUID | UnsetType | None = UNSET
    language: Language | UnsetType | None = UNSET
    discount: DraftDiscount | UnsetType | None = UNSET
    shipping: DraftShipping | UnsetType = UNSET
    expires_at: datetime | UnsetType | None = UNSET
    discount_codes: Annotated[list[DiscountCode], Meta(max_length=MOST_CODES)] | UnsetType = UNSET


class SendDraft(Body, frozen=True):
    """`message` stands in the mail that carries the payment link."""

    message: Words = ""


class Reissue(Body, frozen=True):
    """`prices`: those of the order, or today's."""

    prices: Literal["old", "today"] = "today"
    note: Words = ""


class Draft(msgspec.Struct, frozen=True, omit_defaults=True):
    """`terms` are what staff asked for, `order` what it comes to. `sent_at`: from then on its customer sees it.
    `reserved_at`: its stock is held, and its lines stay as they are."""

    order: Order
    terms: DraftTerms
    sent_at: datetime | None = None
    reserved_at: datetime | None = None
    message: str = ""
