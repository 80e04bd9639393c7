"""Edits of an order and exchanges as they are asked for, priced, decided and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import (
    LARGEST_QUANTITY,
    MOST_LINES,
    Address,
    AmountMinor,
    Body,
    Money,
    Quantity,
    Sku,
)
from tradewind.services.order.domain.after_sale import Pieces
from tradewind.services.order.domain.pricing import Totals
from tradewind.services.order.shapes.drafts import Title
from tradewind.services.order.shapes.orders import Reason, Refund
from tradewind.services.order.shapes.returns import ReturnLineInput

EditState = Literal["begun", "requested", "confirming", "confirmed", "refused", "cancelled"]
Ship = Literal["after_return", "at_once"]


class EditLine(Body, frozen=True):
    """How many of this SKU the order is to have (0: none). `unit_price_minor` is for one that it has not yet:
    without it, what it costs now; what the order has keeps its price.

    Without a `sku`, a new line of staff's own words, with `title`, `unit_price_minor` and `tax_class`: nothing is held
    or shipped from stock for it."""

    quantity: Annotated[int, Meta(ge=0, le=LARGEST_QUANTITY)]
    sku: Sku | None = None
    unit_price_minor: AmountMinor | None = None
    title: Title | None = None
    tax_class: Annotated[str, Meta(min_length=1, max_length=40)] | None = None


class EditOrder(Body, frozen=True):
    """What is to change; the rest stays. `shipping_minor` is what shipping is to cost: without it, and with
    another `shipping_method`, what that one costs. `reason` is shown to the customer."""

    lines: Annotated[list[EditLine], Meta(max_length=MOST_LINES)] = []
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_method: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    shipping_minor: AmountMinor | None = None
    reason: Reason = ""


class ProposeEdit(Body, frozen=True):
    """`message` is mailed to the customer with what would change."""

    message: Reason = ""


class ExchangeLine(Body, frozen=True):
    """Pieces to send. `unit_price_minor`: without it, what the order sold it for, else what it costs now."""

    sku: Sku
    quantity: Quantity
    unit_price_minor: AmountMinor | None = None


class NewExchange(Body, frozen=True):
    """`returns` come back, `lines` are sent instead: held at once, and shipped after what they are exchanged for
    was received, or at once."""

    returns: Annotated[list[ReturnLineInput], Meta(min_length=1, max_length=MOST_LINES)]
    lines: Annotated[list[ExchangeLine], Meta(min_length=1, max_length=MOST_LINES)]
    ship: Ship = "after_return"
    reason: Reason = ""


class WantedLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """An EditLine as it is kept: one of staff's own words has its SKU and, alone, a `title`."""

    sku: str
    quantity: int
    unit_price_minor: int | None = None
    title: str | None = None
    tax_class: str = "standard"


class Wanted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an edit was asked to change, as it is kept. Of an exchange, `lines` say how many there are to be. `message`
    is what the customer was told with it."""

    lines: list[WantedLine] = []
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_method: str | None = None
    shipping_minor: int | None = None
    returns: list[ReturnLineInput] = []
    sent: list[Pieces] = []
    ship: Ship = "at_once"
    message: str = ""


class EditedLine(msgspec.Struct, frozen=True):
    """A line as it would be; `quantity_before` 0 for a new one."""

    sku: str
    title: str
    quantity_before: int
    quantity: int
    unit_price_minor: int
    discount_minor: int
    total_minor: int
    tax_basis_points: int
    tax_minor: int
    tax_added_minor: int = 0
    product_id: UUID | None = None
    options: dict[str, str] = {}
    image_url: str | None = None
    category: str = ""
    kind: str = "product"
    tax_class: str = "standard"


class Preview(msgspec.Struct, frozen=True):
    """What the edit comes to. `difference_minor` is how much more (or, below zero, less) the order costs;
    `credit_minor` of it is paid with what comes back. `due_minor` would have to be paid, `refund_minor` go back.
    `add` and `remove` are pieces of stock."""

    totals: Totals
    lines: list[EditedLine]
    difference_minor: int
    credit_minor: int
    due_minor: int
    refund_minor: int
    add: list[Pieces]
    remove: list[Pieces]
    taken_off: list[list[int]] = []  # by promotion of the order, of each line
    shipping_tax_basis_points: int = 0
    shipping_tax_minor: int = 0


class Edit(msgspec.Struct, frozen=True, omit_defaults=True):
    """`kind` is edit or exchange. `failure` says why it could not be confirmed the last time. `due` is what it
    left to be paid, `refund` what went back. `message` is what the customer was asked with. `actor` is for staff
    alone."""

    edit_id: UUID
    order_id: UUID
    kind: str
    state: str
    preview: Preview
    reason: str
    created_at: datetime
    updated_at: datetime
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_method: str | None = None
    failure: str | None = None
    due: Money | None = None
    refund: Refund | None = None
    return_id: UUID | None = None
    returns: list[ReturnLineInput] = []
    sent: list[Pieces] = []
    ship: str | None = None
    confirmed_at: datetime | None = None
    actor: str | None = None
    message: str = ""


class Edits(msgspec.Struct, frozen=True):
    items: list[Edit]
