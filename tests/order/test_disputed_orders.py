"""What a customer has their bank ask back is not refunded as well, and the order says where its money is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from tests.order.stall import place
from tests.shop import Shop, customer, staff
from tests.stage import key
from tradewind.services.order import jobs
from tradewind.services.payment.references import authorisation_reference
from tradewind.services.payment.use_cases.settle_dispute import settle_dispute


async def dispute(shop: Shop, order: Any) -> str:
    """Of all that was captured; the payment service knows of it, nobody else does yet. Our id of it."""
    settings = shop.runtime.running["payment"].settings
    async with httpx.AsyncClient() as bank:
        answer = await bank.post(
            f"{settings.processor_url}/sandbox/disputes",
            json={"reference": authorisation_reference(UUID(order["order_id"]), 1), "reason": "fraudulent"},
            headers={"authorization": f"Bearer {settings.processor_secret_key}"},
        )
    assert await settle_dispute(shop.deps("payment"), "sandbox", answer.json()["id"]) is None
    async with shop.client(staff()) as admin:
        listed = await admin.get("/v1/disputes", params={"order_id": order["order_id"]})
        return str(listed.json()["items"][0]["dispute_id"])


async def win(shop: Shop, admin: httpx.AsyncClient, dispute_id: str) -> None:
    path = f"/v1/disputes/{dispute_id}"
    evidence = {"explanation": "winning_evidence"}
    assert (await admin.put(f"{path}/evidence", json=evidence, headers=key())).is_success
    assert (await admin.post(f"{path}/submission", headers=key())).json()["state"] == "won"
    await shop.deliver_events()


async def refund(admin: httpx.AsyncClient, order: Any, **body: Any) -> tuple[int, Any]:
    answer = await admin.post(f"/v1/orders/{order['order_id']}/refunds", json=body, headers=key())
    return answer.status_code, answer.json()


async def sums(admin: httpx.AsyncClient, order: Any) -> tuple[int, int, int, int]:
    """Captured, refundable, disputed, charged back."""
    now = (await admin.get(f"/v1/orders/{order['order_id']}")).json()
    names = ("captured", "refundable", "disputed", "charged_back")
    captured, refundable, disputed, lost = (now.get(it, {"amount_minor": 0})["amount_minor"] for it in names)
    return captured, refundable, disputed, lost


async def test_a_disputed_order_is_not_refunded_and_says_what_was_lost(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("VASE", 1))
        path = f"/v1/orders/{order['order_id']}"
        assert (await admin.post(f"{path}/fulfilments", json={}, headers=key())).status_code == 201
        await shop.deliver_events()
        assert await sums(admin, order) == (7290, 7290, 0, 0)
        dispute_id = await dispute(shop, order)
        await shop.deliver_events()
        assert await sums(admin, order) == (7290, 0, 7290, 0)
        for body in ({}, {"amount_minor": 1}, {"lines": [{"sku": "VASE", "quantity": 1}]}):
            status, problem = await refund(admin, order, **body)
            assert (status, problem["code"], problem["details"]["left_minor"]) == (409, "payment_disputed", 0)
            assert "0.00 EUR is left" in problem["detail"]
        accepted = await admin.post(f"/v1/disputes/{dispute_id}/acceptance", headers=key())
        assert accepted.json()["state"] == "lost"
        await shop.deliver_events()
        assert await sums(admin, order) == (7290, 0, 0, 7290)
        assert (await refund(admin, order))[1]["code"] == "payment_disputed"
        told = (await admin.get(f"{path}/timeline")).json()["items"]
        texts = [it["text"] for it in told if it["kind"] == "dispute"]
        assert sorted(texts) == [
            "the customer disputes 72.90 EUR: fraudulent",
            "the dispute of 72.90 EUR was lost",
        ]
        seen = (await ada.get(path)).json()
        assert seen["refundable"]["amount_minor"] == 0 and "charged_back" not in seen
        books = (await admin.get("/v1/ledger", params={"order_id": order["order_id"]})).json()["items"]
        assert sum(it["amount"]["amount_minor"] for it in books if it["account"] == "refunds") == 7290


async def test_a_refund_that_meets_a_dispute_ends_as_a_refusal_and_may_be_had_when_that_is_won(
    shop: Shop,
) -> None:
    async with shop.client(customer()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 2))
        path = f"/v1/orders/{order['order_id']}"
        assert (await admin.post(f"{path}/fulfilments", json={}, headers=key())).status_code == 201
        await shop.deliver_events()
        dispute_id = await dispute(shop, order)  # the order service was not told yet
        lines = [{"sku": "MUG", "quantity": 1}]
        status, problem = await refund(admin, order, lines=lines)
        assert (status, problem["code"], problem["details"]["left_minor"]) == (409, "payment_disputed", 0)
        now = (await admin.get(path)).json()
        assert [(it["state"], it["failure"]) for it in now["refunds"]] == [("failed", "payment_disputed")]
        assert now["lines"][0]["refunded_quantity"] == 0 and now["refundable"]["amount_minor"] == 0
        await win(shop, admin, dispute_id)
        assert await sums(admin, order) == (4290, 4290, 0, 0)
        assert (await refund(admin, order, lines=lines))[0] == 201


async def test_what_goes_back_by_itself_is_given_up_where_it_is_disputed(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 2))
        path = f"/v1/orders/{order['order_id']}"
        payment_id = (await admin.get(path)).json()["payment"]["payment_id"]
        taken = await admin.post(f"/v1/payments/{payment_id}/captures", json={}, headers=key())
        assert taken.status_code == 201, taken.text
        await shop.deliver_events()
        await dispute(shop, order)
        await shop.deliver_events()
        body = {"lines": [{"sku": "MUG", "quantity": 1}]}
        cancelled = await admin.post(f"{path}/cancellations", json=body, headers=key())
        assert cancelled.is_success, cancelled.text
        await jobs.resume_refunds(shop.deps("order"))
        await shop.deliver_events()
        now = (await admin.get(path)).json()
        assert [(it["state"], it["failure"]) for it in now["refunds"]] == [("failed", "payment_disputed")]
        assert await sums(admin, order) == (4290, 0, 4290, 0)


async def test_a_transfer_is_awaited_for_what_the_order_still_needs(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(staff()) as admin:
        order = await place(
            shop, ada, ("VASE", 1), ("MUG", 2), card_token=None, payment={"type": "bank_transfer"}
        )
        path, total = f"/v1/orders/{order['order_id']}", order["totals"]["total_minor"]

        async def awaited() -> int:
            return int((await admin.get(path)).json()["payment"]["awaited"]["amount_minor"])

        assert await awaited() == total
        fewer = {"lines": [{"sku": "MUG", "quantity": 1}], "reason": "not wanted"}
        gone = (await admin.post(f"{path}/cancellations", json=fewer, headers=key())).json()
        left = total - gone["cancelled"]["amount_minor"]
        assert await awaited() == left < total
        payment = (await admin.get(path)).json()["payment"]
        receipt = {"amount_minor": left, "reference": "SEPA 17", "received_on": "2026-03-02"}
        receipts = f"/v1/payments/{payment['payment_id']}/receipts"
        assert (await admin.post(receipts, json=receipt, headers=key())).is_success
        assert await awaited() == 0
        shipped = await admin.post(f"{path}/fulfilments", json={}, headers=key())
        assert (shipped.json()["state"], await awaited()) == ("fulfilled", 0)


async def test_a_parcel_whose_transfer_did_not_arrive_says_what_is_awaited(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("VASE", 1), card_token=None, payment={"type": "bank_transfer"})
        path = f"/v1/orders/{order['order_id']}"
        early = await admin.post(f"{path}/fulfilments", json={}, headers=key())
        assert (early.status_code, early.json()["code"]) == (409, "capture_failed")
        assert "72.90 EUR is awaited by bank transfer" in early.json()["detail"]
        payment = (await admin.get(path)).json()["payment"]
        receipt = {"amount_minor": 7000, "reference": "SEPA 17", "received_on": "2026-03-02"}
        receipts = f"/v1/payments/{payment['payment_id']}/receipts"
        assert (await admin.post(receipts, json=receipt, headers=key())).is_success
        short = await admin.post(f"{path}/fulfilments", json={}, headers=key())
        assert "2.90 EUR is awaited by bank transfer" in short.json()["detail"]
