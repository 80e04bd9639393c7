"""What Stripe's objects mean in the words of the port: pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from tradewind.adapters.payment_gateway.stripe_client import Failure
from tradewind.adapters.payment_gateway.units import minor_of_stripe
from tradewind.ports.payment_gateway import (
    Approved,
    BankDeclined,
    Challenge,
    Dispute,
    DisputeStatus,
    NotFound,
    OutcomeUnknown,
    Rejected,
    SavedSource,
    Voided,
)

# The same card may work later: https://docs.stripe.com/declines/codes, those that say to try again.
SOFT_DECLINES = frozenset(
    {
        "approve_with_id",
        "card_velocity_exceeded",
        "insufficient_funds",
        "issuer_not_available",
        "processing_error",
        "reenter_transaction",
        "try_again_later",
        "withdrawal_count_limit_exceeded",
    }
)
_OUR_WORDS = {
    "generic_decline": "card_declined",
    "do_not_honor": "do_not_honour",
    "payment_intent_authentication_failure": "authentication_failed",
    "authentication_required": "authentication_failed",
}
_DISPUTES: dict[str, DisputeStatus] = {
    "warning_needs_response": "needs_response",
    "needs_response": "needs_response",
    "warning_under_review": "under_review",
    "under_review": "under_review",
    "warning_closed": "won",
    "prevented": "won",
    "won": "won",
    "lost": "lost",
}

T = TypeVar("T")


class CardShown(msgspec.Struct):
    brand: str | None = None
    last4: str | None = None
    capture_before: int | None = None
    multicapture: dict[str, str] | None = None


class DetailsShown(msgspec.Struct):
    type: str = "card"
    card: CardShown | None = None


class MethodShown(msgspec.Struct):
    id: str
    type: str = "card"
    card: CardShown | None = None


class ChargeShown(msgspec.Struct):
    id: str
    payment_method_details: DetailsShown | None = None


class ErrorShown(msgspec.Struct):
    code: str | None = None
    decline_code: str | None = None
    advice_code: str | None = None
    payment_method: MethodShown | None = None


class RedirectShown(msgspec.Struct):
    url: str | None = None


class NextActionShown(msgspec.Struct):
    redirect_to_url: RedirectShown | None = None


class Intent(msgspec.Struct):
    """A PaymentIntent. A charge or a method that was not asked for in full is its id."""

    id: str
    status: str
    metadata: dict[str, str]
    amount_capturable: int = 0
    amount_received: int = 0
    customer: str | None = None
    setup_future_usage: str | None = None
    latest_charge: ChargeShown | str | None = None
    payment_method: MethodShown | str | None = None
    next_action: NextActionShown | None = None
    last_payment_error: ErrorShown | None = None

    @property
    def card(self) -> CardShown:
        """What is known of the card that it was paid with."""
        charge, method, failed = self.latest_charge, self.payment_method, self.last_payment_error
        charged = charge.payment_method_details if isinstance(charge, ChargeShown) else None
        if charged is not None and charged.card is not None:
            return charged.card
        if isinstance(method, MethodShown) and method.card is not None:
            return method.card
        refused = failed.payment_method if failed is not None else None
        return refused.card if refused is not None and refused.card is not None else CardShown()

    @property
    def wallet(self) -> str:
        """What it was paid with that is no card; empty: a card, or not known."""
        charge = self.latest_charge
        charged = charge.payment_method_details if isinstance(charge, ChargeShown) else None
        shown = charged or (self.payment_method if isinstance(self.payment_method, MethodShown) else None)
        return "" if shown is None or shown.type == "card" else shown.type

    @property
    def charge_id(self) -> str:
        charge = self.latest_charge
        return charge.id if isinstance(charge, ChargeShown) else charge or self.id


class Intents(msgspec.Struct):
    data: list[Intent]
    has_more: bool = False


class RefundShown(msgspec.Struct):
    id: str
    status: str | None
    metadata: dict[str, str] | None = None


class Refunds(msgspec.Struct):
    data: list[RefundShown]
    has_more: bool = False


class Customer(msgspec.Struct):
    id: str


class EvidenceDetails(msgspec.Struct):
    due_by: int | None = None


class FeeShown(msgspec.Struct):
    fee: int = 0


class DisputeShown(msgspec.Struct):
    id: str
    amount: int
    currency: str
    reason: str
    status: str
    evidence_details: EvidenceDetails
    payment_intent: Intent | str | None = None
    balance_transactions: list[FeeShown] = []


class _ErrorBody(msgspec.Struct):
    payment_intent: Intent | None = None


class _Errors(msgspec.Struct):
    error: _ErrorBody


def read(body: bytes, shape: type[T]) -> T | OutcomeUnknown:
    """An answer that cannot be read came after something happened: what, must be asked."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return OutcomeUnknown(f"the answer cannot be read: {error}")


def presented(intent: Intent) -> Approved | BankDeclined | Challenge | Voided | NotFound | OutcomeUnknown:
    card = intent.card
    network, last4 = card.brand or intent.wallet, card.last4 or ""
    if intent.status in ("requires_capture", "succeeded") or intent.amount_received:
        once = (card.multicapture or {}).get("status") != "available"
        return Approved(intent.id, network, last4, _saved(intent), _at(card.capture_before), once)
    if intent.status == "requires_action":
        action = intent.next_action.redirect_to_url if intent.next_action else None
        if action is None or action.url is None:
            return OutcomeUnknown("Stripe wants something of the shopper that no page can be shown for")
        return Challenge(intent.id, action.url, network, last4)
    if intent.status == "canceled":
        return Voided(intent.id)
    if intent.status == "processing":
        return OutcomeUnknown("Stripe has not decided yet")
    failed = intent.last_payment_error
    if failed is None:
        return NotFound()
    code = _OUR_WORDS.get(failed.decline_code or "", failed.decline_code) or failed.code or "card_declined"
    return BankDeclined(_OUR_WORDS.get(code, code), _is_soft(failed), intent.id, network, last4)


def refused(failure: Failure) -> BankDeclined | Rejected | OutcomeUnknown:
    """What a request that Stripe answered with an error became."""
    if failure.status >= 500:
        return OutcomeUnknown(f"{failure.status} {failure.code}")
    if failure.status != 402:
        return Rejected(failure.code, failure.message)
    errors = read(failure.body, _Errors)
    intent = errors.error.payment_intent if isinstance(errors, _Errors) else None
    shown = presented(intent) if intent is not None else None
    return (
        shown if isinstance(shown, BankDeclined) else BankDeclined(_OUR_WORDS.get(failure.code, failure.code))
    )


def dispute(shown: DisputeShown) -> Dispute | OutcomeUnknown:
    intent, status = shown.payment_intent, _DISPUTES.get(shown.status)
    if not isinstance(intent, Intent) or status is None:
        return OutcomeUnknown(f"a dispute that is {shown.status}, of a payment that is not shown")
    currency = shown.currency.upper()
    fee_minor = sum(minor_of_stripe(one.fee, currency) for one in shown.balance_transactions)
    return Dispute(
        shown.id,
        intent.metadata.get("reference", ""),
        minor_of_stripe(shown.amount, currency),
        currency,
        shown.reason,
        status,
        _at(shown.evidence_details.due_by),
        fee_minor,
    )


def _is_soft(failed: ErrorShown) -> bool:
    """The network's own advice counts for more than the code."""
    if failed.advice_code is not None:
        return failed.advice_code == "try_again_later"
    return (failed.decline_code or failed.code) in SOFT_DECLINES


def _saved(intent: Intent) -> SavedSource | None:
    method = intent.payment_method
    method_id = method.id if isinstance(method, MethodShown) else method
    if intent.setup_future_usage is None or intent.customer is None or method_id is None:
        return None
    return SavedSource(intent.customer, method_id)


def _at(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
