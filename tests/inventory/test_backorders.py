"""Sold beyond what is there: promised, served in order of age, never oversold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.inventory.stockroom import Stockroom
from tradewind.contracts.inventory import (
    Allocation,
    Amended,
    Available,
    Backordered,
    Beyond,
    NotReserved,
    NotShipped,
    OutOfStock,
    ReservationClosed,
    Reserved,
    ReturnedPiece,
    Shipped,
    StockLine,
    TakenBack,
)


async def policy(room: Stockroom, sku: str, **wanted: Any) -> dict[str, Any]:
    answer = await room.http.put("/v1/stock/policies", json={"sku": sku, **wanted})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def receive(room: Stockroom, sku: str, quantity: int, warehouse: str = "MAIN", **lot: Any) -> None:
    line = {"sku": sku, "warehouse": warehouse, "quantity": quantity, **lot}
    answer = await room.http.post("/v1/stock/receipts", json={"reference": str(uuid4()), "lines": [line]})
    assert answer.status_code == 201, answer.text


async def held(room: Stockroom, owner_id: UUID) -> dict[str, int]:
    lines = (await room.http.get(f"/v1/reservations/{owner_id}")).json()["lines"]
    return {line["warehouse"]: line["quantity"] - line["shipped"] - line["released"] for line in lines}


async def test_what_is_not_there_is_promised_within_the_limit_and_comes_in_order_of_age(
    room: Stockroom,
) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=2)
    soon = room.clock.now().replace(microsecond=0) + timedelta(days=9)
    await policy(room, "VASE", sell_beyond="backorder", limit=5, expected_at=soon.isoformat())
    assert await room.inventory.availability(["VASE"]) == [Available("VASE", 2, Beyond("backorder", 5, soon))]
    first, second = uuid4(), uuid4()
    assert await room.reserve(("VASE", 3), owner_id=first) == Reserved(
        [Allocation("VASE", "MAIN", 2)], [Backordered("VASE", 1, soon)]
    )
    repeated = await room.reserve(("VASE", 3), owner_id=first)
    assert repeated == Reserved([Allocation("VASE", "MAIN", 2)], [Backordered("VASE", 1, soon)])
    assert await room.reserve(("VASE", 4), owner_id=second) == Reserved([], [Backordered("VASE", 4, soon)])
    assert await room.reserve(("VASE", 1)) == OutOfStock([StockLine("VASE", 0)])
    too_early = await room.inventory.ship(second, uuid4(), [StockLine("VASE", 1)])
    assert too_early == NotReserved([StockLine("VASE", 0)])
    await room.told()
    await receive(room, "VASE", 3)
    assert await held(room, first) == {"MAIN": 3}
    assert await held(room, second) == {"MAIN": 2}
    told = [(e["owner_id"], e["quantity"]) for e in await room.told() if "backorder" in e["type"]]
    assert told == [(str(first), 1), (str(second), 2)]
    await receive(room, "VASE", 5)
    assert await room.available("VASE") == [3]
    shipped = await room.inventory.ship(second, uuid4(), [StockLine("VASE", 4)])
    assert shipped == Shipped([Allocation("VASE", "MAIN", 4)])
    rows = (await room.http.get("/v1/stock/backorders", params={"sku": "VASE"})).json()["items"]
    assert [(row["quantity"], row["allocated"], row["waiting"]) for row in rows] == [(1, 1, 0), (4, 4, 0)]


async def test_whatever_frees_stock_serves_who_waits(room: Stockroom) -> None:
    """A release, a count, an adjustment, a repair, less safety stock, an opened warehouse."""
    await room.warehouse("MAIN")
    await room.warehouse("SHUT", 200, active=False)
    await policy(room, "VASE", sell_beyond="backorder", limit=100)
    await room.stock("MAIN", VASE=6)
    await room.stock("SHUT", VASE=1)
    spare = {"sku": "VASE", "warehouse": "MAIN", "quantity": 1}
    assert (await room.http.put("/v1/stock/safety", json=spare)).status_code == 200
    broken = {**spare, "kind": "damage", "reason": "fell"}
    assert (await room.http.post("/v1/stock/moves", json=broken)).status_code == 201
    leaving, waiting = uuid4(), uuid4()
    assert await room.reserve(("VASE", 4), owner_id=leaving) == Reserved([Allocation("VASE", "MAIN", 4)])
    await room.reserve(("VASE", 20), owner_id=waiting)

    async def now_held() -> int:
        return sum((await held(room, waiting)).values())

    await room.inventory.release(leaving)
    assert await now_held() == 4
    await room.http.post("/v1/stock/adjustments", json={**spare, "reason": "found"})
    assert await now_held() == 5
    await room.http.post("/v1/stock/moves", json={**broken, "kind": "repair"})
    assert await now_held() == 6
    await room.http.put("/v1/stock/safety", json={**spare, "quantity": 0})
    assert await now_held() == 7
    await room.stock("MAIN", VASE=9)
    assert await now_held() == 9
    await room.http.patch("/v1/warehouses/SHUT", json={"active": True})
    assert await held(room, waiting) == {"MAIN": 9, "SHUT": 1}
    assert await room.available("VASE") == [0]


async def test_a_pre_order_ends_with_the_release(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    out = room.clock.now().replace(microsecond=0) + timedelta(days=1)
    late = {"sku": "GAME", "sell_beyond": "preorder", "limit": 3, "released_at": "2020-01-01T00:00:00Z"}
    refused = await room.http.put("/v1/stock/policies", json=late)
    assert (refused.status_code, refused.json()["code"]) == (422, "released_at_passed")
    assert refused.json()["field"] == "released_at"
    await policy(room, "GAME", sell_beyond="preorder", limit=3, released_at=out.isoformat())
    assert await room.reserve(("GAME", 2)) == Reserved([], [Backordered("GAME", 2, out)])
    assert await room.inventory.availability(["GAME"]) == [Available("GAME", 0, Beyond("preorder", 1, out))]
    room.clock.ahead = timedelta(days=2)
    assert await room.inventory.availability(["GAME"]) == [Available("GAME", 0)]
    assert await room.reserve(("GAME", 1)) == OutOfStock([StockLine("GAME", 0)])
    room.clock.ahead = timedelta()


async def test_who_is_released_waits_no_longer(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await policy(room, "VASE", sell_beyond="backorder", limit=5)
    gone, next_one = uuid4(), uuid4()
    await room.reserve(("VASE", 2), owner_id=gone)
    await room.reserve(("VASE", 2), owner_id=next_one)
    await room.inventory.release(gone)
    await receive(room, "VASE", 3)
    assert await held(room, next_one) == {"MAIN": 2}
    assert await room.reserve(("VASE", 1), owner_id=gone) == ReservationClosed()
    assert await room.available("VASE") == [1]


async def test_who_collects_waits_for_that_warehouse(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    body = {"code": "STORE", "name": "Store", "country": "DE", "pickup": True}
    assert (await room.http.post("/v1/warehouses", json=body)).status_code == 201
    await policy(room, "VASE", sell_beyond="backorder", limit=5)
    owner = uuid4()
    await room.inventory.reserve(owner, [StockLine("VASE", 1)], None, None, "STORE")
    await receive(room, "VASE", 5)
    assert await held(room, owner) == {}
    await receive(room, "VASE", 5, "STORE")
    assert await held(room, owner) == {"STORE": 1}


async def test_an_amendment_changes_what_is_held_all_or_nothing(room: Stockroom) -> None:
    await room.warehouse("A-WH", 1)
    await room.warehouse("B-WH", 2)
    await room.stock("A-WH", VASE=3, CUP=2)
    await room.stock("B-WH", VASE=3)
    owner, change = uuid4(), uuid4()
    await room.reserve(("VASE", 5), owner_id=owner)
    amend = room.inventory.amend
    more, less = [StockLine("CUP", 2)], [StockLine("VASE", 3)]
    changed = Amended([Allocation("CUP", "A-WH", 2), Allocation("VASE", "A-WH", 2)])
    assert await amend(owner, change, more, less) == changed
    assert await amend(owner, change, more, less) == changed
    assert await amend(owner, uuid4(), [StockLine("CUP", 1)], [StockLine("VASE", 1)]) == OutOfStock(
        [StockLine("CUP", 0)]
    )
    assert await amend(owner, uuid4(), [], [StockLine("VASE", 3)]) == NotReserved([StockLine("VASE", 2)])
    assert await room.available("VASE", "CUP") == [4, 0]
    assert await amend(owner, uuid4(), [], [StockLine("VASE", 2), StockLine("CUP", 2)]) == Amended([])
    assert await amend(owner, uuid4(), [StockLine("CUP", 1)], []) == Amended([Allocation("CUP", "A-WH", 1)])
    stranger = uuid4()
    assert isinstance(await amend(stranger, uuid4(), [StockLine("CUP", 1)], []), Amended)
    await room.inventory.release(owner)
    assert await amend(owner, uuid4(), [StockLine("CUP", 1)], []) == ReservationClosed()


async def test_returns_bring_back_what_was_shipped_and_no_more(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.warehouse("SHOP")
    await room.stock("MAIN", VASE=5)
    owner, back = uuid4(), uuid4()
    await room.reserve(("VASE", 5), owner_id=owner)
    await room.inventory.ship(owner, uuid4(), [StockLine("VASE", 4)])
    lines = [
        ReturnedPiece("VASE", 1, "SHOP", "restock"),
        ReturnedPiece("VASE", 1, "MAIN", "damaged"),
        ReturnedPiece("VASE", 1, "MAIN", "written_off"),
    ]
    assert await room.inventory.take_back(owner, back, lines) == TakenBack(lines)
    assert await room.inventory.take_back(owner, back, lines) == TakenBack(lines)
    again = [ReturnedPiece("VASE", 2, "MAIN", "restock")]
    assert await room.inventory.take_back(owner, uuid4(), again) == NotShipped([StockLine("VASE", 1)])
    stock = (await room.http.get("/v1/stock/VASE")).json()
    assert (stock["on_hand"], stock["damaged"], stock["available"]) == (2, 1, 1)


async def prolonged(room: Stockroom, owner: UUID, seconds: int) -> Any:
    return await room.http.post(f"/v1/reservations/{owner}/prolong", json={"expires_in_seconds": seconds})


async def test_a_hold_is_prolonged_while_it_lasts(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=5)
    owner = uuid4()
    hold = {"owner_id": str(owner), "lines": [{"sku": "VASE", "quantity": 1}], "expires_in_seconds": 60}
    assert (await room.http.post("/v1/reservations", json=hold)).status_code == 201
    longer = (await prolonged(room, owner, 600)).json()["expires_at"]
    assert longer > (room.clock.now() + timedelta(seconds=500)).isoformat()
    assert (await prolonged(room, owner, 5)).json()["expires_at"] == longer, "never shorter than before"
    await room.inventory.release(owner)
    ended = await prolonged(room, owner, 600)
    assert (ended.status_code, ended.json()["code"]) == (409, "reservation_closed")
    assert (await prolonged(room, uuid4(), 600)).json()["code"] == "reservation_not_found"


async def test_what_an_order_holds_is_not_prolonged_by_itself(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=5)
    order = uuid4()
    await room.reserve(("VASE", 1), owner_id=order)
    refused = await prolonged(room, order, 600)
    assert (refused.status_code, refused.json()["code"]) == (409, "reservation_of_order")
    assert "as long as that lasts" in refused.json()["detail"]
    await room.inventory.ship(order, uuid4(), [StockLine("VASE", 1)])
    assert (await prolonged(room, order, 600)).json()["code"] == "reservation_closed"


async def test_a_bundle_draws_on_its_parts(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", POT=3, CUP=9)
    parts = [{"sku": "POT", "quantity": 1}, {"sku": "CUP", "quantity": 4}]
    set_ = {"sku": "TEA-SET", "parts": parts}
    assert (await room.http.put("/v1/stock/bundles", json=set_)).status_code == 200
    assert await room.available("TEA-SET", "CUP") == [2, 9]
    owner = uuid4()
    assert await room.reserve(("TEA-SET", 1), ("CUP", 2), owner_id=owner) == Reserved(
        [Allocation("CUP", "MAIN", 6), Allocation("POT", "MAIN", 1)]
    )
    assert await room.available("TEA-SET", "CUP") == [0, 3]
    assert await room.reserve(("TEA-SET", 1)) == OutOfStock([StockLine("TEA-SET", 0)])
    await room.http.put("/v1/stock/bundles", json={"sku": "TEA-SET", "parts": parts[:1]})
    assert await room.inventory.ship(owner, uuid4(), [StockLine("CUP", 3)]) == NotReserved(
        [StockLine("CUP", 2)]
    )
    shipment = uuid4()
    gone = Shipped([Allocation("CUP", "MAIN", 4), Allocation("POT", "MAIN", 1)])
    assert await room.inventory.ship(owner, shipment, [StockLine("TEA-SET", 1)]) == gone
    back = [ReturnedPiece("TEA-SET", 1, "MAIN", "restock")]
    assert await room.inventory.take_back(owner, uuid4(), back) == TakenBack(back)
    assert await room.inventory.take_back(owner, uuid4(), back) == NotShipped([StockLine("TEA-SET", 0)])
    assert await room.levels("CUP") == {"MAIN": (9, 2)}


async def test_a_hold_tells_what_is_still_to_come_and_is_known_again_by_what_it_was_asked(
    room: Stockroom,
) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", POT=3, CUP=9)
    await policy(room, "VASE", sell_beyond="backorder", limit=5)
    parts = [{"sku": "POT", "quantity": 1}, {"sku": "CUP", "quantity": 4}]
    assert (
        await room.http.put("/v1/stock/bundles", json={"sku": "TEA-SET", "parts": parts})
    ).status_code == 200
    lines = [{"sku": "TEA-SET", "quantity": 1}, {"sku": "VASE", "quantity": 2}, {"sku": "CUP", "quantity": 1}]
    hold = {"owner_id": str(uuid4()), "lines": lines, "expires_in_seconds": 60}
    first = (await room.http.post("/v1/reservations", json=hold)).json()
    assert [(line["sku"], line["quantity"]) for line in first["lines"]] == [("CUP", 5), ("POT", 1)]
    assert first["backordered"] == [{"sku": "VASE", "quantity": 2, "promised_at": None}]
    again = await room.http.post("/v1/reservations", json=hold)
    assert (again.status_code, again.json()) == (201, first)
    await receive(room, "VASE", 1)
    served = (await room.http.post("/v1/reservations", json=hold)).json()
    assert ([line["sku"] for line in served["lines"]], served["backordered"][0]["quantity"]) == (
        ["CUP", "POT", "VASE"],
        1,
    )
    other = {**hold, "lines": lines[:2]}
    assert (await room.http.post("/v1/reservations", json=other)).json()["code"] == "reservation_exists"
