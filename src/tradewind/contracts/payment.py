"""What the payment service promises the others: one charge an order at most, and an answer or `Pending`."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

import msgspec

from tradewind.contracts.common import Money
from tradewind.kernel.events import Event


class Authorised(msgspec.Struct, frozen=True, tag="authorised"):
    payment_id: UUID
    network: str = ""
    last4: str = ""


class Declined(msgspec.Struct, frozen=True, tag="declined"):
    """`code` is the processor's reason: card_declined, insufficient_funds, expired_card, ... `retryable` says
    that the same card may work later."""

    code: str
    retryable: bool = False


class ActionRequired(msgspec.Struct, frozen=True, tag="action_required"):
    """The shopper must confirm at `url` (3-D Secure); payment.authorised or payment.declined follows."""

    url: str


class Pending(msgspec.Struct, frozen=True, tag="pending"):
    """Outcome unknown yet: it is being asked of the processor; an event follows."""


class Captured(msgspec.Struct, frozen=True, tag="captured"):
    amount: Money


class Refunded(msgspec.Struct, frozen=True, tag="refunded"):
    amount: Money


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Not possible in the payment's state, or above what is left: `code` and `message` say which."""

    code: str
    message: str


class PaymentSummary(msgspec.Struct, frozen=True, tag="payment"):
    payment_id: UUID
    order_id: UUID
    status: str
    authorised: Money
    captured: Money
    refunded: Money
    network: str = ""
    last4: str = ""
    action_url: str | None = None


class NoPayment(msgspec.Struct, frozen=True, tag="no_payment"):
    pass


class Payment(Protocol):
    async def authorise(
        self, order_id: UUID, attempt: int, amount: Money, card_token: str, return_url: str | None
    ) -> Authorised | Declined | ActionRequired | Pending | Refused:
        """Keyed by `order_id` and `attempt`: a repeat answers what became of the first. A new attempt is
        Refused unless the ones before it were declined; after a void (a cancelled order) every one is."""
        ...

    async def capture(
        self, order_id: UUID, capture_id: UUID, amount: Money
    ) -> Captured | Pending | Refused | Declined:
        """Keyed by `capture_id`. Never above what is authorised."""
        ...

    async def refund(
        self, order_id: UUID, refund_id: UUID, amount: Money, reason: str
    ) -> Refunded | Pending | Refused:
        """Keyed by `refund_id`. Never above what is captured less refunded."""
        ...

    async def payment_of(self, order_id: UUID) -> PaymentSummary | NoPayment: ...


class PaymentAuthorised(Event, tag="payment.authorised"):
    order_id: UUID
    payment_id: UUID
    amount: Money
    attempt: int


class PaymentDeclined(Event, tag="payment.declined"):
    order_id: UUID
    payment_id: UUID
    code: str
    attempt: int


class PaymentCaptured(Event, tag="payment.captured"):
    order_id: UUID
    payment_id: UUID
    capture_id: UUID
    amount: Money


class PaymentRefunded(Event, tag="payment.refunded"):
    order_id: UUID
    payment_id: UUID
    refund_id: UUID
    amount: Money


class PaymentVoided(Event, tag="payment.voided"):
    order_id: UUID
    payment_id: UUID


class CaptureFailed(Event, tag="payment.capture_failed"):
    order_id: UUID
    payment_id: UUID
    capture_id: UUID
    code: str


class RefundFailed(Event, tag="payment.refund_failed"):
    order_id: UUID
    payment_id: UUID
    refund_id: UUID
    code: str
