"""Staff count by lot, and a zone alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from playwright.sync_api import expect

from tests.faces.browser import Visitor
from tests.faces.clerk import asked, sign_in
from tests.stage import Stage

Visit = Callable[..., Visitor]


def test_lots_are_counted_each_and_one_that_was_found_is_added(visit: Visit, shop: Stage) -> None:
    sku = f"MILK-{uuid.uuid4().hex[:8].upper()}"
    asked(shop, "PUT", "/v1/stock/policies", {"sku": sku, "tracking": "lot"})
    some = {"sku": sku, "warehouse": "LEJ", "lot": "A 1", "quantity": 5, "reason": "found"}
    asked(shop, "POST", "/v1/stock/adjustments", some)
    made = asked(shop, "POST", "/v1/counts", {"warehouse": "LEJ", "skus": [sku], "tolerance_pieces": 9})
    visitor = visit()
    visitor.allowed_statuses = {409, 422}
    sign_in(visitor.page, "warehouse")
    page = visitor.page
    page.goto(f"/admin/counts/{made['count_id']}")
    expect(page.get_by_text("in whatever bin or in none")).to_be_visible()
    visitor.accessible_in_both_themes()
    page.get_by_label("Pieces of row 1").fill("2")
    page.get_by_label(f"Counted of {sku} A 1").fill("4")
    page.get_by_role("button", name="This was counted").click()
    expect(page.get_by_role("alert")).to_contain_text(f"{sku}: This is kept by lot")
    page.get_by_label("Lot or serial number of row 1").fill("B 2")
    page.get_by_label("Sold until, row 1").fill("2035-05-17")
    page.get_by_role("button", name="This was counted").click()
    expect(page.get_by_role("row", name=f"{sku} A 1")).to_contain_text("−1")
    expect(page.get_by_role("row", name=f"{sku} B 2")).to_contain_text("+2")
    expect(page.get_by_label("Count again").get_by_role("option")).to_have_count(1)
    visitor.accessible_in_both_themes()


def test_a_zone_is_counted_alone(visit: Visit, shop: Stage) -> None:
    tag = uuid.uuid4().hex[:6].upper()
    sku, milk = f"CUP-{tag}", f"MILK-{tag}"
    asked(shop, "PUT", f"/v1/warehouses/LEJ/zones/Z{tag}", {"name": "Z", "position": 1})
    asked(shop, "PUT", f"/v1/warehouses/LEJ/bins/{tag}", {"zone": f"Z{tag}", "position": 1})
    asked(shop, "PUT", "/v1/stock/policies", {"sku": milk, "tracking": "lot"})
    for one, lot in ((sku, None), (milk, "L")):
        some = {"sku": one, "warehouse": "LEJ", "quantity": 5, "reason": "found", "lot": lot}
        asked(shop, "POST", "/v1/stock/adjustments", some)
        asked(shop, "POST", "/v1/bin-moves", {"warehouse": "LEJ", "sku": one, "quantity": 3, "to_bin": tag})
    visitor = visit()
    sign_in(visitor.page, "warehouse")
    page = visitor.page
    page.goto("/admin/counts")
    page.get_by_label("Warehouse", exact=True).select_option("LEJ")
    page.get_by_label("Or a zone").fill(f"z{tag}")
    page.get_by_role("button", name="Plan the count").click()
    expect(page.get_by_text("Count what lies in the bins of this zone, and nothing else.")).to_be_visible()
    expect(page.get_by_text("to be counted by name: 1")).to_be_visible()
    visitor.accessible_in_both_themes()
    page.get_by_label(f"Counted of {sku}").fill("3")
    page.get_by_role("button", name="This was counted").click()
    expect(page.get_by_role("row", name=sku)).to_contain_text("0")


def test_a_zone_where_all_is_kept_by_lot_is_to_be_counted_by_name(visit: Visit, shop: Stage) -> None:
    tag = uuid.uuid4().hex[:6].upper()
    milk = {"warehouse": "LEJ", "sku": f"MILK-{tag}"}
    asked(shop, "PUT", f"/v1/warehouses/LEJ/zones/Z{tag}", {"name": "Z", "position": 1})
    asked(shop, "PUT", f"/v1/warehouses/LEJ/bins/{tag}", {"zone": f"Z{tag}", "position": 1})
    asked(shop, "PUT", "/v1/stock/policies", {"sku": milk["sku"], "tracking": "lot"})
    asked(shop, "POST", "/v1/stock/adjustments", {**milk, "quantity": 5, "reason": "found", "lot": "L"})
    asked(shop, "POST", "/v1/bin-moves", {**milk, "quantity": 3, "to_bin": tag})
    visitor = visit()
    visitor.allowed_statuses = {409}
    sign_in(visitor.page, "warehouse")
    page = visitor.page
    page.goto("/admin/counts")
    page.get_by_label("Warehouse", exact=True).select_option("LEJ")
    page.get_by_label("Or a zone").fill(f"Z{tag}")
    page.get_by_role("button", name="Plan the count").click()
    expect(page.get_by_text(f"Count it by its SKUs: {milk['sku']}")).to_be_visible()
    visitor.accessible_in_both_themes()
