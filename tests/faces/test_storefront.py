"""The storefront, as people use it: in both themes, by axe, with and without scripts."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.faces.browser import Visitor
from tests.faces.shopper import buy, give_details, new_email, put_into_cart, type_card
from tests.stage import Stage, key
from tradewind.cli.seed import DEMO_PASSWORD

Visit = Callable[..., Visitor]
VASE = "strata-vase"


def staff(shop: Stage) -> httpx.Client:
    with httpx.Client(base_url=shop.url) as client:
        body = {"email": "admin@tradewind.example", "password": DEMO_PASSWORD}
        token = client.post("/v1/sessions", json=body).json()["token"]
    return httpx.Client(base_url=shop.url, headers={"authorization": f"Bearer {token}"})


def article(shop: Stage, **stock: int) -> tuple[str, str]:
    """A product of this test's own: its SKU and its slug."""
    with ThreadPoolExecutor(1) as thread:
        sku = thread.submit(asyncio.run, shop.article(**stock)).result()
    return sku, f"article-{sku.lower()}"


def mail_to(shop: Stage, email: str, kind: str) -> str:
    """The HTML of the mail that this address has got."""
    with staff(shop) as client:
        for _ in range(100):
            found = client.get("/v1/messages", params={"email": email, "kind": kind}).json()["items"]
            if found:
                html: str = client.get(f"/v1/messages/{found[0]['message_id']}").json()["html"]
                return html
            time.sleep(0.1)
    raise AssertionError(f"no {kind} was sent to {email}")


def test_a_shopper_finds_chooses_and_pays_with_another_card(visit: Visit) -> None:
    visitor = visit()
    page = visitor.go("/")
    visitor.accessible_in_both_themes()
    page.get_by_role("navigation", name="Categories").get_by_role("link", name="Vases").click()
    page.get_by_role("group").filter(has_text="Maker").get_by_label("Vidro Norte").check()
    expect(page.get_by_role("status").filter(has_text="2 products")).to_be_visible()
    assert "brand=Vidro" in page.url, "what is set is in the address"
    visitor.accessible_in_both_themes()
    page.get_by_role("searchbox").press_sequentially("fluted va")
    expect(page.locator("#suggestions").get_by_role("link", name="Fluted vase €")).to_be_visible()
    visitor.accessible_in_both_themes()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    page.get_by_role("searchbox").fill("fluited vaze")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Fluted vase").get_by_role("link").click()
    visitor.accessible_in_both_themes()
    page.get_by_role("link", name="Moss").click()
    expect(page.get_by_role("group", name="Colour")).to_contain_text("Moss")
    page.get_by_role("button", name="Add to the cart").click()
    expect(page.get_by_role("dialog").get_by_role("heading", name="In your cart")).to_be_visible()
    right = "document.getElementById('drawer').getBoundingClientRect().right === innerWidth"
    for _ in range(
        50
    ):  # once it has slid in, no stripe is left beside it; the page evaluates no strings by itself
        if page.evaluate(right):
            break
        page.wait_for_timeout(100)
    assert page.evaluate(right)
    visitor.accessible_in_both_themes()
    page.get_by_role("link", name="See the cart").click()
    page.get_by_label("How many of Fluted vase").select_option("2")
    expect(page.locator("#pieces")).to_contain_text("2")
    page.get_by_label("Discount code").fill("nonsense")
    page.get_by_role("button", name="Use").click()
    expect(page.get_by_text("We do not know this code.")).to_be_visible()
    page.get_by_label("Discount code").fill("welcome10")
    page.get_by_role("button", name="Use").click()
    expect(page.locator(".totals")).to_contain_text("−€11.20")
    visitor.accessible_in_both_themes()
    page.get_by_role("link", name="To the checkout").click()
    _order_with_a_declined_card_then_another(visitor)


def _order_with_a_declined_card_then_another(visitor: Visitor) -> None:
    page = visitor.page
    visitor.allowed_statuses.add(422)
    page.locator("#shipping_postal_code").fill("4107")
    page.get_by_role("button", name="On to the payment").click()
    expect(page.get_by_text("A postal code there looks like")).to_be_visible()
    visitor.accessible_in_both_themes()
    page.get_by_label("Country").first.select_option("US")
    expect(page.get_by_label("State")).to_be_visible()
    page.get_by_label("Country").first.select_option("DE")
    expect(page.get_by_label("State")).to_be_hidden()
    give_details(page, new_email())
    visitor.accessible_in_both_themes()
    type_card(page.frame_locator("iframe"), "declined")
    page.get_by_role("button", name="Order and pay €100.80").click()
    expect(page.get_by_role("heading", name="Your card was declined")).to_be_visible()
    visitor.accessible_in_both_themes()
    type_card(page.frame_locator("iframe"), "good")
    page.get_by_role("button", name="Pay €100.80").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(page.locator("#pieces")).to_contain_text("0")
    visitor.accessible_in_both_themes()


def test_a_guest_orders_without_scripts(visit: Visit) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.go("/")
    page.get_by_role("link", name="Tableware").first.click()
    page.get_by_role("heading", name="Porridge bowl").get_by_role("link").click()
    page.get_by_role("link", name="Night").click()
    page.get_by_role("button", name="Add to the cart").click()
    page.wait_for_url("**/cart")
    page.get_by_label("How many of Porridge bowl").select_option("3")
    page.get_by_role("button", name="Change").click()
    page.get_by_role("link", name="To the checkout").click()
    page.get_by_label("Country").first.select_option("IT")
    page.get_by_role("button", name="Change the country").first.click()
    page.get_by_label("Province").first.select_option("MI")
    page.get_by_label("Country").first.select_option("DE")
    page.get_by_role("button", name="Change the country").first.click()
    give_details(page, new_email())
    page.get_by_role("link", name="Open it on a page of its own.").click()
    type_card(page, "3ds")
    page.get_by_role("button", name="Order and pay").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert "token" not in page.url, "nothing in the address opens the order for another"


def test_what_a_guest_put_into_the_cart_is_there_after_registering(visit: Visit) -> None:
    visitor = visit(theme="dark", phone=True)
    put_into_cart(visitor.page, VASE)
    email = new_email()
    page = visitor.go("/account")
    visitor.accessible_in_both_themes()
    page.get_by_role("link", name="Make an account").click()
    visitor.accessible_in_both_themes()
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill("seven lean cows graze")
    page.get_by_role("main").get_by_role("button", name="Make an account").click()
    expect(page.get_by_role("heading", name="Hello, Ada Lovelace")).to_be_visible()
    visitor.accessible_in_both_themes()
    expect(page.locator("#pieces")).to_contain_text("1")
    _keep_an_address(visitor)
    for path in ("/account/orders", "/account/profile", "/account/notifications", "/cart"):
        visitor.go(path)
        visitor.accessible_in_both_themes()
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{path} is {overflow} px too wide"
    page.get_by_role("link", name="To the checkout").click()
    assert page.locator("#shipping_city").input_value() == "Leipzig", "the address is filled in"
    _review(visitor)
    _leave_and_come_back(visitor, email)


def _keep_an_address(visitor: Visitor) -> None:
    page = visitor.go("/account/addresses/new")
    visitor.accessible_in_both_themes()
    page.get_by_label("Full name").fill("Ada Lovelace")
    page.get_by_label("Street and house number").fill("Karlstr. 12")
    page.get_by_label("Postal code").fill("04107")
    page.get_by_label("City").fill("Leipzig")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("04107 Leipzig")).to_be_visible()
    visitor.accessible_in_both_themes()


def _review(visitor: Visitor) -> None:
    page = visitor.go(f"/p/{VASE}")
    page.get_by_role("group", name="Your rating").get_by_label("4 stars").check()
    page.get_by_label("In a few words").fill("Stands well")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("We read every review before it is shown.")).to_be_visible()
    visitor.accessible_in_both_themes()


def _leave_and_come_back(visitor: Visitor, email: str) -> None:
    page = visitor.go("/account/profile")
    page.get_by_label("Present password").fill("wrong")
    page.get_by_label("New password").fill("seven fat cows graze")
    visitor.allowed_statuses.add(422)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("This is not your present password.")).to_be_visible()
    page.get_by_label("Present password").fill("seven lean cows graze")
    page.get_by_label("New password").fill("seven fat cows graze")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/sign-in?next=/account/orders")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill("seven fat cows graze")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="No orders yet")).to_be_visible()
    visitor.accessible_in_both_themes()


def test_an_order_is_followed_live_and_found_by_its_number(visit: Visit, shop: Stage) -> None:
    _, slug = article(shop)
    buyer, email = visit(), new_email()
    buy(buyer.page, slug, email)
    expect(buyer.page.get_by_role("heading", name="Thank you")).to_be_visible()
    number = re.search(r"TW-\d+", buyer.page.locator("main").inner_text())
    assert number is not None
    elsewhere = visit(theme="dark", phone=True)
    elsewhere.allowed_statuses.add(404)
    page = elsewhere.go("/track")
    elsewhere.accessible_in_both_themes()
    page.get_by_label("Order number").fill(number[0])
    page.get_by_label("E-mail address").fill("somebody@else.example")
    page.get_by_role("button", name="Find it").click()
    expect(page.get_by_text("We found no order")).to_be_visible()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Find it").click()
    expect(page.locator("[data-follow]")).to_have_attribute("data-follow-state", "live")
    elsewhere.accessible_in_both_themes()
    order_id = page.url.rpartition("/")[2]
    with staff(shop) as client:
        parcel = {"carrier": "DHL", "tracking_number": "00340434161094021501"}
        shipped = client.post(f"/v1/orders/{order_id}/fulfilments", json=parcel, headers=key())
        assert shipped.status_code in (201, 202), shipped.text
    for follower in (buyer.page, page):
        expect(follower.get_by_role("heading", name="It is on its way")).to_be_visible()
        expect(follower.get_by_role("link", name="00340434161094021501")).to_be_visible()


def test_a_forgotten_password_is_set_anew_by_the_mail(visit: Visit, shop: Stage) -> None:
    email = new_email()
    body: dict[str, Any] = {"email": email, "password": "seven lean cows graze", "name": "Ada"}
    assert httpx.post(f"{shop.url}/v1/accounts", json=body, headers=key()).status_code == 201
    visitor = visit()
    page = visitor.go("/sign-in")
    visitor.accessible_in_both_themes()
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("a mail is on its way")).to_be_visible()
    visitor.accessible_in_both_themes()
    link = re.search(r'href="([^"]+/reset\?token=[^"]+)"', mail_to(shop, email, "password_reset"))
    assert link is not None
    page.goto(link[1].replace("&amp;", "&"))
    visitor.accessible_in_both_themes()
    page.get_by_label("New password").fill("seven fat cows graze")
    page.get_by_role("button", name="Set it").click()
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill("seven fat cows graze")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Hello, Ada")).to_be_visible()


def test_a_price_that_changed_is_shown_before_it_is_charged(visit: Visit, shop: Stage) -> None:
    sku, slug = article(shop, price_minor=5000)
    visitor = visit()
    visitor.allowed_statuses.add(409)
    put_into_cart(visitor.page, slug)
    page = visitor.page
    page.get_by_role("link", name="To the checkout").click()
    give_details(page, new_email())
    type_card(page.frame_locator("iframe"), "good")
    expect(page.get_by_role("button", name="Order and pay €54.90")).to_be_visible()
    with staff(shop) as client:
        product = client.get(f"/v1/products/by-slug/{slug}").json()
        variant = {"sku": sku, "options": {}, "prices": [{"currency": "EUR", "amount_minor": 6000}]}
        changed = client.patch(f"/v1/products/{product['product_id']}", json={"variants": [variant]})
        assert changed.status_code == 200, changed.text
    page.get_by_role("button", name="Order and pay €54.90").click()
    expect(page.get_by_text("The total has changed since you saw it.")).to_be_visible()
    visitor.accessible_in_both_themes()
    page.get_by_role("button", name="Order and pay €64.90").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def test_the_shop_speaks_german_and_counts_in_dollars(visit: Visit) -> None:
    visitor = visit(theme="dark", phone=True, locale="de-DE")
    page = visitor.go("/p/aldea-vase")
    expect(page.get_by_role("button", name="In den Warenkorb")).to_be_visible()
    expect(page.get_by_text("68,00 €").first).to_be_visible()
    page.get_by_label("Währung").select_option("USD")
    page.get_by_role("button", name="Übernehmen").click()
    expect(page.locator(".cost")).to_contain_text("$")
    visitor.accessible_in_both_themes()
    visitor.allowed_statuses.add(404)
    for path in ("/", "/search?q=vase", "/nowhere"):
        visitor.go(path)
        visitor.accessible_in_both_themes()
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{path} is {overflow} px too wide"
    assert page.locator("html").get_attribute("lang") == "de"


@pytest.mark.parametrize("path", ["/", "/p/aldea-vase"])
def test_a_first_view_is_light(visit: Visit, path: str) -> None:
    visitor = visit()
    sizes: list[int] = []

    def finished(request: Any) -> None:
        sizes.append(request.sizes()["responseBodySize"])

    visitor.page.on("requestfinished", finished)
    visitor.go(path)
    visitor.page.wait_for_load_state("networkidle")
    assert sum(sizes) < 200 * 1024, f"{path} weighs {sum(sizes)} bytes"


def test_what_shoppers_do_is_told_to_reports_unless_they_object(visit: Visit, shop: Stage) -> None:
    _, slug = article(shop)
    buyer, objector = visit(), visit(extra_http_headers={"sec-gpc": "1"})
    objector.go(f"/p/{slug}")
    assert "__Host-visit" not in [cookie["name"] for cookie in objector.context.cookies()]
    with staff(shop) as client:
        before = funnel(client)
        buy(buyer.page, slug, new_email())
        expect(buyer.page.get_by_role("heading", name="Thank you")).to_be_visible()
        for _ in range(100):
            told = {name: people - before[name] for name, people in funnel(client).items()}
            if all(told.values()):
                break
            time.sleep(0.1)
    assert told == {"view": 1, "add": 1, "checkout": 1, "purchase": 1}


def funnel(client: httpx.Client) -> dict[str, int]:
    """How many people came to each step today, and tomorrow where midnight is near."""
    today = datetime.now(UTC).date()
    days = {"from": str(today - timedelta(days=1)), "to": str(today + timedelta(days=2))}
    steps = client.get("/v1/reports/funnel", params=days).json()["steps"]
    return {step["name"]: step["people"] for step in steps}
