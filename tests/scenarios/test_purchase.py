"""What a shop is for, from a visitor to a parcel, in one process and split."""

from __future__ import annotations

import asyncio
import uuid

import httpx

from tests.stage import ADDRESS, Stage, key


async def test_a_customer_registers_finds_buys_and_receives(stage: Stage) -> None:
    sku = await stage.article(stock=10, price_minor=6800)
    async with stage.client() as visitor:
        email = f"{uuid.uuid4().hex}@example.com"
        body = {"email": email, "password": "correct horse battery", "name": "Grace"}
        registered = await visitor.post("/v1/accounts", json=body, headers=key())
        assert registered.status_code == 201, registered.text
    async with (
        stage.client(registered.json()["token"]) as customer,
        await stage.staff("warehouse") as warehouse,
    ):
        found = (await customer.get("/v1/products", params={"sku": sku})).json()["items"][0]
        assert found["available"] == 10
        placed = await stage.order(customer, [(sku, 2)])
        assert placed.status_code == 201, placed.text
        order = placed.json()
        assert order["state"] == "placed"
        assert order["totals"]["total_minor"] == 2 * 6800  # shipping is free from 75 EUR
        assert await stage.available(sku) == 8
        parcel = {"carrier": "DHL", "tracking_number": "00340434161094021501"}
        shipped = await warehouse.post(
            f"/v1/orders/{order['order_id']}/fulfilments", json=parcel, headers=key()
        )
        assert shipped.status_code == 201, shipped.text
        assert shipped.json()["state"] == "fulfilled"
        history = (await customer.get("/v1/orders")).json()["items"]
        assert [entry["number"] for entry in history] == [order["number"]]
        seen = await stage.wait_for_state(customer, order, "fulfilled")
        assert [entry["to_state"] for entry in seen["history"] if entry["kind"] == "state"] == [
            "pending",
            "placed",
            "fulfilled",
        ]
    log = [entry["kind"] for entry in await stage.processor_log() if entry["amount_minor"] == 13600]
    assert log.count("authorise") >= 1


async def test_a_guest_buys_and_finds_the_order_again(stage: Stage) -> None:
    sku = await stage.article()
    async with stage.client() as guest:
        order = (await stage.order(guest, [(sku, 1)])).json()
        assert order["state"] == "placed"
        without = await guest.get(f"/v1/orders/{order['order_id']}")
        assert without.status_code == 404
        again = await guest.get(f"/v1/orders/{order['order_id']}", params={"token": order["token"]})
        assert again.json()["number"] == order["number"]
        body = {"number": order["number"], "email": "ADA@example.com"}
        assert (await guest.post("/v1/orders/lookup", json=body)).json()["order_id"] == order["order_id"]
        wrong = await guest.post("/v1/orders/lookup", json={**body, "email": "eve@example.com"})
        assert wrong.status_code == 404


async def test_an_order_ships_in_parts_and_each_part_is_captured(stage: Stage) -> None:
    one, two = await stage.article(price_minor=3333), await stage.article(price_minor=1250)
    async with stage.client() as guest, await stage.staff("warehouse") as warehouse:
        order = (await stage.order(guest, [(one, 3), (two, 2)])).json()
        path = f"/v1/orders/{order['order_id']}/fulfilments"
        first = await warehouse.post(path, json={"lines": [{"sku": one, "quantity": 1}]}, headers=key())
        assert first.json()["state"] == "partially_fulfilled", first.text
        too_many = await warehouse.post(path, json={"lines": [{"sku": one, "quantity": 3}]}, headers=key())
        assert (too_many.status_code, too_many.json()["code"]) == (409, "too_many_pieces")
        cancel = await guest.post(
            f"/v1/orders/{order['order_id']}/cancel", params={"token": order["token"]}, json={}, headers=key()
        )
        assert cancel.json()["code"] == "order_not_cancellable"
        rest = await warehouse.post(path, json={}, headers=key())
        assert rest.json()["state"] == "fulfilled", rest.text
        await stage.settle()
        seen = (await guest.get(f"/v1/orders/{order['order_id']}", params={"token": order["token"]})).json()
        assert seen["captured"]["amount_minor"] == seen["totals"]["total_minor"]


async def test_a_declined_card_keeps_the_order_for_another(stage: Stage) -> None:
    sku = await stage.article(stock=1)
    async with stage.client() as guest:
        order = (await stage.order(guest, [(sku, 1)], card="declined")).json()
        assert (order["state"], order["reason"]) == ("payment_failed", "card_declined")
        assert await stage.available(sku) == 0
        path, params = f"/v1/orders/{order['order_id']}/payments", {"token": order["token"]}
        body = {"card_token": await stage.card_token()}
        paid = await guest.post(path, params=params, json=body, headers=key())
        assert paid.json()["state"] == "placed", paid.text
        again = await guest.post(path, params=params, json=body, headers=key())
        assert again.json()["code"] == "nothing_due"


async def test_a_shopper_confirms_with_the_bank(stage: Stage) -> None:
    sku = await stage.article()
    for outcome, state in (("approve", "placed"), ("refuse", "payment_failed")):
        async with stage.client() as guest, httpx.AsyncClient() as bank:
            order = (await stage.order(guest, [(sku, 1)], card="3ds")).json()
            assert order["state"] == "action_required", order
            confirmed = await bank.post(order["action_url"], data={"outcome": outcome})
            assert confirmed.status_code in (200, 303)
            path, params = f"/v1/orders/{order['order_id']}/payments/confirm", {"token": order["token"]}
            assert (await guest.post(path, params=params, headers=key())).json()["state"] == state
    async with stage.client() as guest:
        left = (await stage.order(guest, [(sku, 1)], card="3ds")).json()
        cancelled = await guest.post(
            f"/v1/orders/{left['order_id']}/cancel", params={"token": left["token"]}, json={}, headers=key()
        )
        assert cancelled.json()["state"] == "cancelled"


async def test_an_unknown_outcome_is_found_out_and_charged_once(stage: Stage) -> None:
    sku = await stage.article()
    async with stage.client() as guest:
        for card in ("timeout_after", "timeout_before"):
            answer = await stage.order(guest, [(sku, 1)], card=card)
            assert answer.status_code == 202, answer.text
            seen = await stage.wait_for_state(guest, answer.json(), "placed")
            assert seen["state"] == "placed"


async def test_a_cancelled_order_gives_stock_and_money_back(stage: Stage) -> None:
    sku = await stage.article(stock=5)
    async with stage.client() as guest:
        order = (await stage.order(guest, [(sku, 5)])).json()
        assert await stage.available(sku) == 0
        path = f"/v1/orders/{order['order_id']}/cancel"
        params = {"token": order["token"]}
        cancelled = await guest.post(path, params=params, json={"reason": "changed my mind"}, headers=key())
        assert cancelled.json()["state"] == "cancelled"
        report = await stage.settle()
        assert not report.violations
        assert await stage.available(sku) == 5


async def test_200_buyers_of_50_pieces_make_50_orders(stage: Stage) -> None:
    sku = await stage.article(LEJ=20, RTM=20, MAD=10)
    async with stage.client() as guest:
        token = await stage.card_token()
        carts = []
        for start in range(0, 200, 20):
            carts += await asyncio.gather(*(stage.cart(guest, [(sku, 1)]) for _ in range(start, start + 20)))
        bodies = [{"cart_id": cart["cart_id"], "card_token": token} for cart in carts]
        answers = await asyncio.gather(*(guest.post("/v1/orders", json=b, headers=key()) for b in bodies))
        placed = [a.json() for a in answers if a.status_code == 201 and a.json()["state"] == "placed"]
        refused = [a for a in answers if a.status_code == 409 and a.json()["code"] == "out_of_stock"]
        assert (len(placed), len(refused)) == (50, 150), [a.text for a in answers if a.status_code >= 500][:3]
        assert await stage.available(sku) == 0
        assert len({order["number"] for order in placed}) == 50


async def test_the_last_pieces_over_two_lines_of_one_sku_are_summed(stage: Stage) -> None:
    sku = await stage.article(stock=3)
    async with stage.client() as guest:
        lines = [{"sku": sku, "quantity": 2}, {"sku": sku, "quantity": 2}]
        cart = (await guest.post("/v1/carts", json={"lines": lines}, headers=key())).json()
        assert [line["quantity"] for line in cart["lines"]] == [4]
        change = {"email": "a@example.com", "shipping_address": ADDRESS, "shipping_method": "standard"}
        await guest.patch(f"/v1/carts/{cart['cart_id']}", json=change, headers=key())
        body = {"cart_id": cart["cart_id"], "card_token": await stage.card_token()}
        refused = await guest.post("/v1/orders", json=body, headers=key())
        assert refused.json()["code"] == "out_of_stock"
        again = await guest.put(
            f"/v1/carts/{cart['cart_id']}/lines/{sku}", json={"quantity": 3}, headers=key()
        )
        assert again.status_code == 200, again.text
        placed = await guest.post("/v1/orders", json=body, headers=key())
        assert placed.json()["state"] == "placed", placed.text


async def test_a_guests_cart_joins_the_accounts(stage: Stage) -> None:
    one, two = await stage.article(), await stage.article()
    async with stage.client() as guest, await stage.staff("customer") as customer:
        theirs = (await customer.post("/v1/carts", json={"lines": [{"sku": one, "quantity": 1}]})).json()
        mine = (
            await guest.post(
                "/v1/carts", json={"lines": [{"sku": one, "quantity": 2}, {"sku": two, "quantity": 1}]}
            )
        ).json()
        joined = await customer.post(f"/v1/carts/{mine['cart_id']}/claim", headers=key())
        assert joined.status_code == 200, joined.text
        quantities = {line["sku"]: line["quantity"] for line in joined.json()["lines"]}
        assert joined.json()["cart_id"] == theirs["cart_id"]
        assert quantities[one] == 3
        assert quantities[two] == 1
        assert (await guest.get(f"/v1/carts/{theirs['cart_id']}")).status_code == 404
        for sku in quantities:
            await customer.delete(f"/v1/carts/{theirs['cart_id']}/lines/{sku}", headers=key())


async def test_a_changed_total_is_never_charged_in_silence(stage: Stage) -> None:
    sku = await stage.article(price_minor=1000)
    async with stage.client() as guest:
        cart = await stage.cart(guest, [(sku, 1)])
        body = {
            "cart_id": cart["cart_id"],
            "card_token": await stage.card_token(),
            "expected_total_minor": cart["totals"]["total_minor"] - 1,
        }
        refused = await guest.post("/v1/orders", json=body, headers=key())
        assert (refused.status_code, refused.json()["code"]) == (409, "total_changed")
        body["expected_total_minor"] += 1
        assert (await guest.post("/v1/orders", json=body, headers=key())).json()["state"] == "placed"


async def test_a_parcel_arrives_and_part_of_the_money_goes_back(stage: Stage) -> None:
    sku = await stage.article(price_minor=2500)
    async with (
        stage.client() as guest,
        await stage.staff("warehouse") as warehouse,
        await stage.staff("support") as support,
    ):
        order = (await stage.order(guest, [(sku, 4)], language="de")).json()
        assert (order["language"], order["payment"]["last4"]) == ("de", "4242")
        path = f"/v1/orders/{order['order_id']}"
        parcel = {"carrier": "UPS", "tracking_number": "1Z999AA10123456784"}
        shipped = (await warehouse.post(f"{path}/fulfilments", json=parcel, headers=key())).json()
        (fulfilment,) = shipped["fulfilments"]
        assert fulfilment["tracking_url"].startswith("https://www.ups.com/")
        arrived = await warehouse.post(
            f"{path}/fulfilments/{fulfilment['fulfilment_id']}/deliver", headers=key()
        )
        assert arrived.json()["fulfilments"][0]["state"] == "delivered", arrived.text
        await stage.settle()  # what was captured is known
        back = {"lines": [{"sku": sku, "quantity": 1}], "reason": "chipped"}
        header = key()
        answers = await asyncio.gather(
            *(support.post(f"{path}/refunds", json=back, headers=header) for _ in range(4))
        )
        assert {answer.status_code for answer in answers} <= {201, 202, 409}, [a.text for a in answers]
        await stage.settle()
        seen = (await support.get(path)).json()
        assert [refund["state"] for refund in seen["refunds"]] == ["succeeded"]
        assert (seen["refunded"]["amount_minor"], seen["payment"]["refunded"]["amount_minor"]) == (2500, 2500)
        found = await support.get("/v1/orders", params={"q": sku.lower()})
        assert [item["number"] for item in found.json()["items"]] == [order["number"]]
