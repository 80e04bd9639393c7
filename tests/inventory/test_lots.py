"""Lots and serial numbers: first expired first out, expired ones are not sold, each piece is in one place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.inventory.stockroom import Stockroom
from tests.inventory.test_backorders import held, policy, receive
from tradewind.contracts.inventory import (
    Allocation,
    NotReserved,
    NotShipped,
    OutOfStock,
    Reserved,
    ReturnedPiece,
    Shipped,
    StockLine,
    TakenBack,
)
from tradewind.services.inventory.jobs import expire_lots, keep_balances


def day(room: Stockroom, days: int) -> str:
    return str((room.clock.now() + timedelta(days=days)).date())


async def lots(room: Stockroom, sku: str) -> list[tuple[Any, ...]]:
    """Lot, on hand, reserved and in quality control."""
    items = (await room.http.get("/v1/stock/lots", params={"sku": sku})).json()["items"]
    return [(i["lot"], i["on_hand"], i["reserved"], i["quality_control"]) for i in items]


async def test_the_lot_that_expires_first_goes_first(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    await receive(room, "MILK", 5, lot="LATE", expires_on=day(room, 30))
    await receive(room, "MILK", 3, lot="EARLY", expires_on=day(room, 10))
    owner, shipment = uuid4(), uuid4()
    assert await room.reserve(("MILK", 4), owner_id=owner) == Reserved([Allocation("MILK", "MAIN", 4)])
    assert await lots(room, "MILK") == [("EARLY", 3, 3, 0), ("LATE", 5, 1, 0)]
    assert await room.inventory.ship(owner, shipment, [StockLine("MILK", 2)]) == Shipped(
        [Allocation("MILK", "MAIN", 2)]
    )
    assert await lots(room, "MILK") == [("EARLY", 1, 1, 0), ("LATE", 5, 1, 0)]
    ledger = (await room.http.get("/v1/stock/movements", params={"lot": "EARLY"})).json()["items"]
    assert [(m["kind"], m["on_hand_delta"]) for m in ledger] == [("ship", -2), ("reserve", 0), ("receive", 3)]
    back = [ReturnedPiece("MILK", 2, "MAIN", "quality_control")]
    assert await room.inventory.take_back(owner, uuid4(), back) == TakenBack(back)
    assert await lots(room, "MILK") == [("EARLY", 1, 1, 2), ("LATE", 5, 1, 0)]
    await room.inventory.release(owner)
    assert await room.available("MILK") == [6]


async def test_what_expires_is_not_sold_and_its_holders_get_other_pieces(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    await receive(room, "MILK", 3, lot="EARLY", expires_on=day(room, 2))
    await receive(room, "MILK", 2, lot="LATE", expires_on=day(room, 30))
    first, second = uuid4(), uuid4()
    await room.reserve(("MILK", 2), owner_id=first)
    await room.reserve(("MILK", 2), owner_id=second)
    room.clock.ahead = timedelta(days=2)
    assert await room.reserve(("MILK", 1)) == OutOfStock([StockLine("MILK", 0)])
    left = [(await held(room, owner)).get("MAIN", 0) for owner in (first, second)]
    assert sorted(left) in ([0, 2], [1, 1])
    waiting = (await room.http.get("/v1/stock/backorders", params={"waiting": True})).json()["items"]
    assert sum(row["waiting"] for row in waiting) == 2
    loser = next(row for row in waiting)["owner_id"]
    too_many = await room.inventory.ship(loser, uuid4(), [StockLine("MILK", 2)])
    assert isinstance(too_many, NotReserved)
    await receive(room, "MILK", 5, lot="NEW", expires_on=day(room, 30))
    assert await room.available("MILK") == [3]
    room.clock.ahead = timedelta(days=40)
    await expire_lots(room.shop.deps("inventory"))
    assert await room.available("MILK") == [0]
    room.clock.ahead = timedelta()


async def test_a_serial_number_is_in_one_place(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.warehouse("SHOP")
    await policy(room, "WATCH", tracking="serial")
    await receive(room, "WATCH", 1, lot="SN-1")
    await receive(room, "WATCH", 1, "SHOP", lot="SN-2")
    line = {"sku": "WATCH", "warehouse": "SHOP", "quantity": 1, "lot": "SN-1"}
    plain = {"sku": "ZZZ", "warehouse": "SHOP", "quantity": 1}
    for wrong, status, code, field in (
        (line, 409, "serial_exists", "lot"),
        ({**line, "quantity": 2, "lot": "SN-3"}, 422, "serial_one_piece", "quantity"),
        ({**line, "lot": None}, 422, "lot_required", "lot"),
        ({**line, "sku": "PLAIN"}, 422, "lot_not_tracked", "lot"),
    ):
        body = {"reference": str(uuid4()), "lines": [plain, wrong]}
        refused = await room.http.post("/v1/stock/receipts", json=body)
        said = (refused.status_code, refused.json()["code"], refused.json()["field"])
        assert said == (status, code, f"lines[1].{field}"), wrong
        if code == "serial_exists":
            assert refused.json()["details"] == {"sku": "WATCH", "lot": "SN-1", "warehouse": "MAIN"}
    move = {"sku": "WATCH", "warehouse": "SHOP", "quantity": 1, "kind": "damage", "reason": "fell"}
    refused = await room.http.post("/v1/stock/moves", json=move)
    assert (refused.json()["code"], refused.json()["field"]) == ("lot_required", "lot")
    owner = uuid4()
    await room.reserve(("WATCH", 2), owner_id=owner)
    await room.inventory.ship(owner, uuid4(), [StockLine("WATCH", 2)])
    other = [ReturnedPiece("WATCH", 1, "MAIN", "restock", "SN-9")]
    assert await room.inventory.take_back(owner, uuid4(), other) == NotShipped([StockLine("WATCH", 0)])
    back = [ReturnedPiece("WATCH", 1, "MAIN", "restock", "SN-2")]
    assert await room.inventory.take_back(owner, uuid4(), back) == TakenBack(back)
    assert await lots(room, "WATCH") == [("SN-2", 1, 0, 0)]


async def test_tracking_begins_with_nothing_there(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", MILK=1)
    refused = await room.http.put("/v1/stock/policies", json={"sku": "MILK", "tracking": "lot"})
    assert (refused.status_code, refused.json()["code"]) == (409, "stock_is_there")


async def test_pieces_change_their_state_and_the_ledger_tells_why(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=10)
    await room.reserve(("VASE", 6))
    move = {"sku": "VASE", "warehouse": "MAIN", "quantity": 3, "reason": "fell"}

    async def moved(kind: str, **more: Any) -> tuple[int, Any]:
        answer = await room.http.post("/v1/stock/moves", json={**move, "kind": kind, **more})
        body = answer.json()
        if answer.status_code != 201:
            return answer.status_code, body["code"]
        return 201, [body[n] for n in ("on_hand", "damaged", "quality_control", "available")]

    assert await moved("damage") == (201, [7, 3, 0, 1])
    assert await moved("quality_hold") == (409, "below_reserved")
    assert await moved("quality_hold", from_state="damaged", quantity=2) == (201, [7, 1, 2, 1])
    assert await moved("quality_release", quantity=1) == (201, [8, 1, 1, 2])
    assert await moved("repair") == (409, "not_there")
    assert await moved("repair", from_state="on_hand") == (422, "from_state_invalid")
    assert await moved("write_off", from_state="damaged", quantity=1) == (201, [8, 0, 1, 2])


async def test_stock_is_known_as_it_was_at_any_moment(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    seen = []
    for hours, quantity in ((0, 5), (1, 9), (3, 2), (4, 7)):
        room.clock.ahead = timedelta(hours=hours)
        await room.stock("MAIN", VASE=quantity)
        seen.append((room.clock.now(), quantity))
    for kept in (False, True):
        if kept:
            room.clock.ahead = timedelta(hours=6)
            assert await keep_balances(room.shop.deps("inventory")) is not None
        for at, quantity in seen:
            answer = await room.http.get("/v1/stock/VASE", params={"as_of": at.isoformat()})
            assert answer.json()["on_hand"] == quantity, (kept, at)
    before = {"as_of": (seen[0][0] - timedelta(days=1)).isoformat()}
    assert (await room.http.get("/v1/stock/VASE", params=before)).status_code == 404
    future = {"as_of": (room.clock.now() + timedelta(days=1)).isoformat()}
    assert (await room.http.get("/v1/stock/VASE", params=future)).json()["code"] == "as_of_in_the_future"
    room.clock.ahead = timedelta()


async def adjust(room: Stockroom, quantity: int, **more: Any) -> Any:
    body = {"sku": "MILK", "warehouse": "MAIN", "quantity": quantity, "reason": "found", **more}
    return await room.http.post("/v1/stock/adjustments", json=body)


async def set_expiry(room: Stockroom, lot: str, expires_on: str | None, reason: str = "misread") -> Any:
    body = {"sku": "MILK", "warehouse": "MAIN", "lot": lot, "expires_on": expires_on, "reason": reason}
    return await room.http.put("/v1/stock/lots/expiry", json=body)


async def expiries(room: Stockroom) -> dict[str, str | None]:
    items = (await room.http.get("/v1/stock/lots", params={"sku": "MILK"})).json()["items"]
    return {item["lot"]: item["expires_on"] for item in items}


async def test_a_lot_that_is_found_gets_its_expiry_with_the_adjustment(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    await receive(room, "MILK", 5, lot="UNDATED")
    assert (await adjust(room, 2, lot="NEW", expires_on=day(room, 9))).status_code == 201
    assert (await adjust(room, 2, lot="NEW", expires_on=day(room, 9))).status_code == 201, (
        "the same day again"
    )
    assert (await adjust(room, 1, lot="UNDATED", expires_on=day(room, 4))).status_code == 201
    assert await expiries(room) == {"UNDATED": day(room, 4), "NEW": day(room, 9)}
    other = await adjust(room, 1, lot="NEW", expires_on=day(room, 8))
    assert (other.status_code, other.json()["code"], other.json()["field"]) == (
        409,
        "expiry_differs",
        "expires_on",
    )
    fewer = await adjust(room, -1, lot="NEW", expires_on=day(room, 9))
    assert (fewer.status_code, fewer.json()["code"]) == (422, "field_not_expected")
    unnamed = await adjust(room, 1, expires_on=day(room, 9))
    assert (unnamed.status_code, unnamed.json()["code"], unnamed.json()["field"]) == (
        422,
        "lot_required",
        "lot",
    )
    plain = await adjust(room, 1, sku="CUP", expires_on=day(room, 9))
    assert (plain.status_code, plain.json()["code"], plain.json()["field"]) == (
        422,
        "lot_not_tracked",
        "expires_on",
    )
    assert await lots(room, "MILK") == [("UNDATED", 6, 0, 0), ("NEW", 4, 0, 0)]


async def test_a_lots_expiry_is_put_right_and_it_is_kept_who_did_and_why(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    await receive(room, "MILK", 5, lot="A", expires_on=day(room, 10))
    await receive(room, "MILK", 3, lot="B", expires_on=day(room, 20))
    put = await set_expiry(room, "A", day(room, 30))
    assert (put.status_code, put.json()["expires_on"], put.json()["on_hand"]) == (200, day(room, 30), 5)
    await room.reserve(("MILK", 2))
    assert await lots(room, "MILK") == [("B", 3, 2, 0), ("A", 5, 0, 0)], "what expires first goes first"
    await room.told()
    assert (await set_expiry(room, "B", day(room, 0), "read off the carton")).status_code == 200
    assert await lots(room, "MILK") == [("B", 0, 0, 3), ("A", 5, 2, 0)], "at once, as on its day"
    assert [event["available"] for event in await room.told()][-1] == 3
    assert (await set_expiry(room, "A", None)).json()["expires_on"] is None
    assert (await set_expiry(room, "A", None)).status_code == 200, "which changes nothing"
    kept = (await room.http.get("/v1/stock/lots/expiries", params={"sku": "MILK", "limit": 2})).json()
    assert [(one["lot"], one["was"], one["expires_on"], one["reason"]) for one in kept["items"]] == [
        ("A", day(room, 30), None, "misread"),
        ("B", day(room, 20), day(room, 0), "read off the carton"),
    ]
    more = {"sku": "MILK", "cursor": kept["next"]}
    rest = (await room.http.get("/v1/stock/lots/expiries", params=more)).json()["items"]
    assert [(one["lot"], one["was"]) for one in rest] == [("A", day(room, 10))]
    assert rest[0]["actor"].startswith("account:")
    unknown = await set_expiry(room, "Z", None)
    assert (unknown.status_code, unknown.json()["code"], unknown.json()["field"]) == (
        422,
        "lot_unknown",
        "lot",
    )


async def deliver(room: Stockroom, *lines: dict[str, Any]) -> Any:
    sent = [{"sku": "MILK", "warehouse": "MAIN", "quantity": 1, **line} for line in lines]
    return await room.http.post("/v1/stock/receipts", json={"reference": str(uuid4()), "lines": sent})


async def test_a_delivery_dates_a_lot_that_has_no_day_and_never_changes_another(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    await receive(room, "MILK", 5, lot="A", expires_on=day(room, 10))
    await receive(room, "MILK", 5, lot="UNDATED")
    assert (await deliver(room, {"lot": "A", "expires_on": day(room, 10)})).status_code == 201, "the same"
    assert (await deliver(room, {"lot": "A"})).status_code == 201, "none is said"
    fresh, other = {"lot": "NEW", "expires_on": day(room, 3)}, {"lot": "A", "expires_on": day(room, 11)}
    refused = await deliver(room, fresh, other)
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (
        409,
        "expiry_differs",
        "lines[1].expires_on",
    )
    assert refused.json()["details"] == {"expires_on": day(room, 10)}
    assert "PUT /v1/stock/lots/expiry" in refused.json()["detail"]
    assert await expiries(room) == {"A": day(room, 10), "UNDATED": None}, "all of a delivery, or none"
    dated = await deliver(room, {"lot": "UNDATED", "expires_on": day(room, 20)})
    assert dated.status_code == 201
    (kept,) = (await room.http.get("/v1/stock/lots/expiries")).json()["items"]
    assert (kept["lot"], kept["was"], kept["expires_on"]) == ("UNDATED", None, day(room, 20))
    assert kept["reason"] == f"delivery {dated.json()['reference']}"
    assert kept["actor"].startswith("account:")


async def test_a_file_of_a_delivery_never_changes_until_when_a_lot_is_sold(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    await receive(room, "MILK", 5, lot="A", expires_on=day(room, 10))
    text = f"sku,warehouse,quantity,lot,expires_on\nMILK,MAIN,4,A,{day(room, 11)}\n"
    query = {"reference": "DN", "mode": "receive"}
    headers = {"content-type": "text/csv"}
    sent = await room.http.post("/v1/stock-imports", params=query, content=text, headers=headers)
    assert [(one["line"], one["field"], one["code"]) for one in sent.json()["problems"]] == [
        (2, "expires_on", "expiry_differs")
    ]
    assert await lots(room, "MILK") == [("A", 5, 0, 0)]


async def test_who_changed_a_lots_expiry_cannot_be_rewritten(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    await receive(room, "MILK", 5, lot="A", expires_on=day(room, 10))
    await set_expiry(room, "A", day(room, 30))
    for change in (
        "UPDATE lot_expiries SET actor = 'nobody'",
        "DELETE FROM lot_expiries",
        "TRUNCATE lot_expiries",
    ):
        with pytest.raises(asyncpg.RaiseError, match="lot_expiries is append-only"):
            await room.shop.database("inventory").execute(change)
