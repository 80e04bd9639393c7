"""Cycle counts of zones, of lots, and of more than fits into one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.inventory.stockroom import Stockroom
from tests.inventory.test_backorders import policy, receive
from tests.inventory.test_bins import carry, lying, shelves
from tests.inventory.test_cycle_counts import another, on_hand, planned, tally
from tests.inventory.test_lots import day, lots
from tradewind.contracts.inventory import StockLine
from tradewind.services.inventory.queries import counts

ROUNDS = 25


async def count_of(room: Stockroom, **plan: Any) -> tuple[str, dict[str, Any]]:
    answer = await room.http.post("/v1/counts", json={"warehouse": "MAIN", **plan})
    assert answer.status_code == 201, answer.text
    return f"/v1/counts/{answer.json()['count_id']}", answer.json()


async def say(room: Stockroom, path: str, *lines: dict[str, Any]) -> Any:
    return await room.http.post(f"{path}/tallies", json={"lines": lines})


async def approve(room: Stockroom, path: str) -> Any:
    async with another(room) as approver:
        return await approver.post(f"{path}/approval", json={})


def named(count: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(line["sku"], line["lot"]) for line in count["lines"]]


async def filled(room: Stockroom) -> None:
    """Of 20 vases, four and three lie in zone A, eight in zone B, which comes first on the path, five in no bin."""
    await room.warehouse("MAIN")
    await shelves(room)
    await room.stock("MAIN", VASE=20)
    for bin, pieces in (("A-01", 4), ("A-02", 3), ("B-01", 8)):
        assert (await carry(room, "VASE", pieces, to_bin=bin)).status_code == 200


async def test_a_count_of_a_zone_is_of_what_its_bins_hold(room: Stockroom) -> None:
    await filled(room)
    path, made = await count_of(room, zone="A", tolerance_pieces=100)
    assert (made["zone"], named(made)) == ("A", [("VASE", None)])
    noon = room.clock.now()
    room.clock.ahead = timedelta(minutes=5)
    assert (await carry(room, "VASE", 2, from_bin="A-01", to_bin="B-02")).status_code == 200
    told = await tally(room, path, noon.isoformat(), VASE=4)
    assert (told["lines"][0]["expected"], told["lines"][0]["difference"]) == (7, -3)
    assert (await approve(room, path)).status_code == 200
    assert await on_hand(room, "VASE") == 17
    assert await lying(room, "VASE") == {"A-02": 2, "B-01": 8, "B-02": 2, None: 5}
    room.clock.ahead = timedelta()


@pytest.mark.parametrize(
    ("counted", "bins"),
    [
        (7, {"A-01": 4, "A-02": 3, "B-01": 8, None: 5}),
        (9, {"A-01": 6, "A-02": 3, "B-01": 8, None: 5}),
        (0, {"B-01": 8, None: 5}),
    ],
)
async def test_what_a_zone_lacks_or_has_more_is_in_its_own_bins(
    room: Stockroom, counted: int, bins: dict[str | None, int]
) -> None:
    await filled(room)
    path, _ = await count_of(room, zone="A", tolerance_pieces=100)
    await tally(room, path, VASE=counted)
    assert (await approve(room, path)).status_code == 200
    assert await lying(room, "VASE") == bins
    assert await on_hand(room, "VASE") == sum(bins.values())


async def test_what_was_missing_in_a_zone_that_is_empty_by_now_leaves_the_other_bins(room: Stockroom) -> None:
    await filled(room)
    path, _ = await count_of(room, zone="A", tolerance_pieces=100)
    await tally(room, path, VASE=1)
    for bin, pieces in (("A-01", 4), ("A-02", 3)):
        assert (await carry(room, "VASE", pieces, from_bin=bin, to_bin="B-02")).status_code == 200
    assert (await carry(room, "VASE", 5, to_bin="B-02")).status_code == 200
    assert (await approve(room, path)).status_code == 200
    assert await lying(room, "VASE") == {"B-01": 2, "B-02": 12}
    assert await on_hand(room, "VASE") == 14


async def test_what_is_kept_by_lot_is_counted_by_lot(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    await receive(room, "MILK", 5, lot="L1", expires_on=day(room, 30))
    await receive(room, "MILK", 3, lot="L2", expires_on=day(room, 40))
    await room.stock("MAIN", CUP=10)
    path = await planned(room, "CUP", "MILK", tolerance_pieces=100)
    assert named((await room.http.get(path)).json()) == [("CUP", None), ("MILK", "L1"), ("MILK", "L2")]
    for wrong, code, field in (
        ({"sku": "MILK", "counted": 8}, "lot_required", "lot"),
        ({"sku": "CUP", "counted": 8, "lot": "L1"}, "lot_not_tracked", "lot"),
        ({"sku": "TEA", "counted": 8, "lot": "L1"}, "sku_not_in_count", "sku"),
    ):
        refused = (await say(room, path, wrong)).json()
        assert (refused["code"], refused["field"]) == (code, f"lines[0].{field}")
    found = {"sku": "MILK", "lot": "FOUND", "counted": 2, "expires_on": day(room, 50)}
    known = {"sku": "MILK", "lot": "L1", "counted": 4, "expires_on": day(room, 99)}
    assert (await say(room, path, known, {"sku": "CUP", "counted": 9})).json()["state"] == "counting"
    told = (await say(room, path, found, {"sku": "MILK", "lot": "L2", "counted": 3})).json()
    assert told["state"] == "review"
    assert [line["difference"] for line in told["lines"]] == [-1, 2, -1, 0]
    assert (await approve(room, path)).status_code == 200
    assert await lots(room, "MILK") == [("L1", 4, 0, 0), ("L2", 3, 0, 0), ("FOUND", 2, 0, 0)]
    kept = (await room.http.get("/v1/stock/lots", params={"sku": "MILK"})).json()["items"]
    assert [one["expires_on"] for one in kept] == [day(room, 30), day(room, 40), day(room, 50)]
    assert (await on_hand(room, "CUP"), await on_hand(room, "MILK")) == (9, 9)


async def test_a_lot_is_compared_with_what_there_was_of_it_when_it_was_counted(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    await receive(room, "MILK", 5, lot="L1")
    path = await planned(room, "MILK")
    noon = room.clock.now()
    room.clock.ahead = timedelta(minutes=5)
    await receive(room, "MILK", 7, lot="L1")
    body = {"lines": [{"sku": "MILK", "lot": "L1", "counted": 5}], "counted_at": noon.isoformat()}
    told = (await room.http.post(f"{path}/tallies", json=body)).json()
    assert (told["state"], told["lines"][0]["expected"]) == ("review", 5)
    room.clock.ahead = timedelta()


async def test_serial_numbers_are_lots_of_one_piece(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.warehouse("SHOP")
    await policy(room, "WATCH", tracking="serial")
    await receive(room, "WATCH", 1, lot="SN-1")
    await receive(room, "WATCH", 1, "SHOP", lot="SN-2")
    path = await planned(room, "WATCH", tolerance_pieces=1)
    two = {"sku": "WATCH", "lot": "SN-1", "counted": 2}
    assert (await say(room, path, two)).json()["code"] == "serial_one_piece"
    lines = [{"sku": "WATCH", "lot": lot, "counted": number} for lot, number in (("SN-1", 0), ("SN-2", 1))]
    assert (await say(room, path, *lines)).json()["state"] == "review"
    elsewhere = await approve(room, path)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "serial_exists")
    async with another(room) as approver:
        await approver.post(f"{path}/recounts", json={"skus": ["WATCH"]})
    lines = [{"sku": "WATCH", "lot": lot, "counted": n} for lot, n in (("SN-1", 0), ("SN-2", 0), ("SN-3", 1))]
    assert (await say(room, path, *lines)).json()["state"] == "review"
    assert (await approve(room, path)).status_code == 200
    there = (await room.http.get("/v1/stock/lots", params={"sku": "WATCH", "warehouse": "MAIN"})).json()[
        "items"
    ]
    assert {one["lot"]: one["on_hand"] for one in there if one["on_hand"]} == {"SN-3": 1}


async def test_of_a_tracked_sku_that_is_not_there_somebody_says_so_or_names_what_was_found(
    room: Stockroom,
) -> None:
    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    path = await planned(room, "MILK", tolerance_pieces=5)
    some = {"sku": "MILK", "counted": 1}
    assert (await say(room, path, some)).json()["code"] == "lot_required"
    told = await say(room, path, {"sku": "MILK", "counted": 0}, {"sku": "MILK", "lot": "L9", "counted": 1})
    assert told.json()["state"] == "review"
    assert (await approve(room, path)).status_code == 200
    assert await lots(room, "MILK") == [("L9", 1, 0, 0)]


async def test_bins_do_not_know_lots_so_a_count_of_a_zone_says_what_it_leaves_out(room: Stockroom) -> None:
    await filled(room)
    await policy(room, "MILK", tracking="lot")
    await receive(room, "MILK", 5, lot="L1")
    assert (await carry(room, "MILK", 5, to_bin="A-01")).status_code == 200
    _, made = await count_of(room, zone="A")
    assert (named(made), made["tracked_left_out"]) == ([("VASE", None)], 1)
    for bin, pieces in (("A-01", 4), ("A-02", 3)):
        await carry(room, "VASE", pieces, from_bin=bin)
    refused = await room.http.post("/v1/counts", json={"warehouse": "MAIN", "zone": "A"})
    assert (refused.status_code, refused.json()["code"]) == (409, "only_lots_there")
    assert (refused.json()["field"], refused.json()["details"]) == ("zone", {"skus": "MILK"})


async def test_of_more_than_fits_what_was_counted_longest_ago_is_taken_and_the_rest_is_told(
    room: Stockroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "MOST_COUNT_LINES", 2)
    await room.warehouse("MAIN")
    await shelves(room)
    await room.stock("MAIN", A=1, B=1, C=1, D=1, E=1)
    for sku in "ABCDE":
        await carry(room, sku, 1, to_bin="B-01")
    for skus, left in (("A", 0), ("B", 0)):
        path = await planned(room, *skus)
        told = await tally(room, path, **dict.fromkeys(skus, 1))
        assert (told["skus_left"], told["state"]) == (left, "review")
    for wanted in ("CD", "EA", "BC"):
        _, made = await count_of(room, abc="C")
        assert ("".join(sorted(sku for sku, _ in named(made))), made["skus_left"]) == (
            "".join(sorted(wanted)),
            3,
        )
    _, made = await count_of(room, zone="B")
    assert (named(made), made["skus_left"]) == ([("A", None), ("D", None)], 3)
    await policy(room, "MILK", tracking="lot")
    for lot in "123":
        await receive(room, "MILK", 1, lot=lot)
    _, made = await count_of(room, skus=["MILK", "A"])
    assert (named(made), made["skus_left"]) == ([("MILK", "1"), ("MILK", "2"), ("MILK", "3")], 1)


async def test_more_than_the_books_can_hold_is_not_counted_in(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    path = await planned(room, "MILK", "CUP", tolerance_pieces=1_000_000)
    none = [{"sku": "MILK", "counted": 0}, {"sku": "CUP", "counted": 1_000_000_000}]
    many = [{"sku": "MILK", "lot": lot, "counted": 1_000_000_000} for lot in "123"]
    for _ in range(2):
        told = (await say(room, path, *many, *none)).json()
        none = none[1:]
    assert told["state"] == "review"
    refused = await approve(room, path)
    assert (refused.status_code, refused.json()["code"]) == (409, "on_hand_too_large")
    path = await planned(room, "CUP", tolerance_pieces=1_000_000)
    for _ in range(2):
        await tally(room, path, CUP=1_000_000_000)
    await receive(room, "CUP", 1)
    refused = await approve(room, path)
    assert (refused.status_code, refused.json()["code"]) == (409, "on_hand_too_large")


async def test_a_zone_is_counted_while_pieces_are_carried_and_sold(room: Stockroom) -> None:
    """Two fewer lie in zone A than the books say, one is carried out of it and one is sold at the counter."""
    await filled(room)
    async with another(room) as approver:
        for _ in range(ROUNDS):
            before = await on_hand(room, "VASE")
            in_bins = await lying(room, "VASE")
            path, _ = await count_of(room, zone="A", tolerance_pieces=100)
            owner_id = uuid4()
            await room.reserve(("VASE", 1), owner_id=owner_id)
            counted = in_bins.get("A-01", 0) + in_bins.get("A-02", 0) - 2
            now = (room.clock.now() - timedelta(microseconds=1)).isoformat()
            out = carry(room, "VASE", 1, from_bin="A-01", to_bin="B-02")
            told, _ = await asyncio.gather(tally(room, path, now, VASE=counted), out)
            assert told["lines"][0]["difference"] == -2
            sold = room.inventory.ship(owner_id, uuid4(), [StockLine("VASE", 1)])
            approved, _, _ = await asyncio.gather(
                approver.post(f"{path}/approval", json={}),
                sold,
                carry(room, "VASE", 1, from_bin="A-02", to_bin="B-02"),
            )
            assert approved.status_code == 200
            assert await on_hand(room, "VASE") == before - 3
            await receive(room, "VASE", 3)
            await carry(room, "VASE", 3, to_bin="A-01")
            for bin, pieces in (await lying(room, "VASE")).items():
                if bin in ("B-01", "B-02"):
                    await carry(room, "VASE", min(pieces, 3), from_bin=bin, to_bin="A-02")
