"""Orders of what is not there yet, of bundles, and orders that are collected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.order.stall import card_token, place, ready_cart
from tests.shop import Shop, customer, staff
from tests.stage import ADDRESS, key
from tradewind.services.order.store import fulfilments, orders
from tradewind.services.order.use_cases.fulfil_order import drive_fulfilment


async def test_an_order_shows_what_comes_later_and_when_it_came(shop: Shop) -> None:
    soon = (datetime.now(UTC) + timedelta(days=9)).replace(microsecond=0)
    async with shop.client(staff()) as admin, shop.client(customer()) as ada:
        policy = {"sku": "VASE", "sell_beyond": "backorder", "limit": 5, "expected_at": soon.isoformat()}
        assert (await admin.put("/v1/stock/policies", json=policy)).status_code == 200
        found = (await ada.get("/v1/availability", params={"sku": "VASE"})).json()["items"]
        expected_at = found[0]["beyond"].pop("expected_at")
        assert datetime.fromisoformat(expected_at) == soon
        assert found == [{"sku": "VASE", "available": 2, "beyond": {"kind": "backorder", "left": 5}}]
        async with shop.client(customer()) as bob:
            cart = await ready_cart(bob, ("VASE", 3))
            shown = (await bob.get(f"/v1/carts/{cart['cart_id']}")).json()
        assert [w["code"] for w in shown["warnings"]] == ["back_ordered"]
        order = await place(shop, ada, ("VASE", 3))
        assert order["state"] == "placed"
        assert order["lines"][0]["backordered_quantity"] == 1
        assert datetime.fromisoformat(order["lines"][0]["expected_at"]) == soon
        path = f"/v1/orders/{order['order_id']}"
        early = await admin.post(f"{path}/fulfilments", json={}, headers=key())
        assert (early.status_code, early.json()["code"]) == (409, "stock_not_reserved"), early.text
        assert "VASE (2 are here)" in early.json()["detail"]
        await shop.deliver_events()
        assert (await admin.get(path)).json()["captured"]["amount_minor"] == 0, "charged when it is here"
        line = {"sku": "VASE", "warehouse": "LEJ", "quantity": 4}
        receipt = {"reference": "DN 2", "lines": [line]}
        assert (await admin.post("/v1/stock/receipts", json=receipt)).status_code == 201
        await shop.deliver_events()
        now: dict[str, Any] = (await ada.get(f"/v1/orders/{order['order_id']}")).json()
        assert now["lines"][0]["backordered_quantity"] == 0
        assert [entry["kind"] for entry in now["history"]].count("stock") == 2
        sent = await admin.post(f"{path}/fulfilments", json={}, headers=key())
        assert sent.status_code == 201, sent.text


async def test_who_finds_a_parcel_in_other_hands_does_not_give_it_up(shop: Shop) -> None:
    """They may see stock that was not there when this driver looked, and have the money by now."""
    deps = shop.deps("order")
    async with shop.client(staff()) as admin, shop.client(customer()) as ada:
        policy = {"sku": "VASE", "sell_beyond": "backorder", "limit": 5}
        assert (await admin.put("/v1/stock/policies", json=policy)).status_code == 200
        placed = await place(shop, ada, ("VASE", 3))
        path = f"/v1/orders/{placed['order_id']}/fulfilments"
        asked = (await admin.post(path, json={"ship": False}, headers=key())).json()
        waiting = await fulfilments.load(deps.db, UUID(asked["fulfilments"][0]["fulfilment_id"]))
        order = await orders.load(deps.db, UUID(placed["order_id"]))
        assert waiting is not None and order is not None
        async with deps.db.begin() as tx:
            slow = await fulfilments.begin_shipping(tx, waiting, "DHL", "1", deps.clock.now())
        assert slow is not None
        later = deps.clock.now() + timedelta(minutes=1)
        assert await fulfilments.take_due(deps.db, deps.clock.now(), later, 1) == [slow.fulfilment_id]
        other = await fulfilments.load(deps.db, slow.fulfilment_id)
        assert other is not None
        assert await drive_fulfilment(deps, slow, order) is None
        assert await fulfilments.load(deps.db, slow.fulfilment_id) == other
        failed = await drive_fulfilment(deps, other, order)
        assert failed is not None and failed.startswith("stock_not_reserved")
        assert await drive_fulfilment(deps, slow, order) == failed


async def test_a_bundle_is_ordered_and_its_parts_are_held(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(customer()) as ada:
        product = {
            "title": "Set",
            "status": "active",
            "options": [],
            "variants": [
                {"sku": "SET", "options": {}, "prices": [{"currency": "EUR", "amount_minor": 9000}]}
            ],
        }
        assert (await admin.post("/v1/products", json=product)).status_code == 201
        parts = [{"sku": "MUG", "quantity": 2}, {"sku": "VASE", "quantity": 1}]
        assert (await admin.put("/v1/stock/bundles", json={"sku": "SET", "parts": parts})).status_code == 200
        order = await place(shop, ada, ("SET", 2), ("MUG", 1))
        assert order["state"] == "placed"
        left = (await ada.get("/v1/availability", params={"sku": ["SET", "MUG", "VASE"]})).json()["items"]
        assert [item["available"] for item in left] == [0, 5, 0]
        await shop.deliver_events()


async def test_an_order_is_collected_where_there_is_stock(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(customer()) as ada:
        store = {"code": "STORE", "name": "Store", "country": "DE", "pickup": True}
        assert (await admin.post("/v1/warehouses", json=store)).status_code == 201
        line = {"sku": "VASE", "warehouse": "STORE", "quantity": 1}
        await admin.post("/v1/stock/receipts", json={"reference": "DN 3", "lines": [line]})
        order = await place(shop, ada, ("VASE", 1), pickup="STORE")
        assert (order["state"], order["pickup"]) == ("placed", "STORE")
        levels = (await admin.get("/v1/stock", params={"sku": "VASE"})).json()["items"]
        assert {level["warehouse"]: level["reserved"] for level in levels} == {"LEJ": 0, "STORE": 1}
        cart = await ready_cart(ada, ("MUG", 1))
        body = {"cart_id": cart["cart_id"], "card_token": await card_token(shop), "pickup": "LEJ"}
        refused = await ada.post("/v1/orders", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "pickup_unknown")


async def test_what_is_collected_needs_a_name_alone_and_costs_the_same_everywhere(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(customer()) as ada:
        store = {"code": "STORE", "name": "Store", "country": "DE", "pickup": True}
        assert (await admin.post("/v1/warehouses", json=store)).status_code == 201
        stock = {"sku": "MUG", "warehouse": "STORE", "quantity": 9}
        await admin.post("/v1/stock/receipts", json={"reference": "DN 4", "lines": [stock]})
        wanted = [{"sku": "MUG", "quantity": 2}]
        quote = (await ada.post("/v1/quotes", json={"lines": wanted, "pickup": "STORE"})).json()
        cart = (await ada.post("/v1/carts", json={"lines": wanted}, headers=key())).json()
        path = f"/v1/carts/{cart['cart_id']}"

        async def change(**what: object) -> dict[str, Any]:
            return dict((await ada.patch(path, json=what, headers=key())).json())

        pickup = {"code": "STORE", "name": "Ada Lovelace"}
        assert (await change(pickup={**pickup, "code": "LEJ"}))["code"] == "pickup_unknown"
        assert (await change(pickup=pickup, shipping_method="standard"))["code"] == "field_not_expected"
        cart = await change(email="ada@example.com", shipping_address=ADDRESS, shipping_method="standard")
        assert cart["totals"]["shipping_minor"] > 0
        cart = await change(pickup=pickup)
        assert (cart["pickup"], cart["shipping_method"], cart["shipping_options"]) == ("STORE", None, [])
        body = {
            "cart_id": cart["cart_id"],
            "card_token": await card_token(shop),
            "expected_total_minor": quote["totals"]["total_minor"],
        }
        placed = await ada.post("/v1/orders", json=body, headers=key())
        assert placed.status_code == 201, placed.text
        order = placed.json()
        assert order["totals"] == cart["totals"] == quote["totals"]
        assert (order["totals"]["shipping_minor"], order["pickup"]) == (0, "STORE")
        assert order["totals"]["tax_minor"] > 0
        assert order["shipping_address"]["name"] == "Ada Lovelace"
        path = f"/v1/carts/{(await ready_cart(ada, ('MUG', 1)))['cart_id']}"
        await change(pickup=pickup)
        again = await change(pickup=None)
        assert (again["pickup"], again["shipping_address"], again["totals"]["tax_minor"]) == (None, None, 0)
