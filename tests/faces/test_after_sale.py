"""After the sale in a browser: a guest sends something back, staff receive and refund it; an order is changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect

from tests.faces.browser import Visitor
from tests.faces.clerk import asked, order, run, sign_in
from tests.promises.ready import PICTURE
from tests.stage import ADDRESS, Stage

Visit = Callable[..., Visitor]


def test_a_guest_sends_something_back_and_staff_take_it(visit: Visit, shop: Stage) -> None:
    placed = order(shop, quantity=2)
    api, sku = f"/v1/orders/{placed['order_id']}", placed["lines"][0]["sku"]
    asked(shop, "POST", f"{api}/fulfilments", {})
    guest = visit()
    page = guest.page
    page.goto(f"/orders/{placed['order_id']}?token={placed['token']}")
    page.get_by_role("link", name="Returns and changes").click()
    page.locator("#back-1").fill("1")
    page.get_by_label("Why?").select_option("does_not_fit")
    page.get_by_role("button", name="Ask for the return").click()
    expect(page.get_by_text("We are looking at it.")).to_be_visible()
    guest.accessible_in_both_themes()
    _picture(page, "storefront")

    clerk = visit()
    sign_in(clerk.page)
    desk = clerk.page
    desk.goto("/admin/returns")
    clerk.accessible_in_both_themes()
    desk.get_by_role("link", name=f"{placed['number']}-R1").click()
    desk.get_by_label("Label: its reference or address").fill("RT-77")
    desk.get_by_role("button", name="Approve").click()
    expect(desk.get_by_role("status").first).to_contain_text("may come")
    clerk.accessible_in_both_themes()
    _picture(desk, "approved")
    desk.get_by_role("button", name="Receive").click()
    expect(desk.get_by_role("status").first).to_contain_text("booked in")
    desk.get_by_label("Less a fee in").fill("1.50")
    desk.get_by_role("button", name="Refund €").click()
    expect(desk.get_by_role("status").first).to_contain_text("on its way back")
    clerk.accessible_in_both_themes()
    page.reload()
    expect(page.get_by_text("Your money is on its way back.")).to_be_visible()
    expect(page.get_by_text("Less a fee")).to_be_visible()
    assert asked(shop, "GET", f"{api}/returns")["items"][0]["fee"]["amount_minor"] == 150
    assert sku in str(asked(shop, "GET", api)["lines"])


def test_a_guest_shows_what_arrived_broken_and_staff_see_it(visit: Visit, shop: Stage) -> None:
    placed = order(shop, quantity=2)
    asked(shop, "POST", f"/v1/orders/{placed['order_id']}/fulfilments", {})
    guest = visit()
    page = guest.page
    page.goto(f"/orders/{placed['order_id']}?token={placed['token']}")
    page.get_by_role("link", name="Returns and changes").click()
    page.get_by_text("Something arrived broken").click()
    page.locator("#claim-1").fill("1")
    page.get_by_role("button", name="Tell us").click()
    crack = FilePayload(name="crack.png", mimeType="image/png", buffer=PICTURE)
    page.evaluate("() => { crypto.randomUUID = undefined }")  # as on plain http
    page.route("**/photos", lambda route: route.abort())
    page.get_by_label("Show us").set_input_files(crack)
    expect(page.get_by_role("alert")).to_have_text("This could not be sent: crack.png")
    guest.accessible_in_both_themes()
    guest.complaints = [it for it in guest.complaints if "ERR_FAILED" not in it]
    page.unroute("**/photos")
    page.get_by_label("Show us").set_input_files(crack)
    seen = page.get_by_role("img", name="Photo 1")
    expect(seen).to_be_visible()
    guest.accessible_in_both_themes()
    _picture(page, "claim")
    address = str(seen.get_attribute("src"))
    assert page.request.get(address).body() == PICTURE
    assert visit().page.request.get(address).status == 404, "nobody else sees it"

    clerk = visit()
    sign_in(clerk.page)
    clerk.page.goto(f"/admin/orders/{placed['order_id']}/after-sale")
    expect(clerk.page.get_by_role("img", name="Photo 1")).to_have_js_property("naturalWidth", 1)
    clerk.accessible_in_both_themes()
    _picture(clerk.page, "claim-desk")


def test_staff_change_an_order_and_the_customer_agrees(visit: Visit, shop: Stage) -> None:
    placed = order(shop, quantity=3)
    clerk = visit()
    sign_in(clerk.page)
    desk = clerk.page
    desk.goto(f"/admin/orders/{placed['order_id']}")
    desk.get_by_role("link", name="Returns and changes").click()
    desk.get_by_text("Change the order").click()
    desk.locator("#edit-1").fill("2")
    desk.get_by_text("A line of your own words").click()
    desk.get_by_label("Title").fill("Gift wrap")
    clerk.allowed_statuses.add(422)
    desk.get_by_role("button", name="See what it comes to").first.click()
    expect(desk.get_by_role("alert")).to_contain_text("needs a title and a price")
    expect(desk.get_by_label("Title")).to_have_value("Gift wrap")
    clerk.accessible_in_both_themes()
    desk.get_by_label("Price of one").fill("4.50")
    desk.get_by_role("button", name="See what it comes to").first.click()
    expect(desk.get_by_role("status").first).to_contain_text("Nothing is changed yet")
    clerk.accessible_in_both_themes()
    _picture(desk, "edit")
    desk.get_by_text("Ask the customer first").click()
    desk.get_by_label("Message to the customer").fill("One of them broke: may we send two?")
    desk.get_by_role("button", name="Ask", exact=True).click()
    guest = visit()
    page = guest.page
    page.goto(f"/orders/{placed['order_id']}?token={placed['token']}")
    page.get_by_role("link", name="Returns and changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We propose a change")
    expect(page.get_by_text("One of them broke: may we send two?")).to_be_visible()
    guest.accessible_in_both_themes()
    _picture(page, "proposal")
    page.get_by_role("button", name="I agree").click()
    expect(page.get_by_role("button", name="I agree")).to_have_count(0)
    after = asked(shop, "GET", f"/v1/orders/{placed['order_id']}")
    assert [(line["title"], line["quantity"]) for line in after["lines"]][1:] == [("Gift wrap", 1)]
    assert after["lines"][0]["quantity"] == 2


def test_what_a_change_makes_due_is_waited_for_until_it_is_paid(visit: Visit, shop: Stage) -> None:
    placed = order(shop, quantity=1)
    api, other = f"/v1/orders/{placed['order_id']}", run(shop.article())
    edit = asked(shop, "POST", f"{api}/edits", {"lines": [{"sku": other, "quantity": 1}]})
    asked(shop, "POST", f"{api}/edits/{edit['edit_id']}/confirm")
    guest = visit()
    page = guest.page
    page.goto(f"{api.removeprefix('/v1')}?token={placed['token']}")
    expect(page.get_by_role("heading", name="Still to be paid")).to_be_visible()
    expect(page.get_by_role("heading", name="We wait for your payment")).to_be_visible()
    expect(page.locator("#state li.done")).to_have_text(["Ordered"])
    expect(page.get_by_text("We are packing it")).to_have_count(0)
    guest.accessible_in_both_themes()
    _picture(page, "due")


def test_staff_send_an_order_to_another_country_and_another_way(visit: Visit, shop: Stage) -> None:
    address = {**ADDRESS, "company": "Analytical Engines", "line2": "2nd floor", "phone": "+49 341 1"}
    placed = order(shop, quantity=1, shipping_address=address)
    path = f"/v1/orders/{placed['order_id']}"
    clerk = visit()
    clerk.allowed_statuses.add(422)
    sign_in(clerk.page)
    desk = clerk.go(f"/admin/orders/{placed['order_id']}/after-sale")
    desk.get_by_text("Change the order").click()
    desk.get_by_role("button", name="See what it comes to").first.click()
    expect(desk.get_by_role("alert")).to_contain_text("Say what is to change")
    desk.get_by_text("Another address", exact=True).click()
    expect(desk.locator("#edit-company")).to_have_value("Analytical Engines")
    desk.locator("#edit-city").fill("")
    desk.get_by_role("button", name="See what it comes to").first.click()
    expect(desk.get_by_role("alert")).to_contain_text("City: This cannot be left empty.")
    desk.locator("#edit-city").fill("Salzburg")
    desk.locator("#edit-line2").fill("")
    desk.locator("#edit-company").fill("Engines GmbH")
    desk.locator("#edit-region").fill("Salzburg")
    desk.locator("#edit-postal_code").fill("5020")
    desk.locator("#edit-country").select_option("AT")
    desk.get_by_label("Shipping method").select_option("express")
    clerk.accessible_in_both_themes()
    _picture(desk, "edit-form")
    desk.get_by_role("button", name="See what it comes to").first.click()
    change = desk.get_by_role("region", name="Change of the order")
    expect(change).to_contain_text("Karlstr. 12, 5020 Salzburg, Salzburg, Austria")
    expect(change).to_contain_text("Express")
    expect(change).to_contain_text("€12.90")
    clerk.accessible_in_both_themes()
    _picture(desk, "edit-moved")
    asked_for = asked(shop, "GET", f"{path}/edits")["items"][0]
    assert not asked_for.get("billing_address")
    desk.get_by_role("button", name="Do it").click()
    expect(desk.get_by_role("status").first).to_contain_text("The order is changed")
    after = asked(shop, "GET", path)
    assert after["shipping_method"] == "express"
    moved = {**address, "company": "Engines GmbH", "city": "Salzburg", "region": "Salzburg"}
    moved |= {"postal_code": "5020", "country": "AT"}
    del moved["line2"]
    assert after["shipping_address"] == moved
    assert after["totals"]["tax_minor"] != placed["totals"]["tax_minor"]


def test_the_sums_of_an_exchange_add_up_for_both_who_read_them(visit: Visit, shop: Stage) -> None:
    placed = order(shop, quantity=1)
    api, sku, other = f"/v1/orders/{placed['order_id']}", placed["lines"][0]["sku"], run(shop.article())
    asked(shop, "POST", f"{api}/fulfilments", {})
    back = [{"sku": sku, "quantity": 1, "reason": "does_not_fit"}]
    wanted = {"returns": back, "lines": [{"sku": other, "quantity": 1}], "ship": "at_once"}
    exchange = asked(shop, "POST", f"{api}/exchanges", wanted)
    asked(shop, "POST", f"{api}/exchanges/{exchange['edit_id']}/confirm")
    piece = {"sku": sku, "quantity": 1, "warehouse": "LEJ", "condition": "restock"}
    returned = f"{api}/returns/{asked(shop, 'GET', f'{api}/returns')['items'][0]['return_id']}"
    asked(shop, "POST", f"{returned}/receipts", {"pieces": [piece]})
    clerk, guest = visit(), visit()
    sign_in(clerk.page)
    desk = clerk.go(f"/admin/orders/{placed['order_id']}")
    expect(desk.locator(".sums").first).to_contain_text("Paid with returned pieces")
    expect(desk.get_by_text("1 exchanged")).to_be_visible()
    expect(desk.get_by_text("1 refunded")).to_have_count(0)
    desk.get_by_role("link", name="Returns and changes").click()
    expect(desk.get_by_role("region", name=f"{placed['number']}-R1")).to_contain_text("Exchanged")
    expect(desk.get_by_text("End it without a refund")).to_have_count(0)
    clerk.accessible_in_both_themes()
    page = guest.go(f"/orders/{placed['order_id']}?token={placed['token']}")
    expect(page.locator(".sums")).to_contain_text("4242€54.90")
    expect(page.locator(".sums")).to_contain_text("Paid with returned pieces€50.00")
    guest.accessible_in_both_themes()
    _picture(page, "exchange")
    page.get_by_role("link", name="Returns and changes").click()
    expect(page.get_by_text("It is with us, and is exchanged.")).to_be_visible()


def _picture(page: Page, name: str) -> None:
    """Where TRADEWIND_SHOTS names a folder, to be looked at: at desktop and phone width."""
    folder = os.environ.get("TRADEWIND_SHOTS")
    if folder:
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(folder) / f"after-sale-{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})
