"""Many at once: nothing is oversold or undersold, nobody gets an error, nothing deadlocks."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.inventory.stockroom import Stockroom
from tradewind.contracts.inventory import (
    Allocation,
    Counted,
    OutOfStock,
    ReservationClosed,
    Reserved,
    Shipped,
    StockCount,
    StockLine,
)
from tradewind.services.inventory.jobs import release_expired

BUYERS = 200


async def at_once(calls: list[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Every answer; the first error is raised."""
    return await asyncio.gather(*calls)


def outcomes(answers: list[Any]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


async def test_200_buyers_of_50_pieces_are_exactly_50_served(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=50)
    answers = await at_once([room.reserve(("VASE", 1)) for _ in range(BUYERS)])
    assert outcomes(answers) == {"Reserved": 50, "OutOfStock": 150}
    assert await room.levels("VASE") == {"MAIN": (50, 50)}
    assert await room.told() == [{"type": "inventory.stock_changed", "sku": "VASE", "available": 0}]


async def test_200_buyers_of_50_pieces_in_three_warehouses_are_exactly_50_served(room: Stockroom) -> None:
    for code, priority, on_hand in (("A", 3, 20), ("B", 1, 7), ("C", 2, 23)):
        await room.warehouse(f"{code}-WH", priority)
        await room.stock(f"{code}-WH", VASE=on_hand)
    answers = await at_once([room.reserve(("VASE", 1)) for _ in range(BUYERS)])
    assert outcomes(answers) == {"Reserved": 50, "OutOfStock": 150}
    assert await room.available("VASE") == [0]
    assert len(await room.told()) == 1


async def test_orders_of_several_lines_split_over_warehouses_take_all_that_can_be_taken(
    room: Stockroom,
) -> None:
    """Each wants 3 cups and 2 vases; cups last for 33 orders, vases for 40, whoever comes first."""
    for code, cups, vases in (("A-WH", 40, 33), ("B-WH", 35, 33), ("C-WH", 25, 14)):
        await room.warehouse(code)
        await room.stock(code, CUP=cups, VASE=vases)
    orders = [(("VASE", 2), ("CUP", 3)), (("CUP", 1), ("VASE", 2), ("CUP", 2))]
    answers = await at_once([room.reserve(*orders[i % 2]) for i in range(BUYERS)])
    assert outcomes(answers) == {"Reserved": 33, "OutOfStock": BUYERS - 33}
    assert await room.available("CUP", "VASE") == [1, 14]
    for answer in answers:
        if isinstance(answer, Reserved):
            taken = Counter[str]()
            for allocation in answer.allocations:
                taken[allocation.sku] += allocation.quantity
            assert taken == {"CUP": 3, "VASE": 2}


async def test_overlapping_skus_in_any_order_never_deadlock(room: Stockroom) -> None:
    """Reserve, ship, release, count, adjust, receive and expire, all at once, over few SKUs."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    skus = [f"SKU-{i}" for i in range(6)]
    for code in ("A-WH", "B-WH", "C-WH"):
        await room.warehouse(code, chance.randint(0, 3))
        await room.stock(code, **dict.fromkeys(skus, 60))

    async def order(owner_id: UUID, lines: list[StockLine], fate: float) -> Any:
        answer = await room.inventory.reserve(owner_id, lines, 3600 if fate > 0.8 else None)
        if isinstance(answer, Reserved) and fate < 0.4:
            await room.inventory.ship(owner_id, uuid4(), lines[:1])
        if fate < 0.2 or 0.4 < fate < 0.6:
            await room.inventory.release(owner_id)
        return answer

    async def post(path: str, body: dict[str, Any]) -> None:
        answer = await room.http.post(path, json=body)
        assert answer.status_code in (201, 409), answer.text

    async def work(kind: str) -> Any:
        some = chance.sample(skus, 4)
        codes = chance.choices(("A-WH", "B-WH", "C-WH"), k=4)
        if kind == "count":
            found = [
                StockCount(sku, code, chance.randint(30, 70)) for sku, code in zip(some, codes, strict=True)
            ]
            return await room.inventory.count(f"count {uuid4()}", found)
        if kind == "adjust":
            change = {
                "sku": some[0],
                "warehouse": codes[0],
                "quantity": chance.choice((-5, 5)),
                "reason": "x",
            }
            return await post("/v1/stock/adjustments", change)
        if kind == "expire":
            room.clock.ahead = timedelta(seconds=3601)
            return await release_expired(room.shop.deps("inventory"))
        lines = [
            {"sku": sku, "warehouse": code, "quantity": 2} for sku, code in zip(some, codes, strict=True)
        ]
        return await post("/v1/stock/receipts", {"reference": str(uuid4()), "lines": lines})

    calls = [
        order(
            uuid4(),
            [StockLine(sku, chance.randint(1, 6)) for sku in chance.choices(skus, k=chance.randint(1, 5))],
            chance.random(),
        )
        for _ in range(BUYERS)
    ]
    calls += [work(kind) for kind in ("count", "adjust", "receive", "expire") for _ in range(10)]
    chance.shuffle(calls)
    answers = outcomes(await at_once(calls))
    room.clock.ahead = timedelta()
    assert answers["Reserved"] + answers["OutOfStock"] == BUYERS, f"seed {seed}: {answers}"
    await room.verify()


async def test_one_owner_racing_with_itself_reserves_once(room: Stockroom) -> None:
    for code in ("A-WH", "B-WH"):
        await room.warehouse(code)
        await room.stock(code, VASE=100, CUP=3)
    owners = [uuid4() for _ in range(10)]
    calls = [room.reserve(("VASE", 1), ("CUP", 1), owner_id=owner) for owner in owners * 10]
    answers = await at_once(calls)
    for index in range(10):
        assert len({repr(answer) for answer in answers[index::10]}) == 1
    assert outcomes(answers[:10]) == {"Reserved": 6, "OutOfStock": 4}
    assert await room.available("VASE", "CUP") == [194, 0]


async def test_one_hold_racing_with_itself_is_made_once(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=9)
    lines = [{"sku": "VASE", "quantity": 4}]
    hold = {"owner_id": str(uuid4()), "lines": lines, "expires_in_seconds": 60}
    answers = await at_once([room.http.post("/v1/reservations", json=hold) for _ in range(20)])
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert await room.available("VASE") == [5]


async def test_whoever_is_released_while_reserving_holds_nothing(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=1000, CUP=1000)
    owners = [uuid4() for _ in range(60)]
    calls: list[Coroutine[Any, Any, Any]] = []
    for owner in owners:
        pair = [room.reserve(("VASE", 1), ("CUP", 2), owner_id=owner), room.inventory.release(owner)]
        random.shuffle(pair)
        calls += pair
    answers = await at_once(calls)
    assert set(outcomes(answers)) <= {"Reserved", "ReservationClosed", "NoneType"}
    assert await room.available("VASE", "CUP") == [1000, 1000]
    again = await at_once([room.reserve(("VASE", 1), owner_id=owner) for owner in owners])
    assert set(outcomes(again)) == {ReservationClosed.__name__}


async def test_one_shipment_racing_with_itself_ships_once(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=10)
    owner, shipment = uuid4(), uuid4()
    await room.reserve(("VASE", 5), owner_id=owner)
    lines = [StockLine("VASE", 5)]
    answers = await at_once([room.inventory.ship(owner, shipment, lines) for _ in range(20)])
    assert answers == [Shipped([Allocation("VASE", "MAIN", 5)])] * 20
    assert await room.levels("VASE") == {"MAIN": (5, 0)}


async def test_shipping_and_releasing_at_once_never_give_one_piece_twice(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=100)
    owners = [uuid4() for _ in range(20)]
    await at_once([room.reserve(("VASE", 2), owner_id=owner) for owner in owners])
    calls: list[Coroutine[Any, Any, Any]] = []
    for owner in owners:
        calls += [room.inventory.ship(owner, uuid4(), [StockLine("VASE", 1)]) for _ in range(3)]
        calls.append(room.inventory.release(owner))
    random.shuffle(calls)
    shipped = outcomes(await at_once(calls))["Shipped"]
    assert await room.levels("VASE") == {"MAIN": (100 - shipped, 0)}


async def test_one_stock_take_racing_with_itself_and_with_sales_is_counted_once(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=40)
    counts = [StockCount("VASE", "MAIN", 50), StockCount("CUP", "MAIN", 5)]
    calls: list[Coroutine[Any, Any, Any]] = [room.inventory.count("May", counts) for _ in range(10)]
    calls += [room.reserve(("VASE", 1)) for _ in range(20)]
    answers = await at_once(calls)
    assert answers[:10] == [Counted(2)] * 10
    assert await room.levels("VASE") == {"MAIN": (50, 20)}


async def test_jobs_of_two_processes_share_the_expired(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=100)
    for _ in range(20):
        await room.inventory.reserve(uuid4(), [StockLine("VASE", 1)], 1)
    room.clock.ahead = timedelta(seconds=2)
    deps = room.shop.deps("inventory")
    await at_once([release_expired(deps) for _ in range(4)])
    room.clock.ahead = timedelta()
    assert await room.available("VASE") == [100]
    released = [e for e in await room.told() if e["type"] == "inventory.reservation_released"]
    assert len({event["owner_id"] for event in released}) == len(released) == 20


async def test_warehouses_that_close_at_once_tell_of_what_is_gone_with_them(room: Stockroom) -> None:
    for code in ("A-WH", "B-WH"):
        await room.warehouse(code)
        await room.stock(code, VASE=5)
    await at_once([room.http.patch(f"/v1/warehouses/{c}", json={"active": False}) for c in ("A-WH", "B-WH")])
    assert await room.available("VASE") == [0]
    assert await room.told() == [{"type": "inventory.stock_changed", "sku": "VASE", "available": 0}]
    assert isinstance(await room.reserve(("VASE", 1)), OutOfStock)
