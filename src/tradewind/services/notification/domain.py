"""Which mails there are, what becomes of one, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import UnionType
from typing import Final, Literal, get_args
from uuid import UUID

from tradewind.contracts.common import Language
from tradewind.contracts.inventory import LowStock
from tradewind.contracts.order import (
    ClaimDecided,
    EditProposed,
    OrderCancelled,
    OrderDelivered,
    OrderDraftSent,
    OrderEdited,
    OrderFulfilled,
    OrderLinesCancelled,
    OrderPaymentFailed,
    OrderPlaced,
    OrderReadyForCollection,
    OrderRefunded,
    ReturnApproved,
)
from tradewind.contracts.payment import (
    CaptureFailed,
    DisputeOpened,
    MoneyToReturn,
    PaymentLapsed,
    RefundFailed,
)
from tradewind.contracts.user import PasswordResetRequested, UserRegistered
from tradewind.kernel.events import Event

CustomerKindName = Literal[
    "welcome",
    "password_reset",
    "order_confirmation",
    "order_draft",
    "payment_failed",
    "order_ready",
    "order_shipped",
    "order_collected",
    "order_delivered",
    "order_refunded",
    "order_cancelled",
    "pieces_cancelled",
    "return_approved",
    "edit_proposed",
    "payment_due",
    "claim_decided",
]
StaffKindName = Literal[
    "stock_low", "dispute_opened", "payment_lapsed", "money_to_return", "payment_needs_attention"
]
KindName = Literal[CustomerKindName, StaffKindName]
Channel = Literal["email"]
State = Literal["queued", "sent", "failed", "suppressed"]
EMAIL: Final = "email"
LANGUAGES: tuple[Language, ...] = ("en", "de")  # the first is what the templates are written in


@dataclass(frozen=True)
class Kind:
    """`event` is what it tells of, or a union of what it may tell of, and all that it is rendered from.
    `optional`: a customer may do without."""

    name: KindName
    title: str  # in the language of the templates; see locale/
    event: type[Event] | UnionType
    optional: bool = False

    @property
    def event_types(self) -> tuple[str, ...]:
        return tuple(event.event_type() for event in get_args(self.event) or (self.event,))


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("welcome", "Welcome", UserRegistered, optional=True),
        Kind("password_reset", "Password reset", PasswordResetRequested),
        Kind("order_confirmation", "Order confirmation", OrderPlaced),
        Kind("order_draft", "Payment link", OrderDraftSent),
        Kind("payment_failed", "Payment failed", OrderPaymentFailed),
        Kind("order_ready", "Ready to be collected", OrderReadyForCollection),
        Kind("order_shipped", "Parcel shipped", OrderFulfilled),
        Kind("order_collected", "Handed over", OrderFulfilled),
        Kind("order_delivered", "Parcel delivered", OrderDelivered, optional=True),
        Kind("order_refunded", "Refund", OrderRefunded),
        Kind("order_cancelled", "Order cancelled", OrderCancelled),
        Kind("pieces_cancelled", "Pieces cancelled", OrderLinesCancelled),
        Kind("return_approved", "Return approved", ReturnApproved),
        Kind("edit_proposed", "Change proposed", EditProposed),
        Kind("payment_due", "Payment due", OrderEdited),
        Kind("claim_decided", "Claim decided", ClaimDecided),
        Kind("stock_low", "Low stock", LowStock),
        Kind("dispute_opened", "Payment disputed", DisputeOpened),
        Kind("payment_lapsed", "Payment lapsed", PaymentLapsed),
        Kind("money_to_return", "Money to send back", MoneyToReturn),
        Kind("payment_needs_attention", "Payment needs attention", CaptureFailed | RefundFailed),
    )
}
CUSTOMER_KINDS: tuple[CustomerKindName, ...] = get_args(CustomerKindName)
STAFF_KINDS: tuple[StaffKindName, ...] = get_args(
    StaffKindName
)  # no customer is sent one, or chooses of them

TRANSITIONS: dict[State, frozenset[State]] = {
    "queued": frozenset({"sent", "failed", "suppressed"}),
    "sent": frozenset({"queued"}),  # staff send it again
    "failed": frozenset({"queued"}),
    "suppressed": frozenset(),
}

_FIRST_PAUSE_SECONDS = 30.0
_LONGEST_PAUSE_SECONDS = 4 * 3600.0
_JITTER = 0.4  # of the pause


def language_of(text: str) -> Language:
    """The one of ours that `de-AT` or `DE` asks for, else the first."""
    wanted = text.replace("_", "-").partition("-")[0].lower()
    return next((language for language in LANGUAGES if language == wanted), LANGUAGES[0])


def pause_after(tries: int, message_id: UUID) -> timedelta:
    """How long to wait after so many failed tries: twice as long each time, parted by message so that what
    failed together is not tried together. 12 tries take about a day."""
    seconds = min(_FIRST_PAUSE_SECONDS * 2 ** (tries - 1), _LONGEST_PAUSE_SECONDS)
    share = (message_id.int >> (4 * tries)) % 256 / 255
    return timedelta(seconds=seconds * (1 - _JITTER / 2 + _JITTER * share))
