"""How staff say what is special of a SKU, and how shoppers meet it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.faces.browser import Visitor
from tests.faces.clerk import asked, run, sign_in
from tests.stage import Stage

Visit = Callable[..., Visitor]


def test_a_sku_gets_a_policy_safety_stock_and_damaged_pieces(visit: Visit, shop: Stage) -> None:
    sku = run(shop.article(stock=4))
    visitor = visit()
    sign_in(visitor.page, "warehouse")
    page = visitor.page
    visitor.allowed_statuses = {409, 422}
    page.goto(f"/admin/stock/item?sku={sku}")
    page.get_by_text("What became of pieces").click()
    page.get_by_label("How many pieces", exact=True).fill("1")
    page.get_by_label("What happened").fill("fell off the shelf")
    page.get_by_role("button", name="Note it").click()
    moves = page.get_by_role("group", name="Movements")
    expect(
        moves.get_by_role("row", name=re.compile("You.*Damaged.*−1.*\\+1.*fell off the shelf"))
    ).to_be_visible()
    for kind in ("quality_hold", "quality_release", "repair"):
        asked(
            shop,
            "POST",
            "/v1/stock/moves",
            {
                "sku": sku,
                "warehouse": "LEJ",
                "kind": kind,
                "quantity": 1,
                "reason": "looked at it again, under the lamp",
            },
        )
    page.get_by_text("Safety stock", exact=True).click()
    page.get_by_label("Pieces that are never promised").fill("2")
    page.get_by_role("button", name="Keep them back").click()
    expect(page.get_by_role("row", name=re.compile("In all"))).to_contain_text("2")
    expect(moves.get_by_role("row").nth(1)).to_contain_text("Safety +2")
    page.get_by_text("How it is sold and kept").click()
    page.get_by_label("Sold though it is not there").select_option("As a back-order")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Say how many may be waited for.")).to_be_visible()
    page.get_by_label("So many at a time").fill("5")
    page.get_by_label("A back-order ships by").fill("2035-05-17")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("How it is sold and kept").click()
    expect(page.get_by_label("So many at a time")).to_have_value("5")
    visitor.accessible_in_both_themes()
    page.get_by_label("As it was").fill("2020-01-01T00:00:00")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("[role=alert]").first).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"/admin/stock/item?sku={sku}")
    assert moves.evaluate("it => it.scrollWidth <= it.clientWidth"), "why it moved is not cut off"
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"/admin/stock/item?sku={sku}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_bundle_is_defined_by_its_parts(visit: Visit, shop: Stage) -> None:
    part = run(shop.article(stock=4))
    tea_set = f"SET-{part}"
    asked(shop, "PUT", "/v1/stock/policies", {"sku": tea_set})
    visitor = visit()
    sign_in(visitor.page, "warehouse")
    page = visitor.page
    page.goto(f"/admin/stock/item?sku={tea_set}")
    page.get_by_text("Bundle", exact=True).click()
    page.get_by_label("Parts of it").fill(f"{part}: 2")
    page.get_by_role("button", name="Save the parts").click()
    page.get_by_text("Bundle", exact=True).click()
    expect(page.get_by_label("Parts of it")).to_have_value(f"{part}: 2")
    assert asked(shop, "GET", "/v1/availability", sku=tea_set)["items"] == [{"sku": tea_set, "available": 2}]
