"""Cards go in and tokens come out; the number never does."""

from pathlib import Path

import pytest

from .merchant import BROWSER, SUCCESS, Merchant, card, refusal
from .process import running


@pytest.mark.parametrize(
    ("number", "network", "last4"),
    [
        ("4242 4242 4242 4242", "visa", "4242"),
        ("5555-5555-5555-4444", "mastercard", "4444"),
        ("378282246310005", "amex", "0005"),
        ("30569309025904", "diners", "5904"),
        ("6200000000000005", "unionpay", "0005"),
    ],
)
def test_a_card_becomes_a_token(merchant: Merchant, number: str, network: str, last4: str) -> None:
    answer = merchant.http.post("/v1/tokens", json=card(number, name="A. Shopper"))
    token = answer.json()
    assert answer.status_code == 201
    assert token.pop("token").startswith("tok_")
    assert token == {"network": network, "last4": last4, "exp_month": 12, "exp_year": 2035}


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"number": "4242424242424241"}, "invalid_number", "number"),
        ({"number": "4242"}, "invalid_number", "number"),
        ({"number": "42424242424242424242"}, "invalid_number", "number"),
        ({"number": "4242x42424242424"}, "invalid_number", "number"),
        ({"number": "42424242424242"}, "invalid_number", "number"),
        ({"number": "9999999999999995"}, "unknown_network", "number"),
        ({"number": "4000000000000010"}, "not_a_test_card", "number"),
        ({"exp_month": 13}, "invalid_expiry_month", "exp_month"),
        ({"exp_month": 0}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": 2020}, "expired_card", "exp_year"),
        ({"exp_year": 2099}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "12"}, "invalid_cvc", "cvc"),
        ({"cvc": "1234"}, "invalid_cvc", "cvc"),
        ({"number": "378282246310005", "cvc": "123"}, "invalid_cvc", "cvc"),
    ],
)
def test_what_is_wrong_with_a_card_is_named(
    merchant: Merchant, wrong: dict[str, object], code: str, field: str
) -> None:
    answer = merchant.http.post("/v1/tokens", json={**card(), **wrong})
    assert refusal(answer) == (402, code, field)
    assert answer.json()["type"] == "card_error"
    assert str(wrong.get("number", "?")) not in answer.text


def test_a_body_that_does_not_fit_is_refused_by_field(merchant: Merchant) -> None:
    without_number = {name: value for name, value in card().items() if name != "number"}
    assert refusal(merchant.http.post("/v1/tokens", json=without_number)) == (
        400,
        "invalid_parameter",
        "number",
    )
    not_a_number = merchant.http.post("/v1/tokens", json=card(exp_month="twelve"))
    assert refusal(not_a_number) == (400, "invalid_parameter", "exp_month")
    assert refusal(merchant.http.post("/v1/tokens", content=b"{")) == (400, "malformed_json", None)
    misplaced = merchant.http.post("/v1/tokens", json={SUCCESS: "number"})
    assert SUCCESS not in misplaced.text


def test_a_body_of_any_size_is_not_read(merchant: Merchant) -> None:
    answer = merchant.http.post("/v1/tokens", content=b" " * 100_000)
    assert refusal(answer) == (413, "body_too_large", None)


def test_any_page_may_make_a_token_with_the_publishable_key(merchant: Merchant, processor_url: str) -> None:
    asked = BROWSER.options(
        f"{processor_url}/v1/tokens",
        headers={
            "origin": "https://shop.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        },
    )
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "authorization" in asked.headers["access-control-allow-headers"]

    headers = {"authorization": f"Bearer {merchant.publishable_key}", "origin": "https://shop.example"}
    made = BROWSER.post(f"{processor_url}/v1/tokens", json=card(), headers=headers)
    refused = BROWSER.post(f"{processor_url}/v1/tokens", json=card(cvc=""), headers=headers)
    assert (made.status_code, refused.status_code) == (201, 402)
    assert made.headers["access-control-allow-origin"] == "*"
    assert refused.headers["access-control-allow-origin"] == "*"
    paid = merchant.authorise(token=made.json()["token"])
    assert paid.json()["status"] == "authorised"


def test_a_publishable_key_does_nothing_else(merchant: Merchant, processor_url: str) -> None:
    headers = {"authorization": f"Bearer {merchant.publishable_key}"}
    for method, path in (
        ("POST", "/v1/authorisations"),
        ("GET", "/v1/log"),
        ("GET", "/v1/operations?reference=a"),
        ("PUT", "/sandbox/faults"),
        ("PUT", "/v1/webhook-endpoint"),
    ):
        answer = BROWSER.request(method, processor_url + path, headers=headers)
        assert refusal(answer) == (403, "secret_key_required", None)
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer sk_live_shop", "Bearer sk_sandbox_", "Basic c2s6"])
def test_without_a_key_nothing_is_done(processor_url: str, key: str) -> None:
    answer = BROWSER.get(f"{processor_url}/v1/log", headers={"authorization": key})
    assert answer.status_code == 401
    assert answer.json()["type"] == "authentication_error"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_belongs_to_its_merchant(merchant: Merchant, processor_url: str) -> None:
    other = Merchant(processor_url)
    assert refusal(merchant.authorise(token=other.token())) == (400, "token_not_found", "token")
    other.close()


def test_a_number_is_nowhere_on_disk_nor_in_the_log(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    with running(data, "--verbose", log=log) as (url, process):
        merchant = Merchant(url)
        token = merchant.token()
        merchant.authorise(token=token)
        merchant.http.post("/v1/tokens", json=card(cvc="9"))
        merchant.http.get(f"/v1/tokens/{SUCCESS}?number={SUCCESS}")
        merchant.close()
        process.terminate()
        assert process.wait(5) == 0
    assert b"POST /v1/tokens 201" in log.read_bytes()
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in kept} >= {"processor.db", "vault.key", "log"}
    for path in kept:
        assert SUCCESS.encode() not in path.read_bytes(), path
    assert (data / "vault.key").stat().st_mode & 0o077 == 0
    assert token.encode() in (data / "processor.db").read_bytes()
