"""How an order's capture or refund is shared by its payments: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.contracts.common import Money
from tradewind.contracts.currencies import formatted
from tradewind.contracts.payment import Refused
from tradewind.ports.payment_gateway import MoveKind
from tradewind.services.payment.answers import refused_as_disputed
from tradewind.services.payment.domain import (
    INTERNAL_METHODS,
    Holding,
)


@dataclass(frozen=True, slots=True)
class Part:
    number: int
    amount_minor: int


def spread_over(
    kind: MoveKind, amount: Money, holdings: Sequence[Holding], credit_minor: int = 0
) -> list[Part] | Refused:
    """A capture takes what was captured in vain before (`credit_minor`), then gift cards, then the others, so
    that what is never shipped was never taken from a card; a refund gives back to outside processors first."""
    able = [
        holding
        for holding in holdings
        if holding.state == "authorised"
        and holding.currency == amount.currency
        and not (kind == "capture" and holding.void_requested)
    ]
    left, parts = amount.amount_minor - min(credit_minor, amount.amount_minor), []
    for holding in sorted(able, key=lambda one: (_place(kind, one), one.number)):
        most = holding.capturable_minor if kind == "capture" else holding.refundable_minor
        share = min(left, most)
        if share > 0:
            parts.append(Part(holding.number, share))
            left -= share
    if left == 0:
        return sorted(parts, key=lambda part: part.number)
    return _refusal(kind, amount, able, left)


def _place(kind: MoveKind, holding: Holding) -> int:
    if kind == "capture":
        return 0 if holding.method == "gift_card" else 1
    return 1 if holding.method in INTERNAL_METHODS else 0


def _refusal(kind: MoveKind, amount: Money, able: Sequence[Holding], left: int) -> Refused:
    if not able:
        return Refused("payment_not_authorised", "the order has no payment that this can be taken of")
    if kind == "capture" and any(one.transfer_awaited_minor for one in able):
        return Refused("money_awaited", f"{formatted(left, amount.currency)} did not arrive yet")
    disputed_minor = sum(one.disputed_minor for one in able)
    if kind == "refund" and disputed_minor:
        return refused_as_disputed(Money(disputed_minor, amount.currency), amount.amount_minor - left)
    there = formatted(amount.amount_minor - left, amount.currency)
    return Refused("amount_too_large", f"at most {there} is left to {kind}")
