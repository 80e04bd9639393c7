"""3-D Secure: the shopper decides on the bank's page, once."""

import html
import re
from typing import Any

import httpx
import pytest

from .merchant import BROWSER, THREE_D_SECURE, Merchant

SHOP = "http://127.0.0.1:8123"


def action_url(merchant: Merchant, **changes: Any) -> tuple[str, str]:
    authorisation = merchant.authorise(THREE_D_SECURE, 123456, **changes).json()
    return authorisation["id"], authorisation["action_url"]


def test_the_page_says_what_is_paid_and_needs_no_script(merchant: Merchant) -> None:
    _, url = action_url(merchant, return_url=f"{SHOP}/back")
    page = BROWSER.get(url)
    assert page.status_code == 200
    for shown in ("1,234.56 EUR", merchant.name, "Visa ending in 3155", "Approve", "Refuse", 'lang="en"'):
        assert shown in page.text
    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert f"form-action 'self' {SHOP}" in policy
    assert f"frame-ancestors {SHOP}" in policy
    assert "unsafe-inline" not in policy
    assert page.headers["cache-control"] == "no-store"
    style = re.search(r'href="(/hosted/[^"]+)"', page.text)
    assert style is not None
    assert BROWSER.get(httpx.URL(url).join(style[1])).headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(
    ("outcome", "status", "decline_code"),
    [("approve", "authorised", None), ("refuse", "declined", "authentication_failed")],
)
def test_the_shopper_decides_and_goes_back(
    merchant: Merchant, outcome: str, status: str, decline_code: str | None
) -> None:
    id_, url = action_url(merchant, return_url=f"{SHOP}/back?cart=7")
    answer = BROWSER.post(url, data={"outcome": outcome})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{SHOP}/back?cart=7&authorisation={id_}"
    after = merchant.get(id_)
    assert (after["status"], after["decline_code"]) == (status, decline_code)
    assert after["action_url"] is None
    assert after["operations"][0]["status"] == ("succeeded" if outcome == "approve" else "declined")
    assert merchant.log() == ([("authorise", 123456)] if outcome == "approve" else [])


def test_the_first_word_counts(merchant: Merchant) -> None:
    id_, url = action_url(merchant, return_url=f"{SHOP}/back")
    for outcome in ("approve", "approve", "refuse"):
        assert BROWSER.post(url, data={"outcome": outcome}).status_code == 303
    assert merchant.get(id_)["status"] == "authorised"
    assert merchant.log() == [("authorise", 123456)]
    assert "Payment approved" in BROWSER.get(url).text
    assert merchant.capture(id_, 123456).status_code == 201


def test_without_a_way_back_the_page_says_that_it_is_done(merchant: Merchant) -> None:
    _, url = action_url(merchant)
    assert "form-action 'self';" in BROWSER.get(url).headers["content-security-policy"]
    done = BROWSER.post(url, data={"outcome": "refuse"})
    assert done.status_code == 200
    assert "Nothing was charged" in html.unescape(done.text)


def test_a_challenge_that_is_none_and_an_answer_that_is_none(merchant: Merchant) -> None:
    id_, url = action_url(merchant)
    assert BROWSER.post(url, data={"outcome": "maybe"}).status_code == 400
    assert BROWSER.post(url, json={"outcome": "approve"}).status_code == 415
    assert BROWSER.get(url[:-3] + "zzz").status_code == 404
    assert BROWSER.get(url.replace("chal_", "auth_")).status_code == 404
    assert merchant.get(id_)["status"] == "action_required"
