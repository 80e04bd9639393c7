"""What carts and orders cost under promotions, zones and dated tax; what staff set is what shoppers see."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.order.stall import card_token, place, ready_cart
from tests.shop import Shop, customer, guest, staff
from tests.stage import ADDRESS, key

SOON = (datetime.now(UTC) + timedelta(hours=1)).isoformat()


async def offer(admin: httpx.AsyncClient, name: str, kind: str, **parts: Any) -> Any:
    made = await admin.post("/v1/promotions", json={"name": name, "kind": kind, **parts})
    assert made.status_code == 201, made.text
    return made.json()


async def change(client: httpx.AsyncClient, cart: Any, **changes: Any) -> Any:
    answer = await client.patch(f"/v1/carts/{cart['cart_id']}", json=changes)
    assert answer.status_code == 200, answer.text
    return answer.json()


def off(shown: Any) -> list[tuple[str, int, int]]:
    return [(p["name"], p["discount_minor"], p["shipping_discount_minor"]) for p in shown["promotions"]]


def said(cart: Any) -> list[tuple[str, str | None]]:
    return [(w["code"], w.get("discount_code")) for w in cart["warnings"]]


async def test_promotions_combine_are_shown_with_the_order_and_given_back(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(guest()) as client:
        tenth = await offer(
            admin, "A tenth", "percentage", basis_points=1000, codes=["tenth"], combinable=True, most_uses=1
        )
        await offer(
            admin,
            "Free delivery",
            "free_shipping",
            automatic=True,
            combinable=True,
            minimum_minor=5000,
            currency="EUR",
        )
        await offer(admin, "Five off", "amount", amount_minor=500, currency="EUR", codes=["FIVE"])
        cart = await ready_cart(client, ("MUG", 2))
        assert off(cart) == []
        cart = await change(client, cart, discount_codes=["tenth", "FIVE"])
        assert off(cart) == [("Five off", 500, 0)], "it alone takes more off than the tenth does"
        assert said(cart) == [("discount_not_applied", "TENTH")]
        path = f"/v1/carts/{cart['cart_id']}/lines"
        cart = (await client.post(path, json={"sku": "VASE", "quantity": 1})).json()
        assert off(cart) == [("A tenth", 1060, 0), ("Free delivery", 0, 490)]
        assert cart["totals"]["total_minor"] == 9540
        body = {"cart_id": cart["cart_id"], "card_token": await card_token(shop)}
        order = (await client.post("/v1/orders", json=body, headers=key())).json()
        assert off(order) == off(cart)
        assert order["totals"] == cart["totals"]
        assert (order["discount_code"], order["discount_codes"]) == ("TENTH", ["TENTH"])
        assert [line["discount_minor"] for line in order["lines"]] == [380, 680]
        uses = await admin.get(f"/v1/promotions/{tenth['promotion_id']}")
        assert uses.json()["uses"] == 1
        late = await ready_cart(client, ("MUG", 1))
        refused = await client.patch(f"/v1/carts/{late['cart_id']}", json={"discount_code": "TENTH"})
        assert (refused.status_code, refused.json()["code"]) == (422, "discount_used_up")
        cancel = f"/v1/orders/{order['order_id']}/cancel"
        answer = await client.post(cancel, params={"token": order["token"]}, json={}, headers=key())
        assert answer.status_code == 200, answer.text
        assert (await change(client, late, discount_code="TENTH"))["discount_codes"] == ["TENTH"]


async def test_a_customer_uses_a_code_so_often_by_account_and_by_address(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(guest()) as client, shop.client(customer()) as own:
        await offer(
            admin, "Once", "amount", amount_minor=100, currency="EUR", codes=["ONCE"], most_uses_each=1
        )
        carts = []
        for buyer in (client, client, own):
            cart = await change(buyer, await ready_cart(buyer, ("MUG", 1)), discount_code="ONCE")
            body = {"cart_id": cart["cart_id"], "card_token": await card_token(shop)}
            carts.append((buyer, body))
        answers = await asyncio.gather(
            *(buyer.post("/v1/orders", json=body, headers=key()) for buyer, body in carts)
        )
        outcomes = sorted(a.json().get("state") or a.json()["code"] for a in answers)
        assert (outcomes.count("placed"), len(outcomes)) == (1, 3), outcomes
        again = await change(client, await ready_cart(client, ("MUG", 1)), email="ADA@example.com")
        refused = await client.patch(f"/v1/carts/{again['cart_id']}", json={"discount_code": "ONCE"})
        assert refused.json()["code"] == "discount_used_by_customer"


async def test_codes_are_made_in_bulk_and_a_promotion_ends_when_it_is_archived(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(guest()) as client:
        made = await offer(admin, "Letters", "percentage", basis_points=500)
        path = f"/v1/promotions/{made['promotion_id']}"
        codes = await admin.post(f"{path}/codes", json={"count": 250, "prefix": "L-"}, headers=key())
        assert len({one["code"] for one in codes.json()["items"]}) == 250
        again = await admin.post(f"{path}/codes", json={"codes": [codes.json()["items"][0]["code"]]})
        assert (again.status_code, again.json()["code"]) == (409, "code_exists")
        page = (await admin.get(f"{path}/codes", params={"limit": 100})).json()
        assert len(page["items"]) == 100
        assert page["next"]
        changed = await admin.patch(path, json={"name": "Post", "ends_at": SOON, "version": 1})
        assert (changed.json()["name"], changed.json()["version"], changed.json()["codes"]) == (
            "Post",
            2,
            250,
        )
        stale = await admin.patch(path, json={"name": "Late", "version": 1})
        assert stale.json()["code"] == "version_conflict"
        code = page["items"][0]["code"]
        cart = await change(client, await ready_cart(client, ("MUG", 1)), discount_code=code)
        assert off(cart) == [("Post", 95, 0)]
        found = await admin.get("/v1/promotions", params={"q": code, "state": "running"})
        assert [one["name"] for one in found.json()["items"]] == ["Post"]
        assert (await admin.post(f"{path}/archive")).json()["archived_at"]
        cart = (await client.get(f"/v1/carts/{cart['cart_id']}")).json()
        assert (off(cart), said(cart)) == ([], [("discount_unknown", code)])
        assert (await admin.get("/v1/promotions")).json()["items"] == []


async def test_tax_that_is_added_is_charged_to_the_cent_over_all_parcels(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(guest()) as client:
        terms = await admin.put("/v1/currency-terms/EUR", json={"prices_include_tax": False})
        assert terms.status_code == 200
        await offer(admin, "A seventh", "percentage", basis_points=1428, automatic=True)
        order = await place(shop, client, ("MUG", 3), ("VASE", 2))
        totals = order["totals"]
        goods = 19300 - totals["discount_minor"]
        assert totals["total_minor"] == goods + 490 + totals["tax_added_minor"]
        assert (
            totals["tax_added_minor"]
            == totals["tax_minor"]
            == sum(line["tax_minor"] for line in order["lines"]) + round(490 * 0.19)
        )
        path = f"/v1/orders/{order['order_id']}"
        for lines in ([{"sku": "MUG", "quantity": 1}], [{"sku": "VASE", "quantity": 1}], []):
            shipped = await admin.post(f"{path}/fulfilments", json={"lines": lines}, headers=key())
            assert shipped.is_success, shipped.text
            await shop.deliver_events()
        after = (await admin.get(path)).json()
        assert after["captured"]["amount_minor"] == totals["total_minor"]
        back = await admin.post(
            f"{path}/refunds", json={"lines": [{"sku": "MUG", "quantity": 3}]}, headers=key()
        )
        assert back.json()["refunds"][0]["amount"]["amount_minor"] == order["lines"][0]["total_minor"]


async def test_zones_end_at_postal_codes_and_prices_at_weights(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(guest()) as client:
        areas = [{"country": "DE", "except_postal_codes": ["18565", "25846-25849"]}]
        zone = await admin.put("/v1/shipping-zones/mainland", json={"name": "Mainland", "areas": areas})
        assert zone.status_code == 200, zone.text
        heavy = {
            "title": "Anvil",
            "status": "active",
            "options": [],
            "variants": [
                {
                    "sku": "ANVIL",
                    "options": {},
                    "weight_grams": 9000,
                    "prices": [{"currency": "EUR", "amount_minor": 100}],
                }
            ],
        }
        assert (await admin.post("/v1/products", json=heavy)).status_code == 201
        steps = [{"up_to_grams": 10000, "price_minor": 690}, {"up_to_grams": 20000, "price_minor": 990}]
        method = {
            "name": "Parcel",
            "zone": "mainland",
            "most_grams": 30000,
            "prices": {"EUR": {"price_minor": 1690, "steps": steps}},
        }
        assert (await admin.put("/v1/shipping-methods/parcel", json=method)).status_code == 200
        cart = await ready_cart(client, ("ANVIL", 1))
        priced = []
        for count in (1, 2, 3):
            await client.put(f"/v1/carts/{cart['cart_id']}/lines/ANVIL", json={"quantity": count})
            cart = await change(client, cart, shipping_method="parcel")
            priced.append(cart["totals"]["shipping_minor"])
        assert priced == [690, 990, 1690]
        too_heavy = await client.put(f"/v1/carts/{cart['cart_id']}/lines/ANVIL", json={"quantity": 4})
        assert said(too_heavy.json()) == [("shipping_method_not_available", None)]
        assert [o["code"] for o in too_heavy.json()["shipping_options"]] == ["standard"]
        island = await change(client, cart, shipping_address={**ADDRESS, "postal_code": "25847"})
        assert [option["code"] for option in island["shipping_options"]] == ["standard"]
        listed = await client.get(
            "/v1/shipping-methods", params={"country": "DE", "postal_code": "18565", "currency": "EUR"}
        )
        assert [one["code"] for one in listed.json()["items"]] == ["standard"]
        assert (await admin.delete("/v1/shipping-zones/mainland")).json()["code"] == "zone_in_use"


async def test_a_changed_price_is_told_and_never_charged_unseen(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(guest()) as client:
        cart = await ready_cart(client, ("MUG", 1), ("VASE", 1))
        product_id = next(line["product_id"] for line in cart["lines"] if line["sku"] == "MUG")
        product = (await admin.get(f"/v1/products/{product_id}")).json()
        variants = [{"sku": "MUG", "options": {}, "prices": [{"currency": "EUR", "amount_minor": 2100}]}]
        changed = await admin.patch(
            f"/v1/products/{product_id}", json={"version": product["version"], "variants": variants}
        )
        assert changed.status_code == 200, changed.text
        cart = (await client.get(f"/v1/carts/{cart['cart_id']}")).json()
        warning = next(w for w in cart["warnings"] if w["code"] == "price_changed")
        assert (warning["sku"], warning["old_price_minor"], warning["new_price_minor"]) == ("MUG", 1900, 2100)
        assert not warning.get("blocking")
        body = {"cart_id": cart["cart_id"], "card_token": await card_token(shop)}
        seen = cart["totals"]["total_minor"] - 200
        refused = await client.post("/v1/orders", json={**body, "expected_total_minor": seen}, headers=key())
        assert refused.json()["code"] == "total_changed"
        unseen = await client.post("/v1/orders", json=body, headers=key())
        assert (unseen.status_code, unseen.json()["code"]) == (409, "price_changed"), unseen.text
        assert (unseen.json()["field"], unseen.json()["details"]["sku"]) == ("expected_total_minor", "MUG")
        cart = await change(client, cart, discount_codes=[])
        assert ("price_changed", None) in said(cart), "another edit does not hide it"
        cart = await change(client, cart, accept_prices=True)
        assert said(cart) == []
        total = cart["totals"]["total_minor"]
        bought = await client.post("/v1/orders", json={**body, "expected_total_minor": total}, headers=key())
        assert bought.json()["state"] == "placed"


async def test_the_rate_of_the_moment_holds_and_loading_changes_none_in_silence(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(guest()) as client:
        path = "/v1/tax-rates/DE/standard"
        later = await admin.put(path, json={"basis_points": 2100, "valid_from": SOON})
        assert later.status_code == 200, later.text
        assert (await ready_cart(client, ("MUG", 1)))["lines"][0]["tax_minor"] == 303
        assert (await admin.put(path, json={"basis_points": 1600})).json()["valid_from"]
        assert (await ready_cart(client, ("MUG", 1)))["lines"][0]["tax_minor"] == 262
        loaded = (await admin.post("/v1/tax-rates/european", json={})).json()
        assert {
            "country": "DE",
            "tax_class": "standard",
            "basis_points": 1600,
            "offered_basis_points": 1900,
        } in (loaded["different"])
        assert any(r["country"] == "FR" and r["basis_points"] == 2000 for r in loaded["taken"])
        assert (await ready_cart(client, ("MUG", 1)))["lines"][0]["tax_minor"] == 262
        once_more = (await admin.post("/v1/tax-rates/european", json={"replace": True})).json()
        assert [(r["country"], r["tax_class"]) for r in once_more["taken"]] == [("DE", "standard")]
        assert (await ready_cart(client, ("MUG", 1)))["lines"][0]["tax_minor"] == 303
        assert (await admin.delete(path, params={"valid_from": SOON})).status_code == 204
        rates = (await admin.get("/v1/tax-rates", params={"country": "DE"})).json()["items"]
        points = [r["basis_points"] for r in rates if r["tax_class"] == "standard"]
        assert points == [1900, 1600, 1900]
        begun = await admin.delete(path, params={"valid_from": rates[-1]["valid_from"] or SOON})
        assert begun.status_code in (404, 409)
        for wrong, field in (("de/standard", "country"), ("DE/Standard", "tax_class")):
            refused = await admin.put(f"/v1/tax-rates/{wrong}", json={"basis_points": 700})
            assert (refused.json()["code"], refused.json()["field"]) == ("path_invalid", field), refused.text
