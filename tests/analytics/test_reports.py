"""What reports say of what was told: exact, in the asker's time zone, one currency at a time."""

from __future__ import annotations

import csv
import io
import uuid

import pytest

from tests.analytics.desk import Desk, cancelled, left_behind, line, placed, refunded
from tests.shop import staff
from tradewind.contracts.order import Buyer
from tradewind.contracts.user import AccountClosed
from tradewind.services.analytics.loading import answer_requests, compare

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_sales_by_day_are_what_was_sold_on_the_askers_days(shared_desk: Desk) -> None:
    desk = shared_desk
    await desk.tell(placed([line("A", 2, 2000)]), "2024-01-10 22:59:59")
    await desk.tell(
        placed([line("A", 1, 1000), line("B", 3, 900)]), "2024-01-10 23:00:00"
    )  # the 11th in Berlin
    report = await desk.get("sales", from_="2024-01-10", to="2024-01-12", timezone="Europe/Berlin")
    assert [(p["label"], p["gross_minor"], p["orders"], p["units"]) for p in report["periods"]] == [
        ("2024-01-10", 2490, 1, 2),
        ("2024-01-11", 2390, 1, 4),
    ]
    assert report["periods"][0]["start"] == "2024-01-10T00:00:00+01:00"
    totals = report["totals"]
    assert (totals["gross_minor"], totals["average_order_minor"], totals["net"]) == (4880, 2440, "48.80")
    utc = await desk.get("sales", from_="2024-01-10", to="2024-01-12")
    assert [p["orders"] for p in utc["periods"]] == [2, 0]
    half_open = await desk.get("sales", from_="2024-01-10T22:59:59Z", to="2024-01-10T23:00:00Z")
    assert half_open["totals"]["orders"] == 1


async def test_refunds_count_when_they_were_made_and_sales_when_they_were(shared_desk: Desk) -> None:
    desk = shared_desk
    order = placed([line("A", 2, 2000), line("B", 1, 1000)], shipping_minor=0)
    await desk.tell(refunded(order, 750), "2024-03-05 10:00:00")  # overtakes its order
    await desk.tell(order, "2024-02-20 10:00:00")
    await desk.tell(cancelled(placed([line("A", 1, 1)]), was_placed=False), "2024-02-20 11:00:00")
    report = await desk.get("sales", from_="2024-02-01", to="2024-04-01", interval="month")
    assert [(p["gross_minor"], p["refunds_minor"], p["net_minor"]) for p in report["periods"]] == [
        (3000, 0, 3000),
        (0, 750, -750),
    ]
    await desk.tell(cancelled(order), "2024-03-07 10:00:00")
    report = await desk.get("sales", from_="2024-02-01", to="2024-04-01", interval="month")
    totals = report["totals"]
    assert (totals["refunds_minor"], totals["net_minor"], totals["returned_units"]) == (3000, 0, 3)
    products = await desk.get("products", from_="2024-02-01", to="2024-04-01", by="sku")
    assert {(i["sku"], i["gross_minor"], i["refunds_minor"]) for i in products["items"]} == {
        ("A", 2000, 2000),
        ("B", 1000, 1000),
    }


async def test_the_period_before_stands_beside(shared_desk: Desk) -> None:
    desk = shared_desk
    await desk.tell(placed([line("A", 1, 1000)], shipping_minor=0), "2024-05-03 10:00:00")
    await desk.tell(placed([line("A", 1, 3000)], shipping_minor=0), "2024-05-10 10:00:00")
    report = await desk.get("sales", from_="2024-05-08", to="2024-05-15", interval="week", compare="previous")
    assert report["totals"]["gross_minor"] == 3000
    assert report["previous"]["totals"]["gross_minor"] == 1000
    assert report["previous"]["start"] == "2024-05-01T00:00:00Z"
    products = await desk.get("products", from_="2024-05-08", to="2024-05-15", compare="true")
    assert products["items"][0]["previous_net_minor"] == 1000


async def test_currencies_are_never_added_up(shared_desk: Desk) -> None:
    desk, when = shared_desk, {"from_": "2024-06-01", "to": "2024-07-01"}
    for currency in ("EUR", "USD", "USD"):
        order = placed([line("A", 1, 1000)], shipping_minor=0, currency=currency)
        await desk.tell(order, "2024-06-03 10:00:00")
    report = await desk.get("sales", **when)
    assert (report["currency"], report["currencies"]) == ("USD", ["EUR", "USD"])
    assert report["totals"]["gross_minor"] == 2000
    assert (await desk.get("sales", currency="EUR", **when))["totals"]["gross_minor"] == 1000
    assert (await desk.get("countries", currency="GBP", **when))["items"] == []
    unknown = await desk.admin.get("/v1/reports/sales", params={"currency": "XXX"})
    assert (unknown.status_code, unknown.json()["field"]) == (422, "currency")


async def test_every_breakdown_comes_to_the_same(shared_desk: Desk) -> None:
    desk, when = shared_desk, {"from_": "2024-08-01", "to": "2024-09-01"}
    known = Buyer("bob@example.com", "Bob", account_id=uuid.uuid4())
    await desk.tell(placed([line("A/1", 1, 1000), line("A/2", 2, 500)], country="FR"), "2024-08-02 10:00:00")
    second = placed([line("C", 1, 7000, "Garden > Pots"), line("D", 1, 3, "Garden")], buyer=known)
    await desk.tell(second, "2024-08-03 10:00:00")
    await desk.tell(refunded(second, 2000), "2024-08-04 10:00:00")
    sales = (await desk.get("sales", **when))["totals"]
    for by in ("countries", "customers"):
        assert (await desk.get(by, **when))["totals"] == sales
    products = await desk.get("products", **when)
    assert sales["gross_minor"] - products["totals"]["gross_minor"] == 2 * 490  # shipping is of no product
    assert [(i["label"], i["units"], i["orders"]) for i in products["items"]] == [
        ("The C", 1, 1),
        ("The A", 3, 1),
        ("The D", 1, 1),
    ]
    assert len((await desk.get("products", by="sku", **when))["items"]) == 4
    assert [i["key"] for i in (await desk.get("categories", **when))["items"]] == [
        "Garden > Pots",
        "Home > Vases",
        "Garden",
    ]
    garden = await desk.get("sales", category="Garden", **when)
    assert (garden["totals"]["gross_minor"], garden["totals"]["orders"]) == (7003, 1)
    france = await desk.get("countries", country="FR", **when)
    assert [(i["label"], i["net_minor"]) for i in france["items"]] == [("France", 1990)]
    one = await desk.get("products", limit=1, **when)
    parts = [*one["items"], one["others"]]
    assert sum(part["net_minor"] for part in parts) == one["totals"]["net_minor"]


async def test_customers_are_named_to_those_who_may_know_them(shared_desk: Desk) -> None:
    desk, when = shared_desk, {"from": "2024-10-01", "to": "2024-11-01"}
    buyer = Buyer("carol@example.com", "Carol", account_id=uuid.uuid4())
    await desk.tell(placed([line("A", 1, 1000)], buyer=buyer), "2024-10-02 10:00:00")
    await desk.tell(left_behind([line("A", 1, 700)], "carol@example.com"), "2024-10-03 10:00:00")
    seen = await desk.admin.get("/v1/reports/customers", params=when)
    assert seen.json()["items"][0]["label"] == "Carol <carol@example.com>"
    async with desk.shop.client(staff("catalogue_manager")) as manager:
        for path in ("customers", "abandoned-carts"):
            answer = await manager.get(f"/v1/reports/{path}", params=when)
            assert answer.status_code == 200, answer.text
            assert answer.json()["items"]
            assert "carol" not in answer.text.lower() and str(buyer.account_id) not in answer.text
    assert buyer.account_id is not None
    await desk.tell(AccountClosed(buyer.account_id), "2024-10-05 10:00:00")
    closed = await desk.admin.get("/v1/reports/customers", params=when)
    assert closed.json()["items"][0]["net_minor"] == 1490
    assert "carol" not in closed.text.lower()


async def test_a_cart_left_behind_counts_until_it_is_ordered(shared_desk: Desk) -> None:
    desk, when = shared_desk, {"from_": "2024-12-01", "to": "2025-01-01"}
    large, small = left_behind([line("A", 2, 2000), line("B", 1, 500)]), left_behind([line("A", 1, 900)])
    await desk.tell(small, "2024-12-02 10:00:00")
    await desk.tell(large, "2024-12-03 10:00:00")
    report = await desk.get("abandoned-carts", **when)
    assert (report["count"], report["value_minor"], report["recovered"]) == (2, 3400, 0)
    assert [(i["value_minor"], i["lines"]) for i in report["items"]] == [(2500, 2), (900, 1)]
    await desk.tell(placed([line("A", 1, 900)], cart_id=small.cart_id), "2024-12-04 10:00:00")
    report = await desk.get("abandoned-carts", **when)
    assert (report["count"], report["value_minor"]) == (1, 2500)
    assert (report["recovered"], report["recovered_minor"]) == (1, 900)


async def test_the_funnel_follows_each_person_step_by_step(shared_desk: Desk) -> None:
    desk, when = shared_desk, {"from_": "2025-02-01", "to": "2025-03-01"}
    steps = ("Product Viewed", "Product Added", "Checkout Started", "Order Completed")
    for minute, step in enumerate(steps):
        await desk.track(step, "whole-way", f"2025-02-02T10:0{minute}:00", sku="A", name="Vase")
    await desk.track(steps[0], "only-looked", "2025-02-02T10:00:00", sku="A")
    for minute, step in enumerate(reversed(steps)):  # nobody goes backwards
        await desk.track(step, "backwards", f"2025-02-03T10:0{minute}:00", sku="A")
    await desk.track(steps[0], "too-late", "2025-02-04T10:00:00", sku="A")
    await desk.track(steps[1], "too-late", "2025-02-20T10:00:00", sku="A")
    await desk.track(steps[0], "came-again", "2025-02-05T10:00:00", sku="A")
    await desk.track(steps[0], "came-again", "2025-02-18T10:00:00", sku="B")
    await desk.track(steps[1], "came-again", "2025-02-19T10:00:00", sku="B")
    cart = placed([line("A", 1, 100)], cart_id=uuid.uuid4())  # ordered by a cart that a visitor filled
    for minute, step in enumerate(steps[:3]):
        await desk.track(step, "by-cart", f"2025-02-06T10:0{minute}:00", sku="A", cart_id=str(cart.cart_id))
    await desk.tell(cart, "2025-02-06 10:30:00")
    report = await desk.get("funnel", window_days=7, **when)
    assert [(s["name"], s["people"]) for s in report["steps"]] == [
        ("view", 6),
        ("add", 3),
        ("checkout", 2),
        ("purchase", 2),
    ]
    assert report["steps"][1]["share"] == 0.5
    wide = await desk.get("funnel", window_days=30, **when)
    assert [s["people"] for s in wide["steps"]][:2] == [6, 4]
    viewed = await desk.get("most-viewed", **when)
    assert [(i["sku"], i["count"], i["people"]) for i in viewed["items"]] == [("A", 6, 6), ("B", 1, 1)]
    bought = await desk.get("most-purchased", **when)
    assert [(i["sku"], i["count"]) for i in bought["items"]] == [("A", 1)]


async def test_csv_is_what_json_says_and_runs_nothing_in_a_spreadsheet(shared_desk: Desk) -> None:
    desk, when = shared_desk, {"from": "2025-05-01", "to": "2025-05-03"}
    evil = Buyer("eve@example.com", '=HYPERLINK("https://example.com";"x"), "q"')
    order = placed([line("+A", 1, 1000)], buyer=evil)
    await desk.tell(order, "2025-05-01 10:00:00")
    await desk.tell(refunded(order, 1490), "2025-05-02 10:00:00")
    for report in (
        "sales",
        "products",
        "customers",
        "countries",
        "most-purchased",
        "abandoned-carts",
        "funnel",
    ):
        answer = await desk.admin.get(f"/v1/reports/{report}", params={**when, "format": "csv"})
        assert answer.headers["content-type"].startswith("text/csv")
        assert "attachment" in answer.headers["content-disposition"]
        assert answer.text.count("\r\n") == len(list(csv.reader(io.StringIO(answer.text, newline=""))))
    text = (await desk.admin.get("/v1/reports/customers", params={**when, "format": "csv"})).text
    row = next(csv.DictReader(io.StringIO(text, newline="")))
    assert row["label"].startswith("'=HYPERLINK")
    text = (await desk.admin.get("/v1/reports/sales", params={**when, "format": "csv"})).text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    report = await desk.get("sales", from_=when["from"], to=when["to"])
    assert [row["net"] for row in rows] == [p["net"] for p in report["periods"]] == ["14.90", "-14.90"]
    text = (await desk.admin.get("/v1/reports/products", params={**when, "format": "csv", "by": "sku"})).text
    assert next(csv.DictReader(io.StringIO(text, newline="")))["key"] == "'+A"


async def test_told_twice_it_is_counted_once_and_a_rebuild_changes_nothing(shared_desk: Desk) -> None:
    desk, when = shared_desk, {"from_": "2025-07-01", "to": "2025-08-01"}
    order = placed([line("A", 1, 1000)])
    envelope = await desk.tell(order, "2025-07-02 10:00:00")
    await desk.deliver(envelope)
    before = await desk.get("sales", **when)
    assert before["totals"]["orders"] == 1
    assert await compare(desk.deps, mend=False) == []
    await desk.deps.db.execute("UPDATE business_events SET loaded_at = NULL")
    assert await desk.get("sales", **when) == before
    assert await compare(desk.deps, mend=True) == []
    assert await desk.get("sales", **when) == before


async def test_a_store_that_lost_something_is_found_and_mended(shared_desk: Desk) -> None:
    desk = shared_desk
    order = placed([line("A", 1, 1000)])
    await desk.tell(order, "2025-09-02 10:00:00")
    before = await desk.get("sales", from_="2025-09-01", to="2025-10-01")
    await desk.deps.store.put_orders([order.order_id], b"[]", b"[]")
    lost = await desk.get("sales", from_="2025-09-01", to="2025-10-01")
    assert lost["totals"]["orders"] == 0
    for path, differs in (("check", True), ("rebuild", True), ("check", False)):
        asked = await desk.admin.post(f"/v1/reports/{path}")
        assert asked.status_code == 202
        await answer_requests(desk.deps)
        assert bool((await desk.get("status"))["differences"]) == differs
    assert await desk.get("sales", from_="2025-09-01", to="2025-10-01") == before
