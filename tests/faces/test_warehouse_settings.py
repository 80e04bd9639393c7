"""What a warehouse is near to, and that customers collect there."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.faces.browser import Visitor
from tests.faces.clerk import asked, sign_in
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
