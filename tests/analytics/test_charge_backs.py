"""What lost disputes took is less revenue: in every report of money, made anew like the others."""

from __future__ import annotations

import uuid
import zlib
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from tests.analytics.desk import Desk, cancelled, line, placed, refunded
from tradewind.adapters.analytics_store import sql
from tradewind.adapters.analytics_store.duckdb import DuckDbStore
from tradewind.contracts.common import Money
from tradewind.contracts.order import OrderPlaced
from tradewind.contracts.payment import DisputeClosed
from tradewind.ports.analytics_store import Filter, Sales, Span
from tradewind.services.analytics.loading import compare
from tradewind.services.analytics.store import history

pytestmark = pytest.mark.asyncio(loop_scope="module")


def dispute(order: OrderPlaced, *, won: bool, held_minor: int | None = None) -> DisputeClosed:
    held = None if held_minor is None else Money(held_minor, "EUR")
    return DisputeClosed(order.order_id, uuid.uuid4(), uuid.uuid4(), order.total, won, held)


async def months(desk: Desk) -> list[Any]:
    report = await desk.get("sales", from_="2023-02-01", to="2023-05-01", interval="month")
    names = ("gross_minor", "refunds_minor", "charge_backs_minor", "net_minor")
    return [tuple(period[name] for name in names) for period in report["periods"]]


async def test_a_lost_dispute_is_a_charge_back_on_its_day_and_a_won_one_nothing(shared_desk: Desk) -> None:
    desk = shared_desk
    order = placed([line("A", 2, 2000), line("B", 1, 1000)], shipping_minor=0)
    await desk.tell(dispute(order, won=False, held_minor=2250), "2023-04-05 10:00:00")  # overtakes its order
    await desk.tell(order, "2023-02-20 10:00:00")
    await desk.tell(refunded(order, 750), "2023-03-05 10:00:00")
    kept = placed([line("A", 1, 1000)], shipping_minor=0)
    await desk.tell(kept, "2023-02-21 10:00:00")
    await desk.tell(dispute(kept, won=True), "2023-04-06 10:00:00")
    expected = [(4000, 0, 0, 4000), (0, 750, 0, -750), (0, 0, 2250, -2250)]
    assert await months(desk) == expected
    by_sku = await desk.get("products", from_="2023-02-01", to="2023-05-01", by="sku")
    assert {(i["sku"], i["refunds"], i["charge_backs"], i["net"]) for i in by_sku["items"]} == {
        ("A", "5.00", "15.00", "10.00"),
        ("B", "2.50", "7.50", "0.00"),
    }
    assert (by_sku["totals"]["charge_backs_minor"], by_sku["totals"]["net_minor"]) == (2250, 1000)
    assert [item["share"] for item in by_sku["items"]] == [1.0, 0.0]
    assert await compare(desk.deps, mend=True) == [], "made anew it is the same"
    assert await months(desk) == expected
    text = await desk.admin.get(
        "/v1/reports/sales", params={"from": "2023-04-01", "to": "2023-05-01", "format": "csv"}
    )
    assert "refunds_minor,charge_backs_minor,net_minor" in text.text.splitlines()[0]
    counted = await desk.get("events", from_="2023-04-01", to="2023-05-01")
    assert [(it["name"], it["count"]) for it in counted["items"]] == [("payment.dispute_closed", 2)]


async def test_what_was_charged_back_is_not_given_back_by_a_cancellation_again(shared_desk: Desk) -> None:
    desk = shared_desk
    order = placed([line("A", 1, 1000)], shipping_minor=0)
    await desk.tell(order, "2022-02-20 10:00:00")
    await desk.tell(dispute(order, won=False, held_minor=400), "2022-02-21 10:00:00")
    await desk.tell(cancelled(order), "2022-02-22 10:00:00")
    totals = (await desk.get("sales", from_="2022-02-01", to="2022-03-01"))["totals"]
    assert (totals["refunds_minor"], totals["charge_backs_minor"], totals["net_minor"]) == (600, 400, 0)


async def test_a_file_of_before_charge_backs_is_taken_over_with_all_that_is_in_it(tmp_path: Path) -> None:
    fact = {
        "order_id": str(uuid.uuid4()),
        "at_us": 5,
        "currency": "EUR",
        "kind": "item",
        "orders": 1,
        "units": 2,
        "returned_units": 0,
        "gross_parts": 70,
        "refund_parts": 20,
        "country": "DE",
        "customer": "",
        "customer_label": "",
        "sku": "A",
        "product_id": None,
        "title": "A",
        "category": "",
        "demo": False,
    }
    (tmp_path / "analytics").mkdir()
    with duckdb.connect(str(tmp_path / "analytics" / "analytics.duckdb")) as old:
        for statement in (*sql.TABLES, *sql.tables_of("main")):
            old.execute(statement.replace(", charged_back_parts BIGINT", ""))
        old.execute("INSERT INTO about VALUES ($1, 1)", [uuid.uuid4()])
        values = ", ".join(f"${number}" for number in range(1, len(fact) + 2))
        old.execute(f"INSERT INTO sale_lines VALUES ({values})", [fact["order_id"], *fact.values()])
    store = DuckDbStore(tmp_path / "analytics")
    try:
        await store.put_history(
            uuid.uuid4(), history.opened(zlib.compress(msgspec.json.encode([{**fact, "orders": 0}])))
        )
        found = await store.sales(Span(0, 10), 1, Filter())
        assert [bucket.sales for bucket in found] == [Sales(140, 40, 1, 4, 0, False, 0)]
        assert found[0].sales.net_parts == 100
        store_id, empty = await store.identity()
        assert not empty
    finally:
        await store.close()
    again = DuckDbStore(tmp_path / "analytics")
    try:
        assert (await again.identity())[0] == store_id
        assert len(await again.sales_by("sku", Span(0, 10), "EUR", Filter(), 5)) == 1
    finally:
        await again.close()
