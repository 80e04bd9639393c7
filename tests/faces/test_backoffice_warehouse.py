"""Purchasing and work in warehouses, as staff do it in the back office."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.faces.browser import Visitor
from tests.faces.clerk import asked, order, run, sign_in
from tests.stage import Stage

Visit = Callable[..., Visitor]


def clerk(visit: Visit, role: str = "warehouse", **options: object) -> tuple[Visitor, Page]:
    visitor = visit(**options)
    visitor.allowed_statuses = {409, 422}
    sign_in(visitor.page, role)
    return visitor, visitor.page


def said(page: Page, words: str) -> None:
    expect(page.get_by_role("status").first).to_contain_text(words)


def test_a_supplier_is_ordered_from_and_delivers_in_parts(visit: Visit, shop: Stage) -> None:
    sku, code = run(shop.article(stock=0)), f"S-{uuid.uuid4().hex[:6].upper()}"
    visitor, page = clerk(visit)
    page.goto("/admin/suppliers")
    visitor.accessible_in_both_themes()
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_label("Name", exact=True).fill("Clayworks")
    page.get_by_label("Contact").fill("Mary Clay")
    page.get_by_label("E-mail").fill("mary@clay.example")
    page.get_by_label("Percent above").fill("5")
    page.get_by_role("button", name="Create the supplier").click()
    said(page, "saved")
    expect(page.get_by_label("Percent above")).to_have_value("5")
    expect(page.get_by_label("E-mail")).to_have_value("mary@clay.example")
    page.get_by_label("Percent above").fill("many")
    page.get_by_label("Contact").fill("Tom Clay")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Write a share from 0 to 100")).to_be_visible()
    expect(page.get_by_label("Contact")).to_have_value("Tom Clay")
    page.get_by_label("Percent above").fill("7.5")
    page.get_by_role("button", name="Save", exact=True).click()
    said(page, "saved")
    kept = asked(shop, "GET", f"/v1/suppliers/{code}")
    assert (kept["over_basis_points"], len(kept["contacts"])) == (750, 1)
    assert (kept["contacts"][0]["name"], kept["contacts"][0]["email"]) == ("Tom Clay", "mary@clay.example")
    assert kept["lead_time_days"] == 7
    page.get_by_label("SKU", exact=True).fill(sku)
    page.get_by_label("Pieces in a pack").fill("10")
    page.get_by_label("Price of row 1").fill("12.50")
    page.get_by_role("button", name="Save the SKU").click()
    said(page, "What they sell is saved")
    expect(page.get_by_role("row", name=sku)).to_contain_text("€12.50")
    visitor.accessible_in_both_themes()

    page.get_by_role("link", name="New purchase order").click()
    visitor.accessible_in_both_themes()
    page.get_by_label("SKU of row 1").fill(sku)
    page.get_by_label("Packs of row 1").fill("2")
    page.get_by_label("SKU of row 2").fill("NOT-THEIRS")
    page.get_by_label("Packs of row 2").fill("1")
    page.get_by_role("button", name="Draft the order").click()
    expect(page.get_by_role("alert")).to_contain_text("does not sell this")
    page.get_by_label("SKU of row 2").fill("")
    page.get_by_label("Packs of row 2").fill("")
    page.get_by_label("Packs of row 1").fill("3")
    page.get_by_label("Into warehouse").select_option("LEJ")
    page.get_by_role("button", name="Draft the order").click()
    said(page, "drafted")
    page.get_by_text("Change the lines").click()
    expect(page.get_by_label("Packs of row 1")).to_have_value("3")
    page.get_by_label("Packs of row 1").fill("2")
    page.get_by_label("SKU of row 2").fill("NOT-THEIRS")
    page.get_by_label("Packs of row 2").fill("1")
    page.get_by_role("button", name="Save the lines").click()
    expect(page.get_by_role("alert")).to_contain_text("NOT-THEIRS")
    visitor.accessible_in_both_themes()
    page.get_by_label("SKU of row 2").fill("")
    page.get_by_label("Packs of row 2").fill("")
    page.get_by_role("button", name="Save the lines").click()
    said(page, "The lines are changed")
    expect(page.get_by_role("row", name=sku)).to_contain_text("2 × 10")
    page.get_by_role("button", name="Place the order").click()
    said(page, "placed")
    visitor.accessible_in_both_themes()
    page.get_by_label("Number of the delivery note").fill("DN-1")
    page.get_by_label("Good").fill("8")
    page.get_by_label("Damaged").fill("1")
    page.get_by_label("Freight, EUR").fill("4.50")
    page.get_by_role("button", name="Book it in").click()
    said(page, "booked in")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Partly received")
    expect(page.get_by_role("group", name="Deliveries")).to_contain_text("€1.75")
    assert run(shop.available(sku)) == 8
    page.goto(f"/admin/stock/item?sku={sku}")
    cost = page.get_by_role("group", name="What it cost us").get_by_role("row").nth(1)
    expect(cost).to_have_text(re.compile(r"€1\.75\s*€1\.75\s*8\s*€14\.00"))
    visitor.accessible_in_both_themes()
    page.go_back()
    page.get_by_role("link", name="On paper").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Purchase order PO-")
    visitor.accessible_in_both_themes()
    page.goto("/admin/purchase-orders?state=partly_received")
    expect(page.get_by_role("row", name="Clayworks").first).to_be_visible()
    visitor.accessible_in_both_themes()


def test_what_runs_low_is_ordered_again_and_what_comes_is_put_away(visit: Visit, shop: Stage) -> None:
    sku, code = run(shop.article(stock=3)), f"S-{uuid.uuid4().hex[:6].upper()}"
    place = f"W-{uuid.uuid4().hex[:6].upper()}"
    body = {"code": code, "name": f"Potter {code}", "currency": "EUR"}
    asked(shop, "POST", "/v1/suppliers", body)
    prices = [{"packs": 1, "pack_price_minor": 500}]
    asked(shop, "PUT", "/v1/supplier-parts", {"supplier": code, "sku": sku, "pack_size": 6, "prices": prices})
    visitor, page = clerk(visit)
    page.goto("/admin/low-stock")
    page.get_by_label("SKU", exact=True).fill(sku)
    page.get_by_label("Low at so many pieces").fill("10")
    page.get_by_role("button", name="Watch it").click()
    said(page, "watched")
    expect(page.get_by_role("group", name="To order").get_by_role("row", name=sku)).to_contain_text("12")
    visitor.accessible_in_both_themes()
    page.get_by_label(f"Order {sku}").check()
    page.get_by_role("button", name="Draft purchase orders").click()
    said(page, "drafted")
    expect(page.get_by_role("row", name=f"Potter {code}")).to_be_visible()

    warehouse = {"code": place, "name": f"Annex {place}", "country": "DE", "priority": 900, "active": False}
    asked(shop, "POST", "/v1/warehouses", warehouse)
    page.goto(f"/admin/bins?warehouse={place}")
    page.get_by_label("Code").fill("a")
    page.get_by_role("button", name="Save the zone").click()
    said(page, "zone is saved")
    page.locator("#bin").fill("a-01")
    page.get_by_role("button", name="Save the bin").click()
    said(page, "bin is saved")
    visitor.accessible_in_both_themes()
    lines = [{"sku": sku, "warehouse": place, "quantity": 4}]
    asked(shop, "POST", "/v1/stock/receipts", {"reference": f"R {place}", "lines": lines})
    page.goto("/admin/receiving")
    visitor.accessible_in_both_themes()
    row = page.get_by_role("group", name="To put away").get_by_role("row", name=place)
    expect(row.get_by_label(f"Bin for {sku}")).to_have_value("A-01")
    row.get_by_role("button", name="Put away").click()
    said(page, "Done")
    expect(page.get_by_role("row", name=f"R {place}")).to_have_count(0)
    page.goto(f"/admin/bins?warehouse={place}")
    expect(page.get_by_role("group", name="What lies where")).to_contain_text(sku)
    page.get_by_label("SKU", exact=True).fill(sku)
    page.get_by_label("Pieces", exact=True).fill("9")
    page.get_by_label("From bin").fill("A-01")
    page.get_by_role("button", name="They are carried").click()
    expect(page.get_by_text("Fewer pieces lie in this bin.")).to_be_visible()


def test_pieces_are_sent_counted_and_taken_in_from_a_file(visit: Visit, shop: Stage) -> None:
    sku = run(shop.article(stock=9))
    visitor, page = clerk(visit)
    page.goto("/admin/transfers")
    visitor.accessible_in_both_themes()
    page.get_by_label("From", exact=True).select_option("LEJ")
    page.get_by_label("To", exact=True).select_option("RTM")
    page.get_by_label("SKU of row 1").fill(sku)
    page.get_by_label("Pieces of row 1").fill("4")
    page.get_by_role("button", name="Draft the transfer").click()
    said(page, "drafted")
    page.get_by_role("button", name="Send the transfer").click()
    said(page, "on their way")
    assert run(shop.available(sku)) == 5
    page.get_by_label("What it came with").fill("van")
    page.get_by_label("Good").fill("3")
    page.get_by_label("Missing").fill("1")
    visitor.accessible_in_both_themes()
    page.get_by_role("button", name="Book it in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Received")

    page.goto("/admin/counts")
    visitor.accessible_in_both_themes()
    page.get_by_label("Warehouse", exact=True).select_option("LEJ")
    page.get_by_label("Or these SKUs, one a line").fill(sku)
    page.get_by_role("button", name="Plan the count").click()
    said(page, "planned")
    visitor.accessible_in_both_themes()
    for _ in range(2):
        page.get_by_label(f"Counted of {sku}").fill("4")
        page.get_by_role("button", name="This was counted").click()
        said(page, "kept")
    expect(page.get_by_role("row", name=sku)).to_contain_text("−1")
    page.get_by_role("button", name="Approve and adjust").click()
    expect(page.get_by_role("alert")).to_contain_text("Whoever counted does not approve")
    visitor.accessible_in_both_themes()

    page.goto("/admin/stock/file")
    visitor.accessible_in_both_themes()
    page.get_by_label("The file's lines").fill(f"sku,quantity\n{sku},many\n")
    page.get_by_label("Its name").fill(f"take {sku}")
    page.get_by_label("Warehouse of lines that name none").select_option("LEJ")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("row", name="quantity")).to_contain_text("a whole number")
    page.get_by_label("The file's lines").fill(f"sku,quantity\n{sku}.,1\n{sku}-NEW,7\n")
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_role("row", name="2 sku")).to_contain_text(f"Is it {sku}?")
    expect(page.get_by_role("row", name="3 sku")).to_contain_text(f"never had {sku}-NEW.")
    visitor.accessible_in_both_themes()
    page.get_by_label("The file's lines").fill(f"sku,quantity\n{sku},7\n{sku}-NEW,2\n")
    page.get_by_label("SKUs that stock never had are new").check()
    page.get_by_role("button", name="Take it in").click()
    said(page, "taken in")
    page.goto("/admin/stock/file")
    page.get_by_label("The file's lines").fill(f"sku,quantity\n{sku},7\n{sku}-NEW,2\n")
    page.get_by_label("Its name").fill(f"take {sku}")
    page.get_by_label("Warehouse of lines that name none").select_option("LEJ")
    page.get_by_role("button", name="Take it in").click()
    said(page, "was taken in before")
    assert run(shop.available(sku)) == 10, "seven here and three in Rotterdam"


def test_an_order_is_picked_and_packed(visit: Visit, shop: Stage) -> None:
    placed = order(shop)
    sku = placed["lines"][0]["sku"]
    owner = {"warehouse": "LEJ", "owner_ids": [placed["order_id"]]}
    made = asked(shop, "POST", "/v1/pick-lists", owner)
    visitor, page = clerk(visit)
    page.goto("/admin/pick-lists")
    visitor.accessible_in_both_themes()
    page.get_by_role("link", name=made["number"]).click()
    visitor.accessible_in_both_themes()
    page.get_by_label("Picked of row 1").fill("2")
    page.get_by_role("button", name="This was picked").click()
    said(page, "kept")
    page.get_by_label("Pieces of row 1").fill("1")
    page.get_by_role("button", name="It is packed").click()
    expect(page.get_by_role("alert")).to_contain_text(
        f"not what was picked. {sku}: 1 in the parcel, 2 picked."
    )
    expect(page.get_by_label("SKU of row 1")).to_have_value(sku)
    visitor.accessible_in_both_themes()
    asked(shop, "POST", f"/v1/orders/{placed['order_id']}/hold", {"reason": "the address"})
    page.get_by_role("button", name="It is packed").click()
    expect(page.get_by_role("alert")).to_contain_text("This order is held")
    asked(shop, "POST", f"/v1/orders/{placed['order_id']}/release")
    page.get_by_role("button", name="It is packed").click()
    said(page, "packed")
    history = page.get_by_role("group", name="History")
    expect(history.get_by_role("row").nth(1)).to_contain_text("Staff ")
    expect(history.get_by_role("row").nth(2)).to_contain_text("You")
    parcel = page.get_by_text("Parcel packed")
    for _ in range(20):  # the order hears of it a moment later
        page.goto(f"/admin/orders/{placed['order_id']}")
        if parcel.count():
            break
        page.wait_for_timeout(250)
    expect(parcel.first).to_be_visible()
    order_path = f"/v1/orders/{placed['order_id']}"
    (packed,) = asked(shop, "GET", order_path)["fulfilments"]
    asked(shop, "POST", f"{order_path}/fulfilments/{packed['fulfilment_id']}/ship", {})
    page.goto(f"/admin/stock/item?sku={sku}")
    whose = re.compile(f"The platform.*({placed['number']}|{placed['order_id'][-6:]})")
    for newest in (1, 2):
        expect(page.get_by_role("group", name="Movements").get_by_role("row").nth(newest)).to_contain_text(
            whose
        )


def test_one_order_is_listed_to_be_picked_from_its_page(visit: Visit, shop: Stage) -> None:
    placed = order(shop)
    visitor, page = clerk(visit)
    page.goto(f"/admin/orders/{placed['order_id']}")
    visitor.accessible_in_both_themes()
    page.get_by_role("button", name="Pick list in LEJ").click()
    said(page, "The list is made.")
    expect(page.get_by_role("row", name=placed["lines"][0]["sku"])).to_contain_text(placed["number"])
    listed = page.url
    page.goto(f"/admin/orders/{placed['order_id']}")
    expect(page.get_by_role("button", name="Pick list in")).to_have_count(0)
    again = page.request.post(
        f"/admin/orders/{placed['order_id']}/pick-list",
        form={"key": uuid.uuid4().hex, "warehouse": "LEJ"},
        headers={"origin": shop.url},
    )
    assert (again.status, "Nothing is to be picked here." in again.text()) == (409, True)
    page.get_by_role("link", name="Pick list PL-").click()
    expect(page).to_have_url(listed.partition("?")[0])


def test_a_sku_that_nobody_knows_is_asked_about_and_a_reason_is_needed(visit: Visit, shop: Stage) -> None:
    visitor, page = clerk(visit)
    sku = f"TYPO-{uuid.uuid4().hex[:6].upper()}"
    page.goto("/admin/stock/receive")
    page.get_by_label("Number of the delivery note").fill(sku)
    page.get_by_label("SKU of row 1").fill(sku)
    page.get_by_label("Pieces of row 1").fill("2")
    page.get_by_role("button", name="Book it in").click()
    expect(page.get_by_role("alert")).to_contain_text(f"{sku}: No article has this SKU")
    visitor.accessible_in_both_themes()
    page.get_by_label("It is right: the SKU is new").check()
    page.get_by_role("button", name="Book it in").click()
    said(page, "booked in")
    page.goto(f"/admin/stock/item?sku={sku}")
    page.get_by_label("By how many pieces").fill("-1")
    page.get_by_label("Reason").evaluate("it => it.removeAttribute('required')")
    page.get_by_role("button", name="Adjust the stock").click()
    expect(page.get_by_text("This cannot be left empty.").first).to_be_visible()
    assert run(shop.available(sku)) == 2


def test_on_a_phone_no_page_of_the_warehouse_is_wider_than_it(visit: Visit) -> None:
    _, page = clerk(visit, phone=True)
    for name in (
        "suppliers",
        "purchase-orders",
        "purchase-orders/new",
        "receiving",
        "bins",
        "transfers",
        "counts",
        "pick-lists",
        "low-stock",
        "stock/file",
    ):
        page.goto(f"/admin/{name}")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
