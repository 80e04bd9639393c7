"""What an order is paid with, as the shopper chose, kept sealed while it may have to be asked again."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradewind.contracts import payment
from tradewind.contracts.common import Money
from tradewind.kernel.envelope import Seals
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.services.order.shapes.orders import MainMethod, PayAgain, PlaceOrder


class PlannedCard(msgspec.Struct, frozen=True):
    """A gift card, and which of the order's payments it makes."""

    number: int
    code: str


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """Gift cards pay first; `method` pays what is left, and is None where they are to pay all."""

    method: MainMethod | None
    gift_cards: list[PlannedCard] = []
    retries: int = 0  # made by themselves since the shopper chose this

    @property
    def name(self) -> str:
        """As it is shown. A saved method is called a card: which it is, the payment service knows."""
        match self.method:
            case None:
                return "gift_card"
            case payment.Wallet() as wallet:
                return wallet.method
            case payment.BankTransfer():
                return "bank_transfer"
            case payment.CashOnDelivery():
                return "cash_on_delivery"
            case _:
                return "card"


def planned(command: PlaceOrder | PayAgain, numbers_given: int) -> Plan:
    """Raises Invalid(payment_missing) where nothing says how to pay, or two things do."""
    if command.card_token is not None and command.payment is not None:
        raise Invalid("payment_ambiguous", "give `payment` or its short form `card_token`", field="payment")
    method = command.payment
    if command.card_token is not None:
        method = payment.CardToken(command.card_token)
    if method is None and not command.gift_cards:
        raise Invalid("payment_missing", "say how it is paid: `payment`, or `gift_cards`", field="payment")
    codes = list(dict.fromkeys(code.upper() for code in command.gift_cards))
    return Plan(method, [PlannedCard(numbers_given + 1 + at, code) for at, code in enumerate(codes)])


def sealed(sealer: Seals, plan: Plan, order_id: UUID) -> bytes:
    """A plain card's token as it is: by far the most."""
    method = plan.method
    plain = isinstance(method, payment.CardToken) and method == payment.CardToken(method.token)
    if plain and not plan.gift_cards and not plan.retries:
        assert isinstance(method, payment.CardToken)
        return sealer.seal(method.token.encode(), place(order_id))
    return sealer.seal(msgspec.json.encode(plan), place(order_id))


def opened(sealer: Seals, kept: bytes, order_id: UUID) -> Plan:
    text = sealer.unseal(kept, place(order_id))
    if text[:1] != b"{":
        return Plan(payment.CardToken(text.decode()))
    return msgspec.json.decode(text, type=Plan)


def place(order_id: UUID) -> str:
    """Where a sealed plan belongs: it opens nowhere else."""
    return f"orders.sealed_card_token:{order_id}"


def check_expected(expected_minor: int | None, total_minor: int, currency: str) -> None:
    """What changed since the shopper saw it is never charged in silence. Raises Conflict(total_changed)."""
    if expected_minor is not None and expected_minor != total_minor:
        raise Conflict(
            "total_changed",
            f"the total is {total_minor} now, not {expected_minor}: show it to the shopper first",
            field="expected_total_minor",
            details={"total_minor": total_minor, "currency": currency},
        )


def held_minor(payments: Sequence[payment.PaymentSummary]) -> int:
    """What gift cards hold of an order that is not placed yet."""
    return sum(
        it.authorised.amount_minor
        for it in payments
        if it.method == "gift_card" and it.status == "authorised"
    )


def transfers_awaited_minor(payments: Sequence[payment.PaymentSummary]) -> int:
    """What of bank transfers has not come in, and may still come: also what the order needs no more."""
    return sum(it.awaited.amount_minor for it in payments if it.method == "bank_transfer" and it.awaited)


def as_needed(
    payments: Sequence[payment.PaymentSummary], spare_minor: int
) -> Sequence[payment.PaymentSummary]:
    """The same, where transfers are awaited for no more than the order still needs: `spare_minor` of what they
    promised was cancelled or edited away, and the latest brings so much less."""
    shown = []
    for it in reversed(payments):
        less_minor = 0
        if it.method == "bank_transfer" and it.awaited is not None:
            less_minor = min(spare_minor, it.awaited.amount_minor)
            awaited = Money(it.awaited.amount_minor - less_minor, it.awaited.currency)
            it = msgspec.structs.replace(it, awaited=awaited)
        spare_minor -= less_minor
        shown.append(it)
    return shown[::-1]
