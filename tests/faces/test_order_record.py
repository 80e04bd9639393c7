"""The record of an order, as staff and its customer meet it: timeline, as it was, invoices, export."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.faces.browser import Visitor
from tests.faces.clerk import asked, order, sign_in
from tests.stage import Stage

Visit = Callable[..., Visitor]


def test_staff_look_back_issue_an_invoice_and_export(visit: Visit, shop: Stage) -> None:
    placed = order(shop, quantity=3)
    sku, url = placed["lines"][0]["sku"], f"/admin/orders/{placed['order_id']}"
    api = f"/v1/orders/{placed['order_id']}"
    asked(shop, "POST", f"{api}/fulfilments", {"lines": [{"sku": sku, "quantity": 1}], "carrier": "DHL"})
    visitor = visit()
    sign_in(visitor.page)
    page = visitor.page
    page.goto(url)
    page.get_by_label("Note", exact=True).fill("It leaves today.")
    page.get_by_role("button", name="Show it to the customer").click()
    expect(page.get_by_role("status").first).to_contain_text("customer sees the note")
    page.get_by_role("navigation", name="What is shown").get_by_role("link", name="Notes").click()
    expect(page.locator(".timeline li")).to_have_count(1)
    expect(page.locator("#timeline")).to_contain_text("It leaves today.")
    visitor.accessible_in_both_themes()
    _picture(page, "timeline")

    page.goto(url)
    page.get_by_text("Issue an invoice").click()
    page.get_by_role("button", name="Issue", exact=True).click()
    number = page.locator("#documents a.mono").first.inner_text()
    assert number.startswith("INV-")
    _picture(page, "order")
    pdf = page.context.request.get(f"{url}/documents/{number}")
    assert number in PdfReader(BytesIO(pdf.body())).pages[0].extract_text()

    page.locator(".timeline small a").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("As it was")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pending")
    page.get_by_role("link", name="After that").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("To ship")
    visitor.accessible_in_both_themes()
    _picture(page, "as-of")

    page.goto("/admin/orders")
    page.get_by_role("link", name="Export").click()
    visitor.accessible_in_both_themes()
    _picture(page, "export")
    page.get_by_label("Found by").fill(placed["number"])
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    rows = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert (len(rows), rows[1].split(",")[0]) == (2, placed["number"])


def test_a_customer_reads_the_invoice_and_writes_a_note(visit: Visit, shop: Stage) -> None:
    placed = order(shop)
    asked(shop, "POST", f"/v1/orders/{placed['order_id']}/invoices", {})
    visitor = visit()
    page = visitor.go(f"/orders/{placed['order_id']}?token={placed['token']}")
    page.get_by_text("Write something to this order").click()
    page.get_by_label("Your note").fill("Please ring next door.")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("Please ring next door.")).to_be_visible()
    link = page.get_by_role("link", name="INV-")
    pdf = page.context.request.get(shop.url + str(link.get_attribute("href")))
    assert PdfReader(BytesIO(pdf.body())).pages[0].extract_text()
    visitor.accessible()
    _picture(page, "shop-order")


def _picture(page: Page, name: str) -> None:
    """To look at, where SHOTS names a folder."""
    if "SHOTS" in os.environ:
        page.screenshot(path=f"{os.environ['SHOTS']}/{name}.png", full_page=True)
        size = page.viewport_size
        page.set_viewport_size({"width": 390, "height": 844})
        page.screenshot(path=f"{os.environ['SHOTS']}/{name}-phone.png", full_page=True)
        assert size is not None
        page.set_viewport_size(size)
