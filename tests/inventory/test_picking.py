"""Pick lists: one path for many orders, out of bins, with what is short; packed as picked."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

from tests.inventory.stockroom import Stockroom
from tests.inventory.test_bins import carry, lying, shelves
from tradewind.contracts.inventory import StockLine
from tradewind.services.inventory.domain.picking import as_sold, still_listed


async def plan(room: Stockroom, **choice: Any) -> Any:
    return await room.http.post("/v1/pick-lists", json={"warehouse": "MAIN", **choice})


async def stocked(room: Stockroom) -> None:
    """Vases in A-01 and B-01, cups in B-02, bowls in none; B is before A on the path."""
    await room.warehouse("MAIN")
    await shelves(room)
    await room.stock("MAIN", VASE=8, CUP=4, BOWL=3)
    for sku, quantity, to in (("VASE", 5, "A-01"), ("VASE", 3, "B-01"), ("CUP", 4, "B-02")):
        assert (await carry(room, sku, quantity, to_bin=to)).status_code == 200


async def order(room: Stockroom, *lines: tuple[str, int]) -> UUID:
    owner_id = room.clock.new_id()
    await room.reserve(*lines, owner_id=owner_id)
    return owner_id


async def test_many_orders_are_picked_along_one_path_and_packed_one_by_one(room: Stockroom) -> None:
    await stocked(room)
    first = await order(room, ("VASE", 4), ("BOWL", 1))
    second = await order(room, ("VASE", 2), ("CUP", 1))
    made = (await plan(room, oldest=10)).json()
    assert (made["number"], made["state"]) == ("PL-1001", "open")
    told = [(line["bin"], line["sku"], line["owner_id"], line["quantity"]) for line in made["lines"]]
    assert told == [
        ("B-01", "VASE", str(first), 3),
        ("B-02", "CUP", str(second), 1),
        ("A-01", "VASE", str(first), 1),
        ("A-01", "VASE", str(second), 2),
        (None, "BOWL", str(first), 1),
    ]
    assert (await plan(room, oldest=10)).json()["code"] == "nothing_to_pick", "all of it is on a list"

    path = f"/v1/pick-lists/{made['pick_list_id']}"
    picks = [{"position": number, "picked": pieces} for number, pieces in ((1, 3), (2, 1), (3, 1))]
    assert (await room.http.post(f"{path}/picks", json={"lines": picks})).json()["state"] == "picking"
    assert await lying(room, "VASE") == {"A-01": 4, None: 4}
    early = {"owner_id": str(second), "lines": [{"sku": "CUP", "quantity": 1}]}
    assert (await room.http.post(f"{path}/packing", json=early)).json()["code"] == "state_conflict"
    for line, code in (
        ({"position": 1, "picked": 1}, "picked_already"),
        ({"position": 9, "picked": 1}, "line_unknown"),
        ({"position": 4, "picked": 3}, "too_many_picked"),
    ):
        assert (await room.http.post(f"{path}/picks", json={"lines": [line]})).json()["code"] == code
    rest = [{"position": 4, "picked": 1}, {"position": 5, "picked": 1}]
    picked = (await room.http.post(f"{path}/picks", json={"lines": rest})).json()
    assert (picked["state"], [line["short"] for line in picked["lines"]]) == ("picked", [0, 0, 0, 1, 0])

    wrong = {
        "owner_id": str(second),
        "lines": [{"sku": "VASE", "quantity": 2}, {"sku": "CUP", "quantity": 1}],
    }
    mismatch = (await room.http.post(f"{path}/packing", json=wrong)).json()
    assert mismatch["code"] == "packing_mismatch"
    right = {"owner_id": str(second), "lines": mismatch["details"]["picked"]}
    assert (await room.http.post(f"{path}/packing", json=right)).json()["state"] == "picked"
    assert (await room.http.post(f"{path}/packing", json=right)).json()["code"] == "packed_already"
    right = {
        "owner_id": str(first),
        "lines": [{"sku": "VASE", "quantity": 4}, {"sku": "BOWL", "quantity": 1}],
    }
    assert (await room.http.post(f"{path}/packing", json=right)).json()["state"] == "packed"
    stranger = {"owner_id": str(uuid4()), "lines": [{"sku": "VASE", "quantity": 1}]}
    assert (await room.http.post(f"{path}/packing", json=stranger)).status_code == 409

    again = (await plan(room, owner_ids=[str(second)])).json()
    assert [(line["sku"], line["quantity"]) for line in again["lines"]] == [("VASE", 1)], "what was short"
    await room.inventory.ship(first, uuid4(), [StockLine("VASE", 4), StockLine("BOWL", 1)])
    assert await lying(room, "VASE") == {"A-01": 3, None: 1}, "what was picked left, not what lies in bins"
    listed = (await room.http.get("/v1/pick-lists", params={"state": "packed"})).json()["items"]
    assert [(one["orders"], one["pieces"], one["picked"], one["short"]) for one in listed] == [(2, 8, 7, 1)]


async def test_what_is_no_longer_wanted_is_not_picked_and_goes_back(room: Stockroom) -> None:
    await stocked(room)
    owner_id = await order(room, ("VASE", 2))
    other = await order(room, ("CUP", 2))
    made = (await plan(room, oldest=10)).json()
    path = f"/v1/pick-lists/{made['pick_list_id']}"
    await room.inventory.release(owner_id)
    refused = await room.http.post(f"{path}/picks", json={"lines": [{"position": 1, "picked": 2}]})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_longer_wanted")
    both = [{"position": 1, "picked": 0}, {"position": 2, "picked": 2}]
    assert (await room.http.post(f"{path}/picks", json={"lines": both})).json()["state"] == "picked"
    cancelled = await room.http.post(f"{path}/cancellation", json={"reason": "tea"})
    assert cancelled.json()["state"] == "cancelled"
    (task,) = (await room.http.get("/v1/put-away")).json()["items"]
    assert (task["sku"], task["quantity"], task["suggested"]) == ("CUP", 2, "B-02")
    assert [line["owner_id"] for line in (await plan(room, oldest=10)).json()["lines"]] == [str(other)]
    for body, code in (({}, "one_choice"), ({"warehouse": "GONE", "oldest": 1}, "warehouse_unknown")):
        assert (await plan(room, **body)).json()["code"] == code


async def test_a_list_says_which_lots_an_order_holds(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.http.put("/v1/stock/policies", json={"sku": "MILK", "tracking": "lot"})
    lines = [
        {"sku": "MILK", "warehouse": "MAIN", "quantity": 3, "lot": lot, "expires_on": day}
        for lot, day in (("LATE", "2099-02-01"), ("SOON", "2099-01-01"))
    ]
    await room.http.post("/v1/stock/receipts", json={"reference": "DN", "lines": lines})
    await order(room, ("MILK", 4))
    (line,) = (await plan(room, oldest=1)).json()["lines"]
    assert line["lots"] == [{"lot": "LATE", "quantity": 1}, {"lot": "SOON", "quantity": 3}]


async def test_two_plans_at_once_never_list_a_piece_twice(room: Stockroom) -> None:
    await stocked(room)
    await order(room, ("VASE", 4))
    await order(room, ("VASE", 3), ("CUP", 4))
    answers = await asyncio.gather(*(plan(room, oldest=1) for _ in range(6)))
    lists = [answer.json() for answer in answers if answer.status_code == 201]
    assert sum(line["quantity"] for made in lists for line in made["lines"]) == 11
    assert (len(lists), {answer.status_code for answer in answers}) == (2, {201, 409})


def test_a_parcel_takes_what_was_listed_before_it() -> None:
    assert still_listed([], 4) == 0
    assert still_listed([(4, 0)], 0) == 4
    assert still_listed([(4, 0)], 3) == 1
    assert still_listed([(2, 2)], 2) == 2, "the parcel was there before the list"
    assert still_listed([(2, 0), (2, 2)], 2) == 2
    assert still_listed([(2, 0), (2, 2)], 4) == 0
    assert still_listed([(2, 2)], 1) == 2, "a parcel was cancelled meanwhile"


def test_packed_parts_are_told_as_the_bundles_that_were_sold() -> None:
    parts = {"SET": {"MUG": 4, "VASE": 1}}
    assert as_sold(Counter(MUG=5, VASE=1), {"SET": 2, "MUG": 1}, parts) == ({"SET": 1, "MUG": 1}, {})
    assert as_sold(Counter(MUG=8, VASE=2), {"SET": 1, "MUG": 1}, parts) == ({"SET": 1, "MUG": 1}, {})
    half = {"MUG": 3, "VASE": 1}
    assert as_sold(Counter(half), {"SET": 1}, parts) == ({}, half), "half a set is none"
    assert as_sold(Counter(MUG=2), {"MUG": 1}, {}) == ({"MUG": 1}, {}), "the other is in a parcel already"
