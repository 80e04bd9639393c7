"""PayPal's orders and what they hold, in the words of the port: pure.

What PayPal has no state for is written into an order's `custom_id`, after our reference: that it was voided
before it was approved, or that its payer was declined.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from tradewind.adapters.payment_gateway.units import minor_of_paypal
from tradewind.ports.payment_gateway import (
    Approved,
    BankDeclined,
    Challenge,
    Dispute,
    DisputeStatus,
    Moved,
    OutcomeUnknown,
    SavedSource,
    Voided,
)

NETWORK = "paypal"
MARK = "|"
# The payer, or who pays for the payer, said no: https://developer.paypal.com/api/rest/reference/orders/v2/errors/
DECLINES = frozenset(
    {
        "CARD_EXPIRED",
        "COMPLIANCE_VIOLATION",
        "DECLINED_DUE_TO_RELATED_TXN",
        "INSTRUMENT_DECLINED",
        "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED",
        "PAYER_ACCOUNT_LOCKED_OR_CLOSED",
        "PAYER_ACCOUNT_RESTRICTED",
        "PAYER_CANNOT_PAY",
        "PAYMENT_SOURCE_DECLINED_BY_PROCESSOR",
        "REFERENCED_CARD_EXPIRED",
        "TRANSACTION_BLOCKED_BY_PAYEE",
        "TRANSACTION_LIMIT_EXCEEDED",
        "TRANSACTION_REFUSED",
    }
)
# The payer may choose another way to pay for it at PayPal's: the same wallet may work.
SOFT_DECLINES = frozenset({"INSTRUMENT_DECLINED", "PAYER_CANNOT_PAY", "PAYMENT_SOURCE_DECLINED_BY_PROCESSOR"})
_NOT_MOVED = ("DECLINED", "FAILED", "CANCELLED")


class MoneyShown(msgspec.Struct):
    currency_code: str
    value: str

    @property
    def minor(self) -> int:
        return minor_of_paypal(self.value, self.currency_code)


class Link(msgspec.Struct):
    href: str
    rel: str


class Authorization(msgspec.Struct):
    id: str
    status: str
    amount: MoneyShown
    expiration_time: datetime | None = None


class MoveShown(msgspec.Struct):
    """A capture or a refund. A refund leads `up` to its capture."""

    id: str
    status: str
    amount: MoneyShown
    invoice_id: str = ""
    custom_id: str = ""
    links: list[Link] = []

    @property
    def counts(self) -> bool:
        return self.status not in _NOT_MOVED

    @property
    def capture_id(self) -> str:
        return next((link.href.rpartition("/")[2] for link in self.links if link.rel == "up"), "")


class Payments(msgspec.Struct):
    authorizations: list[Authorization] = []
    captures: list[MoveShown] = []
    refunds: list[MoveShown] = []


class Unit(msgspec.Struct):
    custom_id: str = ""
    payments: Payments = msgspec.field(default_factory=Payments)


class CustomerShown(msgspec.Struct):
    id: str = ""


class Vault(msgspec.Struct):
    id: str | None = None
    customer: CustomerShown = msgspec.field(default_factory=CustomerShown)


class Attributes(msgspec.Struct):
    vault: Vault | None = None


class Wallet(msgspec.Struct):
    attributes: Attributes | None = None


class SourceShown(msgspec.Struct):
    paypal: Wallet | None = None


class Order(msgspec.Struct):
    id: str
    status: str
    purchase_units: list[Unit]
    payment_source: SourceShown | None = None
    links: list[Link] = []

    @property
    def payments(self) -> Payments:
        return self.purchase_units[0].payments

    @property
    def reference(self) -> str:
        return self.purchase_units[0].custom_id.partition(MARK)[0]

    @property
    def mark(self) -> str:
        return self.purchase_units[0].custom_id.partition(MARK)[2]

    @property
    def approval_url(self) -> str:
        urls = {link.rel: link.href for link in self.links}
        return urls.get("payer-action") or urls.get("approve") or ""

    @property
    def captured_minor(self) -> int:
        return sum(one.amount.minor for one in self.payments.captures if one.counts)

    @property
    def saved(self) -> SavedSource | None:
        wallet = self.payment_source.paypal if self.payment_source is not None else None
        vault = wallet.attributes.vault if wallet is not None and wallet.attributes is not None else None
        return SavedSource(vault.customer.id, vault.id) if vault is not None and vault.id else None

    def authorization(self, id_: str) -> Authorization | None:
        """The one with this id; without an id, the latest."""
        found = [one for one in self.payments.authorizations if one.id == id_ or not id_]
        return found[-1] if found else None


class Transaction(msgspec.Struct):
    custom: str = ""


class Outcome(msgspec.Struct):
    outcome_code: str = ""


class DisputeShown(msgspec.Struct):
    dispute_id: str
    status: str
    reason: str
    dispute_amount: MoneyShown
    disputed_transactions: list[Transaction] = []
    dispute_outcome: Outcome | None = None
    seller_response_due_date: datetime | None = None


def presented(
    order: Order, authorization_id: str = ""
) -> Approved | BankDeclined | Challenge | Voided | None:
    """None: the payer approved it, and it waits for our word, or PayPal has not decided yet."""
    kind, _, issue = order.mark.partition(MARK)
    if kind == "void":
        return Voided(order.id)
    if kind == "declined":
        return declined(order.id, issue)
    held = order.authorization(authorization_id)
    if held is not None:
        return presented_authorization(order, held)
    if order.status in ("CREATED", "SAVED", "PAYER_ACTION_REQUIRED"):
        return Challenge(order.id, order.approval_url, NETWORK)
    return Voided(order.id) if order.status == "VOIDED" else None


def presented_authorization(order: Order, held: Authorization) -> Approved | BankDeclined | Voided | None:
    processor_id = f"{order.id}:{held.id}"
    if held.status == "VOIDED" and not order.captured_minor:
        return Voided(processor_id)
    if held.status == "DENIED":
        return BankDeclined("denied", processor_id=processor_id, network=NETWORK)
    if held.status == "PENDING":
        return None
    return Approved(processor_id, NETWORK, "", order.saved, held.expiration_time)


def declined(order_id: str, issue: str) -> BankDeclined:
    return BankDeclined(issue.lower(), issue in SOFT_DECLINES, order_id, NETWORK)


def moved(move: MoveShown) -> Moved | BankDeclined | OutcomeUnknown:
    if move.status in ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"):
        return Moved(move.id)
    if not move.counts:
        return BankDeclined(move.status.lower(), processor_id=move.id)
    return OutcomeUnknown(f"it is {move.status.lower()}")


def dispute(shown: DisputeShown) -> Dispute:
    status: DisputeStatus = "under_review"
    if shown.status == "WAITING_FOR_SELLER_RESPONSE":
        status = "needs_response"
    elif shown.status == "RESOLVED":
        code = shown.dispute_outcome.outcome_code if shown.dispute_outcome is not None else ""
        status = "won" if "SELLER" in code or code in ("CANCELED_BY_BUYER", "DENIED") else "lost"
    custom = shown.disputed_transactions[0].custom if shown.disputed_transactions else ""
    return Dispute(
        shown.dispute_id,
        custom.partition(MARK)[0],
        shown.dispute_amount.minor,
        shown.dispute_amount.currency_code,
        shown.reason.lower(),
        status,
        shown.seller_response_due_date,
    )
