"""Claims for what arrived damaged, wrong or not at all: decided, and done once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.order.stall import told
from tests.order.test_edits import available
from tests.order.test_returns import pieces, sent
from tests.shop import Shop, guest, staff
from tests.stage import key
from tradewind.contracts.order import ClaimDecided, ClaimRequested


@pytest.fixture
async def clients(shop: Shop) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """A guest, and staff who may do everything."""
    async with shop.client(guest()) as visitor, shop.client(staff()) as admin:
        yield visitor, admin


async def claimed(visitor: httpx.AsyncClient, order: Any, sku: str, quantity: int = 1) -> Any:
    body = {
        "kind": "damaged",
        "lines": [{"sku": sku, "quantity": quantity}],
        "note": "a crack",
        "evidence": ["https://photos.example/crack.jpg"],
    }
    params = {"token": order["token"]}
    made = await visitor.post(
        f"/v1/orders/{order['order_id']}/claims", params=params, json=body, headers=key()
    )
    assert made.status_code == 201, made.text
    return made.json()


async def decide(admin: httpx.AsyncClient, claim: Any, **decision: Any) -> httpx.Response:
    path = f"/v1/orders/{claim['order_id']}/claims/{claim['claim_id']}/decide"
    return await admin.post(path, json=decision, headers=key())


async def test_a_claim_is_refunded_in_full_in_part_or_refused(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await sent(shop, visitor, ("MUG", 3))
    path, token = f"/v1/orders/{order['order_id']}", {"token": order["token"]}
    claim = await claimed(visitor, order, "MUG", 2)
    assert claim["number"] == f"{order['number']}-C1"
    body = {"kind": "missing", "lines": [{"sku": "MUG", "quantity": 2}]}
    more = await visitor.post(f"{path}/claims", params=token, json=body, headers=key())
    assert (more.status_code, more.json()["code"]) == (409, "nothing_to_claim")
    answers = await asyncio.gather(
        *(decide(admin, claim, outcome="refund", message="sorry") for _ in range(5))
    )
    assert sorted(a.status_code for a in answers) == [200] + [409] * 4, [a.text for a in answers]
    await shop.deliver_events()
    seen = (await visitor.get(f"{path}/claims", params=token)).json()["items"][0]
    assert (seen["state"], seen["refund"]["amount"]["amount_minor"], seen["decision"]) == (
        "settled",
        3800,
        "sorry",
    )
    assert "actor" not in seen
    part = await claimed(visitor, order, "MUG")
    assert (await decide(admin, part, outcome="refund", amount_minor=99999)).json()[
        "code"
    ] == "refund_too_large"
    paid = await decide(admin, part, outcome="refund", amount_minor=500)
    assert paid.json()["state"] == "settled", paid.text
    assert (await admin.get(path)).json()["refunded"]["amount_minor"] == 4300
    other = await sent(shop, visitor, ("MUG", 1))
    claim = await claimed(visitor, other, "MUG")
    refused = await decide(admin, claim, outcome="refusal", message="it left whole")
    assert refused.json()["state"] == "refused"
    again = await claimed(visitor, other, "MUG")
    ended = await visitor.post(
        f"/v1/orders/{other['order_id']}/claims/{again['claim_id']}/cancel",
        params={"token": other["token"]},
        headers=key(),
    )
    assert ended.json()["state"] == "cancelled"
    assert (await decide(admin, again, outcome="refund")).json()["code"] == "claim_decided"
    assert len(await told(shop, ClaimRequested, order["order_id"])) == 2
    assert [e.outcome for e in await told(shop, ClaimDecided, order["order_id"])] == ["refund", "refund"]
    listed = (await admin.get("/v1/claims", params={"state": ["settled"]})).json()["items"]
    assert [c["number"] for c in listed] == [f"{order['number']}-C2", f"{order['number']}-C1"]


async def returned(admin: httpx.AsyncClient, order: Any, quantity: int = 1) -> str:
    """The path of a return of so many mugs, which are here."""
    path = f"/v1/orders/{order['order_id']}/returns"
    lines = [{"sku": "MUG", "quantity": quantity}]
    one = f"{path}/{(await admin.post(path, json={'lines': lines}, headers=key())).json()['return_id']}"
    assert (await admin.post(f"{one}/approve", json={}, headers=key())).status_code == 200
    body = {"pieces": [pieces("MUG", quantity)]}
    assert (await admin.post(f"{one}/receipts", json=body, headers=key())).status_code == 201
    return one


async def test_what_was_given_for_pieces_before_they_came_back_is_not_given_again(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await sent(shop, visitor, ("MUG", 4))
    path = f"/v1/orders/{order['order_id']}"
    assert (await decide(admin, await claimed(visitor, order, "MUG"), outcome="refund")).is_success
    part = await claimed(visitor, order, "MUG", 2)
    assert (await decide(admin, part, outcome="refund", amount_minor=701)).is_success
    whole = await returned(admin, order)
    again = await admin.post(f"{whole}/refund", json={}, headers=key())
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_refund")
    await admin.post(f"{whole}/close", json={"reason": "refunded before"}, headers=key())
    worths = []
    for _ in range(2):
        paid = await admin.post(f"{await returned(admin, order)}/refund", json={}, headers=key())
        assert paid.json()["state"] == "refunded", paid.text
        worths.append((paid.json()["given"]["amount_minor"], paid.json()["refund"]["amount"]["amount_minor"]))
    assert worths == [(350, 1550), (351, 1549)]
    paid = await admin.post(f"{await returned(admin, order)}/refund", json={}, headers=key())
    assert paid.json()["refund"]["amount"]["amount_minor"] == 1900, "no claim was of the fourth"
    assert "given" not in paid.json()
    assert (await admin.get(path)).json()["refunded"]["amount_minor"] == 4 * 1900


async def test_pieces_that_are_others_than_those_refunded_before_are_paid_for(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await sent(shop, visitor, ("MUG", 2))
    by_hand = {"lines": [{"sku": "MUG", "quantity": 1}], "reason": "arrived broken"}
    path = f"/v1/orders/{order['order_id']}"
    assert (await admin.post(f"{path}/refunds", json=by_hand, headers=key())).status_code == 201
    one = await returned(admin, order)
    refused = await admin.post(f"{one}/refund", json={}, headers=key())
    assert (refused.status_code, refused.json()["field"]) == (409, "other_pieces")
    paid = await admin.post(f"{one}/refund", json={"other_pieces": True}, headers=key())
    assert paid.json()["refund"]["amount"]["amount_minor"] == 1900, paid.text
    replaced = await sent(shop, visitor, ("MUG", 1))
    assert (await decide(admin, await claimed(visitor, replaced, "MUG"), outcome="replacement")).is_success
    refused = await admin.post(f"{await returned(admin, replaced)}/refund", json={}, headers=key())
    assert refused.json()["code"] == "nothing_to_refund", "the customer has another one"
    missing = await sent(shop, visitor, ("MUG", 2))
    body = {"kind": "missing", "lines": [{"sku": "MUG", "quantity": 1}]}
    claim = (await admin.post(f"/v1/orders/{missing['order_id']}/claims", json=body, headers=key())).json()
    assert (await decide(admin, claim, outcome="refund")).is_success
    paid = await admin.post(f"{await returned(admin, missing)}/refund", json={}, headers=key())
    assert paid.json()["refund"]["amount"]["amount_minor"] == 1900, "what never came cannot come back"


async def test_pieces_that_a_claim_gave_for_do_not_pay_for_others(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await sent(shop, visitor, ("MUG", 3))
    path = f"/v1/orders/{order['order_id']}/exchanges"
    assert (await decide(admin, await claimed(visitor, order, "MUG"), outcome="replacement")).is_success
    part = await claimed(visitor, order, "MUG")
    assert (await decide(admin, part, outcome="refund", amount_minor=500)).is_success

    async def exchanged(quantity: int) -> httpx.Response:
        body = {
            "returns": [{"sku": "MUG", "quantity": quantity}],
            "lines": [{"sku": "MUG", "quantity": quantity}],
        }
        begun = await admin.post(path, json=body, headers=key())
        assert begun.status_code == 201, begun.text
        one = f"{path}/{begun.json()['edit_id']}"
        answer = await admin.post(f"{one}/confirm", headers=key())
        if not answer.is_success:
            assert (await admin.post(f"{one}/cancel", json={}, headers=key())).is_success
        return answer

    refused = await exchanged(2)
    assert (refused.status_code, refused.json()["code"]) == (409, "pieces_claimed"), refused.text
    assert (await exchanged(1)).status_code == 200, "nothing was given for the third"
    assert (await exchanged(1)).json()["code"] == "pieces_claimed"


async def test_a_replacement_is_held_and_sent_free_of_charge(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await sent(shop, visitor, ("MUG", 1))
    path = f"/v1/orders/{order['order_id']}"
    claim = await claimed(visitor, order, "MUG")
    short = await decide(admin, claim, outcome="replacement", lines=[{"sku": "VASE", "quantity": 9}])
    assert (short.status_code, short.json()["code"]) == (409, "out_of_stock")
    free = await decide(admin, claim, outcome="replacement", amount_minor=1)
    assert (free.status_code, free.json()["field"]) == (422, "amount_minor")
    before = await available(admin, "MUG")
    header = key()
    decision = f"{path}/claims/{claim['claim_id']}"
    for _ in range(2):
        done = await admin.post(f"{decision}/decide", json={"outcome": "replacement"}, headers=header)
        assert done.json()["state"] == "reserved", done.text
    assert await available(admin, "MUG") == before - 1
    parcel = {"carrier": "DHL", "tracking_number": "0034"}
    shipped = await asyncio.gather(
        *(admin.post(f"{decision}/ship", json=parcel, headers=key()) for _ in range(4))
    )
    assert {a.status_code for a in shipped} <= {200, 409}, [a.text for a in shipped]
    seen = (await admin.get(f"{path}/claims")).json()["items"][0]
    assert (seen["state"], seen["tracking_number"]) == ("settled", "0034")
    assert await available(admin, "MUG") == before - 1
    current = (await admin.get(path)).json()
    told_by = {(entry.get("reason") or "").split(":")[0]: entry["actor"] for entry in current["history"]}
    assert told_by["replacement sent"] == told_by["replacement is being shipped"], "who sent it"
    assert told_by["replacement sent"] != told_by["claim (damaged)"]
    (again,) = current["replacements"]
    assert (again["number"], again["sent"], again["tracking_number"]) == (seen["number"], True, "0034")
    assert again["lines"] == [{"sku": "MUG", "quantity": 1}] and "0034" in again["tracking_url"]
    assert (current["totals"]["total_minor"], current["captured"]["amount_minor"]) == (2390, 2390)


async def test_what_is_left_of_the_payment_is_given_for_claims_and_returns(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await sent(shop, visitor, ("MUG", 3))  # 5700 and 490 for shipping
    path = f"/v1/orders/{order['order_id']}"
    by_hand = {"amount_minor": 2500, "reason": "a scratch"}
    assert (await admin.post(f"{path}/refunds", json=by_hand, headers=key())).status_code == 201
    claim = await claimed(visitor, order, "MUG", 2)
    refused = (await decide(admin, claim, outcome="refund", amount_minor=3691)).json()
    assert (refused["code"], refused["details"]["left_minor"]) == ("refund_too_large", 3690)
    assert "36.90" in refused["detail"]
    assert (await decide(admin, claim, outcome="refund")).json()["refund"]["amount"]["amount_minor"] == 3690
    history = [entry["reason"] or "" for entry in (await admin.get(path)).json()["history"]]
    assert any("36.90 EUR asked for" in entry and "of 38.00 EUR" in entry for entry in history), history
    last = await claimed(visitor, order, "MUG")
    nothing = await decide(admin, last, outcome="refund")
    assert nothing.json()["code"] == "nothing_to_refund", nothing.text
    other = await sent(shop, visitor, ("MUG", 1))
    by_hand = {"amount_minor": 1000, "reason": "a scratch"}
    refunds = f"/v1/orders/{other['order_id']}/refunds"
    assert (await admin.post(refunds, json=by_hand, headers=key())).status_code == 201
    one = await returned(admin, other)
    paid = (await admin.post(f"{one}/refund", json={}, headers=key())).json()
    assert (paid["state"], paid["refund"]["amount"]["amount_minor"]) == ("refunded", 1390)
    assert paid["given"]["amount_minor"] == 510
