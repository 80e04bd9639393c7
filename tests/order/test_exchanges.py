"""Pieces exchanged for others: held at once, paid with what comes back, sent when staff said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.order.stall import pay_due, place, told
from tests.order.test_edits import available, confirm
from tests.order.test_edits import begin as begin_edit
from tests.order.test_returns import pieces, sent
from tests.shop import Shop, guest, staff
from tests.stage import key
from tradewind.contracts.order import ExchangeConfirmed, ReturnApproved


@pytest.fixture
async def clients(shop: Shop) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """A guest, and staff who may do everything."""
    async with shop.client(guest()) as visitor, shop.client(staff()) as admin:
        yield visitor, admin


async def begin(
    admin: httpx.AsyncClient, order: Any, back: tuple[str, int], there: tuple[str, int], **more: Any
) -> Any:
    body = {
        "returns": [{"sku": back[0], "quantity": back[1], "reason": "does_not_fit"}],
        "lines": [{"sku": there[0], "quantity": there[1], **more}],
    }
    begun = await admin.post(f"/v1/orders/{order['order_id']}/exchanges", json=body, headers=key())
    assert begun.status_code == 201, begun.text
    return begun.json()


async def test_what_comes_back_pays_and_the_rest_is_refunded(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await sent(shop, visitor, ("VASE", 1))  # 6800 and 490 for shipping
    path = f"/v1/orders/{order['order_id']}"
    exchange = await begin(admin, order, ("VASE", 1), ("MUG", 2))
    shown = exchange["preview"]
    assert (shown["difference_minor"], shown["credit_minor"], shown["refund_minor"]) == (3800, 3800, 3000)
    answers = await asyncio.gather(*(confirm(admin, exchange) for _ in range(5)))
    assert {a.status_code for a in answers} == {200}, [a.text for a in answers]
    await shop.deliver_events()
    after = (await admin.get(path)).json()
    assert (after["state"], after["refunded"]["amount_minor"]) == ("partially_fulfilled", 3000)
    assert await available(admin, "MUG") == 8
    waits = await admin.post(f"{path}/fulfilments", json={}, headers=key())
    assert waits.status_code == 409, waits.text
    back = (await admin.get(f"{path}/returns")).json()["items"]
    assert [(r["state"], r["exchange_id"]) for r in back] == [("approved", exchange["edit_id"])]
    returned = f"{path}/returns/{back[0]['return_id']}"
    refused = await admin.post(f"{returned}/cancel", headers=key())
    assert refused.json()["code"] == "return_of_exchange"
    came = await admin.post(f"{returned}/receipts", json={"pieces": [pieces("VASE", 1)]}, headers=key())
    assert came.json()["state"] == "received", came.text
    twice = await admin.post(f"{returned}/refund", json={}, headers=key())
    assert twice.json()["code"] == "return_of_exchange"
    await admin.post(f"{returned}/close", json={"reason": "exchanged"}, headers=key())
    shipped = await admin.post(f"{path}/fulfilments", json={}, headers=key())
    assert shipped.status_code == 201, shipped.text
    await shop.deliver_events()
    done = (await admin.get(path)).json()
    assert (done["state"], done["captured"]["amount_minor"]) == ("partially_returned", 7290)
    told_ = await told(shop, ExchangeConfirmed, order["order_id"])
    assert [(e.refund.amount_minor, e.due.amount_minor) for e in told_] == [(3000, 0)]
    asked = await told(shop, ReturnApproved, order["order_id"])
    assert [(e.return_number, e.lines[0].sku) for e in asked] == [(f"{order['number']}-R1", "VASE")]


async def test_a_dearer_piece_is_due_and_another_of_the_same_costs_nothing(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await sent(shop, visitor, ("MUG", 2))
    path = f"/v1/orders/{order['order_id']}"
    even = await begin(admin, order, ("MUG", 1), ("MUG", 1))
    assert (even["preview"]["due_minor"], even["preview"]["refund_minor"]) == (0, 0)
    body = {
        "returns": [{"sku": "MUG", "quantity": 1}],
        "lines": [{"sku": "MUG", "quantity": 1}],
        "ship": "at_once",
    }
    changed = await admin.put(f"{path}/exchanges/{even['edit_id']}", json=body, headers=key())
    assert changed.json()["ship"] == "at_once", changed.text
    assert (await confirm(admin, even)).status_code == 200
    parcel = await admin.post(f"{path}/fulfilments", json={}, headers=key())
    assert parcel.status_code == 201, parcel.text
    dear = await begin(admin, order, ("MUG", 1), ("VASE", 1))
    assert (dear["preview"]["credit_minor"], dear["preview"]["due_minor"]) == (1900, 4900)
    assert (await confirm(admin, dear)).status_code == 200
    too_many = await admin.post(
        f"{path}/refunds", json={"lines": [{"sku": "MUG", "quantity": 2}]}, headers=key()
    )
    assert too_many.json()["code"] == "too_many_pieces"
    await shop.deliver_events()
    after = (await admin.get(path)).json()
    assert (after["due"]["amount_minor"], after["captured"]["amount_minor"]) == (4900, 4290)


async def test_pieces_of_a_parcel_that_has_not_left_are_not_exchanged(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await place(shop, visitor, ("MUG", 1), ("VASE", 1))
    path = f"/v1/orders/{order['order_id']}"
    for body in ({"lines": [{"sku": "VASE", "quantity": 1}]}, {"ship": False}):
        assert (await admin.post(f"{path}/fulfilments", json=body, headers=key())).status_code == 201
    await shop.deliver_events()
    refused = await confirm(admin, await begin(admin, order, ("MUG", 1), ("MUG", 1)))
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_return"), refused.text
    (parcel,) = [p for p in (await admin.get(path)).json()["fulfilments"] if p["state"] == "requested"]
    left = await admin.post(f"{path}/fulfilments/{parcel['fulfilment_id']}/ship", json={}, headers=key())
    assert left.status_code == 200, left.text


async def test_an_edit_takes_off_pieces_that_were_kept_back_for_an_exchange(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await place(shop, visitor, ("MUG", 2), ("VASE", 1))
    path = f"/v1/orders/{order['order_id']}"
    parcel = {"lines": [{"sku": "MUG", "quantity": 1}]}
    assert (await admin.post(f"{path}/fulfilments", json=parcel, headers=key())).status_code == 201
    await shop.deliver_events()
    assert (await confirm(admin, await begin(admin, order, ("MUG", 1), ("MUG", 1)))).status_code == 200

    async def mugs() -> tuple[int, int]:
        found = (await admin.get(path)).json()["lines"]
        return next((line["quantity"], line["awaited_quantity"]) for line in found if line["sku"] == "MUG")

    assert await mugs() == (3, 1)
    for quantity, awaited in ((2, 1), (1, 0)):
        edit = await begin_edit(admin, order, lines=[{"sku": "MUG", "quantity": quantity}])
        assert (await confirm(admin, edit)).status_code == 200
        assert await mugs() == (quantity, awaited)


async def test_no_more_than_is_left_of_the_payment_pays_for_others(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await sent(shop, visitor, ("MUG", 3))  # 5700 and 490 for shipping
    path = f"/v1/orders/{order['order_id']}"
    for refund in ({"amount_minor": 500}, {"lines": [{"sku": "MUG", "quantity": 2}]}):
        given = await admin.post(f"{path}/refunds", json=refund, headers=key())
        assert given.status_code == 201, given.text
    exchange = await begin(admin, order, ("MUG", 1), ("MUG", 1))
    shown = exchange["preview"]
    assert (shown["credit_minor"], shown["due_minor"], shown["refund_minor"]) == (1890, 10, 0)
    confirmed = await confirm(admin, exchange)
    assert confirmed.status_code == 200, confirmed.text
    await shop.deliver_events()
    await pay_due(shop, visitor, order)
    (back,) = (await admin.get(f"{path}/returns")).json()["items"]
    receipt = {"pieces": [pieces("MUG", 1)]}
    returned = f"{path}/returns/{back['return_id']}"
    assert (await admin.post(f"{returned}/receipts", json=receipt, headers=key())).status_code == 201
    shipped = await admin.post(f"{path}/fulfilments", json={}, headers=key())
    assert shipped.status_code == 201, shipped.text
    await shop.deliver_events()
    after = (await admin.get(path)).json()
    assert (after.get("due"), after["captured"]["amount_minor"]) == (None, 6200)
