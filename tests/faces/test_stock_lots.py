"""Staff put right what lies there of a lot and until when it is sold, and ask another where it is much."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.faces.browser import Visitor
from tests.faces.clerk import asked, run, sign_in
from tests.stage import Stage, start_stage

Visit = Callable[..., Visitor]
MANY = 50


@pytest.fixture(scope="module")
def shop(
    fresh_database: Callable[[], str], processor_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """One person adjusts 20 pieces at most."""
    environ = {"TRADEWIND_INVENTORY_APPROVAL_ABOVE_PIECES": "20"}
    data = tmp_path_factory.mktemp("approvals")
    stage = start_stage(fresh_database(), processor_url, data, split=False, environ=environ)
    try:
        yield stage
    finally:
        stage.stop()


def test_a_lots_day_is_put_right_and_a_found_lot_gets_one(visit: Visit, shop: Stage) -> None:
    sku = f"MILK-{uuid.uuid4().hex[:8].upper()}"
    asked(shop, "PUT", "/v1/stock/policies", {"sku": sku, "tracking": "lot"})
    found = {"sku": sku, "warehouse": "LEJ", "lot": "A 1", "quantity": 5, "reason": "found"}
    asked(shop, "POST", "/v1/stock/adjustments", {**found, "expires_on": "2035-05-17"})
    visitor = visit()
    visitor.allowed_statuses = {409, 422}
    sign_in(visitor.page, "warehouse")
    page = visitor.page
    page.goto(f"/admin/stock/item?sku={sku}")
    page.get_by_text("Put right until when a lot is sold").click()
    page.locator("#sold_until").fill("2036-01-31")
    page.locator("#dated_why").fill("read off the carton")
    page.get_by_role("button", name="Set the day").click()
    expect(page.get_by_role("status").first).to_contain_text("The day of the lot is changed.")
    changed = page.get_by_role("group", name="Days of lots that were changed")
    expect(
        changed.get_by_role("row", name=re.compile("You.*A 1.*2035.*2036.*read off the carton"))
    ).to_be_visible()
    visitor.accessible_in_both_themes()
    page.locator("#warehouse").select_option("LEJ")
    page.get_by_label("By how many pieces").fill("2")
    page.locator("#adjusted-lot").fill("A 1")
    page.locator("#expires_on").fill("2037-01-31")
    page.locator("#reason").fill("Found")
    page.get_by_role("button", name="Adjust the stock").click()
    expect(page.get_by_text("it is sold until 2036-01-31")).to_be_visible()
    page.locator("#adjusted-lot").fill("B")
    page.get_by_role("button", name="Adjust the stock").click()
    expect(page.get_by_role("row", name=re.compile("^B .*2037"))).to_be_visible()


def test_more_than_one_person_adjusts_is_asked_for_with_its_lot(visit: Visit, shop: Stage) -> None:
    lotted, plain = f"MILK-{uuid.uuid4().hex[:8].upper()}", run(shop.article(stock=MANY))
    asked(shop, "PUT", "/v1/stock/policies", {"sku": lotted, "tracking": "lot"})
    asked(
        shop,
        "POST",
        "/v1/stock/receipts",
        {
            "reference": lotted,
            "lines": [{"sku": lotted, "warehouse": "LEJ", "lot": "A", "quantity": MANY}],
        },
    )
    visitor = visit()
    visitor.allowed_statuses = {409, 422}
    sign_in(visitor.page, "warehouse")
    page = visitor.page
    page.goto(f"/admin/stock/item?sku={lotted}")
    page.locator("#warehouse").select_option("LEJ")
    page.get_by_label("By how many pieces").fill(str(-MANY))
    page.locator("#adjusted-lot").fill("A")
    page.locator("#reason").fill("Lost")
    page.get_by_role("button", name="Adjust the stock").click()
    expect(page.get_by_role("status").first).to_contain_text(
        "it waits for another, at Counts and corrections"
    )
    expect(
        page.get_by_text(f"An adjustment by −{MANY} in LEJ waits for a second person: Lost")
    ).to_be_visible()
    page.goto("/admin/counts")
    expect(page.get_by_role("row", name=re.compile(f"{lotted} ?A "))).to_be_visible()

    page.goto(f"/admin/stock/item?sku={plain}")
    page.get_by_text("What became of pieces").click()
    page.locator("#move-kind").select_option("Written off")
    page.locator("#move-warehouse").select_option("LEJ")
    page.get_by_label("How many pieces", exact=True).fill(str(MANY))
    page.get_by_label("What happened").fill("mould")
    page.get_by_role("button", name="Note it").click()
    expect(page.get_by_text("This is more than one person adjusts").first).to_be_visible()
    page.get_by_role("button", name="Ask another person to approve it").click()
    expect(page.get_by_role("status").first).to_contain_text("it waits for another")

    page.goto("/admin/stock/file")
    page.locator("#content").fill(f"sku,warehouse,quantity\n{plain},LEJ,0\n")
    page.locator("#reference").fill(f"take {plain}")
    page.get_by_role("button", name="Take it in").click()
    page.get_by_role("link", name="Ask a second person").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(plain)
