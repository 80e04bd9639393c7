"""What is reserved is there, once an owner, and goes back or leaves once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tests.inventory.stockroom import Stockroom
from tradewind.contracts.common import Money
from tradewind.contracts.inventory import (
    Allocation,
    NotReserved,
    OutOfStock,
    ReservationClosed,
    Reserved,
    Shipped,
    StockLine,
)
from tradewind.contracts.order import Buyer, OrderCancelled
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.services.inventory.jobs import release_expired


def cancelled(order_id: UUID) -> OrderCancelled:
    buyer = Buyer("ada@example.com", "Ada Lovelace")
    return OrderCancelled(order_id, "1001", "shopper", buyer, Money(100, "EUR"), False)


async def test_reserving_takes_from_what_is_available(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=10)
    assert await room.reserve(("VASE", 3)) == Reserved([Allocation("VASE", "MAIN", 3)])
    assert await room.available("VASE", "UNKNOWN") == [7, 0]
    assert await room.levels("VASE") == {"MAIN": (10, 3)}
    assert await room.told() == []  # a sale is told only when it is the last


async def test_lines_of_one_sku_are_summed(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=5, CUP=5)
    assert await room.reserve(("VASE", 2), ("CUP", 1), ("VASE", 2)) == Reserved(
        [Allocation("CUP", "MAIN", 1), Allocation("VASE", "MAIN", 4)]
    )
    assert await room.reserve(("VASE", 1), ("VASE", 1)) == OutOfStock([StockLine("VASE", 1)])


async def test_all_lines_or_nothing_and_what_is_short_is_named(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=5, CUP=2, BOWL=1)
    short = await room.reserve(("VASE", 5), ("CUP", 3), ("BOWL", 1), ("NOTHING", 1))
    assert short == OutOfStock([StockLine("CUP", 2), StockLine("NOTHING", 0)])
    assert await room.available("VASE", "CUP", "BOWL") == [5, 2, 1]
    assert await room.told() == []


async def test_stock_is_allocated_by_priority_then_code_and_split_when_one_warehouse_is_not_enough(
    room: Stockroom,
) -> None:
    for code, priority in (("FAR", 30), ("B-NEAR", 10), ("A-NEAR", 10), ("SHUT", 1)):
        await room.warehouse(code, priority, active=code != "SHUT")
    for code, on_hand in (("FAR", 10), ("B-NEAR", 2), ("A-NEAR", 3), ("SHUT", 50)):
        await room.stock(code, VASE=on_hand)
    assert await room.reserve(("VASE", 2)) == Reserved([Allocation("VASE", "A-NEAR", 2)])
    assert await room.reserve(("VASE", 6)) == Reserved(
        [Allocation("VASE", "A-NEAR", 1), Allocation("VASE", "B-NEAR", 2), Allocation("VASE", "FAR", 3)]
    )
    assert await room.reserve(("VASE", 8)) == OutOfStock([StockLine("VASE", 7)])
    assert await room.available("VASE") == [7]


async def test_a_repeat_of_an_owner_answers_the_first_result(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=3)
    owner = uuid4()
    first = await room.reserve(("VASE", 2), owner_id=owner)
    assert (
        await room.reserve(("VASE", 2), owner_id=owner) == first == Reserved([Allocation("VASE", "MAIN", 2)])
    )
    assert await room.reserve(("VASE", 99), owner_id=owner) == first
    assert await room.available("VASE") == [1]


async def test_out_of_stock_is_remembered_so_that_a_late_repeat_holds_nothing(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=1)
    owner = uuid4()
    first = await room.reserve(("VASE", 2), owner_id=owner)
    await room.stock("MAIN", VASE=9)
    assert await room.reserve(("VASE", 2), owner_id=owner) == first == OutOfStock([StockLine("VASE", 1)])
    await room.inventory.release(owner)
    assert await room.reserve(("VASE", 2), owner_id=owner) == ReservationClosed()


async def test_release_gives_back_once_and_is_final(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=3)
    owner = uuid4()
    await room.reserve(("VASE", 3), owner_id=owner)
    await room.told()
    await room.inventory.release(owner)
    await room.inventory.release(owner)
    assert await room.available("VASE") == [3]
    assert await room.reserve(("VASE", 1), owner_id=owner) == ReservationClosed()
    assert await room.told() == [
        {"type": "inventory.reservation_released", "owner_id": str(owner), "reason": "released"},
        {"type": "inventory.stock_changed", "sku": "VASE", "available": 3},
    ]


async def test_release_before_reserve_closes_the_owner(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=3)
    owner = uuid4()
    await room.inventory.release(owner)
    await room.inventory.release(owner)
    assert await room.reserve(("VASE", 1), owner_id=owner) == ReservationClosed()
    assert await room.told() == []


async def test_a_cancelled_order_gives_its_stock_back(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=3)
    order, late = uuid4(), uuid4()
    await room.reserve(("VASE", 2), owner_id=order)
    await room.hear(cancelled(order))
    await room.hear(cancelled(late))
    assert await room.available("VASE") == [3]
    assert await room.reserve(("VASE", 1), owner_id=late) == ReservationClosed()


async def test_shipping_takes_reserved_pieces_off_the_shelf(room: Stockroom) -> None:
    await room.warehouse("NEAR", 1)
    await room.warehouse("FAR", 2)
    await room.stock("NEAR", VASE=2, CUP=5)
    await room.stock("FAR", VASE=4)
    owner = uuid4()
    await room.reserve(("VASE", 5), ("CUP", 1), owner_id=owner)
    first = await room.inventory.ship(owner, uuid4(), [StockLine("VASE", 1), StockLine("VASE", 2)])
    assert first == Shipped([Allocation("VASE", "FAR", 1), Allocation("VASE", "NEAR", 2)])
    assert await room.levels("VASE") == {"NEAR": (0, 0), "FAR": (3, 2)}
    rest = await room.inventory.ship(owner, uuid4(), [StockLine("VASE", 2), StockLine("CUP", 1)])
    assert rest == Shipped([Allocation("CUP", "NEAR", 1), Allocation("VASE", "FAR", 2)])
    assert (await room.http.get(f"/v1/reservations/{owner}")).json()["outcome"] == "shipped"
    assert await room.available("VASE", "CUP") == [1, 4]


async def test_a_repeat_of_a_shipment_answers_the_first(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=3)
    owner, shipment = uuid4(), uuid4()
    await room.reserve(("VASE", 2), owner_id=owner)
    first = await room.inventory.ship(owner, shipment, [StockLine("VASE", 2)])
    assert await room.inventory.ship(owner, shipment, [StockLine("VASE", 2)]) == first
    assert await room.levels("VASE") == {"MAIN": (1, 0)}
    with pytest.raises(Conflict, match="shipment_of_another"):
        await room.inventory.ship(uuid4(), shipment, [StockLine("VASE", 2)])


async def test_no_more_is_shipped_than_is_held(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=9, CUP=9)
    owner = uuid4()
    assert await room.inventory.ship(owner, uuid4(), [StockLine("VASE", 1)]) == NotReserved(
        [StockLine("VASE", 0)]
    )
    await room.reserve(("VASE", 2), ("CUP", 1), owner_id=owner)
    short = await room.inventory.ship(owner, uuid4(), [StockLine("VASE", 3), StockLine("CUP", 1)])
    assert short == NotReserved([StockLine("VASE", 2)])
    assert await room.levels("CUP") == {"MAIN": (9, 1)}
    await room.inventory.ship(owner, uuid4(), [StockLine("VASE", 1)])
    await room.inventory.release(owner)
    assert await room.levels("VASE") == {"MAIN": (8, 0)}
    gone = await room.inventory.ship(owner, uuid4(), [StockLine("VASE", 1)])
    assert gone == NotReserved([StockLine("VASE", 0)])


async def test_a_shipped_reservation_still_answers_as_at_first_until_it_is_released(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=3)
    owner = uuid4()
    first = await room.reserve(("VASE", 2), owner_id=owner)
    await room.inventory.ship(owner, uuid4(), [StockLine("VASE", 2)])
    assert await room.reserve(("VASE", 2), owner_id=owner) == first
    await room.told()
    await room.inventory.release(owner)
    assert await room.told() == []  # nothing was left to give back
    assert await room.reserve(("VASE", 2), owner_id=owner) == ReservationClosed()


async def test_what_expires_is_given_back_by_the_job(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=20, CUP=1)
    lasting = uuid4()
    await room.reserve(("VASE", 1), owner_id=lasting)
    owners = [uuid4() for _ in range(7)]
    for owner in owners:
        await room.inventory.reserve(owner, [StockLine("VASE", 2)], 60)
    await room.inventory.reserve(uuid4(), [StockLine("CUP", 1)], 3600)
    await room.told()
    deps = room.shop.deps("inventory")
    assert await release_expired(deps) is None
    room.clock.ahead = timedelta(seconds=61)
    assert await release_expired(deps) == "7 released"
    assert await release_expired(deps) is None
    assert await room.available("VASE", "CUP") == [19, 0]
    told = await room.told()
    assert {(event["owner_id"], event["reason"]) for event in told} == {(str(o), "expired") for o in owners}
    assert await room.inventory.reserve(owners[0], [StockLine("VASE", 2)], 60) == ReservationClosed()
    room.clock.ahead = timedelta()


async def test_others_are_told_when_a_sku_sells_out_and_when_it_is_back(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.warehouse("SECOND")
    await room.stock("MAIN", VASE=2)
    await room.stock("SECOND", VASE=1)
    owner, other = uuid4(), uuid4()
    await room.reserve(("VASE", 2), owner_id=other)
    assert await room.told() == []
    await room.reserve(("VASE", 1), owner_id=owner)
    assert await room.told() == [{"type": "inventory.stock_changed", "sku": "VASE", "available": 0}]
    await room.inventory.release(other)
    assert {"type": "inventory.stock_changed", "sku": "VASE", "available": 2} in await room.told()
    await room.inventory.release(owner)
    assert [event["type"] for event in await room.told()] == ["inventory.reservation_released"]


async def test_a_reservation_of_nothing_or_too_much_is_refused(room: Stockroom) -> None:
    for lines in ([], [StockLine("VASE", 0)], [StockLine("VASE", 10**9), StockLine("VASE", 1)]):
        with pytest.raises(Invalid):
            await room.inventory.reserve(uuid4(), lines, None)


async def test_the_happy_path_is_one_statement(room: Stockroom) -> None:
    """More would be round trips that every checkout waits for."""
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=10)
    counters = room.shop.database("inventory").counters
    before = (counters.statements, counters.transactions)
    await room.reserve(("VASE", 1))
    assert (counters.statements, counters.transactions) == (before[0] + 1, before[1])
