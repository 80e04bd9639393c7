"""What a warehouse is near to, that customers collect there, and who holds what lies in it."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.faces.browser import Visitor
from tests.faces.clerk import asked, collected_order, run, sign_in
from tests.stage import Stage

Visit = Callable[..., Visitor]


def test_a_warehouse_gets_regions_and_customers_collect_there(visit: Visit, shop: Stage) -> None:
    code = f"W-{uuid.uuid4().hex[:6].upper()}"
    visitor = visit()
    visitor.allowed_statuses = {422}
    sign_in(visitor.page)
    page = visitor.page
    page.goto("/admin/settings")
    form = page.locator("#warehouse")
    form.get_by_label("Code").fill(code)
    form.get_by_label("Name").fill(f"Corner shop {code}")
    form.get_by_label("Country").select_option("DE")
    form.get_by_label("Comes as").fill("950")
    form.get_by_label("Near to").fill("DE: 20, 21 = 10\nAT = 300\nNL: 1 = 40\nfr: 67 68")
    form.get_by_label("Customers collect here").check()
    form.get_by_role("button", name="Save the warehouse").click()
    row = page.get_by_role("row", name=re.compile(code))
    expect(row).to_contain_text("Collection")
    assert _place(shop, code)["pickup"] is True
    assert _regions(shop, code) == {
        ("AT", "", 300),
        ("DE", "20", 10),
        ("DE", "21", 10),
        ("FR", "67", 0),
        ("FR", "68", 0),
        ("NL", "1", 40),
    }
    page.get_by_role("link", name=f"Corner shop {code}").click()
    near = form.get_by_label("Near to")
    expect(near).to_have_value("AT = 300\nDE: 20, 21 = 10\nFR: 67, 68 = 0\nNL: 1 = 40")
    expect(form.get_by_label("Customers collect here")).to_be_checked()
    visitor.accessible_in_both_themes()
    _picture(page, "warehouse")

    for wrong, said in (
        ("Germany: 20", "“Germany: 20” cannot be read"),
        ("UK: 1 = 5", "no country UK"),
        ("DE: 20 = 1001", "“DE: 20 = 1001”: how far it is goes from 0 to 1000"),
        ("DE: 20000-21149 = 10", "20000-21149 is a range"),
        ("AT = 300\nAT = 200", "“AT = 200”: AT stands in it twice"),
    ):
        near.fill(wrong)
        form.get_by_role("button", name="Save the warehouse").click()
        expect(form.locator("#warehouse-regions-hint")).to_contain_text(said)
        expect(near).to_have_value(wrong)
    visitor.accessible()
    near.fill("")
    form.get_by_label("Customers collect here").uncheck()
    form.get_by_role("button", name="Save the warehouse").click()
    expect(page.get_by_role("status").first).to_be_visible()
    assert _regions(shop, code) == set()
    assert _place(shop, code)["pickup"] is False


def test_a_warehouse_that_is_saved_unchanged_stays_as_it_is(visit: Visit, shop: Stage) -> None:
    code = f"W-{uuid.uuid4().hex[:6].upper()}"
    place = {"code": code, "name": f"Shop {code}", "country": "PL", "priority": 960, "pickup": True}
    asked(shop, "POST", "/v1/warehouses", {**place, "active": False})
    regions = [
        {"country": "PL", "postal_prefix": "00-95", "distance": 7},
        {"country": "GB", "postal_prefix": "sw1A 1", "distance": 900},
        {"country": "GB", "postal_prefix": "", "distance": 900},
    ]
    asked(shop, "PUT", f"/v1/warehouses/{code}/regions", {"items": regions})
    before = _place(shop, code), _regions(shop, code)
    visitor = visit()
    sign_in(visitor.page)
    page = visitor.page
    page.goto(f"/admin/settings?warehouse={code}")
    page.get_by_role("button", name="Save the warehouse").click()
    expect(page.get_by_role("status").first).to_be_visible()
    assert (_place(shop, code), _regions(shop, code)) == before


def test_who_holds_stock_is_shown_and_holds_are_prolonged_and_ended(visit: Visit, shop: Stage) -> None:
    code = f"W-{uuid.uuid4().hex[:6].upper()}"
    place = {"code": code, "name": f"Shop {code}", "country": "DE", "priority": 970, "pickup": True}
    asked(shop, "POST", "/v1/warehouses", place)
    placed = collected_order(shop, code)
    sku = placed["lines"][0]["sku"]
    body = {"lines": [{"sku": sku, "quantity": 1}], "expires_in_seconds": 600}
    hold = asked(shop, "POST", "/v1/reservations", body)
    visitor = visit()
    visitor.allowed_statuses = {409}
    sign_in(visitor.page)
    page = visitor.page
    page.goto(f"/admin/stock/item?sku={sku}")
    page.get_by_role("link", name="Who holds it").click()
    row = page.get_by_role("row", name=placed["number"])
    expect(row.get_by_role("cell").nth(1)).to_have_text("2")
    expect(row).to_contain_text(code)
    expect(row.get_by_role("link")).to_have_attribute("href", f"/admin/orders/{placed['order_id']}")
    expect(page.get_by_role("row", name="Hold ")).to_contain_text("You")
    visitor.accessible_in_both_themes()
    _picture(page, "holds")

    page.get_by_role("link", name=f"Hold {hold['owner_id'][-6:]}").click()
    page.get_by_label("At least so long from now").select_option("1 day")
    page.get_by_role("button", name="Prolong the hold").click()
    expect(page.get_by_role("status").first).to_contain_text("at least that long")
    kept = asked(shop, "GET", f"/v1/reservations/{hold['owner_id']}")
    assert kept["expires_at"] > hold["expires_at"]
    page.get_by_text("End it").click()
    visitor.accessible_in_both_themes()
    _picture(page, "hold")
    before = run(shop.available(sku))
    page.get_by_role("button", name="End the hold").click()
    expect(page.get_by_role("status").first).to_contain_text("for sale again")
    expect(page.get_by_role("row", name=placed["number"])).to_be_visible()
    expect(page.get_by_role("row", name="Hold ")).to_have_count(0)
    assert run(shop.available(sku)) == before + 1
    page.goto(f"/admin/stock/holds/{hold['owner_id']}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ended")
    expect(page.get_by_role("button", name="Prolong the hold")).to_have_count(0)


def test_who_holds_much_of_a_sku_is_shown_page_by_page(visit: Visit, shop: Stage) -> None:
    sku = run(shop.article(stock=60))

    async def hold() -> None:
        async with await shop.staff() as client:
            for number in range(54):
                body = {"lines": [{"sku": sku, "quantity": 1}], "expires_in_seconds": 3600}
                headers = {"idempotency-key": str(uuid.uuid4())}
                answer = await client.post("/v1/reservations", json=body, headers=headers)
                assert answer.status_code == 201, answer.text
                if number == 1:
                    oldest = answer.json()["owner_id"]
            assert (await client.delete(f"/v1/reservations/{oldest}", headers=headers)).status_code == 204

    run(hold())
    visitor = visit()
    sign_in(visitor.page, "warehouse")
    page = visitor.page
    page.goto(f"/admin/stock/holds?sku={sku}")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_role("link", name="Next page").click()
    expect(rows).to_have_count(3)
    expect(page.get_by_role("link", name="Next page")).to_have_count(0)


def test_what_an_order_holds_is_not_ended_here(visit: Visit, shop: Stage) -> None:
    code = f"W-{uuid.uuid4().hex[:6].upper()}"
    place = {"code": code, "name": f"Shop {code}", "country": "DE", "priority": 980, "pickup": True}
    asked(shop, "POST", "/v1/warehouses", place)
    placed = collected_order(shop, code)
    visitor = visit(phone=True)
    visitor.allowed_statuses = {409}
    sign_in(visitor.page, "warehouse")
    page = visitor.page
    page.goto(f"/admin/stock/holds/{placed['order_id']}")
    expect(page.get_by_text("ends with it alone")).to_be_visible()
    expect(page.get_by_role("button", name="End the hold")).to_have_count(0)
    visitor.accessible()
    for deed in ("end", "prolong"):
        address = f"/admin/stock/holds/{placed['order_id']}/{deed}"
        answer = page.request.post(address, form={"key": uuid.uuid4().hex}, headers={"origin": shop.url})
        assert answer.status == 409, answer.text()
    assert asked(shop, "GET", f"/v1/reservations/{placed['order_id']}")["state"] == "held"
    page.goto("/admin/stock/holds")
    expect(page.get_by_role("row", name=code).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def _place(shop: Stage, code: str) -> Any:
    return asked(shop, "GET", f"/v1/warehouses/{code}")


def _regions(shop: Stage, code: str) -> set[tuple[str, str, int]]:
    found = asked(shop, "GET", f"/v1/warehouses/{code}/regions")["items"]
    return {(it["country"], it["postal_prefix"], it["distance"]) for it in found}


def _picture(page: Page, name: str) -> None:
    """Kept where SHOTS says, to be looked at."""
    folder = os.environ.get("SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
