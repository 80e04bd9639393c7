"""Transfers: sent out of what is available, on their way, arriving with differences; against sales at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from tests.inventory.stockroom import Stockroom
from tests.thoroughness import THOROUGH
from tradewind.contracts.inventory import Reserved

REPETITIONS = 1000 if THOROUGH else 40


async def two_warehouses(room: Stockroom, **stock: int) -> None:
    await room.warehouse("NEAR", 1)
    await room.warehouse("FAR", 2)
    await room.stock("NEAR", **stock)


async def transfer(room: Stockroom, **pieces: int) -> str:
    """The path of a draft from NEAR to FAR."""
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in pieces.items()]
    body = {"source": "NEAR", "destination": "FAR", "lines": lines}
    answer = await room.http.post("/v1/transfers", json=body)
    assert answer.status_code == 201, answer.text
    return f"/v1/transfers/{answer.json()['transfer_id']}"


async def states(room: Stockroom, sku: str) -> dict[str, tuple[int, int, int]]:
    """On hand, damaged and incoming, by warehouse."""
    rows = await room.shop.database("inventory").fetch(
        "SELECT warehouse, on_hand, damaged, incoming FROM stock WHERE sku = $1", sku
    )
    return {row["warehouse"]: (row["on_hand"], row["damaged"], row["incoming"]) for row in rows}


async def test_pieces_are_in_neither_warehouse_while_they_travel(room: Stockroom) -> None:
    await two_warehouses(room, VASE=10, CUP=4)
    path = await transfer(room, VASE=6, CUP=4)
    assert await room.available("VASE") == [10], "a draft moves nothing"
    sent = (await room.http.post(f"{path}/dispatch")).json()
    assert (sent["number"], sent["state"], sent["lines"][0]["in_transit"]) == ("TR-1001", "sent", 4)
    assert await states(room, "VASE") == {"NEAR": (4, 0, 0), "FAR": (0, 0, 6)}
    assert await room.available("VASE", "CUP") == [4, 0]

    first = {"reference": "van", "lines": [{"sku": "VASE", "received": 3, "damaged": 1, "missing": 1}]}
    assert (await room.http.post(f"{path}/receipts", json=first)).json()["state"] == "partly_received"
    assert await states(room, "VASE") == {"NEAR": (4, 0, 0), "FAR": (3, 1, 1)}
    again = await room.http.post(f"{path}/receipts", json=first)
    assert again.status_code == 201
    assert await states(room, "VASE") == {"NEAR": (4, 0, 0), "FAR": (3, 1, 1)}, "counted once"
    other: dict[str, Any] = {"reference": "van", "lines": [{"sku": "CUP", "received": 4}]}
    assert (await room.http.post(f"{path}/receipts", json=other)).json()["code"] == "receipt_exists"
    for line, code in (
        ({"sku": "VASE", "received": 2}, "over_received"),
        ({"sku": "JUG", "received": 1}, "sku_not_sent"),
        ({"sku": "VASE"}, "nothing_received"),
    ):
        answer = await room.http.post(f"{path}/receipts", json={"reference": "x", "lines": [line]})
        assert answer.json()["code"] == code
    rest = {"reference": "van 2", "lines": [{"sku": "CUP", "received": 4}, {"sku": "VASE", "received": 1}]}
    done = (await room.http.post(f"{path}/receipts", json=rest)).json()
    assert (done["state"], [one["reference"] for one in done["receipts"]]) == ("received", ["van", "van 2"])
    assert await room.available("VASE", "CUP") == [8, 4]
    assert (await room.http.post(f"{path}/cancellation", json={})).status_code == 409


async def test_only_what_is_available_is_sent(room: Stockroom) -> None:
    await two_warehouses(room, VASE=5, CUP=5)
    await room.reserve(("VASE", 3))
    path = await transfer(room, VASE=3, CUP=1)
    refused = (await room.http.post(f"{path}/dispatch")).json()
    assert (refused["code"], refused["details"]["short"]) == (
        "not_available",
        [{"sku": "VASE", "available": 2}],
    )
    assert (await room.http.get(path)).json()["state"] == "draft"
    assert await room.available("CUP") == [5], "all of it or nothing"
    same = {"source": "NEAR", "destination": "NEAR", "lines": [{"sku": "CUP", "quantity": 1}]}
    assert (await room.http.post("/v1/transfers", json=same)).json()["code"] == "same_warehouse"
    nowhere = {**same, "destination": "NOWHERE"}
    assert (await room.http.post("/v1/transfers", json=nowhere)).json()["field"] == "destination"


async def test_a_cancelled_transfer_is_back_where_it_came_from(room: Stockroom) -> None:
    await two_warehouses(room, VASE=5)
    path = await transfer(room, VASE=5)
    await room.http.post(f"{path}/dispatch")
    cancelled = (await room.http.post(f"{path}/cancellation", json={"reason": "no van"})).json()
    assert [step["reason"] for step in cancelled["history"]] == ["", "", "no van"]
    assert await states(room, "VASE") == {"NEAR": (5, 0, 0), "FAR": (0, 0, 0)}
    listed = (await room.http.get("/v1/transfers", params={"warehouse": "FAR", "state": "cancelled"})).json()
    assert [one["in_transit"] for one in listed["items"]] == [0]


async def test_lots_travel_with_their_expiry(room: Stockroom) -> None:
    await room.warehouse("NEAR", 1)
    await room.warehouse("FAR", 2)
    await room.http.put("/v1/stock/policies", json={"sku": "MILK", "tracking": "lot"})
    day = (room.clock.now() + timedelta(days=30)).date().isoformat()
    lines = [
        {"sku": "MILK", "warehouse": "NEAR", "quantity": pieces, "lot": lot, "expires_on": day}
        for lot, pieces in (("L1", 5), ("L2", 3))
    ]
    answer = await room.http.post("/v1/stock/receipts", json={"reference": "DN", "lines": lines})
    assert answer.status_code == 201, answer.text
    refused = await room.http.post(f"{await transfer(room, MILK=2)}/dispatch")
    assert (refused.status_code, refused.json()["code"]) == (422, "lot_required")
    some = [{"sku": "MILK", "lot": "L1", "quantity": 4}, {"sku": "MILK", "lot": "L2", "quantity": 3}]
    body = {"source": "NEAR", "destination": "FAR", "lines": some}
    path = f"/v1/transfers/{(await room.http.post('/v1/transfers', json=body)).json()['transfer_id']}"
    assert (await room.http.post(f"{path}/dispatch")).json()["state"] == "sent"
    came = {"reference": "van", "lines": [{"sku": "MILK", "lot": "L2", "received": 2, "missing": 1}]}
    assert (await room.http.post(f"{path}/receipts", json=came)).json()["state"] == "partly_received"
    wrong = {"reference": "x", "lines": [{"sku": "MILK", "lot": "L9", "received": 1}]}
    assert (await room.http.post(f"{path}/receipts", json=wrong)).json()["code"] == "sku_not_sent"
    bare = {"reference": "x", "lines": [{"sku": "MILK", "lot": "L2"}, {"sku": "MILK", "received": 1}]}
    refused = (await room.http.post(f"{path}/receipts", json=bare)).json()
    assert (refused["code"], refused["field"]) == ("lot_required", "lines[1].lot")
    listed = (await room.http.get("/v1/stock/lots", params={"sku": "MILK", "warehouse": "FAR"})).json()[
        "items"
    ]
    assert [(one["lot"], one["on_hand"], one["expires_on"]) for one in listed] == [("L2", 2, day)]
    assert await states(room, "MILK") == {"NEAR": (1, 0, 0), "FAR": (2, 0, 4)}


async def test_a_lot_that_expires_on_another_day_here_is_put_right_before_it_arrives(room: Stockroom) -> None:
    await room.warehouse("NEAR", 1)
    await room.warehouse("FAR", 2)
    await room.http.put("/v1/stock/policies", json={"sku": "MILK", "tracking": "lot"})
    soon, late = ((room.clock.now() + timedelta(days=days)).date().isoformat() for days in (5, 30))
    some = {"sku": "MILK", "quantity": 3, "lot": "L1"}
    for warehouse, day in (("NEAR", late), ("FAR", soon)):
        line = {**some, "warehouse": warehouse, "expires_on": day}
        answer = await room.http.post("/v1/stock/receipts", json={"reference": warehouse, "lines": [line]})
        assert answer.status_code == 201, answer.text
    body = {"source": "NEAR", "destination": "FAR", "lines": [some]}
    path = f"/v1/transfers/{(await room.http.post('/v1/transfers', json=body)).json()['transfer_id']}"
    assert (await room.http.post(f"{path}/dispatch")).json()["state"] == "sent"
    came = {"reference": "van", "lines": [{"sku": "MILK", "lot": "L1", "received": 3}]}
    refused = await room.http.post(f"{path}/receipts", json=came)
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (
        409,
        "expiry_differs",
        "lines[0].lot",
    )
    assert refused.json()["details"] == {"expires_on": soon}
    right = {"sku": "MILK", "warehouse": "NEAR", "lot": "L1", "expires_on": soon, "reason": "misread"}
    assert (await room.http.put("/v1/stock/lots/expiry", json=right)).status_code == 200
    assert (await room.http.post(f"{path}/receipts", json=came)).json()["state"] == "received"
    assert await states(room, "MILK") == {"NEAR": (0, 0, 0), "FAR": (6, 0, 0)}


async def test_a_transfer_and_a_sale_never_take_the_same_pieces(room: Stockroom) -> None:
    """Of ten pieces six are sold and six sent at once: exactly one of the two gets them; then all is as before."""
    await two_warehouses(room, VASE=10)
    for _ in range(REPETITIONS):
        path = await transfer(room, VASE=6)
        owner_id = room.clock.new_id()
        sold, sent = await asyncio.gather(
            room.reserve(("VASE", 6), owner_id=owner_id), room.http.post(f"{path}/dispatch")
        )
        assert isinstance(sold, Reserved) != (sent.status_code == 200), (sold, sent.text)
        assert (await states(room, "VASE"))["NEAR"][0] == (10 if isinstance(sold, Reserved) else 4)
        await room.inventory.release(owner_id)
        await room.http.post(f"{path}/cancellation", json={})
