"""Drafts, holds, parcels in steps, pieces cancelled and histories imported: as staff do it, and a customer pays."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.faces.browser import Visitor
from tests.faces.clerk import asked, collected_order, order, sign_in
from tests.stage import Stage

Visit = Callable[..., Visitor]


def _picture(page: Page, name: str) -> None:
    """Kept where SHOTS says, to be looked at."""
    folder = os.environ.get("SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_draft_is_written_sent_and_found_by_its_customer(visit: Visit, shop: Stage) -> None:
    sku = order(shop)["lines"][0]["sku"]
    asked(shop, "PUT", "/v1/tax-rates/DE/handwork", {"basis_points": 700})
    visitor = visit()
    visitor.allowed_statuses = {422}
    sign_in(visitor.page)
    page = visitor.page
    page.goto("/admin/orders")
    page.get_by_role("link", name="New draft").click()
    page.get_by_label("SKU of line 1").fill(sku)
    page.get_by_label("Pieces of line 1").fill("2")
    page.get_by_label("Price of line 1").fill("12,50")
    page.get_by_label("Title of line 2").fill("Engraving")
    page.get_by_label("Discount", exact=False).first.fill("10 %")
    for label, text in (
        ("E-mail address", "ada@example.com"),
        ("Name", "Ada Lovelace"),
        ("Street and number", "Karlstr. 1"),
        ("Postal code", "04109"),
        ("Town", "Leipzig"),
    ):
        page.get_by_label(label, exact=False).first.fill(text)
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("alert")).to_contain_text("needs a title and a price")
    expect(page.get_by_role("group", name="Line 2")).to_contain_text("needs a title and a price")
    page.get_by_label("Price of line 2").fill("5")
    page.get_by_label("Tax class of line 2").select_option("handwork")
    page.get_by_label("SKU of line 3").fill("NO-SUCH")
    page.get_by_label("For the account with this e-mail address").check()
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("#email-wrong")).to_contain_text("no such account")
    page.get_by_label("For the account with this e-mail address").uncheck()
    page.get_by_label("Can be paid until and with").fill("2040-05-06")
    page.get_by_text("Invoice to another address").click()
    for name, text in (
        ("name", "Bill Payer"),
        ("line1", "Hof 3"),
        ("postal_code", "04107"),
        ("city", "Leipzig"),
    ):
        page.locator(f"#billing_{name}").fill(text)
    page.get_by_role("button", name="Save the draft").click()
    wrong = page.get_by_role("group", name="Line 3")
    expect(wrong).to_contain_text("Line 3: This article is not for sale.")
    expect(page.get_by_label("SKU of line 3")).to_have_attribute("aria-invalid", "true")
    visitor.accessible_in_both_themes()
    _picture(page, "draft-wrong")
    page.get_by_label("SKU of line 3").fill("")
    page.get_by_label("Shipping method").select_option("express")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("status").first).to_contain_text("draft is there")
    expect(page.get_by_role("complementary", name="What it comes to")).to_contain_text("39.90")
    terms = asked(shop, "GET", f"/v1/order-drafts/{page.url.split('/')[-1]}")["terms"]
    assert (terms["billing_address"]["name"], terms["lines"][1]["tax_class"]) == ("Bill Payer", "handwork")
    assert terms["expires_at"].startswith("2040-05-06")
    expect(page.get_by_label("Can be paid until and with")).to_have_value("2040-05-06")
    visitor.accessible_in_both_themes()
    _picture(page, "draft")
    page.get_by_role("button", name="Hold its stock now").click()
    expect(page.get_by_role("status").first).to_contain_text("stock is held")
    page.get_by_label("Message").fill("As we spoke")
    page.get_by_role("button", name="Send the payment link").click()
    expect(page.get_by_role("status").first).to_contain_text("on its way")
    link = page.locator("aside a.mono").get_attribute("href")
    assert link is not None
    assert link.startswith(shop.url), "whole, as it is passed on"
    expect(page.locator("aside a.mono")).to_have_text(link)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link
    page.set_viewport_size({"width": 390, "height": 844})
    _picture(page, "draft-phone")
    customer = visit().go(link)
    expect(customer.get_by_text("We have prepared this for you").first).to_be_visible()
    expect(customer.locator("#payment")).to_be_visible()
    _picture(customer, "draft-customer")


def test_an_order_is_held_packed_sent_and_cancelled_in_part(visit: Visit, shop: Stage) -> None:
    placed = order(shop, quantity=3)
    visitor = visit()
    sign_in(visitor.page)
    page = visitor.page
    url = f"/admin/orders/{placed['order_id']}"
    page.goto(url)
    page.get_by_text("Hold, cancel, order again").click()
    page.get_by_label("Why it is held").fill("odd address")
    page.get_by_role("button", name="Hold this order").click()
    expect(page.get_by_text("Held: odd address")).to_be_visible()
    expect(page.get_by_role("link", name="Ship", exact=True)).to_have_count(0)
    page.goto("/admin/orders?tab=held")
    page.get_by_role("link", name=placed["number"]).click()
    page.get_by_role("button", name="Let it go on").click()
    page.get_by_role("link", name="Ship", exact=True).click()
    page.get_by_role("spinbutton").fill("1")
    page.get_by_role("button", name="Only ask for it").click()
    expect(page.locator(".parcel")).to_contain_text("To pack")
    expect(page.get_by_role("region", name="What to do next")).to_contain_text("Parcels to pack: 1")
    page.get_by_role("button", name="It is packed").click()
    page.get_by_text("Send it", exact=True).click()
    page.get_by_label("Tracking number").fill("00340434161094021501")
    page.get_by_label("Carrier").fill("DHL")
    visitor.accessible_in_both_themes()
    _picture(page, "parcels")
    page.get_by_role("button", name="Send the parcel").click()
    expect(page.locator(".parcel")).to_contain_text("On its way")
    page.get_by_text("Hold, cancel, order again").click()
    page.get_by_role("link", name="Cancel pieces").click()
    page.get_by_role("spinbutton").fill("2")
    visitor.accessible_in_both_themes()
    _picture(page, "cancel-pieces")
    page.get_by_role("button", name="Cancel these pieces").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Shipped")
    assert asked(shop, "GET", f"/v1/orders/{placed['order_id']}")["state"] == "fulfilled"
    page.get_by_text("Hold, cancel, order again").click()
    page.get_by_role("button", name="Draft with these articles").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Draft")


def test_a_collected_order_is_made_ready_and_handed_over(visit: Visit, shop: Stage) -> None:
    code = f"SHOP{uuid.uuid4().hex[:6].upper()}"
    asked(
        shop,
        "POST",
        "/v1/warehouses",
        {"code": code, "name": f"Shop {code}", "country": "DE", "pickup": True},
    )
    collected = collected_order(shop, code)
    visitor = visit()
    page = visitor.page
    sign_in(page, "warehouse")
    page.goto(f"/admin/orders?q={collected['number']}")
    row = page.get_by_role("row").filter(has_text=collected["number"])
    expect(row).to_contain_text("To be collected")
    expect(row.get_by_role("checkbox")).to_have_count(0)
    row.get_by_role("link", name=collected["number"]).click()
    facts = page.get_by_role("complementary", name="Facts")
    expect(facts).to_contain_text("Collected in")
    expect(facts).to_contain_text("by Ada Lovelace")
    expect(page.get_by_text("Nothing was paid yet.")).to_have_count(0)
    visitor.accessible_in_both_themes()
    page.locator(".head").get_by_role("link", name="Hand over").click()
    expect(page.get_by_label("Tracking number")).to_have_count(0)
    visitor.accessible_in_both_themes()
    _picture(page, "hand-over")
    page.get_by_role("button", name="Ready to be collected").click()
    expect(page.get_by_role("status").first).to_contain_text("ready to be collected")
    parcels = page.locator("#parcels")
    expect(parcels).to_contain_text("Ready to be collected")
    page.set_viewport_size({"width": 390, "height": 844})
    visitor.accessible_in_both_themes()
    _picture(page, "collected-phone")
    parcels.get_by_role("button", name="Hand over").click()
    expect(page.get_by_role("status").first).to_contain_text("handed over")
    expect(parcels).to_contain_text("Handed over")
    expect(page.locator(".head").first).to_contain_text("Collected")
    kinds = {
        one["kind"] for one in asked(shop, "GET", "/v1/messages", order_id=collected["order_id"])["items"]
    }
    assert {"order_ready", "order_collected"} <= kinds and "order_shipped" not in kinds
    page.locator("#timeline li small a").first.click()
    expect(page.locator("h1")).to_contain_text("Collected")
    expect(page.locator("main")).to_contain_text("Handed over")
    expect(page.get_by_role("heading", name="Collected in")).to_be_visible()
    expect(page.get_by_role("heading", name="Ships to")).to_be_hidden()
    page.goto("/admin")
    latest = page.locator(f"#live-orders a[href$='{collected['order_id']}']")
    expect(latest).to_contain_text("Collected")
    _picture(page, "home-collected")


def test_a_history_is_imported_from_a_file(visit: Visit, shop: Stage, tmp_path: Path) -> None:
    rows = [
        json.dumps(
            {
                "external_id": str(number),
                "placed_at": f"2019-01-0{number}T08:00:00Z",
                "email": "a@example.com",
                "shipping_address": {"country": "DE"},
                "lines": [{"sku": "A", "quantity": 1, "unit_price_minor": 5}],
            }
        )
        for number in (1, 2)
    ]
    file = tmp_path / "history.jsonl"
    file.write_text("\n".join([*rows, '{"external_id": "3"}']), encoding="utf-8")
    visitor = visit()
    sign_in(visitor.page)
    page = visitor.page
    page.goto("/admin/order-imports")
    page.get_by_label("Name of the other system").fill("faces")
    visitor.accessible_in_both_themes()
    page.set_input_files("[data-import-file]", str(file))
    page.wait_for_url("**/admin/order-imports/*-*")
    expect(page.locator("table")).to_contain_text("placed_at")
    visitor.accessible_in_both_themes()
    _picture(page, "import")
    page.goto("/admin/orders?tab=imported")
    expect(page.get_by_role("link", name="FACES-1", exact=True)).to_be_visible()
