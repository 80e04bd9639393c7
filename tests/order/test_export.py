"""Orders as files: all of those that were asked for, in little memory, and no formula in a cell."""

from __future__ import annotations

import csv
import json
import time
import tracemalloc
from io import StringIO
from typing import Any

import httpx

from tests.order.stall import card_token, place, ready_cart
from tests.shop import Shop, customer, guest, staff
from tests.stage import ADDRESS, key
from tradewind.services.order.queries.export import export_orders
from tradewind.services.order.shapes.record import ExportQuery

MANY = 4_000


async def exported(client: httpx.AsyncClient, **params: Any) -> list[dict[str, str]]:
    answer = await client.get("/v1/orders/export", params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv"
    return list(csv.DictReader(StringIO(answer.text)))


async def test_orders_are_exported_as_they_are_found(shop: Shop) -> None:
    async with shop.client(guest()) as client, shop.client(staff()) as admin:
        cart = await ready_cart(client, ("MUG", 2), ("VASE", 1))
        evil = {"billing_address": {**ADDRESS, "name": '=HYPERLINK("x")', "company": '@SUM, "a"\tb'}}
        await client.patch(f"/v1/carts/{cart['cart_id']}", json=evil)
        body = {"cart_id": cart["cart_id"], "card_token": await card_token(shop)}
        first = (await client.post("/v1/orders", json=body, headers=key())).json()
        second = await place(shop, client, ("MUG", 1), card="declined")
        await admin.post(f"/v1/orders/{first['order_id']}/invoices", json={}, headers=key())

        rows = await exported(admin)
        assert [row["number"] for row in rows] == [first["number"], second["number"]]
        assert (rows[0]["total"], rows[0]["shipping"], rows[0]["pieces"]) == ("110.90", "4.90", "3")
        assert (rows[0]["name"], rows[0]["company"]) == ('\'=HYPERLINK("x")', '\'@SUM, "a"\tb')
        assert rows[0]["invoices"].startswith("INV-")
        assert [row["number"] for row in await exported(admin, state="payment_failed")] == [second["number"]]
        assert [row["number"] for row in await exported(admin, q="vase")] == [first["number"]]
        lines = await exported(admin, rows="lines")
        assert [(row["sku"], row["line_total"]) for row in lines] == [
            ("MUG", "38.00"),
            ("VASE", "68.00"),
            ("MUG", "19.00"),
        ]

        answer = await admin.get("/v1/orders/export", params={"format": "jsonl"})
        assert answer.headers["content-type"] == "application/x-ndjson"
        documents = [json.loads(line) for line in answer.text.splitlines()]
        assert [document["number"] for document in documents] == [first["number"], second["number"]]
        assert documents[0]["total_minor"] == first["totals"]["total_minor"]
        assert [line["sku"] for line in documents[0]["lines"]] == ["MUG", "VASE"]
        assert "sealed" not in answer.text

        refused = await admin.get("/v1/orders/export", params={"timezone": "Mars/Phobos", "to": "2026-01-01"})
        assert (refused.status_code, refused.json()["field"]) == (422, "timezone")
        async with shop.client(customer()) as ada:
            assert (await ada.get("/v1/orders/export")).status_code == 403


async def test_many_orders_take_seconds_and_the_memory_of_a_batch(shop: Shop) -> None:
    async with shop.client(guest()) as client:
        await place(shop, client, ("MUG", 1), ("VASE", 1))
    database = shop.database("order")
    for table in ("orders", "order_lines"):
        await database.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await database.execute(
        f"""
        WITH made AS (
            INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object('order_id', gen_random_uuid(),
                'number', 'TW-X' || n, 'cart_id', NULL))).* FROM orders o, generate_series(1, {MANY - 1}) AS n
            RETURNING order_id)
        INSERT INTO order_lines SELECT (jsonb_populate_record(l, jsonb_build_object('order_id', made.order_id))).*
        FROM order_lines l, made
        """
    )
    tracemalloc.start()
    started, size, rows = time.perf_counter(), 0, 0
    async for chunk in export_orders(database, ExportQuery(rows="lines")):
        size += len(chunk)
        rows += chunk.count(b"\n")
    taken, (_, peak) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == 2 * MANY + 1
    assert peak < 8_000_000, (peak, size)
    assert taken < 20
    await database.execute(
        "DELETE FROM order_lines WHERE order_id IN (SELECT order_id FROM orders WHERE number LIKE 'TW-X%')"
    )
    await database.execute("DELETE FROM orders WHERE number LIKE 'TW-X%'")
