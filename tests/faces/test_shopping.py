"""What a shopper may choose at the checkout, and meets afterwards."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.faces.browser import Visitor
from tests.faces.clerk import asked, run
from tests.faces.shopper import give_details, new_email, put_into_cart, type_card
from tests.stage import Stage

Visit = Callable[..., Visitor]
BOWL = "porridge-bowl"


def _picture(page: Page, name: str) -> None:
    """Kept where SHOTS says, to be looked at."""
    folder = os.environ.get("SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_the_checkout_counts_the_way_of_delivery_that_is_selected(visit: Visit, shop: Stage) -> None:
    code = f"SUM{uuid.uuid4().hex[:6].upper()}"
    asked(shop, "POST", "/v1/warehouses", {"code": code, "name": code, "country": "DE", "pickup": True})
    visitor = visit()
    page = visitor.page
    put_into_cart(page, BOWL)
    cart = asked(shop, "GET", f"/v1/carts/{_cart_id(visitor)}")
    line = {"sku": cart["lines"][0]["sku"], "warehouse": code, "quantity": 3}
    asked(shop, "POST", "/v1/stock/receipts", {"reference": code, "lines": [line]})
    goods_minor = cart["totals"]["subtotal_minor"]
    visitor.go("/checkout")
    sums = page.locator("#sums")

    def comes_to(delivery: str, total_minor: int) -> None:
        expect(sums).to_contain_text(f"Delivery{delivery}")
        expect(sums.locator(".sum dd")).to_have_text(f"€{total_minor / 100:.2f}")

    comes_to("€4.90", goods_minor + 490)
    expect(page.get_by_text("International")).to_have_count(0)
    page.get_by_label("Express").check()
    comes_to("€12.90", goods_minor + 1290)
    page.get_by_label(f"Collect it in {code}").check()
    comes_to("free", goods_minor)
    page.get_by_label("Have it sent").check()
    comes_to("€12.90", goods_minor + 1290)
    page.locator("#shipping_country").select_option("CH")
    comes_to("€19.90", goods_minor + 1990)
    page.locator("#shipping_country").select_option("DE")
    comes_to("€4.90", goods_minor + 490)
    _picture(page, "checkout-sums")


def test_a_guest_collects_with_a_gift_card_and_a_transfer(visit: Visit, shop: Stage) -> None:
    code = f"SHOP{uuid.uuid4().hex[:6].upper()}"
    place = {"code": code, "name": f"Shop {code}", "country": "DE", "pickup": True}
    asked(shop, "POST", "/v1/warehouses", place)
    visitor = visit(phone=True)
    page = visitor.page
    put_into_cart(page, BOWL)
    visitor.go("/checkout")
    there = page.get_by_label(f"Collect it in Shop {code}")
    expect(there).to_be_disabled()
    sku = asked(shop, "GET", f"/v1/carts/{_cart_id(visitor)}")["lines"][0]["sku"]
    line = {"sku": sku, "warehouse": code, "quantity": 3}
    asked(shop, "POST", "/v1/stock/receipts", {"reference": code, "lines": [line]})
    page.reload()
    page.get_by_label("E-mail address").fill(new_email())
    there.check()
    expect(page.locator("#shipping_line1")).to_be_hidden()
    visitor.accessible_in_both_themes()
    page.get_by_label("Who collects it").fill("Ada Lovelace")
    page.get_by_role("button", name="On to the payment").click()

    page.goto("/cart")
    page.get_by_label("How many of").select_option("4")
    few = page.get_by_text(f"Only 3 of it can be collected in Shop {code}.")
    expect(few).to_be_visible()
    expect(page.locator("main").get_by_role("link", name="To the checkout")).to_be_hidden()
    visitor.accessible_in_both_themes()
    _picture(page, "cart-collected")
    page.goto("/checkout")
    expect(few).to_be_visible()
    expect(page.get_by_role("button", name="Order and pay")).to_be_hidden()
    page.goto("/cart")
    page.get_by_label("How many of").select_option("1")
    expect(few).to_be_hidden()
    page.goto("/checkout")

    visitor.allowed_statuses.add(422)
    page.get_by_text("Use a gift card").click()
    page.get_by_label("Gift card code").fill("NOSUCHCARD123456")
    page.get_by_role("button", name="Use", exact=True).click()
    expect(page.get_by_text("We know no gift card of this code.")).to_be_visible()
    gift = asked(shop, "POST", "/v1/gift-cards", {"amount_minor": 700, "currency": "EUR"})["code"]
    page.get_by_label("Gift card code").fill(gift)
    page.get_by_role("button", name="Use", exact=True).click()
    expect(page.get_by_text("€7.00 on it")).to_be_visible()
    page.get_by_role("button", name="Take away").click()
    expect(page.get_by_text("Left to pay")).to_be_hidden()
    page.get_by_text("Use a gift card").click()
    page.get_by_label("Gift card code").fill(gift)
    page.get_by_role("button", name="Use", exact=True).click()
    page.locator("summary", has_text="Bank transfer").click()
    visitor.accessible_in_both_themes()
    page.get_by_role("button", name="Order, and transfer").click()

    expect(page.get_by_role("heading", name="We wait for your transfer")).to_be_visible()
    expect(page.locator("#state")).to_contain_text("write to you when you can collect them")
    expect(page.get_by_role("heading", name="Collect it in")).to_be_visible()
    expect(page.locator(".sums")).to_contain_text("Gift card€7.00")
    order = asked(shop, "GET", f"/v1/orders/{page.url.split('/')[4]}")
    assert order["totals"]["shipping_minor"] == 0
    left = f"€{(order['totals']['total_minor'] - 700) / 100:.2f}"
    expect(page.locator(".transfer")).to_contain_text(left)
    expect(page.locator(".transfer")).to_contain_text(order["number"])
    visitor.accessible_in_both_themes()
    _fits(page)


def test_a_customer_keeps_a_card_and_carts_and_follows_two_parcels(visit: Visit, shop: Stage) -> None:
    visitor = visit()
    page = visitor.page
    email = new_email()
    visitor.go("/register")
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill("seven lean cows graze")
    page.get_by_role("main").get_by_role("button", name="Make an account").click()
    expect(page.get_by_role("heading", name="Hello, Ada Lovelace")).to_be_visible()

    put_into_cart(page, BOWL)
    put_into_cart(page, "moon-jar")
    visitor.go("/checkout")
    give_details(page, email)
    type_card(page.frame_locator("iframe"), "good")
    page.get_by_label("Keep this card").check()
    page.get_by_role("button", name="Order and pay").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    order_id = page.url.split("/")[4]

    put_into_cart(page, "bubble-candle")
    visitor.go("/cart")
    page.get_by_text("Keep it for later").click()
    page.get_by_label("By which name").fill("Summer house")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("heading", name="Summer house")).to_be_visible()
    visitor.accessible_in_both_themes()
    page.get_by_role("button", name="Use this one").click()
    expect(page.get_by_role("heading", name="Your cart")).to_be_visible()
    visitor.go("/checkout")
    give_details(page, email)
    page.get_by_role("button", name="Order and pay").click()  # the card that is kept is open
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()

    order = asked(shop, "GET", f"/v1/orders/{order_id}")
    first = [{"sku": order["lines"][0]["sku"], "quantity": 1}]
    sent = {"lines": first, "carrier": "DHL", "tracking_number": "00340434161094042557"}
    asked(shop, "POST", f"/v1/orders/{order_id}/fulfilments", sent)
    asked(shop, "POST", f"/v1/orders/{order_id}/fulfilments", {"ship": False})
    visitor.go(f"/orders/{order_id}")
    expect(page.locator(".parcel").nth(0)).to_contain_text("Left us on")
    expect(page.locator(".parcel").nth(1)).to_contain_text("is being packed")
    visitor.accessible_in_both_themes()

    visitor.go("/account/payment-methods")
    expect(page.locator(".chosen-card")).to_contain_text("4242")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nothing is kept.")).to_be_visible()
    gift = asked(shop, "POST", "/v1/gift-cards", {"amount_minor": 1250, "currency": "EUR"})["code"]
    page.get_by_label("Gift card code").fill(gift)
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("status").filter(has_text="€12.50")).to_be_visible()
    visitor.accessible_in_both_themes()


def test_a_guest_pays_a_draft_by_its_link(visit: Visit, shop: Stage) -> None:
    address = {"name": "Ada Lovelace", "line1": "Karlstr. 12", "postal_code": "04107", "city": "Leipzig"}
    draft = asked(
        shop,
        "POST",
        "/v1/order-drafts",
        {
            "email": new_email(),
            "currency": "EUR",
            "shipping_address": {**address, "country": "DE"},
            "lines": [{"title": "A vase to order", "unit_price_minor": 9900, "quantity": 1}],
            "expires_at": "2040-05-06T12:00:00Z",
        },
    )
    order_id = draft["order"]["order_id"]
    asked(shop, "POST", f"/v1/order-drafts/{order_id}/send", {})
    token = asked(shop, "GET", f"/v1/orders/{order_id}")["token"]
    visitor = visit(phone=True, theme="dark")
    page = visitor.go(f"/orders/{order_id}?token={token}")
    assert "token" not in page.url
    expect(page.get_by_role("heading", name="We have prepared this for you")).to_be_visible()
    visitor.accessible_in_both_themes()
    _fits(page)
    type_card(page.frame_locator("iframe"), "declined")
    page.get_by_role("button", name="Pay €").click()
    expect(page.get_by_role("heading", name="Your card was declined")).to_be_visible()
    expect(page.locator("#state")).to_contain_text("We keep your articles for you until 6 May 2040")
    page.locator("summary", has_text="Cash on delivery").click()
    page.get_by_role("button", name="in cash").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(page.locator(".sums")).to_contain_text("Cash on delivery€99.00")


def test_what_is_pre_ordered_says_when_it_comes_from_the_cart_on(visit: Visit, shop: Stage) -> None:
    sku = run(shop.article(stock=0))
    policy = {"sku": sku, "sell_beyond": "preorder", "limit": 9, "released_at": "2040-05-06T12:00:00Z"}
    asked(shop, "PUT", "/v1/stock/policies", policy)
    visitor = visit(phone=True)
    page = visitor.page
    put_into_cart(page, f"article-{sku.lower()}")
    page.goto("/cart")
    expect(page.get_by_text("on the day of its release, 6 May 2040")).to_be_visible()
    page.goto("/checkout")
    expect(page.locator("#methods")).to_contain_text("from about 6 May 2040")
    visitor.accessible_in_both_themes()
    give_details(page, new_email())
    expect(page.locator(".given")).to_contain_text("from about 6 May 2040")
    _picture(page, "pre-ordered")
    type_card(page.frame_locator("iframe"), "good")
    page.get_by_role("button", name="Order and pay").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(page.locator("#state")).to_contain_text("Your articles are still to come in.")
    expect(page.get_by_text("1 of it comes later, about 6 May 2040")).to_be_visible()
    visitor.accessible_in_both_themes()
    _fits(page)


def _cart_id(visitor: Visitor) -> str:
    cookies = visitor.context.cookies()
    return next(str(it["value"]).partition(".")[0] for it in cookies if it["name"] == "__Host-cart")


def _fits(page: Page) -> None:
    """Nothing is wider than the window."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_still_to_come_in_can_be_collected_as_well(visit: Visit, shop: Stage) -> None:
    sku, code = run(shop.article(stock=0)), f"SHOP{uuid.uuid4().hex[:6].upper()}"
    place = {"code": code, "name": f"Shop {code}", "country": "DE", "pickup": True}
    asked(shop, "POST", "/v1/warehouses", place)
    asked(shop, "PUT", "/v1/stock/policies", {"sku": sku, "sell_beyond": "backorder", "limit": 2})
    visitor = visit()
    page = visitor.page
    put_into_cart(page, f"article-{sku.lower()}")
    page.goto("/checkout")
    there = page.get_by_label(f"Collect it in Shop {code}")
    expect(page.locator("label", has=there)).to_contain_text("Some of it is still to come in there.")
    page.get_by_label("E-mail address").fill(new_email())
    there.check()
    page.get_by_label("Who collects it").fill("Ada Lovelace")
    page.get_by_role("button", name="On to the payment").click()
    type_card(page.frame_locator("iframe"), "good")
    page.get_by_role("button", name="Order and pay").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(page.get_by_role("heading", name="Collect it in")).to_be_visible()
