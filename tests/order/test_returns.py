"""Pieces that come back: asked for, decided, received in their condition, refunded; each once, whoever else tries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.order.stall import place, told
from tests.shop import Shop, customer, guest, staff
from tests.stage import key
from tradewind.contracts.order import ReturnApproved, ReturnReceived, ReturnRequested


@pytest.fixture
async def clients(shop: Shop) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """A guest, and staff who may do everything."""
    async with shop.client(guest()) as visitor, shop.client(staff()) as admin:
        yield visitor, admin


async def sent(shop: Shop, client: httpx.AsyncClient, *lines: tuple[str, int]) -> Any:
    """An order of which everything was shipped."""
    order = await place(shop, client, *lines)
    async with shop.client(staff()) as admin:
        parcel = await admin.post(f"/v1/orders/{order['order_id']}/fulfilments", json={}, headers=key())
        assert parcel.status_code == 201, parcel.text
    await shop.deliver_events()
    return order


def pieces(sku: str, quantity: int, condition: str = "restock") -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, "warehouse": "LEJ", "condition": condition}


async def available(client: httpx.AsyncClient, sku: str) -> int:
    return int((await client.get("/v1/availability", params={"sku": sku})).json()["items"][0]["available"])


async def test_a_return_goes_from_a_wish_to_money_back(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await sent(shop, visitor, ("MUG", 3))  # 5700 and 490 for shipping
    path, token = f"/v1/orders/{order['order_id']}", {"token": order["token"]}
    offered = (await visitor.get(f"{path}/returnable", params=token)).json()
    assert [(line["sku"], line["quantity"]) for line in offered["lines"]] == [("MUG", 3)]
    assert (await visitor.get(f"{path}/returnable")).status_code == 404
    body = {
        "lines": [{"sku": "MUG", "quantity": 2, "reason": "changed_mind", "note": "too blue"}],
        "note": "hi",
    }
    header = key()
    for _ in range(2):
        asked = await visitor.post(f"{path}/returns", params=token, json=body, headers=header)
        assert asked.status_code == 201, asked.text
    wanted = asked.json()
    assert (wanted["number"], wanted["state"]) == (f"{order['number']}-R1", "requested")
    more = await visitor.post(f"{path}/returns", params=token, json=body, headers=key())
    assert (more.status_code, more.json()["code"]) == (409, "nothing_to_return")

    returned = f"{path}/returns/{wanted['return_id']}"
    early = await admin.post(f"{returned}/receipts", json={"pieces": [pieces("MUG", 1)]}, headers=key())
    assert early.json()["code"] == "return_not_receivable"
    label = {"carrier": "DHL", "label": "RT-1", "message": "send it soon"}
    for _ in range(2):
        approved = await admin.post(f"{returned}/approve", json=label, headers=header)
        assert approved.json()["state"] == "approved", approved.text
    again = await admin.post(f"{returned}/approve", json=label, headers=key())
    assert again.json()["code"] == "return_decided"
    theirs = (await visitor.get(f"{path}/returns", params=token)).json()["items"][0]
    assert (theirs["label"], theirs["decision"], "receipts" in theirs) == ("RT-1", "send it soon", False)

    before = await available(admin, "MUG")
    first = await admin.post(
        f"{returned}/receipts", json={"pieces": [pieces("MUG", 1)], "inspection": "as new"}, headers=header
    )
    assert first.json()["state"] == "partially_received", first.text
    repeat = await admin.post(
        f"{returned}/receipts", json={"pieces": [pieces("MUG", 1)], "inspection": "as new"}, headers=header
    )
    assert repeat.json()["lines"][0]["received_quantity"] == 1
    assert await available(admin, "MUG") == before + 1
    nowhere = {"pieces": [{**pieces("MUG", 1), "warehouse": "MARS"}]}
    lost = await admin.post(f"{returned}/receipts", json=nowhere, headers=key())
    assert (lost.status_code, lost.json()["code"]) == (422, "warehouse_unknown")
    too_many = await admin.post(f"{returned}/receipts", json={"pieces": [pieces("MUG", 2)]}, headers=key())
    assert too_many.json()["code"] == "too_many_pieces"
    second = await admin.post(
        f"{returned}/receipts", json={"pieces": [pieces("MUG", 1, "written_off")]}, headers=key()
    )
    assert second.json()["state"] == "received", second.text
    assert await available(admin, "MUG") == before + 1
    assert (await admin.get(path)).json()["state"] == "partially_returned"

    dear = await admin.post(f"{returned}/refund", json={"fee_minor": 99999}, headers=key())
    assert (dear.status_code, dear.json()["code"]) == (409, "fee_too_large")
    refund = {"fee_minor": 300, "shipping_minor": 490}
    for _ in range(2):
        paid = await admin.post(f"{returned}/refund", json=refund, headers=header)
        assert paid.status_code == 200, paid.text
    assert (paid.json()["state"], paid.json()["refund"]["amount"]["amount_minor"]) == ("refunded", 3990)
    await shop.deliver_events()
    seen = (await admin.get(path)).json()
    assert (seen["refunded"]["amount_minor"], seen["lines"][0]["refunded_quantity"]) == (3990, 2)
    assert [
        len(await told(shop, event, order["order_id"])) for event in (ReturnRequested, ReturnApproved)
    ] == [1, 1]
    assert [e.complete for e in await told(shop, ReturnReceived, order["order_id"])] == [False, True]
    listed = (await admin.get("/v1/returns", params={"state": "refunded"})).json()["items"]
    assert [(r["number"], r["pieces"], r["received_pieces"]) for r in listed] == [(wanted["number"], 2, 2)]


async def test_what_is_refused_or_taken_back_may_be_asked_for_again(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await sent(shop, visitor, ("VASE", 1))
    path, token = f"/v1/orders/{order['order_id']}", {"token": order["token"]}
    body = {"lines": [{"sku": "VASE", "quantity": 1}]}
    for end, who, params, json in (
        ("cancel", visitor, token, None),
        ("refuse", admin, {}, {"reason": "made to measure"}),
    ):
        asked = (await visitor.post(f"{path}/returns", params=token, json=body, headers=key())).json()
        ended = await who.post(
            f"{path}/returns/{asked['return_id']}/{end}", params=params, json=json, headers=key()
        )
        assert ended.status_code == 200, ended.text
        late = await admin.post(f"{path}/returns/{asked['return_id']}/approve", json={}, headers=key())
        assert late.json()["code"] == "return_decided"
    asked = (await visitor.post(f"{path}/returns", params=token, json=body, headers=key())).json()
    returned = f"{path}/returns/{asked['return_id']}"
    assert asked["number"].endswith("-R3")
    await admin.post(f"{returned}/approve", json={}, headers=key())
    await admin.post(f"{returned}/receipts", json={"pieces": [pieces("VASE", 1, "damaged")]}, headers=key())
    back = await admin.post(
        f"{path}/refunds", json={"lines": [{"sku": "VASE", "quantity": 1}]}, headers=key()
    )
    assert back.status_code == 201, back.text
    twice = await admin.post(f"{returned}/refund", json={}, headers=key())
    assert (twice.status_code, twice.json()["code"]) == (409, "nothing_to_refund")
    closed = await admin.post(f"{returned}/close", json={"reason": "refunded by hand"}, headers=key())
    assert closed.json()["state"] == "closed", closed.text
    assert (await admin.get(path)).json()["state"] == "returned"


async def test_of_many_who_want_the_same_pieces_back_one_has_them(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await sent(shop, visitor, ("MUG", 2))
    path, token = f"/v1/orders/{order['order_id']}", {"token": order["token"]}
    body = {"lines": [{"sku": "MUG", "quantity": 2}]}
    asked = await asyncio.gather(
        *(visitor.post(f"{path}/returns", params=token, json=body, headers=key()) for _ in range(8))
    )
    assert sorted(a.status_code for a in asked) == [201] + [409] * 7
    wanted = next(a.json() for a in asked if a.status_code == 201)
    returned = f"{path}/returns/{wanted['return_id']}"
    await admin.post(f"{returned}/approve", json={}, headers=key())
    arrived = {"pieces": [pieces("MUG", 2)]}
    came = await asyncio.gather(
        *(admin.post(f"{returned}/receipts", json=arrived, headers=key()) for _ in range(8))
    )
    assert sorted(a.status_code for a in came) == [201] + [409] * 7
    whole = {"lines": [{"sku": "MUG", "quantity": 2}]}
    tries = [admin.post(f"{returned}/refund", json={}, headers=key()) for _ in range(4)]
    tries += [admin.post(f"{path}/refunds", json=whole, headers=key()) for _ in range(4)]
    answers = await asyncio.gather(*tries)
    assert sorted(a.is_success for a in answers) == [False] * 7 + [True], [a.text for a in answers]
    await shop.deliver_events()
    assert (await admin.get(path)).json()["refunded"]["amount_minor"] == 3800


async def test_whose_return_it_is_and_until_when(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(customer()) as eve, shop.client(staff()) as admin:
        order = await sent(shop, ada, ("MUG", 1))
        path = f"/v1/orders/{order['order_id']}"
        body = {"lines": [{"sku": "MUG", "quantity": 1}]}
        for method, route in (("POST", "returns"), ("GET", "returns"), ("GET", "returnable")):
            refused = await eve.request(method, f"{path}/{route}", json=body if method == "POST" else None)
            assert refused.status_code == 404
        assert (await ada.get("/v1/returns")).status_code == 403
        await shop.database("order").execute(
            "UPDATE fulfilments SET shipped_at = shipped_at - interval '61 days'"
        )
        late = await ada.post(f"{path}/returns", json=body, headers=key())
        assert (late.status_code, late.json()["code"]) == (409, "return_too_late")
        kind = await admin.post(f"{path}/returns", json=body, headers=key())
        assert (kind.status_code, kind.json()["by_customer"]) == (201, False)
        theirs = f"{path}/returns/{kind.json()['return_id']}"
        assert (await ada.post(f"{theirs}/approve", json={}, headers=key())).status_code == 403


async def test_a_piece_that_lies_in_stock_by_its_number_is_not_taken_back_twice(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    assert (await admin.put("/v1/stock/policies", json={"sku": "CLOCK", "tracking": "serial"})).is_success
    await _sell_clocks(admin, "S1", "S2")
    order = await sent(shop, visitor, ("CLOCK", 2))
    path = f"/v1/orders/{order['order_id']}"
    await _deliver(admin, "S1")  # it came back, and somebody booked it as new
    wanted = {"lines": [{"sku": "CLOCK", "quantity": 2, "reason": "changed_mind"}]}
    asked = await admin.post(f"{path}/returns", json=wanted, headers=key())
    assert asked.status_code == 201, asked.text
    returned = f"{path}/returns/{asked.json()['return_id']}"
    assert (await admin.post(f"{returned}/approve", json={}, headers=key())).is_success
    one, header = {"pieces": [pieces("CLOCK", 1)]}, key()
    first = await admin.post(f"{returned}/receipts", json=one, headers=key())
    assert first.status_code == 201, first.text
    for _ in range(2):
        second = await admin.post(f"{returned}/receipts", json=one, headers=header)
        assert (second.status_code, second.json()["code"]) == (409, "serial_exists"), second.text
        assert "the piece S1 of CLOCK lies in LEJ already" in second.json()["detail"]
    gone = {"sku": "CLOCK", "warehouse": "LEJ", "quantity": -1, "reason": "booked by mistake", "lot": "S1"}
    assert (await admin.post("/v1/stock/adjustments", json=gone, headers=key())).status_code == 201
    second = await admin.post(f"{returned}/receipts", json=one, headers=key())
    assert (second.status_code, second.json()["state"]) == (201, "received"), second.text
    assert await available(admin, "CLOCK") == 2


async def _sell_clocks(admin: httpx.AsyncClient, *serials: str) -> None:
    prices = [{"currency": "EUR", "amount_minor": 900}]
    variant = {"sku": "CLOCK", "options": {}, "prices": prices}
    clock = {"title": "Clock", "status": "active", "options": [], "variants": [variant]}
    assert (await admin.post("/v1/products", json=clock)).status_code == 201
    for serial in serials:
        await _deliver(admin, serial)


async def _deliver(admin: httpx.AsyncClient, serial: str) -> None:
    lines = [{"sku": "CLOCK", "warehouse": "LEJ", "quantity": 1, "lot": serial}]
    receipt = {"reference": str(uuid4()), "lines": lines}
    assert (await admin.post("/v1/stock/receipts", json=receipt, headers=key())).status_code == 201
