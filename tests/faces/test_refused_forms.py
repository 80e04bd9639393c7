"""What staff type wrongly in the back office: it is said what is wrong, and where, and nothing typed is lost."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.faces.browser import Visitor
from tests.faces.clerk import asked, run, sign_in
from tests.stage import Stage

Visit = Callable[..., Visitor]
UNCHECKED = "document.querySelectorAll('form').forEach((form) => { form.noValidate = true; })"


def test_a_refused_form_of_money_stays_on_its_tab_with_what_was_typed(visit: Visit) -> None:
    clerk = visit()
    clerk.allowed_statuses = {422}
    sign_in(clerk.page)
    page = clerk.go("/admin/payments?view=gift_cards")
    page.get_by_label("Amount").fill("ten")
    page.get_by_label("Note for staff").fill("of the raffle")
    page.get_by_role("button", name="Issue", exact=True).click()
    expect(page.get_by_text("Write an amount")).to_be_visible()
    expect(page.get_by_label("Note for staff")).to_have_value("of the raffle")
    page.get_by_role("link", name="Ledger").click()
    expect(page.get_by_role("heading", name="Ledger")).to_be_visible()

    clerk.go("/admin/payments?view=rules")
    page.get_by_label("Currency").fill("XX")
    page.get_by_label("From this amount").fill("5")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("There is no such currency")).to_be_visible()
    clerk.go("/admin/payments/rules?language=en")
    expect(page.get_by_role("heading", name="Payments")).to_be_visible()


def test_a_delivery_of_lots_says_which_row_lacks_one(visit: Visit, shop: Stage) -> None:
    sku = run(shop.article(stock=0))
    asked(shop, "PUT", "/v1/stock/policies", {"sku": sku, "tracking": "lot", "sell_beyond": "none"})
    clerk = visit(phone=True)
    clerk.allowed_statuses = {422}
    sign_in(clerk.page, "warehouse")
    page = clerk.go("/admin/stock/receive")
    page.get_by_label("SKU of row 1").fill(sku)
    page.get_by_label("Pieces of row 1").fill("-4")
    page.get_by_label("Number of the delivery note").fill("-")
    page.locator("form", has=page.get_by_label("Pieces of row 1")).evaluate(
        "form => (form.noValidate = true)"
    )
    page.get_by_role("button", name="Book it in").click()
    expect(page.get_by_role("alert")).to_contain_text(f"{sku}: Write at least 1.")
    page.get_by_label("Pieces of row 1").fill("5")
    page.get_by_label("SKU of row 2").fill("NO-SUCH-ARTICLE")
    page.get_by_label("Pieces of row 2").fill("1")
    page.get_by_label("Number of the delivery note").fill(f"lots {uuid.uuid4().hex[:8]}")
    page.get_by_role("button", name="Book it in").click()
    expect(page.get_by_role("alert")).to_contain_text("NO-SUCH-ARTICLE: No article has this SKU")
    page.get_by_label("SKU of row 2").fill("")
    page.get_by_label("Pieces of row 2").fill("")
    page.get_by_role("button", name="Book it in").click()
    expect(page.get_by_role("alert")).to_contain_text(f"{sku}: This is kept by lot")
    page.get_by_label("Lot or serial number of row 1").fill("A1")
    page.get_by_role("button", name="Book it in").click()
    expect(page.get_by_role("status").first).to_contain_text("booked in")
    lots = asked(shop, "GET", "/v1/stock/lots", sku=sku)["items"]
    assert [(lot["lot"], lot["on_hand"]) for lot in lots] == [("A1", 5)]

    clerk.go("/admin/bins")
    page.evaluate(UNCHECKED)
    page.locator("#zone-code").fill("z9")
    page.locator("#zone-position").fill("-1")
    page.get_by_role("button", name="Save the zone").click()
    expect(page.get_by_text("Write a number from 0 on.")).to_be_visible()
    expect(page.locator("#zone-code")).to_have_value("z9")
    page.evaluate(UNCHECKED)
    page.locator("#zone-position").fill("1.5")
    page.get_by_role("button", name="Save the zone").click()
    expect(page.get_by_text("Write a whole number.")).to_be_visible()


def test_a_number_of_the_settings_that_cannot_be_is_told_and_never_made_another(
    visit: Visit, shop: Stage
) -> None:
    code = f"numbers-{uuid.uuid4().hex[:8]}"
    method = {"name": code, "prices": {"EUR": {"price_minor": 490}}, "days_min": 3, "days_max": 7}
    asked(shop, "PUT", f"/v1/shipping-methods/{code}", {**method, "position": 4, "active": False})
    asked(
        shop, "POST", "/v1/warehouses", {"code": code.upper(), "name": code, "country": "DE", "priority": 7}
    )

    def kept() -> list[Any]:
        methods = asked(shop, "GET", "/v1/shipping-methods")["items"]
        places = asked(shop, "GET", "/v1/warehouses", limit=100)["items"]
        return [it for it in methods + places if it["name"] == code]

    before = kept()
    clerk = visit()
    clerk.allowed_statuses = {422}
    sign_in(clerk.page)
    for at, form, name, typed, words in (
        (f"method={code}", "method", "days_min", "two", "Write a whole number."),
        (f"method={code}", "method", "days_max", "7.5", "Write a whole number."),
        (f"method={code}", "method", "days_max", "366", "Write a number up to 365."),
        (f"method={code}", "method", "days_max", "2", "The longest time cannot be shorter"),
        (f"method={code}", "method", "position", "-1", "Write a number from 0 on."),
        (f"method={code}", "method", "position", "9" * 15, "Write a number up to 10000."),
        (f"method={code}", "method", "position", "", "This cannot be left empty."),
        (f"method={code}", "method", "countries", "DE, XX", "XX: this is no country."),
        (f"warehouse={code.upper()}", "warehouse", "priority", "first", "Write a whole number."),
        (f"warehouse={code.upper()}", "warehouse", "priority", "-1", "Write a number from 0 on."),
    ):
        page = clerk.go(f"/admin/settings?{at}")
        page.evaluate(UNCHECKED)
        page.locator(f"#{form}-{name}").fill(typed)
        page.locator(f"#{form}-name").fill(f"{code} otherwise")
        page.locator(f"#{form} button.primary").click()
        expect(page.locator(f"#{form}-{name}-wrong")).to_contain_text(words)
        expect(page.locator(f"#{form} h2")).to_have_text(code)
        expect(page.locator(f"#{form}-name")).to_have_value(f"{code} otherwise")
        expect(page.locator(f"#{form}-{name}")).to_have_value(typed)
        assert kept() == before, (name, typed)
