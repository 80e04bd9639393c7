"""What the payment service promises the others: nothing is charged twice, and an answer or `Pending`.

The payments of an order are numbered: 1 is the main one; gift cards and differences to pay follow.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Address, Money
from tradewind.kernel.events import Event

MethodName = Literal["card", "paypal", "wallet", "gift_card", "bank_transfer", "cash_on_delivery"]
Token = Annotated[str, Meta(min_length=8, max_length=200, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]
GiftCode = Annotated[
    str,
    Meta(min_length=8, max_length=40, pattern=r"^[A-Za-z0-9 -]+$(?!\n)", examples=["K7QF-2MXP-9RTD-HJ4C"]),
]
WalletKind = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$(?!\n)")]
ProcessorName = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$(?!\n)")]


class CardToken(msgspec.Struct, frozen=True, tag="card", forbid_unknown_fields=True, omit_defaults=True):
    """`processor` made the token; without it, the one that the rules name first. `fallbacks`, by processor, are
    tokens of the same card for those that may stand in. `save` keeps the card for the customer, who has agreed."""

    token: Token
    save: bool = False
    processor: ProcessorName | None = None
    fallbacks: Annotated[dict[ProcessorName, Token], Meta(max_length=5)] = {}


class SavedMethod(
    msgspec.Struct, frozen=True, tag="saved_method", forbid_unknown_fields=True, omit_defaults=True
):
    method_id: UUID


class Wallet(msgspec.Struct, frozen=True, tag="wallet", forbid_unknown_fields=True, omit_defaults=True):
    """`kind` is one that `GET /v1/payment-methods` names. Of PayPal the payment's method is `paypal`, of every other
    `wallet`; `save` keeps PayPal alone."""

    kind: WalletKind = "paypal"
    save: bool = False

    @property
    def method(self) -> Literal["paypal", "wallet"]:
        return "paypal" if self.kind == "paypal" else "wallet"


class GiftCard(msgspec.Struct, frozen=True, tag="gift_card", forbid_unknown_fields=True):
    code: GiftCode


class BankTransfer(msgspec.Struct, frozen=True, tag="bank_transfer", forbid_unknown_fields=True):
    """By invoice: the order is placed and waits for the money."""


class CashOnDelivery(msgspec.Struct, frozen=True, tag="cash_on_delivery", forbid_unknown_fields=True):
    """Whoever brings the parcel collects what it costs."""


Method = CardToken | SavedMethod | Wallet | GiftCard | BankTransfer | CashOnDelivery


class Authorised(msgspec.Struct, frozen=True, tag="authorised"):
    """`amount` is what is held: of a gift card it may be less than was asked. Of a bank transfer, `pay_to` is the
    account as shoppers are told it, and `pay_by` until when the money must have begun to arrive."""

    payment_id: UUID
    network: str = ""
    last4: str = ""
    amount: Money | None = None
    pay_to: str = ""
    pay_by: datetime | None = None


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
    number: int = 1
    method: MethodName = "card"
    processor: str = ""
    open: Money | None = None  # authorised and neither captured nor let go
    received: Money | None = None  # of a bank transfer, or of what was collected on delivery
    expires_at: datetime | None = None
    refundable: Money | None = None  # captured, neither given back nor about to be, and not disputed
    disputed: Money | None = None  # by disputes that are open or lost
    awaited: Money | None = None  # still to come of a transfer, or from the carrier


class NoPayment(msgspec.Struct, frozen=True, tag="no_payment"):
    pass


class Payment(Protocol):
    async def authorise(
        self,
        order_id: UUID,
        attempt: int,
        amount: Money,
        method: Method,
        return_url: str | None,
        number: int = 1,
        customer_id: UUID | None = None,
        billing: Address | None = None,
    ) -> Authorised | Declined | ActionRequired | Pending | Refused:
        """Keyed by `order_id`, `number` and `attempt`: a repeat answers what became of the first. A new attempt
        is Refused unless the ones before it were declined; after a void (a cancelled order) every one is.

        Of a gift card `amount` is the most that is wanted; Authorised.amount says what it held, and Declined has
        gift_card_unknown, gift_card_empty, gift_card_expired, gift_card_disabled or gift_card_currency."""
        ...

    async def capture(
        self, order_id: UUID, capture_id: UUID, amount: Money
    ) -> Captured | Pending | Refused | Declined:
        """Keyed by `capture_id`; spread over the order's payments. Never above what is authorised."""
        ...

    async def refund(
        self, order_id: UUID, refund_id: UUID, amount: Money, reason: str
    ) -> Refunded | Pending | Refused:
        """Keyed by `refund_id`; spread over the order's payments. Never above what is captured less
        refunded; Refused(payment_disputed) where disputes, open or lost, hold what is asked for."""
        ...

    async def payment_of(self, order_id: UUID) -> PaymentSummary | NoPayment:
        """The main one."""
        ...

    async def payments_of(self, order_id: UUID) -> list[PaymentSummary]:
        """All that were begun, by number."""
        ...


class PaymentAuthorised(Event, tag="payment.authorised"):
    order_id: UUID
    payment_id: UUID
    amount: Money
    attempt: int
    number: int = 1
    method: MethodName = "card"


class PaymentDeclined(Event, tag="payment.declined"):
    order_id: UUID
    payment_id: UUID
    code: str
    attempt: int
    number: int = 1


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


class MoneyReceived(Event, tag="payment.money_received"):
    """A bank transfer arrived, or what was collected on delivery: the order may go on."""

    order_id: UUID
    payment_id: UUID
    amount: Money
    reference: str
    complete: bool  # nothing of this payment is awaited any more
    awaited: Money | None = None  # what of this payment still is; None: told by a version that did not say
    number: int = 1  # which of the order's payments: above 1 it is a part, or a difference of later


class MoneyToReturn(Event, tag="payment.money_to_return"):
    """Owed to the customer, and no processor gives it back: staff send it from the shop's bank account. Of a transfer
    what was refunded, or arrived for what is not delivered any more; of what was collected, what was refunded."""

    order_id: UUID
    payment_id: UUID
    amount: Money
    number: int = 1  # which of the order's payments


class PaymentExpiring(Event, tag="payment.expiring"):
    """What is held on the card lapses at `expires_at`, and could not be renewed."""

    order_id: UUID
    payment_id: UUID
    expires_at: datetime


class PaymentLapsed(Event, tag="payment.lapsed"):
    """The bank let go of what was held, or a transfer did not come: nothing more of it can be captured."""

    order_id: UUID
    payment_id: UUID
    amount: Money
    method: MethodName = "card"
    number: int = 1


class DisputeOpened(Event, tag="payment.dispute_opened"):
    order_id: UUID
    payment_id: UUID
    dispute_id: UUID
    amount: Money
    reason: str
    evidence_due_at: datetime | None = None
    held: Money | None = None  # of the amount, what was not given back before; None: all


class DisputeClosed(Event, tag="payment.dispute_closed"):
    order_id: UUID
    payment_id: UUID
    dispute_id: UUID
    amount: Money
    won: bool
    held: Money | None = None  # as it was told when the dispute was opened
