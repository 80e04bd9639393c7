"""A pre-order whose stock lies there already: not picked, and not shipped, before its release."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.inventory.stockroom import Stockroom
from tests.order.stall import open_stall, place
from tests.shop import Shop, customer, staff
from tests.stage import key
from tradewind.contracts.inventory import Allocation, NotReleased, Shipped, StockLine, Unreleased


@pytest.fixture
async def shop(database_url: str, processor_url: str) -> AsyncIterator[Shop]:
    async with open_stall(database_url, processor_url) as opened:
        yield opened


async def out_on(http: httpx.AsyncClient, sku: str, released_at: datetime) -> None:
    body = {"sku": sku, "sell_beyond": "preorder", "limit": 9, "released_at": released_at.isoformat()}
    answer = await http.put("/v1/stock/policies", json=body, headers=key())
    assert answer.status_code == 200, answer.text


async def refused(http: httpx.AsyncClient, path: str, body: Any) -> Any:
    answer = await http.post(path, json=body, headers=key())
    assert answer.status_code == 409, answer.text
    return answer.json()


async def test_pieces_of_a_pre_order_stay_until_it_is_released(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", GAME=5, CARD=5, VASE=5)
    parts = [{"sku": "GAME", "quantity": 1}, {"sku": "CARD", "quantity": 2}]
    assert (await room.http.put("/v1/stock/bundles", json={"sku": "SET", "parts": parts})).is_success
    gone, alone, bundled = uuid4(), uuid4(), uuid4()
    first = [StockLine("GAME", 1)]
    await room.reserve(("GAME", 1), owner_id=gone)
    sent = await room.inventory.ship(gone, gone, first)
    out = room.clock.now().replace(microsecond=0) + timedelta(days=1)
    await out_on(room.http, "GAME", out)
    await room.reserve(("GAME", 2), ("VASE", 1), owner_id=alone)
    await room.reserve(("SET", 1), ("VASE", 1), owner_id=bundled)
    waits = NotReleased([Unreleased("GAME", out)])
    for owner, sku in ((alone, "GAME"), (bundled, "SET")):
        lines = [StockLine(sku, 1), StockLine("VASE", 1)]
        assert await room.inventory.would_ship(owner, uuid4(), lines) == waits
        assert await room.inventory.ship(owner, uuid4(), lines) == waits
    assert await room.inventory.ship(gone, gone, first) == sent, "a repeat is answered as it was"
    away = await room.inventory.ship(alone, uuid4(), [StockLine("VASE", 1)])
    assert away == Shipped([Allocation("VASE", "MAIN", 1)]), "what is no pre-order leaves"

    listed = await room.http.post("/v1/pick-lists", json={"warehouse": "MAIN", "oldest": 9})
    assert [(line["owner_id"], line["sku"]) for line in listed.json()["lines"]] == [(str(bundled), "VASE")]
    why = await refused(room.http, "/v1/pick-lists", {"warehouse": "MAIN", "owner_ids": [str(alone)]})
    assert (why["code"], list(why["details"]["not_released"])) == ("nothing_to_pick", ["GAME"])
    assert "GAME is not released before" in why["detail"]

    room.clock.ahead = timedelta(days=2)
    listed = await room.http.post("/v1/pick-lists", json={"warehouse": "MAIN", "oldest": 9})
    assert {(line["owner_id"], line["sku"], line["quantity"]) for line in listed.json()["lines"]} == {
        (str(alone), "GAME", 2),
        (str(bundled), "GAME", 1),
        (str(bundled), "CARD", 2),
    }
    away = await room.inventory.ship(bundled, uuid4(), [StockLine("SET", 1), StockLine("VASE", 1)])
    assert isinstance(away, Shipped)
    room.clock.ahead = timedelta()


async def test_a_pre_order_is_sold_waits_and_is_shipped_on_its_day(shop: Shop) -> None:
    out = (datetime.now(UTC) + timedelta(days=9)).replace(microsecond=0)
    async with shop.client(staff()) as admin, shop.client(customer()) as ada:
        await out_on(admin, "VASE", out)
        order = await place(shop, ada, ("VASE", 1), ("MUG", 2))
        path = f"/v1/orders/{order['order_id']}"
        for body in ({}, {"ship": False}, {"lines": [{"sku": "VASE", "quantity": 1}]}):
            why = await refused(admin, f"{path}/fulfilments", body)
            assert (why["code"], why["field"]) == ("not_released", "lines")
            assert f"VASE on {out.isoformat()}" in why["detail"]
            assert "stock policy" in why["detail"], "it says what staff can do"
        shown = (await admin.get(path)).json()
        assert shown["captured"]["amount_minor"] == 0, "nothing is charged for what may not leave"
        mugs = {"lines": [{"sku": "MUG", "quantity": 2}]}
        picks = {"warehouse": "LEJ", "oldest": 9}
        listed = (await admin.post("/v1/pick-lists", json=picks, headers=key())).json()
        assert [line["sku"] for line in listed["lines"]] == ["MUG"]
        assert (await admin.post(f"{path}/fulfilments", json=mugs, headers=key())).status_code == 201

        await out_on(admin, "VASE", datetime.now(UTC) + timedelta(seconds=1))
        await asyncio.sleep(1.1)
        listed = (await admin.post("/v1/pick-lists", json=picks, headers=key())).json()
        assert [line["sku"] for line in listed["lines"]] == ["VASE"]
        sent = await admin.post(f"{path}/fulfilments", json={}, headers=key())
        assert sent.status_code == 201, sent.text
        assert sent.json()["state"] == "fulfilled"


async def test_a_replacement_waits_for_the_release_too(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(customer()) as ada:
        order = await place(shop, ada, ("VASE", 1))
        path = f"/v1/orders/{order['order_id']}"
        assert (await admin.post(f"{path}/fulfilments", json={}, headers=key())).status_code == 201
        body = {"kind": "damaged", "lines": [{"sku": "VASE", "quantity": 1}]}
        claim = await admin.post(f"{path}/claims", json=body, headers=key())
        assert claim.status_code == 201, claim.text
        claimed = f"{path}/claims/{claim.json()['claim_id']}"
        decision = {"outcome": "replacement"}
        assert (await admin.post(f"{claimed}/decide", json=decision, headers=key())).is_success
        await out_on(admin, "VASE", datetime.now(UTC) + timedelta(days=9))
        why = await refused(admin, f"{claimed}/ship", {})
        assert (why["code"], "VASE on " in why["detail"]) == ("not_released", True)
        plain = {"sku": "VASE", "sell_beyond": "none"}
        assert (await admin.put("/v1/stock/policies", json=plain, headers=key())).is_success
        sent = await admin.post(f"{claimed}/ship", json={}, headers=key())
        assert (sent.status_code, sent.json()["state"]) == (200, "settled")


async def test_a_packed_parcel_waits_for_a_release_that_was_put_off(shop: Shop) -> None:
    async with shop.client(staff()) as admin, shop.client(customer()) as ada:
        order = await place(shop, ada, ("VASE", 1), ("MUG", 2))
        path = f"/v1/orders/{order['order_id']}"
        asked = await admin.post(f"{path}/fulfilments", json={"ship": False}, headers=key())
        assert asked.status_code == 201, asked.text
        parcel = f"{path}/fulfilments/{asked.json()['fulfilments'][0]['fulfilment_id']}"
        assert (await admin.post(f"{parcel}/pack", headers=key())).is_success
        out = (datetime.now(UTC) + timedelta(days=9)).replace(microsecond=0)
        await out_on(admin, "VASE", out)
        before = (await admin.get(path)).json()
        for _ in range(2):
            why = await refused(admin, f"{parcel}/ship", {})
            assert why["code"] == "not_released"
            assert f"VASE on {out.isoformat()}. Cancel this parcel" in why["detail"]
        after = (await admin.get(path)).json()
        assert after == before, "tried in vain, and nothing happened to it"
        assert [one["state"] for one in after["fulfilments"]] == ["packed"]
        plain = {"sku": "VASE", "sell_beyond": "none"}
        assert (await admin.put("/v1/stock/policies", json=plain, headers=key())).is_success
        sent = await admin.post(f"{parcel}/ship", json={}, headers=key())
        assert (sent.status_code, sent.json()["state"]) == (200, "fulfilled"), sent.text
