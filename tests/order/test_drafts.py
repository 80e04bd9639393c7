"""Orders that staff put together: priced, changed, held, sent, paid, expired; begun anew from an order."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import httpx

from tests.order.stall import card_token, place, told
from tests.order.test_parcels import ask, available
from tests.shop import Shop, customer, guest, staff
from tests.stage import ADDRESS, key
from tradewind.contracts.order import OrderCancelled, OrderDraftSent, OrderPlaced
from tradewind.kernel.idempotency import Once
from tradewind.services.order.jobs import resume_pending
from tradewind.services.order.shapes.orders import PayAgain
from tradewind.services.order.store import orders
from tradewind.services.order.use_cases.retry_payment import retry_payment

ENGRAVING = {"title": "Engraving", "quantity": 2, "unit_price_minor": 500}
TERMS: dict[str, Any] = {
    "email": "ada@example.com",
    "lines": [{"sku": "MUG", "quantity": 2, "unit_price_minor": 1500}, ENGRAVING],
    "shipping_address": ADDRESS,
    "shipping": {"method": "courier", "price_minor": 300},
    "discount": {"kind": "percentage", "basis_points": 1000, "reason": "Regular customer"},
    "note": "rang on Monday",
}


async def draft(admin: httpx.AsyncClient, **change: Any) -> Any:
    return await ask(admin, "/v1/order-drafts", {**TERMS, **change}, 201)


async def test_a_draft_is_priced_sent_seen_and_paid(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        made = await draft(admin)
        order = made["order"]
        assert (order["state"], order["origin"], order["version"]) == ("draft", "draft", 2)
        totals = order["totals"]
        assert (totals["subtotal_minor"], totals["discount_minor"]) == (4000, 400)
        assert totals["total_minor"] == 3600 + 300
        assert [(line["sku"], line["kind"]) for line in order["lines"]] == [
            ("MUG", "product"),
            ("CUSTOM-1", "custom"),
        ]
        path, token = f"/v1/orders/{order['order_id']}", {"token": order["token"]}
        assert (await ada.get(path, params=token)).status_code == 404, "staff are still writing it"
        sent = await ask(admin, f"/v1/order-drafts/{order['order_id']}/send", {"message": "As we spoke"})
        assert sent["sent_at"]
        (event,) = await told(shop, OrderDraftSent, order["order_id"])
        assert (event.total.amount_minor, event.message) == (3900, "As we spoke")
        seen = (await ada.get(path, params=token)).json()
        assert seen["state"] == "draft"
        assert "staff_note" not in [entry["kind"] for entry in seen["history"]], "notes are for staff"
        body = {"card_token": await card_token(shop)}
        paid = await ada.post(f"{path}/payments", params=token, json=body, headers=key())
        assert paid.json()["state"] == "placed", paid.text
        assert await available(admin, "MUG") == 8
        (placed,) = await told(shop, OrderPlaced, order["order_id"])
        assert [line.product_id is None for line in placed.lines] == [False, True]
        late = await admin.patch(f"/v1/order-drafts/{order['order_id']}", json={"version": 1}, headers=key())
        assert (late.status_code, late.json()["code"]) == (409, "not_a_draft")
        assert (await ask(admin, f"{path}/fulfilments", {}, 201))["state"] == "fulfilled"


async def test_of_parallel_changes_none_is_lost(shop: Shop) -> None:
    async with shop.client(staff()) as admin:
        made = await draft(admin)
        url = f"/v1/order-drafts/{made['order']['order_id']}"
        version = made["order"]["version"]
        vase = {"sku": "VASE", "quantity": 1}
        changes: list[dict[str, Any]] = [
            {"lines": [vase, ENGRAVING, {"sku": "MUG", "quantity": 1}]},
            {"discount": None},
            {"shipping": {"method": "gift", "price_minor": 0}},
        ]
        answers = await asyncio.gather(
            *(admin.patch(url, json={"version": version, **c}, headers=key()) for c in changes)
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
        lost = next(answer.json() for answer in answers if answer.status_code == 409)
        assert lost["code"] == "draft_changed"
        current = lost["details"]["draft"]
        for change in changes:
            body = {"version": current["order"]["version"], **change}
            answer = await admin.patch(url, json=body, headers=key())
            assert answer.status_code == 200, answer.text
            current = answer.json()
        order = current["order"]
        assert [(line["sku"], line["quantity"]) for line in order["lines"]] == [
            ("MUG", 1),
            ("CUSTOM-1", 2),
            ("VASE", 1),
        ], "what stays is kept in its order, what is new comes after it"
        assert order["totals"]["total_minor"] == 1900 + 1000 + 6800, "articles at their price of the day"
        assert (await admin.get(url)).json()["terms"]["lines"][2] == vase


async def test_a_draft_in_its_own_words_says_what_is_wrong(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(guest()) as ada:
        for change, field, code in (
            ({"email": None}, "email", "customer_missing"),
            ({"account_id": "0192d0c4-7f7e-7b60-8d00-2f6c9a1b2c3d"}, "account_id", "account_unknown"),
            ({"lines": [{"sku": "NOPE", "quantity": 1}]}, "lines[0].sku", "sku_not_for_sale"),
            ({"lines": [ENGRAVING, {"quantity": 1}]}, "lines[1].title", "line_incomplete"),
            ({"lines": [{**ENGRAVING, "tax_class": "standrad"}]}, "lines[0].tax_class", "tax_class_unknown"),
            (
                {"lines": [{"sku": "MUG", "quantity": 1}, {"sku": "MUG", "quantity": 2}]},
                "lines[1].sku",
                "line_twice",
            ),
            ({"discount": {"kind": "amount", "reason": "x"}}, "discount.amount_minor", "discount_incomplete"),
            ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at", "expiry_passed"),
            ({"currency": "XXB"}, "currency", "currency_unknown"),
            (
                {"lines": [{"title": "Gold", "quantity": 10_000, "unit_price_minor": 10**13}]},
                "lines",
                "total_too_large",
            ),
        ):
            answer = await admin.post("/v1/order-drafts", json={**TERMS, **change}, headers=key())
            problem = answer.json()
            assert (answer.status_code, problem["field"], problem["code"]) == (422, field, code), problem
        assert (await ada.post("/v1/order-drafts", json=TERMS)).status_code == 401


async def test_a_drafts_stock_can_be_held_before_it_is_paid(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(guest()) as ada:
        made = await draft(admin, lines=[{"sku": "VASE", "quantity": 3}])
        url = f"/v1/order-drafts/{made['order']['order_id']}"
        short = await ask(admin, f"{url}/reserve", status=409)
        assert short["code"] == "out_of_stock"
        current = (await admin.get(url)).json()
        assert "reserved_at" not in current
        body = {"version": current["order"]["version"], "lines": [{"sku": "VASE", "quantity": 2}]}
        assert (await admin.patch(url, json=body, headers=key())).status_code == 200
        held = await ask(admin, f"{url}/reserve")
        assert held["reserved_at"]
        assert await available(admin, "VASE") == 0
        assert (await ask(admin, f"{url}/reserve"))["reserved_at"] == held["reserved_at"]
        more = {"version": held["order"]["version"], "lines": [{"sku": "VASE", "quantity": 1}]}
        refused = await admin.patch(url, json=more, headers=key())
        assert refused.json()["code"] == "draft_reserved"
        await ask(admin, f"{url}/send", {})
        order = held["order"]
        body = {"card_token": await card_token(shop)}
        path, token = f"/v1/orders/{order['order_id']}", {"token": order["token"]}
        paid = await ada.post(f"{path}/payments", params=token, json=body, headers=key())
        assert paid.json()["state"] == "placed", paid.text
        assert await available(admin, "VASE") == 0


async def test_a_draft_that_changed_since_it_was_read_is_paid_as_it_is_now_or_not_at_all(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        made = await draft(admin)
        order, body = made["order"], {"card_token": await card_token(shop)}
        path, token = f"/v1/orders/{order['order_id']}", {"token": order["token"]}
        await ask(admin, f"/v1/order-drafts/{order['order_id']}/send", {})
        read = await orders.load(shop.deps("order").db, uuid.UUID(order["order_id"]))
        assert read is not None
        version = (await admin.get(f"/v1/order-drafts/{order['order_id']}")).json()["order"]["version"]
        change = {"version": version, "lines": [{"sku": "VASE", "quantity": 1}]}
        changed = await admin.patch(f"/v1/order-drafts/{order['order_id']}", json=change, headers=key())
        total = changed.json()["order"]["totals"]["total_minor"]
        seen = {**body, "expected_total_minor": order["totals"]["total_minor"]}
        refused = await ada.post(f"{path}/payments", params=token, json=seen, headers=key())
        assert (refused.status_code, refused.json()["code"]) == (409, "total_changed")
        assert refused.json()["details"]["total_minor"] == total != order["totals"]["total_minor"]
        command = PayAgain(card_token=body["card_token"])
        paid = await retry_payment(shop.deps("order"), guest(), read, command, Once.unkeyed())
        assert ([line.sku for line in paid.lines], paid.state) == (["VASE"], "placed")
        now = (await admin.get(path)).json()
        assert now["payment"]["authorised"]["amount_minor"] == total


async def test_a_draft_expires_and_gives_back_what_it_held(shop: Shop) -> None:
    async with shop.client(staff()) as admin:
        made = await draft(admin, expires_at=_soon(shop))
        url = f"/v1/order-drafts/{made['order']['order_id']}"
        await ask(admin, f"{url}/reserve")
        assert await available(admin, "MUG") == 8
        await asyncio.sleep(0.8)
        await resume_pending(shop.deps("order"))
        await shop.deliver_events()
        seen = (await admin.get(f"/v1/orders/{made['order']['order_id']}")).json()
        assert (seen["state"], seen["reason"]) == ("expired", "not paid in time")
        assert await available(admin, "MUG") == 10
        (ended,) = await told(shop, OrderCancelled, seen["order_id"])
        assert not ended.was_placed


def _soon(shop: Shop) -> str:
    at = shop.deps("order").clock.now() + timedelta(seconds=0.7)
    return str(at.isoformat())


async def test_an_order_begins_anew_at_the_prices_of_then_or_of_today(shop: Shop) -> None:
    async with shop.client(guest()) as visitor:
        person = {"email": "ada@example.com", "password": "correct horse battery", "name": "Ada"}
        account = (await ask(visitor, "/v1/accounts", person, 201))["account"]
    async with (
        shop.client(staff()) as admin,
        shop.client(customer(uuid.UUID(account["account_id"]))) as ada,
    ):
        order = await place(shop, ada, ("MUG", 2), ("VASE", 1))
        path = f"/v1/orders/{order['order_id']}"
        one_vase = {"lines": [{"sku": "VASE", "quantity": 1}]}
        await ask(admin, f"{path}/cancellations", one_vase, 201)
        product_id = order["lines"][0]["product_id"]
        product = (await admin.get(f"/v1/products/{product_id}")).json()
        variants = [{"sku": "MUG", "options": {}, "prices": [{"currency": "EUR", "amount_minor": 2500}]}]
        change = {"version": product["version"], "variants": variants}
        changed = await admin.patch(f"/v1/products/{product_id}", json=change)
        assert changed.status_code == 200, changed.text
        url = f"/v1/orders/{order['order_id']}/reissue"
        for prices, each in (("old", 1900), ("today", 2500)):
            again = await ask(admin, url, {"prices": prices, "note": "lost on its way"}, 201)
            assert again["order"]["origin_order_id"] == order["order_id"]
            assert again["order"]["account_id"] == order["account_id"]
            (line,) = again["order"]["lines"]
            assert (line["sku"], line["quantity"], line["unit_price_minor"]) == ("MUG", 2, each)
        mine = (await ada.get("/v1/orders")).json()["items"]
        assert [it["number"] for it in mine] == [order["number"]], "what is not sent is not shown"
        found = (await admin.get("/v1/orders", params={"origin": "reissue"})).json()["items"]
        assert len(found) == 2


async def test_a_draft_takes_the_promotions_of_its_codes_and_gives_their_uses_back(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(guest()) as ada:
        for code, more in (
            ("TEN", {"kind": "percentage", "basis_points": 1000, "most_uses": 1, "most_uses_each": 1}),
            ("CARRIED", {"kind": "free_shipping"}),
            ("ALONE", {"kind": "amount", "amount_minor": 1, "currency": "EUR", "combinable": False}),
        ):
            new = {"name": code, "codes": [code], "combinable": True, **more}
            assert (await admin.post("/v1/promotions", json=new, headers=key())).status_code == 201
        auto = {"name": "All", "kind": "percentage", "basis_points": 5000, "automatic": True}
        assert (await admin.post("/v1/promotions", json=auto, headers=key())).status_code == 201
        made = await draft(admin, discount_codes=["ten", "CARRIED", "TEN"])
        order, path = made["order"], f"/v1/order-drafts/{made['order']['order_id']}"
        totals = order["totals"]  # 3000 and 1000, less a tenth, less staff's tenth of that
        assert (totals["subtotal_minor"], totals["discount_minor"], totals["total_minor"]) == (
            4000,
            760,
            3240,
        )
        assert (totals["shipping_minor"], totals["shipping_discount_minor"]) == (0, 300)
        assert order["discount_codes"] == ["TEN", "CARRIED"]
        assert [one["name"] for one in order["promotions"]] == ["TEN", "CARRIED", "Regular customer"]
        for codes, problem in ((["TEN"], "discount_used_up"), (["NOPE"], "discount_unknown")):
            refused = await ask(admin, "/v1/order-drafts", {**TERMS, "discount_codes": codes}, 422)
            assert (refused["code"], refused["field"]) == (problem, "discount_codes[0]")
        both = await ask(admin, "/v1/order-drafts", {**TERMS, "discount_codes": ["CARRIED", "ALONE"]}, 422)
        assert (both["code"], both["field"]) == ("discount_not_applied", "discount_codes[1]")
        change = {"version": order["version"], "lines": [{"sku": "MUG", "quantity": 1}], "discount": None}
        again = await admin.patch(path, json=change, headers=key())
        assert again.json()["order"]["totals"]["total_minor"] == 1900 - 190, again.text
        change = {"version": again.json()["order"]["version"], "discount_codes": []}
        bare = await admin.patch(path, json=change, headers=key())
        assert bare.json()["order"]["totals"]["total_minor"] == 1900 + 300, bare.text
        other = await draft(admin, discount_codes=["TEN"])
        number = other["order"]["order_id"]
        await ask(admin, f"/v1/orders/{number}/cancel", {}, 200)
        kept = await draft(admin, discount_codes=["TEN"], discount=None)
        await ask(admin, f"/v1/order-drafts/{kept['order']['order_id']}/send", {}, 200)
        paid = await ada.post(
            f"/v1/orders/{kept['order']['order_id']}/payments",
            params={"token": kept["order"]["token"]},
            json={"card_token": await card_token(shop)},
            headers=key(),
        )
        assert (paid.json()["state"], paid.json()["totals"]["total_minor"]) == ("placed", 3900), paid.text
        listed = (await admin.get("/v1/promotions", params={"q": "TEN"})).json()["items"]
        assert [one["uses"] for one in listed] == [1]


async def test_lines_of_staffs_own_words_come_back_and_are_replaced_without_stock(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(guest()) as ada:
        order = (await draft(admin, discount=None))["order"]
        path = f"/v1/orders/{order['order_id']}"
        await ask(admin, f"/v1/order-drafts/{order['order_id']}/send", {}, 200)
        card = {"card_token": await card_token(shop)}
        paid = await ada.post(f"{path}/payments", params={"token": order["token"]}, json=card, headers=key())
        assert paid.json()["state"] == "placed", paid.text
        await ask(admin, f"{path}/fulfilments", {}, 201)
        await shop.deliver_events()
        lines = [{"sku": "CUSTOM-1", "quantity": 1}, {"sku": "MUG", "quantity": 1}]
        asked = await ask(admin, f"{path}/returns", {"lines": lines}, 201)
        one = f"{path}/returns/{asked['return_id']}"
        await ask(admin, f"{one}/approve", {}, 200)
        before = await available(admin, "MUG")
        for line in lines:
            piece = {**line, "warehouse": "LEJ", "condition": "restock"}
            await ask(admin, f"{one}/receipts", {"pieces": [piece]}, 201)
        assert await available(admin, "MUG") == before + 1
        refunded = await ask(admin, f"{one}/refund", {}, 200)
        assert refunded["refund"]["amount"]["amount_minor"] == 1500 + 500
        claim = await ask(admin, f"{path}/claims", {"kind": "damaged", "lines": lines[:1]}, 201)
        decided = f"{path}/claims/{claim['claim_id']}"
        held = await ask(admin, f"{decided}/decide", {"outcome": "replacement"}, 200)
        assert held["state"] == "reserved"
        assert (await ask(admin, f"{decided}/ship", {}, 200))["state"] == "settled"
