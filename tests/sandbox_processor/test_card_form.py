"""The card form on the processor's own origin: the shop never sees a number."""

import html
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from .merchant import BROWSER, SUCCESS, Merchant
from .process import running

SHOP = "http://localhost:8123"


def opened(url: str, merchant: Merchant, **changes: str) -> httpx.Response:
    query = {"key": merchant.publishable_key, "return_url": f"{SHOP}/checkout?step=pay", **changes}
    return BROWSER.get(f"{url}/hosted/card-form", params=query)


def sent(url: str, page: httpx.Response, **typed: str) -> httpx.Response:
    """Fill in the form as it stands on the page and send it."""
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    values = {name: html.unescape(value) for name, value in hidden.items()}
    card = {"number": "4242 4242 4242 4242", "exp_month": "12", "exp_year": "35", "cvc": "123"}
    return BROWSER.post(f"{url}/hosted/card-form", data={**values, **card, **typed})


def test_a_card_typed_there_comes_back_as_a_token(merchant: Merchant, processor_url: str) -> None:
    page = opened(processor_url, merchant, state="cart 7")
    assert page.status_code == 200
    answer = sent(processor_url, page)
    assert answer.status_code == 303
    target = urlsplit(answer.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == f"{SHOP}/checkout"
    query = {name: values[0] for name, values in parse_qs(target.query).items()}
    token = query.pop("token")
    assert query == {"step": "pay", "last4": "4242", "network": "visa", "state": "cart 7"}
    assert merchant.authorise(token=token).json()["status"] == "authorised"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"number": "4242 4242 4242 4241"}, "number"),
        ({"exp_month": "13"}, "exp_month"),
        ({"exp_month": ""}, "exp_month"),
        ({"exp_year": "19"}, "exp_year"),
        ({"cvc": "1"}, "cvc"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    merchant: Merchant, processor_url: str, typed: dict[str, str], field: str
) -> None:
    again = sent(processor_url, opened(processor_url, merchant), name="Ada <b>", **typed)
    assert again.status_code == 422
    assert again.text.count("aria-invalid") == 1
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true" aria-describedby="{field}-error"', again.text)
    assert f'id="{field}-error"' in again.text
    assert 'value="Ada &lt;b&gt;"' in again.text
    assert "4242" not in again.text
    assert sent(processor_url, again).status_code == 303


def test_a_number_in_the_wrong_field_is_not_shown_again(merchant: Merchant, processor_url: str) -> None:
    typed = {"number": "", "name": "4242 4242 4242 4242", "exp_year": SUCCESS}
    again = sent(processor_url, opened(processor_url, merchant), **typed)
    assert again.status_code == 422
    assert "4242" not in again.text


def test_in_a_frame_the_token_is_handed_to_the_shops_origin_only(
    merchant: Merchant, processor_url: str
) -> None:
    page = opened(processor_url, merchant, mode="embed")
    assert f"frame-ancestors {SHOP}" in page.headers["content-security-policy"]
    done = sent(processor_url, page)
    assert done.status_code == 200
    assert f'data-origin="{SHOP}"' in done.text
    assert re.search(r'data-token="tok_[0-9a-f]+" data-last4="4242" data-network="visa"', done.text)
    policy = done.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert re.findall(r"<script[^>]*>", done.text) == ['<script src="/hosted/card-form.js">']
    script = BROWSER.get(f"{processor_url}/hosted/card-form.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "postMessage" in script.text
    href = re.search(r'href="([^"]+)" target="_top"', done.text)
    assert href is not None
    assert html.unescape(href[1]).startswith(f"{SHOP}/checkout?step=pay&token=tok_")


def test_outside_a_frame_nobody_frames_it(merchant: Merchant, processor_url: str) -> None:
    policy = opened(processor_url, merchant).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert f"form-action 'self' {SHOP}" in policy


@pytest.mark.parametrize(
    "changes",
    [
        {"return_url": "https://elsewhere.example/"},
        {"return_url": "javascript:alert(1)"},
        {"return_url": ""},
        {"key": "sk_sandbox_shop"},
        {"key": ""},
        {"mode": "popup"},
        {"state": "x" * 513},
    ],
)
def test_a_form_opened_wrongly_is_not_shown(
    merchant: Merchant, processor_url: str, changes: dict[str, str]
) -> None:
    page = opened(processor_url, merchant, **changes)
    assert page.status_code in (400, 401)
    assert "<form" not in page.text


def test_origins_to_return_to_are_those_it_was_started_with(tmp_path: Path) -> None:
    allowed = ("--allow-return-origin=https://shop.example", "--allow-return-origin=https://b.example:444/")
    with running(tmp_path, *allowed) as (url, _):
        merchant = Merchant(url)
        for target, status in (
            ("https://shop.example/back", 200),
            ("https://SHOP.example:443/back", 200),
            ("https://b.example:444/", 200),
            ("https://b.example/", 400),
            ("http://shop.example/", 400),
            ("https://shop.example.evil.example/", 400),
            (f"{SHOP}/", 400),
        ):
            assert opened(url, merchant, return_url=target).status_code == status, target
        merchant.close()
