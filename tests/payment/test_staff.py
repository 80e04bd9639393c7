"""What staff see and do over HTTP, and what a checkout is told."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.payment.till import Till
from tests.processor import DECLINED
from tests.shop import customer, staff


def key() -> dict[str, str]:
    return {"idempotency-key": str(uuid4())}


async def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_payment_is_captured_and_refunded_by_hand_and_shows_all_that_happened(till: Till) -> None:
    payment_id = await till.payment_id(await till.authorised(5000))
    path = f"/v1/payments/{payment_id}"
    part = await till.staff.post(f"{path}/captures", json={"amount_minor": 2000}, headers=key())
    assert part.status_code == 201, part.text
    assert part.json()["state"] == "succeeded" and part.json()["amount"] == {
        "amount_minor": 2000,
        "currency": "EUR",
    }
    rest = await till.staff.post(f"{path}/captures", json={}, headers=key())
    assert rest.json()["amount"]["amount_minor"] == 3000
    assert await refused(await till.staff.post(f"{path}/captures", json={}, headers=key())) == (
        409,
        "nothing_left",
    )
    too_much = await till.staff.post(
        f"{path}/refunds", json={"amount_minor": 5001, "reason": "x"}, headers=key()
    )
    assert (too_much.status_code, too_much.json()["field"]) == (422, "amount_minor")
    refund = await till.staff.post(f"{path}/refunds", json={"reason": "arrived damaged"}, headers=key())
    assert (refund.status_code, refund.json()["amount"]["amount_minor"]) == (201, 5000)

    shown = (await till.staff.get(path)).json()
    assert shown["payment"]["status"] == "refunded"
    assert [attempt["state"] for attempt in shown["attempts"]] == ["authorised"]
    assert [(it["kind"], it["state"], it["reason"]) for it in shown["operations"]] == [
        ("capture", "succeeded", ""),
        ("capture", "succeeded", ""),
        ("refund", "succeeded", "arrived damaged"),
    ]
    assert sum(entry["amount"]["amount_minor"] for entry in shown["ledger"]) == 0
    assert len(shown["ledger"]) == 6
    assert [(it["from_state"], it["to_state"]) for it in shown["history"]] == [
        ("processing", "authorised"),
        ("processing", "succeeded"),
        ("processing", "succeeded"),
        ("processing", "succeeded"),
    ]
    assert (shown["capturable"]["amount_minor"], shown["refundable"]["amount_minor"]) == (0, 0)


async def test_a_request_repeated_under_its_key_has_one_effect(till: Till) -> None:
    payment_id = await till.payment_id(await till.captured())
    path, headers, body = (
        f"/v1/payments/{payment_id}/refunds",
        key(),
        {"reason": "damaged", "amount_minor": 1000},
    )
    answers = [await till.staff.post(path, json=body, headers=headers) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    other = await till.staff.post(path, json={**body, "amount_minor": 2000}, headers=headers)
    assert await refused(other) == (422, "idempotency_key_reused")
    assert (await till.merchant.effects())[2:] == [("refund", 1000)]


async def test_an_unknown_outcome_is_answered_202_until_the_same_request_tells(impatient: Till) -> None:
    payment_id = await impatient.payment_id(await impatient.authorised())
    fault = {"operation": "capture", "kind": "timeout_after", "times": 1}
    await impatient.merchant.order_faults(fault)
    path, headers = f"/v1/payments/{payment_id}/captures", key()
    first = await impatient.staff.post(path, json={}, headers=headers)
    assert (first.status_code, first.json()["state"]) == (202, "unknown")
    again = await impatient.staff.post(path, json={}, headers=headers)
    assert (again.status_code, again.json()["state"]) == (201, "succeeded")
    assert again.json()["operation_id"] == first.json()["operation_id"]
    assert await impatient.merchant.effects() == [("authorise", 5000), ("capture", 5000)]


async def test_a_void_by_hand_is_final(till: Till) -> None:
    order_id = await till.authorised()
    path, headers = f"/v1/payments/{await till.payment_id(order_id)}/void", key()
    for _ in range(2):
        voided = await till.staff.post(path, headers=headers)
        assert (voided.status_code, voided.json()["status"]) == (200, "voided"), voided.text
    again = await till.staff.post(path, headers=key())
    assert (again.status_code, again.json()["status"]) == (200, "voided"), "voiding what is void is no error"
    assert await till.merchant.effects() == [("authorise", 5000), ("void", 5000)]
    assert await till.events(order_id) == ["payment.authorised", "payment.voided"]
    capture = await till.staff.post(path.replace("void", "captures"), json={}, headers=key())
    assert capture.status_code == 409

    declined = uuid4()
    await till.pay(DECLINED, order_id=declined)
    path = f"/v1/payments/{await till.payment_id(declined)}/void"
    assert await refused(await till.staff.post(path)) == (409, "payment_declined")
    path = f"/v1/payments/{await till.payment_id(await till.captured())}/void"
    assert await refused(await till.staff.post(path)) == (409, "payment_captured")


async def test_a_void_without_an_answer_is_answered_202_and_happens(impatient: Till) -> None:
    order_id = await impatient.authorised()
    await impatient.merchant.order_faults({"operation": "void", "kind": "timeout_before", "times": 1})
    path = f"/v1/payments/{await impatient.payment_id(order_id)}/void"
    voided = await impatient.staff.post(path, headers=key())
    assert (voided.status_code, voided.json()["closing"]) == (202, True)
    await impatient.heal()
    assert await impatient.status(order_id) == "voided"


async def test_payments_are_listed_newest_first_in_pages_and_filtered(till: Till) -> None:
    orders: list[UUID] = [await till.authorised(100 + number) for number in range(5)]
    await till.cancel(uuid4())  # cancelled before any payment: nothing to list
    declined = uuid4()
    await till.pay(DECLINED, order_id=declined)
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await till.staff.get("/v1/payments", params=query)).json()
        found += [item["order_id"] for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == [str(order_id) for order_id in [declined, *reversed(orders)]]

    async def ids(**filters: str) -> list[str]:
        page = (await till.staff.get("/v1/payments", params=filters)).json()
        return [item["order_id"] for item in page["items"]]

    assert await ids(status="declined") == [str(declined)]
    assert await ids(order_id=str(orders[2])) == [str(orders[2])]
    assert await ids(order_id=str(orders[2]), status="voided") == []
    for wrong in ({"status": "lost"}, {"limit": "0"}, {"cursor": "x"}, {"order_id": "7"}, {"sort": "amount"}):
        assert (await till.staff.get("/v1/payments", params=wrong)).status_code == 422


async def test_the_ledger_is_read_in_pages_and_filtered(till: Till) -> None:
    for amount_minor in (100, 200, 300):
        await till.captured(amount_minor)
    amounts: list[int] = []
    query: dict[str, Any] = {"account": "cash_at_processor", "limit": 2}
    while True:
        page = (await till.staff.get("/v1/ledger", params=query)).json()
        amounts += [entry["amount"]["amount_minor"] for entry in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert amounts == [300, 200, 100]
    since = page["items"][0]["at"]
    later = (await till.staff.get("/v1/ledger", params={"since": since, "currency": "EUR"})).json()["items"]
    assert len(later) == 6
    none = await till.staff.get("/v1/ledger", params={"since": "2099-01-01T00:00:00Z"})
    assert none.json() == {"items": [], "next": None}
    assert (await till.staff.get("/v1/ledger", params={"since": "2099-01-01T00:00:00"})).status_code == 422
    balances = (await till.staff.get("/v1/ledger/balances")).json()["items"]
    assert [item["balance"]["amount_minor"] for item in balances] == [600, -600]


async def test_payments_are_for_staff_who_may(till: Till) -> None:
    payment_id = await till.payment_id(await till.authorised())
    reads = ["/v1/payments", f"/v1/payments/{payment_id}", "/v1/ledger", "/v1/ledger/balances"]
    writes = [f"/v1/payments/{payment_id}/{what}" for what in ("captures", "refunds", "void")]
    async with till.shop.client(customer()) as shopper, till.shop.client(staff("warehouse")) as packer:
        for client, status in ((till.guest, 401), (shopper, 403), (packer, 403)):
            assert {(await client.get(path)).status_code for path in reads} == {status}
            assert {(await client.post(path, json={})).status_code for path in writes} == {status}
    assert {(await till.staff.get(path)).status_code for path in reads} == {200}
    for path in (f"/v1/payments/{uuid4()}", "/v1/payments/7"):
        assert await refused(await till.staff.get(path)) == (404, "payment_not_found")
        answer = await till.staff.post(f"{path}/captures", json={}, headers=key())
        assert await refused(answer) == (404, "payment_not_found")


async def test_a_checkout_is_told_how_to_make_a_token(till: Till) -> None:
    answer = await till.guest.get("/v1/payment-methods")
    assert answer.status_code == 200
    (method,) = answer.json()["items"]
    assert method["publishable_key"] == till.merchant.publishable_key
    assert till.merchant.secret_key not in answer.text
    async with httpx.AsyncClient() as browser:
        body = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
        headers = {"authorization": f"Bearer {method['publishable_key']}"}
        made = await browser.post(method["tokens_url"], json=body, headers=headers)
        assert made.status_code == 201
        query = {"key": method["publishable_key"], "return_url": "http://127.0.0.1:8000/back"}
        assert (await browser.get(method["card_form_url"], params=query)).status_code == 200
