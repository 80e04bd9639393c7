"""What each test card does, and how a merchant learns of it again by its own reference."""

from pathlib import Path
from typing import Any

import pytest

from .merchant import BROWSER, DECLINED, SUCCESS, THREE_D_SECURE, Merchant, refusal, unique

HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "sandbox-cards.md"


@pytest.mark.parametrize(
    ("number", "status", "decline_code", "soft"),
    [
        (SUCCESS, "authorised", None, False),
        ("5555555555554444", "authorised", None, False),
        ("378282246310005", "authorised", None, False),
        (DECLINED, "declined", "card_declined", False),
        ("4000000000009995", "declined", "insufficient_funds", True),
        ("4000000000000069", "declined", "expired_card", False),
        ("4000000000009979", "declined", "do_not_honour", False),
        (THREE_D_SECURE, "action_required", None, False),
    ],
)
def test_a_test_card_does_what_it_is_for(
    merchant: Merchant, number: str, status: str, decline_code: str | None, soft: bool
) -> None:
    answer = merchant.authorise(number, 1250, metadata={"order": "7"})
    authorisation = answer.json()
    assert answer.status_code == 201
    assert authorisation["status"] == status
    assert authorisation["decline_code"] == decline_code
    assert authorisation["soft_decline"] is soft
    assert (authorisation["action_url"] is not None) == (status == "action_required")
    assert (authorisation["amount_minor"], authorisation["currency"]) == (1250, "EUR")
    assert (authorisation["captured_minor"], authorisation["refunded_minor"]) == (0, 0)
    assert authorisation["last4"] == number[-4:]
    assert authorisation["metadata"] == {"order": "7"}
    [operation] = authorisation["operations"]
    assert operation["kind"] == "authorise"
    assert operation["reference"] == authorisation["reference"]
    assert merchant.get(authorisation["id"]) == authorisation
    assert merchant.log() == ([("authorise", 1250)] if status == "authorised" else [])


def test_it_is_found_by_the_merchants_own_reference(merchant: Merchant, processor_url: str) -> None:
    reference = unique("pay")
    authorisation = merchant.authorise(reference=reference).json()
    capture_reference = unique("cap")
    merchant.capture(authorisation["id"], 100, capture_reference)
    [found] = merchant.by_reference(reference)
    assert (found["id"], found["captured_minor"]) == (authorisation["id"], 100)
    for sought, kind in ((reference, "authorise"), (capture_reference, "capture")):
        answer = merchant.http.get("/v1/operations", params={"reference": sought})
        [operation] = answer.json()["items"]
        assert (operation["kind"], operation["authorisation_id"]) == (kind, authorisation["id"])
    assert merchant.by_reference(capture_reference) == []
    assert merchant.http.get("/v1/operations", params={"reference": "none"}).json() == {"items": []}
    other = Merchant(processor_url)
    assert other.by_reference(reference) == []
    assert refusal(other.http.get(f"/v1/authorisations/{found['id']}")) == (404, "not_found", None)
    assert refusal(other.capture(found["id"], 100)) == (404, "not_found", None)
    other.close()


def test_a_reference_is_for_one_operation(merchant: Merchant) -> None:
    reference, token = unique("pay"), merchant.token()
    first = merchant.authorise(token=token, reference=reference)
    again = merchant.authorise(token=token, reference=reference)
    assert again.status_code == 201
    assert again.json() == first.json()
    other_amount = merchant.authorise(token=token, reference=reference, amount_minor=1)
    assert refusal(other_amount) == (409, "reference_in_use", "reference")
    as_capture = merchant.capture(first.json()["id"], 100, reference)
    assert refusal(as_capture) == (409, "reference_in_use", "reference")
    assert merchant.log() == [("authorise", 5000)]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount_minor": 0}, "amount_minor"),
        ({"amount_minor": -5}, "amount_minor"),
        ({"amount_minor": 1.5}, "amount_minor"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "EURO"}, "currency"),
        ({"reference": ""}, "reference"),
        ({"amount": 100}, "amount"),
        ({"metadata": {"a": 1}}, "metadata[...]"),
    ],
)
def test_a_request_that_does_not_fit_is_refused_by_field(
    merchant: Merchant, wrong: dict[str, Any], field: str
) -> None:
    assert refusal(merchant.authorise(**wrong)) == (400, "invalid_parameter", field)
    assert merchant.log() == []


@pytest.mark.parametrize(
    "return_url",
    [
        "https://shop.example/back",
        "javascript:alert(1)",
        "http://127.0.0.1@shop.example/",
        "//127.0.0.1/",
        "http://127.0.0.1\r\nx: y",
        "ftp://127.0.0.1/",
    ],
)
def test_a_shopper_is_sent_back_to_an_allowed_origin_only(merchant: Merchant, return_url: str) -> None:
    status, _, field = refusal(merchant.authorise(return_url=return_url))
    assert (status, field) == (400, "return_url")


def test_an_unknown_address_and_a_wrong_method_are_told_apart(processor_url: str) -> None:
    assert refusal(BROWSER.get(f"{processor_url}/v1/nothing"))[:2] == (404, "not_found")
    assert refusal(BROWSER.delete(f"{processor_url}/v1/tokens"))[:2] == (405, "method_not_allowed")
    assert refusal(BROWSER.get(f"{processor_url}/v1/authorisations/{{id}}"))[:2] == (404, "not_found")


def test_the_documented_cards_are_those_that_work(processor_url: str) -> None:
    cards = BROWSER.get(f"{processor_url}/sandbox/test-cards").json()["items"]
    table = [line for line in HOWTO.read_text().splitlines() if line.startswith("| `")]
    assert table == [
        f"| `{card['number']}` | {card['network']} | {card['outcome']} | {card['description']} |"
        for card in cards
    ]
