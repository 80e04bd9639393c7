"""Orders paid in every way that a shop takes money, in one process and split."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx

from tests.stage import Stage, key


async def gift_card(stage: Stage, amount_minor: int) -> str:
    async with await stage.staff() as admin:
        body = {"amount_minor": amount_minor, "currency": "EUR"}
        issued = await admin.post("/v1/gift-cards", json=body, headers=key())
        assert issued.status_code == 201, issued.text
        return str(issued.json()["code"])


async def balance(client: httpx.AsyncClient, code: str) -> int:
    answer = await client.post("/v1/gift-cards/balance", json={"code": code})
    return int(answer.json()["balance"]["amount_minor"])


async def ordered(stage: Stage, client: httpx.AsyncClient, sku: str, pieces: int, **paid: Any) -> Any:
    cart = await stage.cart(client, [(sku, pieces)])
    answer = await client.post("/v1/orders", json={"cart_id": cart["cart_id"], **paid}, headers=key())
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_gift_cards_pay_first_and_a_card_the_rest(stage: Stage) -> None:
    sku, code, empty = (
        await stage.article(20, 5000),
        await gift_card(stage, 6000),
        await gift_card(stage, 100),
    )
    async with stage.client() as guest, await stage.staff() as admin:
        card = {"type": "card", "token": await stage.card_token()}
        order = await ordered(stage, guest, sku, 2, payment=card, gift_cards=[code])
        assert (order["state"], order["totals"]["total_minor"]) == ("placed", 10_000)
        assert await balance(guest, code) == 0
        path = f"/v1/orders/{order['order_id']}"
        parcel = {"lines": [{"sku": sku, "quantity": 1}]}
        assert (await admin.post(f"{path}/fulfilments", json=parcel, headers=key())).status_code == 201
        assert (await admin.post(f"{path}/fulfilments", json={}, headers=key())).status_code == 201
        payment = (await admin.get(path)).json()["payment"]
        taken = [payment["captured"], *(it["captured"] for it in payment["others"])]
        assert [it["amount_minor"] for it in taken] == [4000, 6000]
        await stage.wait_for_state(guest, order, "fulfilled")
        for _ in range(100):
            if (await admin.get(path)).json()["captured"]["amount_minor"] == 10_000:
                break
            await asyncio.sleep(0.1)
        refund = await admin.post(f"{path}/refunds", json={"amount_minor": 5000}, headers=key())
        assert refund.status_code in (200, 201), refund.text
        assert await balance(guest, code) == 1000

        alone = await ordered(stage, guest, sku, 1, gift_cards=[await gift_card(stage, 9000)])
        assert alone["state"] == "placed"
        short = await ordered(stage, guest, sku, 1, gift_cards=[empty])
        assert (short["state"], short["reason"]) == ("payment_failed", "gift_cards_too_small")
        paid = await guest.post(
            f"/v1/orders/{short['order_id']}/payments",
            params={"token": short["token"]},
            json={"card_token": await stage.card_token()},
            headers=key(),
        )
        assert (paid.status_code, paid.json()["state"]) == (200, "placed"), paid.text
        assert await balance(guest, empty) == 0
        cancelled = await guest.post(
            f"/v1/orders/{short['order_id']}/cancel", params={"token": short["token"]}, json={}, headers=key()
        )
        assert cancelled.status_code == 200, cancelled.text
        for _ in range(200):
            if await balance(guest, empty) == 100:
                break
            await asyncio.sleep(0.1)
        assert await balance(guest, empty) == 100
        nothing = await guest.post("/v1/orders", json={"cart_id": str(uuid.uuid4())}, headers=key())
        assert nothing.status_code in (404, 422)


async def test_a_transfer_is_shipped_when_it_came_and_a_parcel_is_paid_at_the_door(stage: Stage) -> None:
    sku = await stage.article(20, 5000)
    async with stage.client() as guest, await stage.staff() as admin:
        order = await ordered(stage, guest, sku, 2, payment={"type": "bank_transfer"})
        assert (order["state"], order["payment"]["method"]) == ("placed", "bank_transfer")
        path = f"/v1/orders/{order['order_id']}"
        early = await admin.post(f"{path}/fulfilments", json={}, headers=key())
        assert (early.status_code, early.json()["code"]) == (409, "capture_failed")
        payment = (await admin.get(path)).json()["payment"]
        body = {"amount_minor": 10_000, "reference": "SEPA 17", "received_on": "2026-03-02"}
        receipt = f"/v1/payments/{payment['payment_id']}/receipts"
        assert (await admin.post(receipt, json=body, headers=key())).status_code == 201
        shipped = await admin.post(f"{path}/fulfilments", json={}, headers=key())
        assert (shipped.status_code, shipped.json()["state"]) == (201, "fulfilled")

        order = await ordered(stage, guest, sku, 2, payment={"type": "cash_on_delivery"})
        path = f"/v1/orders/{order['order_id']}"
        assert (await admin.post(f"{path}/fulfilments", json={}, headers=key())).status_code == 201
        payment = (await admin.get(path)).json()["payment"]
        receipt = f"/v1/payments/{payment['payment_id']}/receipts"
        assert (await admin.post(receipt, json=body, headers=key())).status_code == 201


async def test_what_came_for_pieces_that_were_cancelled_is_sent_back_by_staff(stage: Stage) -> None:
    sku = await stage.article(20, 5000)
    async with stage.client() as guest, await stage.staff() as admin:
        order = await ordered(stage, guest, sku, 2, payment={"type": "bank_transfer"})
        path = f"/v1/orders/{order['order_id']}"
        payment = (await admin.get(path)).json()["payment"]
        body = {"amount_minor": 10_000, "reference": "SEPA 18", "received_on": "2026-03-02"}
        receipt = f"/v1/payments/{payment['payment_id']}/receipts"
        assert (await admin.post(receipt, json=body, headers=key())).status_code == 201
        one = {"lines": [{"sku": sku, "quantity": 1}], "reason": "not wanted"}
        assert (await admin.post(f"{path}/cancellations", json=one, headers=key())).status_code == 201
        shipped = await admin.post(f"{path}/fulfilments", json={}, headers=key())
        assert (shipped.status_code, shipped.json()["state"]) == (201, "fulfilled")
        assert not (await stage.settle()).violations
        history = (await admin.get(path)).json()["history"]
        (told,) = [entry["reason"] for entry in history if "sent back" in (entry["reason"] or "")]
        assert told == "50.00 EUR are to be sent back from the bank account"


async def test_a_customers_card_is_kept_when_they_agreed_and_pays_again(stage: Stage) -> None:
    sku = await stage.article(20, 5000)
    email = f"{uuid.uuid4().hex}@example.com"
    async with stage.client() as visitor:
        body = {"email": email, "password": "correct horse battery", "name": "Grace"}
        registered = await visitor.post("/v1/accounts", json=body, headers=key())
    async with stage.client(registered.json()["token"]) as customer:
        card = {"type": "card", "token": await stage.card_token(), "save": True}
        assert (await ordered(stage, customer, sku, 1, payment=card))["state"] == "placed"
        (kept,) = (await customer.get("/v1/me/payment-methods")).json()["items"]
        saved = {"type": "saved_method", "method_id": kept["method_id"]}
        assert (await ordered(stage, customer, sku, 1, payment=saved))["state"] == "placed"
        gone = await customer.delete(f"/v1/me/payment-methods/{kept['method_id']}", headers=key())
        assert gone.status_code == 204
        again = await ordered(stage, customer, sku, 1, payment=saved)
        assert (again["state"], again["reason"]) == ("payment_failed", "saved_method_unknown")


async def test_carts_at_once_share_what_one_gift_card_has(stage: Stage) -> None:
    sku, code = await stage.article(200, 5000), await gift_card(stage, 25_000)
    async with stage.client() as guest:
        carts = [await stage.cart(guest, [(sku, 1)]) for _ in range(16)]
        orders = await asyncio.gather(
            *(
                guest.post(
                    "/v1/orders", json={"cart_id": cart["cart_id"], "gift_cards": [code]}, headers=key()
                )
                for cart in carts
            )
        )
        assert {order.status_code for order in orders} <= {201, 202}, [order.text for order in orders]
        states = [order.json()["state"] for order in orders]
        held = 25_000 - await balance(guest, code)
        assert held == 25_000
        assert states.count("placed") <= 5
