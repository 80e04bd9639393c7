"""Low stock: told once when a threshold is crossed, again only after recovery; ordered again in one step."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.inventory.stockroom import Stockroom
from tests.inventory.test_suppliers import part, supplier
from tradewind.contracts.inventory import StockLine
from tradewind.services.inventory.use_cases.check_low_stock import check_low_stock


async def watch(room: Stockroom, sku: str, **more: Any) -> dict[str, Any]:
    answer = await room.http.put("/v1/stock-thresholds", json={"sku": sku, **more})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def alerts(room: Stockroom) -> list[tuple[str, str | None, int, int]]:
    """What the job tells, the events of anything else left out."""
    await room.told()
    await check_low_stock(room.shop.deps("inventory"))
    return [
        (event["sku"], event["warehouse"], event["available"], event["threshold"])
        for event in await room.told()
        if event["type"] == "inventory.low_stock"
    ]


async def sell(room: Stockroom, sku: str, quantity: int) -> None:
    owner_id = uuid4()
    await room.reserve((sku, quantity), owner_id=owner_id)
    await room.inventory.ship(owner_id, uuid4(), [StockLine(sku, quantity)])


async def receive(room: Stockroom, sku: str, quantity: int, warehouse: str = "MAIN") -> None:
    lines = [{"sku": sku, "warehouse": warehouse, "quantity": quantity}]
    answer = await room.http.post("/v1/stock/receipts", json={"reference": str(uuid4()), "lines": lines})
    assert answer.status_code == 201, answer.text


async def test_it_is_told_once_when_crossed_and_again_after_recovery(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=12)
    made = await watch(room, "VASE", minimum=10)
    assert (made["low"], made["at"], made["available"]) == (False, 10, 12)
    assert await alerts(room) == []
    await room.reserve(("VASE", 2))
    assert await alerts(room) == [("VASE", None, 10, 10)]
    await room.reserve(("VASE", 3))
    assert await alerts(room) == [], "once"
    await receive(room, "VASE", 3)
    assert await alerts(room) == [], "at the threshold it has not recovered"
    await receive(room, "VASE", 5)
    assert await alerts(room) == []
    await room.reserve(("VASE", 9))
    assert await alerts(room) == [("VASE", None, 6, 10)]
    listed = (await room.http.get("/v1/stock-thresholds", params={"low": True})).json()["items"]
    assert [(one["sku"], one["low_since"] is None) for one in listed] == [("VASE", False)]


async def test_many_who_look_at_once_tell_it_once(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", **{f"SKU-{i}": 5 for i in range(20)})
    for i in range(20):
        await watch(room, f"SKU-{i}", minimum=3)
    for i in range(20):
        await room.reserve((f"SKU-{i}", 3))
    await room.told()
    await asyncio.gather(*(check_low_stock(room.shop.deps("inventory")) for _ in range(4)))
    told = [event["sku"] for event in await room.told() if event["type"] == "inventory.low_stock"]
    assert (len(told), len(set(told))) == (20, 20)


async def test_days_of_cover_come_from_recent_sales_by_warehouse(room: Stockroom) -> None:
    await room.warehouse("MAIN", 1)
    await room.warehouse("FAR", 2)
    await room.stock("MAIN", VASE=100)
    await room.stock("FAR", VASE=100)
    await sell(room, "VASE", 60)
    here = await watch(room, "VASE", warehouse="MAIN", cover_days=10)
    assert (here["per_day"], here["at"], here["available"], here["days_left"]) == (2.0, 20, 40, 20.0)
    there = await watch(room, "VASE", warehouse="FAR", cover_days=365)
    assert (there["per_day"], there["at"], there["days_left"], there["low"]) == (0.0, 0, None, False)
    await watch(room, "VASE", warehouse="MAIN", cover_days=20)
    told = [event for event in await room.told() if event["type"] == "inventory.low_stock"]
    assert [(event["warehouse"], event["threshold"]) for event in told] == [("MAIN", 40)]
    room.clock.ahead = timedelta(days=31)
    assert await alerts(room) == []
    late = (await room.http.get("/v1/stock-thresholds", params={"warehouse": "MAIN"})).json()["items"]
    assert [(one["at"], one["low"], one["low_since"]) for one in late] == [(0, False, None)], "sales grew old"
    name = {"sku": "VASE", "warehouse": "MAIN"}
    assert (await room.http.delete("/v1/stock-thresholds", params=name)).status_code == 204
    assert (await room.http.delete("/v1/stock-thresholds", params=name)).json()[
        "code"
    ] == "threshold_not_found"
    unknown = {"sku": "VASE", "warehouse": "GONE"}
    assert (await room.http.put("/v1/stock-thresholds", json=unknown)).json()["field"] == "warehouse"


async def test_what_is_low_is_ordered_from_the_preferred_supplier_in_one_step(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await supplier(room)
    await supplier(room, "GLASS", currency="GBP")
    await part(room, "VASE", rank=2)
    await part(room, "VASE", "GLASS", rank=1, minimum_packs=9)
    await part(room, "CUP", pack_size=1, prices=[{"packs": 1, "pack_price_minor": 50}])
    await room.stock("MAIN", VASE=65, CUP=2, JUG=0)
    await sell(room, "VASE", 60)
    await watch(room, "VASE", minimum=5, target_days=30)
    await watch(room, "CUP", minimum=4)
    await watch(room, "CUP", warehouse="MAIN", minimum=3)
    await watch(room, "JUG", minimum=1)
    found = (await room.http.get("/v1/reorder-proposals")).json()["items"]
    assert [one["threshold"] for one in found if one["sku"] == "CUP"] in ([3, 4], [4, 3])
    by_sku = {one["sku"]: one for one in found if (one["sku"], one["threshold"]) != ("CUP", 3)}
    assert (by_sku["VASE"]["target"], by_sku["VASE"]["need"]) == (60, 55)
    assert (by_sku["VASE"]["supplier"], by_sku["VASE"]["pieces"]) == ("GLASS", 90)
    assert (by_sku["VASE"]["pack_price_minor"], by_sku["VASE"]["currency"]) == (900, "GBP")
    assert (by_sku["CUP"]["pieces"], by_sku["JUG"]["supplier"]) == (2, None)

    answers = await asyncio.gather(*(room.http.post("/v1/reorders", json={}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409], "drafted once"
    made = next(answer for answer in answers if answer.status_code == 201).json()["items"]
    assert [(one["supplier"], one["state"], one["total_minor"]) for one in made] == [
        ("CLAY", "draft", 100),
        ("GLASS", "draft", 8100),
    ]
    left = (await room.http.get("/v1/reorder-proposals")).json()["items"]
    assert [one["sku"] for one in left] == ["JUG"]
    await room.http.post(f"/v1/purchase-orders/{made[1]['purchase_order_id']}/placement")
    left = (await room.http.get("/v1/reorder-proposals", params={"warehouse": "MAIN"})).json()["items"]
    assert [one["sku"] for one in left] == ["JUG"], "what is incoming counts"


async def test_who_waits_for_it_is_ordered_for_too(room: Stockroom) -> None:
    await room.warehouse("MAIN", 1)
    await room.warehouse("SHOP", 2)
    await supplier(room)
    await part(room, "VASE", pack_size=1, prices=[{"packs": 1, "pack_price_minor": 50}])
    await room.stock("MAIN", VASE=2)
    beyond = {"sku": "VASE", "sell_beyond": "backorder", "limit": 20}
    assert (await room.http.put("/v1/stock/policies", json=beyond)).status_code == 200
    await watch(room, "VASE", warehouse="MAIN", minimum=5)
    await watch(room, "VASE", warehouse="SHOP", minimum=1)
    await room.reserve(("VASE", 9))
    found = (await room.http.get("/v1/reorder-proposals")).json()["items"]
    shown = {one["warehouse"]: (one["available"], one["waiting"], one["need"]) for one in found}
    assert shown == {"MAIN": (0, 7, 12), "SHOP": (0, 0, 1)}, "counted once"
    await watch(room, "VASE", minimum=3)
    found = (await room.http.get("/v1/reorder-proposals")).json()["items"]
    assert [(one["threshold"], one["waiting"]) for one in found] == [(3, 7), (5, 0), (1, 0)]
