"""Several carts an account, parallel edits, merging, and carts that are forgotten."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx

from tests.order.stall import card_token, ready_cart
from tests.order.test_parcels import ask
from tests.shop import Shop, customer, guest, staff
from tests.stage import ADDRESS, key
from tradewind.services.order.jobs import expire_carts


async def listed(client: httpx.AsyncClient) -> list[tuple[str, str, int]]:
    items = (await client.get("/v1/carts")).json()["items"]
    return [(it["name"], it["state"], it["pieces"]) for it in items]


def lines(**quantities: int) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]


async def test_an_account_keeps_carts_for_later_and_takes_them_up(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(customer()) as eve:
        first = await ask(ada, "/v1/carts", {"lines": lines(MUG=2)}, 201)
        flat = await ask(ada, "/v1/carts", {"name": "New flat", "lines": lines(VASE=1)}, 201)
        assert (flat["state"], flat["name"]) == ("saved", "New flat")
        assert await listed(ada) == [("", "open", 2), ("New flat", "saved", 1)]
        added = await ask(ada, f"/v1/carts/{flat['cart_id']}/lines", {"sku": "MUG"})
        assert added["totals"]["subtotal_minor"] == 6800 + 1900, "it can be changed while it is kept"
        card = {"cart_id": flat["cart_id"], "card_token": "tok_whatever"}
        assert (await ask(ada, "/v1/orders", card, 409))["code"] == "cart_not_active"
        taken = await ask(ada, f"/v1/carts/{flat['cart_id']}/activate")
        assert taken["state"] == "open"
        assert await listed(ada) == [("New flat", "open", 2), ("", "saved", 2)]
        assert (await ada.get("/v1/me/cart")).json()["cart_id"] == flat["cart_id"]
        await ask(ada, f"/v1/carts/{flat['cart_id']}/save", {"name": "Later"})
        assert (await ada.get("/v1/me/cart")).status_code == 404
        assert (await eve.delete(f"/v1/carts/{flat['cart_id']}", headers=key())).status_code == 404
        gone = await ada.delete(f"/v1/carts/{flat['cart_id']}", headers=key())
        assert gone.json()["state"] == "discarded", gone.text
        again = await ada.delete(f"/v1/carts/{flat['cart_id']}", headers=key())
        assert again.json() == gone.json()
        closed = await ask(ada, f"/v1/carts/{flat['cart_id']}/lines", {"sku": "MUG"}, 409)
        assert (closed["code"], closed["details"]) == ("cart_not_open", {"state": "discarded"})
        assert [it[2] for it in await listed(ada)] == [first["lines"][0]["quantity"]]


async def test_of_parallel_edits_none_is_lost(shop: Shop) -> None:
    async with shop.client(guest()) as ada:
        cart = await ask(ada, "/v1/carts", {"lines": lines(MUG=1)}, 201)
        url = f"/v1/carts/{cart['cart_id']}/lines"
        await asyncio.gather(*(ask(ada, url, {"sku": "MUG"}) for _ in range(8)))
        seen = (await ada.get(f"/v1/carts/{cart['cart_id']}")).json()
        assert (seen["lines"][0]["quantity"], seen["version"]) == (9, 9)
        body = {"quantity": 2, "version": 9}
        answers = await asyncio.gather(*(ada.put(f"{url}/MUG", json=body, headers=key()) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        lost = max(answers, key=lambda answer: answer.status_code).json()
        assert lost["code"] == "cart_changed"
        assert (lost["details"]["version"], lost["details"]["cart"]["lines"][0]["quantity"]) == (10, 2)
        stale = await ada.delete(f"{url}/MUG", params={"version": 9}, headers=key())
        assert stale.status_code == 409
        assert (await ada.delete(f"{url}/MUG", params={"version": 10}, headers=key())).json()["lines"] == []


async def test_a_cart_is_not_edited_while_it_is_paid_for(shop: Shop) -> None:
    async with shop.client(guest()) as ada:
        cart = await ready_cart(ada, ("MUG", 1))
        body = {"cart_id": cart["cart_id"], "card_token": await card_token(shop, "declined")}
        order = await ask(ada, "/v1/orders", body, 201)
        refused = await ask(ada, f"/v1/carts/{cart['cart_id']}/lines", {"sku": "MUG"}, 409)
        assert refused["details"] == {
            "state": "ordered",
            "order_id": order["order_id"],
            "order_state": "payment_failed",
        }


async def test_a_guests_cart_that_does_not_fit_is_kept_beside_the_accounts(shop: Shop) -> None:
    account, now = customer(), shop.deps("order").clock.now()
    async with shop.client(account) as ada, shop.client(guest()) as visitor:
        await ask(ada, "/v1/carts", {"lines": lines(MUG=1)}, 201)
        other = await ask(visitor, "/v1/carts", {"lines": lines(VASE=1)}, 201)
        await shop.database("order").execute(
            """
            INSERT INTO cart_lines (cart_id, sku, quantity, added_at)
            SELECT $1, 'OLD-' || n, 1, $2 FROM generate_series(1, 99) AS n
            """,
            uuid.UUID(other["cart_id"]),
            now,
        )
        own = await ask(ada, f"/v1/carts/{other['cart_id']}/claim")
        assert [line["sku"] for line in own["lines"]] == ["MUG"]
        assert await listed(ada) == [("", "open", 1), ("", "saved", 100)]


async def test_a_cart_that_nobody_touches_expires_a_guests_sooner(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(guest()) as visitor:
        mine = await ask(ada, "/v1/carts", {"lines": lines(MUG=1)}, 201)
        other = await ask(visitor, "/v1/carts", {"lines": lines(MUG=1)}, 201)
        settings = shop.deps("order").settings
        assert (settings.guest_cart_days, settings.account_cart_days) == (30, 180)
        assert await expire_carts(shop.deps("order")) == "0 carts"
        await shop.database("order").execute("UPDATE carts SET updated_at = updated_at - interval '31 days'")
        assert await expire_carts(shop.deps("order")) == "1 carts"
        late = await ask(visitor, f"/v1/carts/{other['cart_id']}/lines", {"sku": "MUG"}, 409)
        assert late["details"]["state"] == "expired"
        assert (await ada.get(f"/v1/carts/{mine['cart_id']}")).json()["state"] == "open"


async def test_a_cart_says_of_which_article_its_pickup_place_has_too_few(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(guest()) as ada:
        store = {"code": "STORE", "name": "Old town", "country": "DE", "pickup": True}
        await ask(admin, "/v1/warehouses", store, 201)
        pair = {"sku": "PAIR", "parts": [{"sku": "MUG", "quantity": 2}]}
        assert (await admin.put("/v1/stock/bundles", json=pair, headers=key())).is_success
        stock = [{"sku": sku, "warehouse": "STORE", "quantity": 3} for sku in ("MUG", "VASE")]
        await ask(admin, "/v1/stock/receipts", {"reference": "DN 9", "lines": stock}, 201)
        points = (await ada.get("/v1/pickup-points", params={"sku": ["PAIR", "MUG"]})).json()["items"]
        assert {it["sku"]: it["available"] for it in points[0]["availability"]} == {"PAIR": 1, "MUG": 3}
        cart = await ask(ada, "/v1/carts", {"lines": lines(MUG=4, VASE=3)}, 201)
        path = f"/v1/carts/{cart['cart_id']}"

        async def change(**what: object) -> list[dict[str, Any]]:
            answer = await ada.patch(path, json=what, headers=key())
            assert answer.is_success, answer.text
            return list(answer.json()["warnings"])

        assert await change(shipping_address=ADDRESS, shipping_method="standard") == [], "sent, all is there"
        few = {
            "code": "not_enough_at_place",
            "message": "3 of them can be collected at Old town, not 4",
            "sku": "MUG",
            "available": 3,
            "asked": 4,
            "place": "Old town",
        }
        assert await change(pickup={"code": "STORE", "name": "Ada"}) == [few]
        assert (await ada.get(path)).json()["warnings"] == [few]
        more = (await ada.put(f"{path}/lines/VASE", json={"quantity": 9}, headers=key())).json()["warnings"]
        assert [(it["sku"], it["available"], it["asked"]) for it in more] == [("MUG", 3, 4), ("VASE", 3, 9)]
        seen = (await ada.get(path)).json()["warnings"]
        assert [(it["code"], it["sku"], it["available"]) for it in seen] == [
            ("not_enough_in_stock", "VASE", 5),
            ("not_enough_at_place", "MUG", 3),
            ("not_enough_at_place", "VASE", 3),
        ]
        policy = {"sku": "MUG", "sell_beyond": "backorder", "limit": 2}
        assert (await admin.put("/v1/stock/policies", json=policy, headers=key())).is_success
        assert [(it["code"], it["sku"]) for it in await change(language="en")] == [
            ("back_ordered", "MUG"),
            ("not_enough_at_place", "VASE"),
        ], "what is sold beyond the stock can be collected when it comes"
        closed = await admin.patch("/v1/warehouses/STORE", json={"pickup": False}, headers=key())
        assert closed.is_success, closed.text
        (gone,) = await change(language="de")
        assert (gone["code"], gone["blocking"]) == ("pickup_unknown", True)
