"""What shoppers do at the storefront, for the tests and for the pictures of `make shots`."""

from __future__ import annotations

import uuid

from playwright.sync_api import FrameLocator, Page

from tests.stage import CARDS


def new_email() -> str:
    return f"ada-{uuid.uuid4().hex[:10]}@example.com"


def put_into_cart(page: Page, slug: str) -> None:
    """With scripts the cart slides in; without, it is the next page."""
    page.goto(f"/p/{slug}")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="Add to the cart").click()


def give_details(page: Page, email: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.locator("#shipping_name").fill("Ada Lovelace")
    page.locator("#shipping_line1").fill("Karlstr. 12")
    page.locator("#shipping_postal_code").fill("04107")
    page.locator("#shipping_city").fill("Leipzig")
    page.get_by_role("button", name="On to the payment").click()
    page.wait_for_url("**paying=1**")


def type_card(form: Page | FrameLocator, card: str) -> None:
    """Into the processor's own form, framed or on a page of its own."""
    form.get_by_label("Card number").fill(CARDS[card])
    form.get_by_label("Expiry month").fill("12")
    form.get_by_label("Expiry year").fill("2040")
    form.get_by_label("Security code").fill("123")
    form.get_by_role("button", name="Use this card").click()


def buy(page: Page, slug: str, email: str, card: str = "good") -> None:
    """From the product to whatever follows the button that orders."""
    put_into_cart(page, slug)
    page.get_by_role("link", name="To the checkout").click()
    give_details(page, email)
    type_card(page.frame_locator("iframe"), card)
    page.get_by_role("button", name="Order and pay").click()
