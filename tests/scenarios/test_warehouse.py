"""What a warehouse does, at a running shop in each shape: bought, received, put away, moved, counted, picked."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx

from tests.stage import SETTLE_SECONDS, Stage, key


async def send(client: httpx.AsyncClient, method: str, path: str, body: Any = None) -> Any:
    answer = await client.request(method, path, json=body, headers=key())
    assert answer.is_success, f"{method} {path}: {answer.text}"
    return answer.json() if answer.content else None


async def supplier(client: httpx.AsyncClient, sku: str) -> str:
    code = f"S-{uuid.uuid4().hex[:8].upper()}"
    await send(client, "POST", "/v1/suppliers", {"code": code, "name": "Clayworks", "currency": "EUR"})
    prices = [{"packs": 1, "pack_price_minor": 800}]
    part = {"supplier": code, "sku": sku, "pack_size": 5, "prices": prices}
    await send(client, "PUT", "/v1/supplier-parts", part)
    return code


async def annex(client: httpx.AsyncClient) -> str:
    """Another warehouse, out of which nothing is sold."""
    code = f"W-{uuid.uuid4().hex[:8].upper()}"
    body = {"code": code, "name": "Annex", "country": "DE", "active": False}
    await send(client, "POST", "/v1/warehouses", body)
    return code


async def test_what_is_bought_serves_who_waits_and_is_picked_packed_and_shipped(stage: Stage) -> None:
    sku = await stage.article(stock=1)
    async with stage.client() as guest, await stage.staff() as admin:
        policy = {"sku": sku, "sell_beyond": "backorder", "limit": 10}
        await send(admin, "PUT", "/v1/stock/policies", policy)
        first = (await stage.order(guest, [(sku, 3)])).json()
        second = (await stage.order(guest, [(sku, 4)])).json()
        assert (first["state"], second["state"]) == ("placed", "placed")

        lines = [{"sku": sku, "packs": 1}]
        body = {"supplier": await supplier(admin, sku), "warehouse": "LEJ", "lines": lines}
        purchase = await send(admin, "POST", "/v1/purchase-orders", body)
        path = f"/v1/purchase-orders/{purchase['purchase_order_id']}"
        await send(admin, "POST", f"{path}/placement")
        came = {"reference": "DN-1", "lines": [{"sku": sku, "received": 4}], "freight_minor": 100}
        assert (await send(admin, "POST", f"{path}/receipts", came))["state"] == "partly_received"
        held = await send(admin, "GET", f"/v1/reservations/{first['order_id']}")
        assert sum(line["quantity"] for line in held["lines"]) == 3, "who waited longest is served first"
        assert await stage.available(sku) == 0
        came = {"reference": "DN-2", "lines": [{"sku": sku, "received": 1}]}
        assert (await send(admin, "POST", f"{path}/receipts", came))["state"] == "received"

        owners = {"warehouse": "LEJ", "owner_ids": [first["order_id"]]}
        picks = await send(admin, "POST", "/v1/pick-lists", owners)
        path = f"/v1/pick-lists/{picks['pick_list_id']}"
        picked = {
            "lines": [{"position": line["position"], "picked": line["quantity"]} for line in picks["lines"]]
        }
        assert (await send(admin, "POST", f"{path}/picks", picked))["state"] == "picked"
        packed = {"owner_id": first["order_id"], "lines": [{"sku": sku, "quantity": 3}]}
        assert (await send(admin, "POST", f"{path}/packing", packed))["state"] == "packed"
        path = f"/v1/orders/{first['order_id']}"
        async with asyncio.timeout(SETTLE_SECONDS):
            while not (parcels := (await admin.get(path)).json()["fulfilments"]):
                await asyncio.sleep(0.1)
        again = await admin.post(f"{path}/fulfilments", json={}, headers=key())
        assert "in a parcel that waits to be shipped" in again.json()["detail"]
        shipped = await send(admin, "POST", f"{path}/fulfilments/{parcels[0]['fulfilment_id']}/ship", {})
        assert shipped["state"] == "fulfilled"


async def test_a_transfer_and_a_count_go_their_way(stage: Stage) -> None:
    sku = await stage.article(stock=10)
    async with await stage.staff() as admin, await stage.staff("warehouse") as warehouse:
        there = await annex(admin)
        lines = [{"sku": sku, "quantity": 4}]
        body = {"source": "LEJ", "destination": there, "lines": lines}
        transfer = await send(admin, "POST", "/v1/transfers", body)
        path = f"/v1/transfers/{transfer['transfer_id']}"
        await send(admin, "POST", f"{path}/dispatch")
        assert await stage.available(sku) == 6
        arrived = {"reference": "van", "lines": [{"sku": sku, "received": 3, "missing": 1}]}
        assert (await send(admin, "POST", f"{path}/receipts", arrived))["state"] == "received"

        plan = {"warehouse": "LEJ", "skus": [sku], "tolerance_pieces": 3}
        count = await send(warehouse, "POST", "/v1/counts", plan)
        path = f"/v1/counts/{count['count_id']}"
        tally = {"lines": [{"sku": sku, "counted": 5}]}
        assert (await send(warehouse, "POST", f"{path}/tallies", tally))["state"] == "review"
        assert (await send(admin, "POST", f"{path}/approval", {}))["state"] == "approved"
        assert await stage.available(sku) == 5
