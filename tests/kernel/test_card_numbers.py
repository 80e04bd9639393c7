"""What is taken for a card's number, and what is not."""

from __future__ import annotations

import random

import pytest

from tradewind.kernel.card_numbers import holds_card_number, refuse_in_body, refuse_in_target
from tradewind.kernel.errors import Invalid

CARDS = (
    "4242424242424242",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "36227206271667",
    "3566002020360505",
    "6200000000000005",
)


@pytest.mark.parametrize("number", CARDS)
def test_card_numbers_are_found_however_they_are_written(number: str) -> None:
    groups = [number[at : at + 4] for at in range(0, len(number), 4)]
    wide = "".join(chr(ord(digit) - ord("0") + ord("０")) for digit in number)
    for text in (number, " ".join(groups), "-".join(groups), f"my card: {number}.", f"card{number}x", wide):
        assert holds_card_number(text), text
    escaped = "".join(f"\\u{ord(digit):04x}" for digit in number)
    for body in (
        f'{{"note": "{number}"}}',
        f'{{"n": {number}}}',
        f'{{"{number}": 1}}',
        f'{{"a": ["{escaped}"]}}',
    ):
        with pytest.raises(Invalid) as refused:
            refuse_in_body(body.encode(), b"application/json")
        assert number not in str(refused.value)
    for form in (f"note={number}", f"note={'+'.join(groups)}", f"note={'%20'.join(groups)}"):
        with pytest.raises(Invalid):
            refuse_in_body(form.encode(), b"application/x-www-form-urlencoded")
        with pytest.raises(Invalid):
            refuse_in_target("/v1/products", form.encode())
    with pytest.raises(Invalid):
        refuse_in_target(f"/v1/products/{number}", b"")


def test_other_numbers_pass() -> None:
    for text in (
        "00340434161094021501",  # a parcel of DHL
        "4006381333931",  # GTIN-13
        "14006381333938",  # GTIN-14
        "DE89370400440532013000",
        "CH93 0076 2011 6238 5295 7",
        "+49 170 1234 5678",
        "01924242-4242-7242-8242-424242424242",
        "2026-03-02T10:00:00Z",
        "1700000000000",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "10000000000000",
        "4242424242424241",
        "42424242424242424242424242",
    ):
        assert not holds_card_number(text), text
    refuse_in_body(b'{"tracking_number": "4242424242424242"}', b"application/json")


def test_one_random_number_in_thirty_is_taken_for_a_card_at_most() -> None:
    chance = random.Random(7)
    for length, most in ((13, 0.0), (14, 0.01), (15, 0.01), (16, 0.033), (17, 0.0), (18, 0.001), (19, 0.015)):
        taken = sum(
            holds_card_number(str(chance.randrange(10 ** (length - 1), 10**length))) for _ in range(5000)
        )
        assert taken <= most * 5000, (length, taken / 5000)
