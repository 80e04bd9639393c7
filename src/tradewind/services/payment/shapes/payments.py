"""What the payment service's HTTP routes take and answer: pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import LARGEST_AMOUNT_MINOR, Body, CurrencyCode, Limit, Money
from tradewind.contracts.payment import MethodName, ProcessorName

Status = Literal[
    "processing",
    "action_required",
    "authorised",
    "declined",
    "partially_captured",
    "captured",
    "partially_refunded",
    "refunded",
    "voided",
]
AttemptState = Literal[
    "pending",
    "processing",
    "unknown",
    "action_required",
    "authorised",
    "declined",
    "abandoned",
    "voided",
]
OperationState = Literal["pending", "processing", "unknown", "succeeded", "failed"]
Account = Literal[
    "customer_receivable",
    "cash_at_processor",
    "cash_in_bank",
    "refunds",
    "fees",
    "gift_cards",
    "disputes",
    "cash_on_delivery",
    "settlement_differences",
]
Cursor = Annotated[str, Meta(max_length=200)]
PositiveAmountMinor = Annotated[
    int, Meta(ge=1, le=LARGEST_AMOUNT_MINOR, description="integer minor units of the payment's currency")
]


class PaymentListed(msgspec.Struct, frozen=True):
    """`number` counts the payments of an order. `closing`: what it holds is being given back, because its order was
    cancelled or staff voided it. `received` is of a bank transfer, or of what was collected on delivery; `let_go`
    was authorised and is never taken, its order being complete or the hold having lapsed. `awaited` is still to come
    of a transfer, or from the carrier: of what it collects, what was given back before is not. `expires_at`: when the
    bank lets go of it, or a transfer is not awaited any more. `delivered_at`: when the parcel came that is paid on
    delivery."""

    payment_id: UUID
    order_id: UUID
    status: Status
    authorised: Money
    captured: Money
    refunded: Money
    network: str
    last4: str
    closing: bool
    created_at: datetime
    updated_at: datetime
    number: int
    method: MethodName
    processor: str
    customer_id: UUID | None
    received: Money
    let_go: Money
    expires_at: datetime | None
    delivered_at: datetime | None = None
    awaited: Money | None = None


class AttemptShown(msgspec.Struct, frozen=True):
    attempt: int
    state: AttemptState
    amount: Money
    network: str
    last4: str
    decline_code: str | None
    created_at: datetime
    settled_at: datetime | None
    processor: str


class OperationShown(msgspec.Struct, frozen=True):
    """`pending`, `processing` and `unknown` are being settled with the processor."""

    operation_id: UUID
    kind: Literal["capture", "refund", "void"]
    state: OperationState
    amount: Money
    reason: str
    failure_code: str | None
    failure_message: str | None
    created_at: datetime
    settled_at: datetime | None


class LedgerEntry(msgspec.Struct, frozen=True):
    """A debit is positive, a credit negative. Entries of one `reference` sum to zero."""

    entry_id: int
    at: datetime
    account: Account
    amount: Money
    reference: str
    order_id: UUID | None
    processor: str


class StateChange(msgspec.Struct, frozen=True):
    reference: str
    from_state: str
    to_state: str
    detail: str
    at: datetime


class PaymentShown(msgspec.Struct, frozen=True):
    """`disputed` is by disputes that are open or lost: it is not refundable."""

    payment: PaymentListed
    void_requested_at: datetime | None
    void_reason: str | None
    capturable: Money
    refundable: Money
    attempts: list[AttemptShown]
    operations: list[OperationShown]
    ledger: list[LedgerEntry]
    history: list[StateChange]
    disputed: Money


class Balance(msgspec.Struct, frozen=True):
    account: Account
    balance: Money
    processor: str


class Balances(msgspec.Struct, frozen=True):
    items: list[Balance]


class PaymentMethod(msgspec.Struct, frozen=True):
    """Something to pay with, cards first. How a browser turns a card into a token: post it to `tokens_url`, open
    `card_form_url`, or run `script_url`, which comes from `origins` and speaks to them. A wallet has a `kind` and
    needs nothing. `pages`: the origins of the pages that a shopper may be sent to. `saves`: it can be kept."""

    type: Literal["card", "wallet"]
    processor: str
    publishable_key: str
    tokens_url: str
    card_form_url: str
    networks: list[str]
    script_url: str = ""
    origins: list[str] = []
    kind: str = ""
    pages: list[str] = []
    saves: bool = False


class OwnMethod(msgspec.Struct, frozen=True):
    """What needs no processor. `details` is where a bank transfer goes to."""

    type: Literal["gift_card", "bank_transfer", "cash_on_delivery"]
    details: str = ""


class PaymentMethods(msgspec.Struct, frozen=True):
    items: list[PaymentMethod]
    own: list[OwnMethod] = []


class CaptureBody(Body, frozen=True):
    """Without an amount, all that is left."""

    amount_minor: PositiveAmountMinor | None = None


class RefundBody(Body, frozen=True):
    """Without an amount, all that is left."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    amount_minor: PositiveAmountMinor | None = None


class PaymentsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Newest first."""

    order_id: UUID | None = None
    customer_id: UUID | None = None
    processor: ProcessorName | None = None
    method: MethodName | None = None
    awaited: bool | None = (
        None  # transfers that did not arrive in full, and cash that was collected on delivery
    )
    status: Status | None = None
    limit: Limit = 24
    cursor: Cursor | None = None


class LedgerQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Newest first; `since` is a time with its zone, as in RFC 3339."""

    account: Account | None = None
    currency: CurrencyCode | None = None
    processor: ProcessorName | None = None
    order_id: UUID | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None
    limit: Limit = 50
    cursor: Cursor | None = None
