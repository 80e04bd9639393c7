"""Promotions, zones and taxes: as staff set them, and as shoppers then see them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.faces.browser import Visitor
from tests.faces.clerk import asked
from tests.faces.shopper import put_into_cart
from tests.faces.test_backoffice import clerk
from tests.faces.test_storefront import article
from tests.stage import Stage

Visit = Callable[..., Visitor]


def test_codes_are_shown_one_by_one_with_what_each_takes_off(visit: Visit, shop: Stage) -> None:
    _, slug = article(shop, price_minor=5000)
    mark = uuid.uuid4().hex[:8].upper()
    visitor, page = clerk(visit)
    for name, value in ((f"A tenth {mark}", "10"), (f"A fifth {mark}", "20")):
        page.goto("/admin/promotions/new")
        page.get_by_label("Name").fill(name)
        page.get_by_label("How much").fill(value)
        page.get_by_label("Products", exact=False).first.fill(slug)
        page.get_by_label("Combines with others").check()
        page.get_by_role("textbox", name="Codes").fill(f"{mark}-{value}")
        page.get_by_role("button", name="Create the promotion").click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    visitor.accessible_in_both_themes()
    shopper = visit()
    put_into_cart(shopper.page, slug)
    shopper.page.goto("/cart")
    for code in (f"{mark}-10".lower(), f"{mark}-20"):
        shopper.page.get_by_label("Discount code").fill(code)
        shopper.page.get_by_role("button", name="Use").click()
        expect(shopper.page.get_by_role("button", name=f"Take away {code.upper()}")).to_be_visible()
    sums = shopper.page.get_by_role("complementary", name="What it comes to")
    expect(sums).to_contain_text(f"A tenth {mark}")
    expect(sums).to_contain_text("−€5.00")
    expect(sums).to_contain_text("−€9.00")
    shopper.accessible_in_both_themes()
    shopper.page.get_by_role("button", name=f"Take away {mark}-10").click()
    expect(sums).not_to_contain_text(f"A tenth {mark}")
    expect(sums).to_contain_text("−€10.00")


def test_zones_steps_and_dated_rates_are_set(visit: Visit) -> None:
    mark = uuid.uuid4().hex[:8]
    visitor, page = clerk(visit)
    visitor.allowed_statuses = {422}
    _zone(page, mark)
    _method(page, mark)
    tax = page.locator("#rate")
    tax.get_by_label("Country").select_option("NZ")
    tax.get_by_label("Percent").fill("15")
    tax.get_by_label("From", exact=False).fill("2090-04-01")
    tax.get_by_role("button", name="Save the rate").click()
    row = page.get_by_role("row", name=re.compile("New Zealand.*2090"))
    expect(row).to_contain_text("To come")
    row.get_by_role("button", name="Remove the rate of New Zealand").click()
    expect(page.get_by_role("status").first).to_have_text("Removed.")
    expect(row).to_have_count(0)
    _removed_zone(visitor, page, mark)
    page.get_by_role("button", name="Load the EU's rates").click()
    expect(page.get_by_role("row", name=re.compile("Malta.*standard"))).to_contain_text("18 %")
    visitor.accessible_in_both_themes()


def test_what_is_free_from_nothing_on_is_told_as_it_is_kept(visit: Visit, shop: Stage) -> None:
    code = f"free-{uuid.uuid4().hex[:8]}"
    price = {"price_minor": 490, "free_from_minor": 0}
    asked(
        shop,
        "PUT",
        f"/v1/shipping-methods/{code}",
        {"name": code, "prices": {"EUR": price}, "active": False},
    )
    _, page = clerk(visit)
    page.goto(f"/admin/settings?method={code}")
    expect(page.get_by_role("row", name=code)).to_contain_text("free from €0.00 on")
    expect(page.locator("#method-free_EUR")).to_have_value("0.00")


def test_a_weight_limit_stays_to_the_gram_and_is_typed_in_kilograms(visit: Visit, shop: Stage) -> None:
    code = f"cargo-{uuid.uuid4().hex[:8]}"
    steps = [{"up_to_grams": 12_345_678, "price_minor": 490}]
    method = {
        "name": code,
        "prices": {"EUR": {"price_minor": 1690, "steps": steps}},
        "most_grams": 31_500,
        "active": False,
    }
    asked(shop, "PUT", f"/v1/shipping-methods/{code}", method)

    def kept() -> Any:
        methods = asked(shop, "GET", "/v1/shipping-methods")["items"]
        return next(it for it in methods if it["code"] == code)

    before = kept()
    visitor, page = clerk(visit)
    visitor.allowed_statuses = {422}
    limit = page.locator("#method-most_kilograms")
    for language, shown, smaller in (("de", "31,5", "0,5"), ("en", "0.5", "31.5")):
        page.goto(f"/admin/settings?language={language}&method={code}")
        expect(limit).to_have_value(shown)
        page.locator("#method button.primary").click()
        expect(page.get_by_role("status").first).to_be_visible()
        assert kept() == before
        page.goto(f"/admin/settings?method={code}")
        limit.fill(smaller)
        page.locator("#method button.primary").click()
        expect(page.get_by_role("status").first).to_be_visible()
        before = {**before, "most_grams": 500 if language == "de" else 31_500}
        assert kept() == before
    page.goto(f"/admin/settings?method={code}")
    limit.fill("1.0005")
    page.locator("#method button.primary").click()
    expect(page.locator("#method-most_kilograms-wrong")).to_contain_text("weight in kilograms")
    visitor.accessible()
    assert kept() == before


def _zone(page: Page, mark: str) -> None:
    page.goto("/admin/settings")
    zone = page.locator("#zone")
    zone.get_by_label("Code").fill(f"north-{mark}")
    zone.get_by_label("Name").fill(f"North {mark}")
    zone.get_by_label("Where it lies").fill("New Zealand")
    zone.get_by_role("button", name="Save the zone").click()
    expect(zone).to_contain_text("Write one country a line")
    zone.get_by_label("Where it lies").fill("NZ: 0, 10-39, !0793")
    zone.get_by_role("button", name="Save the zone").click()
    page.get_by_role("link", name=f"North {mark}").click()
    assert zone.get_by_label("Where it lies").input_value() == "NZ: 0, 10-39, !0793"


def _removed_zone(visitor: Visitor, page: Page, mark: str) -> None:
    visitor.allowed_statuses |= {409}
    zone, method = page.locator("#zone"), page.locator("#method")
    page.get_by_role("button", name=f"Remove North {mark}").click()
    expect(zone.get_by_role("alert")).to_contain_text("A shipping method goes to this zone")
    page.get_by_role("link", name=f"Ferry {mark}").click()
    method.get_by_label("Zone").select_option("")
    method.get_by_label("Countries").fill("NZ")
    method.get_by_role("button", name="Save the method").click()
    page.get_by_role("button", name=f"Remove North {mark}").click()
    expect(page.get_by_role("status").first).to_have_text("Removed.")
    expect(page.get_by_text(f"North {mark}")).to_have_count(0)


def _method(page: Page, mark: str) -> None:
    def shown() -> Any:
        return page.locator("#method")

    shown().get_by_label("Code").fill(f"ferry-{mark}")
    shown().get_by_label("Name").fill(f"Ferry {mark}")
    shown().get_by_label("Price in EUR").fill("20")
    shown().get_by_label("Steps in EUR").fill("2 kg: 4.90\n50: 9")
    shown().get_by_label("Zone").select_option(f"north-{mark}")
    shown().get_by_role("button", name="Save the method").click()
    page.get_by_role("link", name=f"Ferry {mark}").click()
    assert shown().get_by_label("Steps in EUR").input_value() == "2 kg: 4.90\n50.00: 9.00"
