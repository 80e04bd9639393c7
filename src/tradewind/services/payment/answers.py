"""Attempts and operations in the words of the contract: pure."""

from __future__ import annotations

from tradewind.contracts.common import LARGEST_AMOUNT_MINOR, Money
from tradewind.contracts.currencies import formatted, is_currency
from tradewind.contracts.payment import (
    ActionRequired,
    Authorised,
    Captured,
    Declined,
    Pending,
    Refunded,
    Refused,
)
from tradewind.ports.payment_gateway import MoveKind
from tradewind.services.payment.domain import (
    Attempt,
    Holding,
    Operation,
)
from tradewind.services.payment.store.spreads import Spread

VOIDED = Refused(
    "payment_voided", "the order was cancelled, or its payment was voided: nothing more is taken"
)


def attempt_answer(attempt: Attempt) -> Authorised | Declined | ActionRequired | Pending | Refused:
    if attempt.state == "declined":
        return Declined(attempt.decline_code or "declined", attempt.retryable)
    if attempt.void_requested or attempt.state in ("voided", "abandoned"):
        return VOIDED
    if attempt.state == "authorised":
        amount = Money(attempt.amount_minor, attempt.currency)
        return Authorised(attempt.payment_id, attempt.network, attempt.last4, amount)
    if attempt.state == "action_required":
        assert attempt.action_url is not None
        return ActionRequired(attempt.action_url)
    return Pending()


def capture_answer(moved: Operation | Spread | Pending) -> Captured | Pending | Refused | Declined:
    if not isinstance(moved, Pending) and moved.state == "failed" and moved.declined:
        return Declined(moved.failure_code or "declined")
    if isinstance(moved, Pending):
        return moved
    if moved.state == "succeeded":
        return Captured(_amount(moved))
    return _failed(moved) if moved.state == "failed" else Pending()


def refund_answer(moved: Operation | Spread | Pending) -> Refunded | Pending | Refused:
    if isinstance(moved, Pending):
        return moved
    if moved.state == "succeeded":
        return Refunded(_amount(moved))
    return _failed(moved) if moved.state == "failed" else Pending()


def _amount(moved: Operation | Spread) -> Money:
    return moved.amount if isinstance(moved, Spread) else Money(moved.amount_minor, moved.currency)


def _failed(moved: Operation | Spread) -> Refused:
    message = moved.failure_message if isinstance(moved, Operation) else "one of its payments failed"
    return Refused(moved.failure_code or "failed", message or "")


def unacceptable(amount: Money) -> Refused | None:
    """Why this is no amount to ask of anyone; None if it is one."""
    if not is_currency(amount.currency):
        return Refused("currency_unknown", f"{amount.currency!r} is not an ISO 4217 currency")
    if not 0 < amount.amount_minor <= LARGEST_AMOUNT_MINOR:
        return Refused("amount_invalid", f"an amount is 1 to {LARGEST_AMOUNT_MINOR} minor units")
    return None


def refused_as_disputed(disputed: Money, left_minor: int) -> Refused:
    """`left_minor` is what may be given back all the same."""
    held, left = formatted(disputed.amount_minor, disputed.currency), formatted(left_minor, disputed.currency)
    return Refused("payment_disputed", f"{held} of it is disputed: at most {left} is left to refund")


def refusal_to_move(kind: MoveKind, amount: Money, holding: Holding | None) -> Refused:
    """Why a capture or a refund of this amount was not let pass."""
    if holding is None or holding.currency is None:
        return Refused("payment_not_found", "there is no payment for this order")
    if kind == "capture" and holding.void_requested:
        return VOIDED
    if holding.state != "authorised":
        return Refused("payment_not_authorised", f"the payment is {holding.state}")
    if amount.currency != holding.currency:
        return Refused("currency_mismatch", f"the payment is in {holding.currency}")
    left = holding.capturable_minor if kind == "capture" else holding.refundable_minor
    if kind == "capture" and holding.transfer_awaited_minor:
        return Refused("money_awaited", f"{formatted(left, holding.currency)} has arrived and is not used")
    if kind == "refund" and holding.disputed_minor:
        return refused_as_disputed(Money(holding.disputed_minor, holding.currency), left)
    return Refused("amount_too_large", f"at most {formatted(left, holding.currency)} is left to {kind}")
