"""Card numbers: what makes one well formed, and the test numbers with what each of them does."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from tradewind.sandbox_processor.refusals import card_error
from tradewind.sandbox_processor.wire import CardDetails, DeclineCode, FaultKind

Outcome = Literal["authorised", "declined", "action_required"]

LATEST_EXPIRY_YEARS = 25


@dataclass(frozen=True, slots=True)
class TestCard:
    """`trouble` strikes an authorisation with this card `times` times for each reference."""

    __test__ = False

    number: str
    network: str
    description: str
    outcome: Outcome = "authorised"
    decline_code: DeclineCode | None = None
    soft_decline: bool = False
    trouble: FaultKind | None = None
    times: int = 0


EVERY_TIME = 1_000_000_000

TEST_CARDS = (
    TestCard("4242424242424242", "visa", "Succeeds."),
    TestCard("4111111111111111", "visa", "Succeeds."),
    TestCard("5555555555554444", "mastercard", "Succeeds."),
    TestCard("2223003122003222", "mastercard", "Succeeds (the 2-series of numbers)."),
    TestCard("378282246310005", "amex", "Succeeds; its security code has four digits."),
    TestCard("6011111111111117", "discover", "Succeeds."),
    TestCard("30569309025904", "diners", "Succeeds; its number has fourteen digits."),
    TestCard("3566002020360505", "jcb", "Succeeds."),
    TestCard("6200000000000005", "unionpay", "Succeeds."),
    TestCard(
        "4000000000000002",
        "visa",
        "Declined by the bank, without a reason.",
        outcome="declined",
        decline_code="card_declined",
    ),
    TestCard(
        "4000000000009995",
        "visa",
        "Declined for want of funds: a soft decline, worth trying again another day.",
        outcome="declined",
        decline_code="insufficient_funds",
        soft_decline=True,
    ),
    TestCard(
        "4000000000000069",
        "visa",
        "Declined as expired, whatever expiry is given.",
        outcome="declined",
        decline_code="expired_card",
    ),
    TestCard(
        "4000000000009979",
        "visa",
        "Declined: the bank says not to honour it.",
        outcome="declined",
        decline_code="do_not_honour",
    ),
    TestCard(
        "4000002500003155",
        "visa",
        "3-D Secure: the shopper approves or refuses on the challenge page.",
        outcome="action_required",
    ),
    TestCard(
        "4000000000000341",
        "visa",
        "Time-out after it took effect: authorised and kept, but the answer never comes.",
        trouble="timeout_after",
        times=1,
    ),
    TestCard(
        "4000000000000259",
        "visa",
        "Time-out before any effect: nothing is kept, and the same request again succeeds.",
        trouble="timeout_before",
        times=1,
    ),
    TestCard(
        "4000000000000077",
        "visa",
        "Slow: two seconds, then authorised.",
        trouble="slow",
        times=EVERY_TIME,
    ),
    TestCard(
        "4000000000000119",
        "visa",
        "HTTP 500 before any effect, twice; the third time it succeeds.",
        trouble="error_500",
        times=2,
    ),
)

_BY_NUMBER = {card.number: card for card in TEST_CARDS}

# Leading digits and lengths as ISO/IEC 7812 registers them to the networks.
_NETWORKS = (
    ("visa", re.compile(r"4"), (13, 16, 19)),
    ("mastercard", re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    ("amex", re.compile(r"3[47]"), (15,)),
    ("discover", re.compile(r"6011|64[4-9]|65"), (16, 17, 18, 19)),
    ("jcb", re.compile(r"35(2[89]|[3-8])"), (16, 17, 18, 19)),
    ("diners", re.compile(r"30[0-5]|3[689]"), (14, 15, 16, 17, 18, 19)),
    ("unionpay", re.compile(r"62"), (16, 17, 18, 19)),
)


@dataclass(frozen=True, slots=True)
class Card:
    number: str
    network: str
    exp_month: int
    exp_year: int

    @property
    def last4(self) -> str:
        return self.number[-4:]


def behaviour_of(number: str) -> TestCard:
    return _BY_NUMBER[number]


def check_card(details: CardDetails, today: dt.date) -> Card:
    """The card that was typed, or a Refusal that names the field which is wrong.

    Only test numbers pass: a real one has no business in a sandbox and is never stored.
    """
    number = re.sub(r"[ -]", "", details.number)
    network = _network_of(number)
    _check_expiry(details.exp_month, details.exp_year, today)
    code_length = 4 if network == "amex" else 3
    if not re.fullmatch(rf"[0-9]{{{code_length}}}", details.cvc):
        raise card_error("invalid_cvc", f"The security code has {code_length} digits.", "cvc")
    if number not in _BY_NUMBER:
        message = "The sandbox takes test cards only; GET /sandbox/test-cards lists them."
        raise card_error("not_a_test_card", message, "number")
    return Card(number, network, details.exp_month, _whole_year(details.exp_year))


def passes_luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _network_of(number: str) -> str:
    if not re.fullmatch(r"[0-9]{12,19}", number):
        raise card_error("invalid_number", "A card number has 12 to 19 digits.", "number")
    if not passes_luhn(number):
        raise card_error("invalid_number", "That is not a card number: check its digits.", "number")
    for name, prefix, lengths in _NETWORKS:
        if prefix.match(number):
            if len(number) not in lengths:
                raise card_error("invalid_number", f"A {name} number has another length.", "number")
            return name
    raise card_error("unknown_network", "No card network has numbers like that one.", "number")


def _check_expiry(month: int, year: int, today: dt.date) -> None:
    if not 1 <= month <= 12:
        raise card_error("invalid_expiry_month", "The month is 1 to 12.", "exp_month")
    if not today.year - 100 <= _whole_year(year) <= today.year + LATEST_EXPIRY_YEARS:
        raise card_error("invalid_expiry_year", "That is not a year a card expires in.", "exp_year")
    if _whole_year(year) < today.year:
        raise card_error("expired_card", "The card has expired.", "exp_year")
    if (_whole_year(year), month) < (today.year, today.month):
        raise card_error("expired_card", "The card has expired.", "exp_month")


def _whole_year(year: int) -> int:
    return 2000 + year if 0 <= year <= 99 else year
