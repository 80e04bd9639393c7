"""Zones and bins: the bins and what is in none are always what is on hand, whatever leaves and comes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.inventory.stockroom import Stockroom
from tests.inventory.test_purchase_orders import furnished, placed
from tradewind.contracts.inventory import StockLine


async def bin(room: Stockroom, code: str, zone: str = "A", **more: Any) -> None:
    answer = await room.http.put(f"/v1/warehouses/MAIN/bins/{code}", json={"zone": zone, **more})
    assert answer.status_code == 200, answer.text


async def shelves(room: Stockroom) -> None:
    """Zone B comes before zone A on the path; each has two bins, and those of A hold ten."""
    for code, position in (("A", 20), ("B", 10)):
        body = {"name": f"Zone {code}", "position": position}
        assert (await room.http.put(f"/v1/warehouses/MAIN/zones/{code}", json=body)).status_code == 200
    for number in (1, 2):
        await bin(room, f"A-0{number}", position=number, capacity=10)
        await bin(room, f"B-0{number}", "B", position=number)


async def carry(room: Stockroom, sku: str, quantity: int, **places: str) -> Any:
    body = {"warehouse": "MAIN", "sku": sku, "quantity": quantity, **places}
    return await room.http.post("/v1/bin-moves", json=body)


async def lying(room: Stockroom, sku: str) -> dict[str | None, int]:
    answer = await room.http.get("/v1/bin-stock", params={"warehouse": "MAIN", "sku": sku})
    return {item["bin"]: item["quantity"] for item in answer.json()["items"]}


async def test_pieces_are_carried_between_bins_within_what_is_there(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await shelves(room)
    await room.stock("MAIN", VASE=15)
    assert await lying(room, "VASE") == {None: 15}
    assert (await carry(room, "VASE", 10, to_bin="A-01")).status_code == 200
    assert (await carry(room, "VASE", 4, from_bin="A-01", to_bin="B-01")).status_code == 200
    assert list((await lying(room, "VASE")).items()) == [("B-01", 4), ("A-01", 6), (None, 5)], (
        "along the path"
    )
    for quantity, places, code in (
        (6, {"to_bin": "B-02"}, "not_unplaced"),
        (7, {"from_bin": "A-01", "to_bin": "B-02"}, "not_in_bin"),
        (5, {"to_bin": "A-01"}, "bin_full"),
        (1, {"to_bin": "Z-99"}, "bin_unknown"),
        (1, {"from_bin": "A-01", "to_bin": "A-01"}, "same_bin"),
    ):
        assert (await carry(room, "VASE", quantity, **places)).json()["code"] == code
    await bin(room, "B-02", "B", active=False)
    assert (await carry(room, "VASE", 1, to_bin="B-02")).json()["code"] == "bin_inactive"
    assert (await carry(room, "VASE", 6, from_bin="A-01")).status_code == 200
    assert await lying(room, "VASE") == {"B-01": 4, None: 11}
    zones = (await room.http.get("/v1/warehouses/MAIN/zones")).json()["items"]
    assert [(zone["code"], zone["bins"]) for zone in zones] == [("B", 2), ("A", 2)]
    bins = (await room.http.get("/v1/warehouses/MAIN/bins", params={"zone": "B", "limit": 1})).json()
    assert (bins["items"][0]["code"], bins["items"][0]["pieces"], bins["next"] is None) == ("B-01", 4, False)
    odd = await room.http.put("/v1/warehouses/MAIN/bins/X", json={"zone": "NONE"})
    assert (odd.status_code, odd.json()["field"]) == (422, "zone")
    assert (await room.http.put("/v1/warehouses/GONE/zones/A", json={"name": "x"})).status_code == 404


async def test_what_leaves_without_being_picked_leaves_the_bins_along_the_path(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await shelves(room)
    await room.stock("MAIN", VASE=12)
    await carry(room, "VASE", 5, to_bin="A-01")
    await carry(room, "VASE", 5, to_bin="B-01")
    owner_id = uuid4()
    await room.reserve(("VASE", 9), owner_id=owner_id)
    assert await lying(room, "VASE") == {"B-01": 5, "A-01": 5, None: 2}, "a reservation moves nothing"
    await room.inventory.ship(owner_id, uuid4(), [StockLine("VASE", 3)])
    assert await lying(room, "VASE") == {"B-01": 4, "A-01": 5}, "first what is in no bin, then the path"
    await room.inventory.ship(owner_id, uuid4(), [StockLine("VASE", 6)])
    assert await lying(room, "VASE") == {"A-01": 3}


async def test_what_is_delivered_is_put_away(room: Stockroom) -> None:
    await furnished(room)
    await shelves(room)
    path = await placed(room, {"sku": "VASE", "packs": 2})
    lines = [{"sku": "VASE", "received": 14, "damaged": 1}]
    await room.http.post(f"{path}/receipts", json={"reference": "DN", "lines": lines})
    (task,) = (await room.http.get("/v1/put-away", params={"warehouse": "MAIN"})).json()["items"]
    assert (task["quantity"], task["reference"], task["suggested"]) == (14, "PO-1001/DN", "B-01")
    target = f"/v1/put-away/{task['task_id']}/placements"
    assert (await room.http.post(target, json={"bin": "A-01", "quantity": 15})).json()[
        "code"
    ] == "more_than_task"
    part = (await room.http.post(target, json={"bin": "A-01", "quantity": 10})).json()
    assert (part["state"], part["placed"], part["suggested"]) == ("open", 10, "B-01"), "A-01 is full"
    done = (await room.http.post(target, json={"bin": "B-01", "quantity": 4})).json()
    assert done["state"] == "done"
    assert await lying(room, "VASE") == {"B-01": 4, "A-01": 10}
    late = await room.http.post(f"/v1/put-away/{task['task_id']}/cancellation")
    assert (late.status_code, late.json()["code"]) == (409, "task_not_open")
    await room.http.post(
        f"{path}/receipts", json={"reference": "D2", "lines": [{"sku": "VASE", "received": 1}]}
    )
    (task,) = (await room.http.get("/v1/put-away")).json()["items"]
    cancelled = (await room.http.post(f"/v1/put-away/{task['task_id']}/cancellation")).json()
    assert (cancelled["state"], await lying(room, "VASE")) == ("cancelled", {"B-01": 4, "A-01": 10, None: 1})
