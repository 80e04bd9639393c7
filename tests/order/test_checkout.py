"""Carts and checkout over HTTP, with every service and the card processor alive."""

from __future__ import annotations

from tests.order.stall import card_token, ready_cart
from tests.shop import Shop, customer, guest
from tests.stage import key


async def test_a_cart_is_priced_with_shipping_and_contained_tax(shop: Shop) -> None:
    async with shop.client(guest()) as client:
        cart = await ready_cart(client, ("MUG", 2), ("VASE", 1))
        assert cart["totals"] == {
            "currency": "EUR",
            "subtotal_minor": 10600,
            "discount_minor": 0,
            "shipping_minor": 490,
            "tax_minor": 607 + 1086 + 78,
            "total_minor": 11090,
            "tax_added_minor": 0,
            "shipping_discount_minor": 0,
            "prices_include_tax": True,
        }
        assert [option["code"] for option in cart["shipping_options"]] == ["standard"]
        wrong = await client.patch(f"/v1/carts/{cart['cart_id']}", json={"shipping_method": "express"})
        assert (wrong.status_code, wrong.json()["field"]) == (422, "shipping_method")


async def test_the_same_key_orders_once_and_answers_the_same(shop: Shop) -> None:
    async with shop.client(guest()) as client:
        cart = await ready_cart(client, ("MUG", 1))
        body = {"cart_id": cart["cart_id"], "card_token": await card_token(shop)}
        header = key()
        first = await client.post("/v1/orders", json=body, headers=header)
        second = await client.post("/v1/orders", json=body, headers=header)
        assert first.status_code == 201, first.text
        assert second.content == first.content
        assert second.headers["idempotency-replayed"] == "true"
        other = await client.post("/v1/orders", json={**body, "expected_total_minor": 1}, headers=header)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        another_key = await client.post("/v1/orders", json=body, headers=key())
        assert another_key.json()["order_id"] == first.json()["order_id"]


async def test_what_a_cart_lacks_is_said_by_field(shop: Shop) -> None:
    async with shop.client(guest()) as client:
        cart = (await client.post("/v1/carts", json={})).json()
        body = {"cart_id": cart["cart_id"], "card_token": "tok_whatever"}
        empty = await client.post("/v1/orders", json=body)
        assert (empty.status_code, empty.json()["code"]) == (422, "cart_empty")
        await client.post(f"/v1/carts/{cart['cart_id']}/lines", json={"sku": "MUG"})
        nameless = await client.post("/v1/orders", json=body)
        assert (nameless.status_code, nameless.json()["field"]) == (422, "email")
        unknown = await client.post(f"/v1/carts/{cart['cart_id']}/lines", json={"sku": "NOPE"})
        assert (unknown.status_code, unknown.json()["code"]) == (422, "sku_not_for_sale")


async def test_others_carts_and_orders_do_not_exist(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(customer()) as eve:
        cart = await ready_cart(ada, ("MUG", 1))
        body = {"cart_id": cart["cart_id"], "card_token": await card_token(shop)}
        assert (await eve.get(f"/v1/carts/{cart['cart_id']}")).status_code == 404
        assert (await eve.post("/v1/orders", json=body)).status_code == 404
        order = (await ada.post("/v1/orders", json=body)).json()
        assert order["state"] == "placed", order
        assert "token" not in order
        for path in ("", "/cancel", "/payments/confirm"):
            url = f"/v1/orders/{order['order_id']}{path}"
            answer = await (eve.post(url, json={}) if path else eve.get(url))
            assert answer.status_code == 404, answer.text
        assert (await eve.get("/v1/orders")).json()["items"] == []


async def test_an_order_without_enough_stock_gives_the_cart_back(shop: Shop) -> None:
    async with shop.client(guest()) as client:
        cart = await ready_cart(client, ("VASE", 3), ("MUG", 1))
        body = {"cart_id": cart["cart_id"], "card_token": await card_token(shop)}
        refused = await client.post("/v1/orders", json=body, headers=key())
        assert (refused.status_code, refused.json()["code"]) == (409, "out_of_stock")
        seen = (await client.get(f"/v1/carts/{cart['cart_id']}")).json()
        assert (seen["state"], seen["warnings"][0]["code"]) == ("open", "not_enough_in_stock")
        await client.put(f"/v1/carts/{cart['cart_id']}/lines/VASE", json={"quantity": 2})
        placed = await client.post("/v1/orders", json=body, headers=key())
        assert placed.json()["state"] == "placed", placed.text
