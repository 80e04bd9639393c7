"""What is on hand: counted, adjusted, received; and the ledger that explains it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.inventory.stockroom import Stockroom
from tradewind.contracts.inventory import Counted, CountRefused, Reserved, StockCount
from tradewind.kernel.errors import Invalid


def changed(sku: str, available: int) -> dict[str, Any]:
    return {"type": "inventory.stock_changed", "sku": sku, "available": available}


async def adjust(room: Stockroom, quantity: int, **more: Any) -> Any:
    body = {"sku": "VASE", "warehouse": "MAIN", "quantity": quantity, "reason": "found", **more}
    return await room.http.post("/v1/stock/adjustments", json=body)


async def test_a_count_sets_what_is_on_hand_and_is_told(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    counts = [StockCount("VASE", "MAIN", 7), StockCount("CUP", "MAIN", 0)]
    assert await room.inventory.count("May", counts) == Counted(1)
    assert await room.told() == [changed("VASE", 7)]
    assert await room.levels("CUP") == {"MAIN": (0, 0)}
    assert await room.inventory.count("June", [StockCount("VASE", "MAIN", 5)]) == Counted(1)
    assert await room.available("VASE") == [5]
    assert await room.inventory.count("none", []) == Counted(0)


async def test_a_late_repeat_of_a_count_does_not_undo_what_was_sold_since(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    counts = [StockCount("VASE", "MAIN", 7), StockCount("CUP", "MAIN", 3)]
    assert await room.inventory.count("May", counts) == Counted(2)
    assert (await adjust(room, -2, reason="broken")).status_code == 201
    assert await room.inventory.count("May", counts[::-1]) == Counted(2)
    assert await room.available("VASE") == [5]
    assert await room.inventory.count("May", [StockCount("BOWL", "MAIN", 1)]) == Counted(1)  # its next batch


async def test_a_count_is_refused_as_a_whole(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=5, CUP=5)
    await room.reserve(("VASE", 4))
    unknown = [
        StockCount("CUP", "MAIN", 1),
        StockCount("CUP", "NOWHERE", 1),
        StockCount("CUP", "ELSEWHERE", 1),
    ]
    assert await room.inventory.count("May", unknown) == CountRefused(["ELSEWHERE", "NOWHERE"], [])
    below = [StockCount("NEW", "MAIN", 1), StockCount("CUP", "MAIN", 1), StockCount("VASE", "MAIN", 3)]
    assert await room.inventory.count("May", below) == CountRefused([], [StockCount("VASE", "MAIN", 3)])
    assert await room.levels("CUP") == {"MAIN": (5, 0)}
    assert await room.levels("NEW") == {}
    assert await room.told() == []


IMPOSSIBLE_COUNTS = [
    [StockCount("VASE", "MAIN", -1)],
    [StockCount("VASE", "MAIN", 10**9 + 1)],
    [StockCount("", "MAIN", 1)],
    [StockCount("V" * 65, "MAIN", 1)],
    [StockCount("VASE", "MAIN", 1), StockCount("VASE", "MAIN", 2)],
]


async def test_a_count_that_cannot_be_is_invalid(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    for counts in IMPOSSIBLE_COUNTS:
        with pytest.raises(Invalid):
            await room.inventory.count("May", counts)


async def test_thousands_are_counted_in_one_call(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.warehouse("SECOND")
    skus = [f"SKU-{i:05}" for i in range(2500)]
    first = [StockCount(sku, code, i) for i, sku in enumerate(skus) for code in ("SECOND", "MAIN")]
    assert await room.inventory.count("first", first) == Counted(4998)  # the first SKU has none
    again = [StockCount(c.sku, c.warehouse, c.on_hand + c.on_hand % 2) for c in first]
    assert await room.inventory.count("second", again) == Counted(2500)
    assert len(await room.told()) == 2499 + 1250
    assert await room.available("SKU-02499") == [5000]


async def test_an_adjustment_changes_what_is_on_hand_and_is_told(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    answer = await adjust(room, 4, reference="shelf 7")
    assert answer.status_code == 201
    level = answer.json()
    assert (level["on_hand"], level["reserved"], level["available"]) == (4, 0, 4)
    assert (await adjust(room, -1)).json()["on_hand"] == 3
    assert await room.told() == [changed("VASE", 4), changed("VASE", 3)]


async def test_an_adjustment_with_a_key_happens_once(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    room.http.headers["idempotency-key"] = str(uuid4())
    first, again = await adjust(room, 4), await adjust(room, 4)
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert await room.available("VASE") == [4]


async def test_reserved_stock_cannot_be_adjusted_away(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=5)
    await room.reserve(("VASE", 3))
    answer = await adjust(room, -3)
    assert answer.status_code == 409
    assert answer.json()["code"] == "below_reserved"
    assert answer.json()["details"] == {"on_hand": 5, "reserved": 3}
    assert (await adjust(room, -2)).status_code == 201
    assert await room.levels("VASE") == {"MAIN": (3, 3)}


BAD_ADJUSTMENTS: list[tuple[dict[str, Any], int, str, str]] = [
    ({"warehouse": "NOWHERE"}, 422, "warehouse_unknown", "warehouse"),
    ({"quantity": 0}, 422, "quantity_zero", "quantity"),
    ({"quantity": 1_000_001}, 422, "invalid_field", "quantity"),
    ({"reason": ""}, 422, "invalid_field", "reason"),
    ({"reason": "x" * 201}, 422, "invalid_field", "reason"),
    ({"sku": "x" * 65}, 422, "invalid_field", "sku"),
    ({"sku": " x"}, 422, "invalid_field", "sku"),
    ({"quantity": -1}, 409, "below_reserved", "quantity"),
]


async def test_what_is_wrong_with_an_adjustment_is_named(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    for change, status, code, field in BAD_ADJUSTMENTS:
        answer = await adjust(room, **{"quantity": 1, **change})
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (status, code, field), (
            change
        )
    assert await room.levels("VASE") == {}


async def test_more_than_can_be_counted_is_refused(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=10**9)
    assert (await adjust(room, 1)).json()["code"] == "on_hand_too_large"
    lines = [{"sku": "VASE", "warehouse": "MAIN", "quantity": 1_000_000}] * 1000
    answer = await room.http.post("/v1/stock/receipts", json={"reference": "DN 1", "lines": lines})
    assert (answer.status_code, answer.json()["code"]) == (409, "on_hand_too_large")


async def test_a_delivery_is_received_once_by_its_reference(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    line = {"sku": "VASE", "warehouse": "MAIN", "quantity": 4}
    delivery = {"reference": "DN 17/4", "lines": [line, {**line, "sku": "CUP"}, line]}
    first = await room.http.post("/v1/stock/receipts", json=delivery)
    assert first.status_code == 201
    assert first.json()["lines"] == [{**line, "sku": "CUP"}, {**line, "quantity": 8}]
    assert await room.told() == [changed("CUP", 4), changed("VASE", 8)]
    again = await room.http.post("/v1/stock/receipts", json=delivery)
    assert (again.status_code, again.json()) == (201, first.json())
    assert await room.available("VASE", "CUP") == [8, 4]
    other = await room.http.post("/v1/stock/receipts", json={"reference": "DN 17/4", "lines": [line]})
    assert (other.status_code, other.json()["code"]) == (409, "receipt_exists")


async def test_a_delivery_to_an_unknown_warehouse_is_refused_as_a_whole(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    line = {"sku": "VASE", "warehouse": "MAIN", "quantity": 4}
    delivery = {"reference": "DN 1", "lines": [line, {**line, "warehouse": "NOWHERE"}]}
    answer = await room.http.post("/v1/stock/receipts", json=delivery)
    assert (answer.status_code, answer.json()["field"]) == (422, "lines[1].warehouse")
    assert await room.available("VASE") == [0]


async def test_the_ledger_tells_who_did_what_and_why(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.inventory.count("May", [StockCount("VASE", "MAIN", 5)])
    await adjust(room, -1, reason="broken", reference="shelf 7")
    owner = uuid4()
    assert isinstance(await room.reserve(("VASE", 2), owner_id=owner), Reserved)
    await room.inventory.release(owner)
    ledger = (await room.http.get("/v1/stock/movements", params={"sku": "VASE"})).json()["items"]
    told = [(m["kind"], m["on_hand_delta"], m["reserved_delta"], m["reason"], m["reference"]) for m in ledger]
    assert told == [
        ("release", 0, -2, "released", str(owner)),
        ("reserve", 0, 2, "", str(owner)),
        ("adjust", -1, 0, "broken", "shelf 7"),
        ("count", 5, 0, "counted", "May"),
    ]
    assert [m["actor"].partition(":")[0] for m in ledger] == ["service", "service", "account", "service"]


async def test_the_ledger_cannot_be_rewritten(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=5)
    for change in (
        "UPDATE stock_movements SET reason = ''",
        "DELETE FROM stock_movements",
        "TRUNCATE stock_movements",
    ):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await room.shop.database("inventory").execute(change)
