"""Adjustments above a value wait for a second person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.inventory.stockroom import Stockroom
from tests.inventory.test_purchase_orders import furnished, placed
from tests.shop import staff


@pytest.fixture
def strict(room: Stockroom) -> Iterator[None]:
    """Above 50.00, or where the cost is not known above 20 pieces, somebody else must agree."""
    deps = room.shop.runtime.running["inventory"].deps
    before = deps.settings
    object.__setattr__(deps, "settings", replace(before, approval_above_minor=5000, approval_above_pieces=20))
    yield
    object.__setattr__(deps, "settings", before)


async def ask(room: Stockroom, sku: str, quantity: int) -> dict[str, Any]:
    body = {"sku": sku, "warehouse": "MAIN", "quantity": quantity, "reason": "broken"}
    answer = await room.http.post("/v1/adjustment-requests", json=body)
    assert answer.status_code == 201, answer.text
    asked: dict[str, Any] = answer.json()
    return asked


async def on_hand(room: Stockroom, sku: str) -> int:
    return (await room.levels(sku))["MAIN"][0]


async def test_a_costly_adjustment_waits_for_another_person(room: Stockroom, strict: None) -> None:
    await furnished(room)
    path = await placed(room, {"sku": "VASE", "packs": 10})
    lines = [{"sku": "VASE", "received": 100}]
    await room.http.post(f"{path}/receipts", json={"reference": "DN", "lines": lines})
    cheap = await ask(room, "VASE", -5)
    assert (cheap["state"], cheap["value_minor"], cheap["currency"]) == ("applied", 450, "EUR")
    assert await on_hand(room, "VASE") == 95
    costly = await ask(room, "VASE", -60)
    assert (costly["state"], costly["value_minor"], await on_hand(room, "VASE")) == ("pending", 5400, 95)
    direct = {"sku": "VASE", "warehouse": "MAIN", "quantity": -60, "reason": "broken"}
    refused = await room.http.post("/v1/stock/adjustments", json=direct)
    assert (refused.status_code, refused.json()["code"]) == (409, "approval_needed")

    decision = f"/v1/adjustment-requests/{costly['adjustment_id']}"
    own = await room.http.post(f"{decision}/approval", json={})
    assert (own.status_code, own.json()["code"]) == (409, "approver_asked")
    async with room.shop.client(staff("warehouse")) as other:
        answers = await asyncio.gather(*(other.post(f"{decision}/approval", json={}) for _ in range(5)))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
        assert await on_hand(room, "VASE") == 35, "once"
        unwanted = (await ask(room, "VASE", 70))["adjustment_id"]
        no = await other.post(f"/v1/adjustment-requests/{unwanted}/refusal", json={"reason": "found"})
        assert (no.json()["state"], await on_hand(room, "VASE")) == ("refused", 35)
        late = (await other.post(f"/v1/adjustment-requests/{unwanted}/approval", json={})).json()
        assert late["code"] == "adjustment_decided"
    listed = (await room.http.get("/v1/adjustment-requests", params={"state": "applied"})).json()["items"]
    assert [one["quantity"] for one in listed] == [-60, -5]


async def test_without_a_known_cost_pieces_decide_and_what_is_promised_stays(
    room: Stockroom, strict: None
) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", CUP=50)
    waits = await ask(room, "CUP", -21)
    assert waits["state"] == "pending"
    await room.reserve(("CUP", 45))
    async with room.shop.client(staff("warehouse")) as other:
        late = await other.post(f"/v1/adjustment-requests/{waits['adjustment_id']}/approval", json={})
    assert (late.json()["code"], late.json().get("field")) == ("not_available", None)
    assert "21 of CUP cannot be taken out of MAIN: 5 are there" in late.json()["detail"]
    body = {"sku": "CUP", "warehouse": "MAIN", "quantity": -20, "reason": "x"}
    refused = await room.http.post("/v1/adjustment-requests", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_available")
    assert refused.json()["field"] == "quantity"
    for wrong, code in (({"quantity": 0}, "quantity_zero"), ({"warehouse": "GONE"}, "warehouse_unknown")):
        answer = await room.http.post("/v1/adjustment-requests", json={**body, **wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
