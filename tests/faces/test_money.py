"""Paying otherwise than by a card that is typed in, and the money pages of the back office."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.faces.browser import Visitor
from tests.faces.clerk import asked, order, sign_in
from tests.faces.shopper import give_details, new_email, put_into_cart
from tests.stage import Stage

Visit = Callable[..., Visitor]


TO_RECORD = "has not arrived: record it when it does"


def to_the_till(shopper: Visitor) -> Page:
    """With a bowl in the cart, and all details given."""
    page = shopper.go("/")
    put_into_cart(page, "porridge-bowl")
    shopper.go("/checkout")
    give_details(page, new_email())
    return page


def test_staff_issue_a_gift_card_that_pays_in_the_shop(visit: Visit, theme: str) -> None:
    clerk = visit(theme=theme)
    page = clerk.go("/admin")
    sign_in(page)
    page = clerk.go("/admin/payments?view=gift_cards")
    clerk.accessible()
    page.get_by_label("Amount").fill("400,00")
    page.get_by_role("button", name="Issue").click()
    code = page.locator("#code").inner_text()
    clerk.accessible()

    shopper = visit(theme=theme)
    page = to_the_till(shopper)
    page.get_by_text("Use a gift card").click()
    page.get_by_label("Gift card code").fill(code.lower())
    page.get_by_role("button", name="Use", exact=True).click()
    expect(page.get_by_text("€400.00 on it")).to_be_visible()
    shopper.accessible()
    page.get_by_role("button", name="Order, the gift card pays").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def test_a_transfer_is_awaited_until_staff_record_it(visit: Visit, shop: Stage) -> None:
    shopper = visit()
    page = to_the_till(shopper)
    page.locator("summary", has_text="Bank transfer").click()
    page.get_by_role("button", name="Order, and transfer").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(page.get_by_role("heading", name="We wait for your transfer")).to_be_visible()
    expect(page.locator(".transfer")).to_contain_text("TW-")
    expect(page.locator(".transfer")).to_contain_text("made up: please transfer nothing")
    order_id = page.url.split("/")[4]

    clerk = visit()
    page = clerk.go("/admin")
    sign_in(page)
    expect(page.locator(f"#live-orders a[href$='{order_id}']")).to_contain_text("Transfer awaited")
    page = clerk.go(f"/admin/orders/{order_id}")
    expect(page.locator("h1")).to_contain_text("Transfer awaited")
    placed = page.locator("#timeline li", has_text="Placed: to be shipped when the transfer is here")
    placed.locator("small a").click()
    expect(page.locator("h1")).to_contain_text("Transfer awaited")
    page = clerk.go("/admin/payments?view=awaited")
    expect(page.locator("h1")).to_have_text("Awaited money")
    clerk.accessible()
    number = asked(shop, "GET", f"/v1/orders/{order_id}")["number"]
    page.get_by_label("Order", exact=True).fill(number)
    page.get_by_role("button", name="Find", exact=True).click()
    page.wait_for_url(f"**number={number}**")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text(f"{number}Ada Lovelace")
    expect(page.locator("tbody tr")).not_to_contain_text("bank_transfer")
    page = clerk.go("/admin/payments?view=awaited&number=TW-1")
    expect(page.get_by_role("heading", name="No money is awaited")).to_be_visible()
    page = clerk.go("/admin/payments?view=awaited")
    awaited = asked(shop, "GET", "/v1/payments", awaited="true")["items"][0]
    page.get_by_role("row").nth(1).get_by_role("link", name="Record what came").click()
    clerk.accessible()
    expect(page.get_by_label("Amount")).to_have_value(f"{awaited['authorised']['amount_minor'] / 100:.2f}")
    left_minor = awaited["awaited"]["amount_minor"]
    for amount_minor in (100, left_minor - 100):
        page.get_by_label("Amount").fill(f"{amount_minor / 100:.2f}")
        page.get_by_label("Reference").fill(f"SEPA {amount_minor}")
        expect(page.get_by_label("Day")).to_have_value(re.compile(r"20\d\d-\d\d-\d\d"))
        page.get_by_label("Day").fill("2026-03-02")
        page.get_by_role("button", name="Record").click()
        expect(page.get_by_text("The money is recorded")).to_be_visible()
        left_minor -= amount_minor
        page.goto(f"/admin/orders/{order_id}")
        todo = page.get_by_role("region", name="What to do next")
        if left_minor:
            rest = f"€{left_minor / 100:.2f}"
            expect(todo).to_contain_text(f"{rest} {TO_RECORD}")
            shopper.page.reload()
            expect(shopper.page.locator(".transfer")).to_contain_text(rest)
            page.get_by_role("link", name=TO_RECORD).click()
    expect(page.locator("h1")).to_contain_text("To ship")
    expect(todo).not_to_contain_text(TO_RECORD)
    shopper.page.reload()
    expect(shopper.page.locator(".transfer")).to_have_count(0)
    for view in ("", "disputes", "rules", "ledger"):
        clerk.go(f"/admin/payments?view={view}")
        clerk.accessible()


def test_what_is_paid_at_the_door_is_not_told_as_paid_before(visit: Visit, shop: Stage) -> None:
    shopper = visit()
    page = to_the_till(shopper)
    page.locator("summary", has_text="Cash on delivery").click()
    page.get_by_role("button", name="in cash").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    steps = page.locator("#state .track li")
    expect(steps).to_have_text(["Ordered", "On its way", "Delivered and paid"])
    expect(page.locator("#state .track .done")).to_have_text(["Ordered"])
    shopper.accessible()

    order_id = page.url.split("/")[4]
    clerk = visit()
    sign_in(clerk.page)
    todo = clerk.go(f"/admin/orders/{order_id}").get_by_role("region", name="What to do next")
    expect(todo).to_contain_text("Pieces that are in no parcel yet")
    expect(todo).not_to_contain_text(TO_RECORD)
    asked(shop, "POST", f"/v1/orders/{order_id}/fulfilments", {})
    sent = asked(shop, "GET", f"/v1/orders/{order_id}")
    assert sent["payment"]["status"] == "captured", sent
    total = f"€{sent['totals']['total_minor'] / 100:.2f}"
    clerk.go(f"/admin/orders/{order_id}")
    expect(todo).to_contain_text(f"{total} {TO_RECORD}")
    paid = clerk.page.locator(".payment")
    expect(paid).to_contain_text("Awaited")
    expect(paid).not_to_contain_text("Paid")
    parcel = sent["fulfilments"][0]["fulfilment_id"]
    asked(shop, "POST", f"/v1/orders/{order_id}/fulfilments/{parcel}/deliver")
    collected = "/v1/payments?awaited=true&method=cash_on_delivery&limit=100"
    for _ in range(50):  # the payment hears of it a moment later
        if order_id in {one["order_id"] for one in asked(shop, "GET", collected)["items"]}:
            break
        clerk.page.wait_for_timeout(200)
    else:
        raise AssertionError(f"nothing is awaited of {order_id}")
    home = clerk.go("/admin").get_by_role("link", name="on delivery ha")
    expect(home).to_have_attribute("href", "/admin/payments?view=awaited")


def test_the_payments_of_a_customer_and_of_a_processor_are_found(visit: Visit, shop: Stage) -> None:
    placed = order(shop)

    def whose(customer_id: str, **query: str) -> set[str]:
        listed = asked(shop, "GET", "/v1/payments", customer_id=customer_id, limit=25, **query)
        return {one["payment_id"] for one in listed["items"]}

    listed = asked(shop, "GET", "/v1/payments", limit=50)["items"]
    guests = next(one["payment_id"] for one in listed if one["order_id"] == placed["order_id"])
    order(shop, buyer="customer")
    email = "customer@tradewind.example"
    account = asked(shop, "GET", "/v1/customers", email=email)["items"][0]["account_id"]
    clerk = visit()
    sign_in(clerk.page)
    page = clerk.go(f"/admin/customers/{account}")
    page.get_by_role("link", name="Payments", exact=True).last.click()
    expect(page.get_by_text("Of Clara Customer")).to_be_visible()
    rows = page.locator("tbody tr td:first-child a")

    def shown() -> set[str]:
        return {str(row.get_attribute("href")).rpartition("/")[2] for row in rows.all()}

    assert shown() == whose(account) and guests not in shown()
    clerk.accessible_in_both_themes()
    expect(page.get_by_role("row").nth(1)).to_contain_text("sandbox")
    page.get_by_label("Processor").select_option("sandbox")
    page.get_by_role("button", name="Find", exact=True).click()
    page.wait_for_url("**processor=sandbox**")
    assert shown() == whose(account, processor="sandbox") != set()
    page.get_by_role("link", name="Of all customers").click()
    expect(page.locator(f"a[href$='{guests}']")).to_be_visible()
    clerk.go("/admin/payments?customer_id=nobody&processor=No%20such")
    expect(page.get_by_label("Processor")).to_have_value("")
    clerk.go("/admin/payments?processor=elsewhere")
    expect(page.get_by_text("No payment yet")).to_be_visible()
