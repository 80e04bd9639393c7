"""Adjustments of SKUs with lots, of pieces that are written off and by files: above the limit by a second person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.inventory.stockroom import Stockroom
from tests.inventory.test_adjustments import on_hand, strict
from tests.inventory.test_backorders import policy, receive
from tests.inventory.test_lots import day, lots
from tests.inventory.test_stock_files import send
from tests.shop import staff

__all__ = ["strict"]


async def ask(room: Stockroom, sku: str, quantity: int, **more: Any) -> Any:
    body = {"sku": sku, "warehouse": "MAIN", "quantity": quantity, "reason": "broken", **more}
    return await room.http.post("/v1/adjustment-requests", json=body)


async def approve(room: Stockroom, asked: Any) -> Any:
    assert (asked.status_code, asked.json()["state"]) == (201, "pending"), asked.text
    async with room.shop.client(staff("warehouse")) as other:
        return await other.post(f"/v1/adjustment-requests/{asked.json()['adjustment_id']}/approval", json={})


async def move(room: Stockroom, kind: str, quantity: int, **more: Any) -> Any:
    body = {"sku": "CUP", "warehouse": "MAIN", "kind": kind, "quantity": quantity, "reason": "mould", **more}
    return await room.http.post("/v1/stock/moves", json=body)


def refusal(answer: Any) -> tuple[int, str, str | None]:
    return answer.status_code, answer.json()["code"], answer.json().get("field")


@pytest.mark.usefixtures("strict")
async def test_an_adjustment_of_a_lot_waits_with_its_lot_and_is_applied_to_it(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    await receive(room, "MILK", 50, lot="A", expires_on=day(room, 30))
    await receive(room, "MILK", 50, lot="B", expires_on=day(room, 40))
    asked = await ask(room, "MILK", -30, lot="B")
    assert asked.json()["lot"] == "B"
    approved = await approve(room, asked)
    assert (approved.status_code, approved.json()["state"]) == (200, "applied"), approved.text
    assert await lots(room, "MILK") == [("A", 50, 0, 0), ("B", 20, 0, 0)]
    few = await approve(room, await ask(room, "MILK", -21, lot="B"))
    assert refusal(few) == (409, "not_available", None)
    assert "21 of MILK, lot B, cannot be taken out of MAIN: 20 are there" in few.json()["detail"]
    found = await approve(room, await ask(room, "MILK", 25, lot="C", expires_on=day(room, 5)))
    assert found.json()["expires_on"] == day(room, 5)
    assert await lots(room, "MILK") == [("C", 25, 0, 0), ("A", 50, 0, 0), ("B", 20, 0, 0)]


@pytest.mark.usefixtures("strict")
async def test_what_could_never_be_applied_is_refused_when_it_is_asked_for(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    await policy(room, "PHONE", tracking="serial")
    await receive(room, "MILK", 50, lot="A", expires_on=day(room, 30))
    await room.stock("MAIN", CUP=50)
    wrong: list[tuple[str, int, dict[str, Any], tuple[int, str, str]]] = [
        ("MILK", -30, {}, (422, "lot_required", "lot")),
        ("CUP", -30, {"lot": "A"}, (422, "lot_not_tracked", "lot")),
        ("PHONE", 30, {"lot": "SN1"}, (422, "serial_one_piece", "quantity")),
        ("CUP", 30, {"expires_on": day(room, 1)}, (422, "lot_not_tracked", "expires_on")),
        ("MILK", 30, {"lot": "A", "expires_on": day(room, 1)}, (409, "expiry_differs", "expires_on")),
        ("MILK", -30, {"lot": "A", "expires_on": day(room, 30)}, (422, "field_not_expected", "expires_on")),
        ("CUP", 30, {"from_state": "damaged"}, (422, "field_not_expected", "from_state")),
    ]
    for sku, quantity, more, told in wrong:
        assert refusal(await ask(room, sku, quantity, **more)) == told, (sku, more)
    assert (await room.http.get("/v1/adjustment-requests")).json()["items"] == []


@pytest.mark.usefixtures("strict")
async def test_nobody_writes_off_above_the_limit_alone_in_whatever_state_the_pieces_are(
    room: Stockroom,
) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", CUP=100)
    assert refusal(await move(room, "write_off", 21)) == (409, "approval_needed", "quantity")
    assert (await move(room, "write_off", 20)).status_code == 201
    assert (await move(room, "damage", 50)).status_code == 201, "they are in the books still"
    assert refusal(await move(room, "write_off", 50, from_state="damaged")) == (
        409,
        "approval_needed",
        "quantity",
    )
    approved = await approve(room, await ask(room, "CUP", -45, from_state="damaged"))
    assert approved.json()["state"] == "applied"
    level = (await room.http.get("/v1/stock", params={"sku": "CUP"})).json()["items"][0]
    assert (level["on_hand"], level["damaged"]) == (30, 5)
    newest = (await room.http.get("/v1/stock/movements", params={"sku": "CUP"})).json()["items"][0]
    assert (newest["kind"], newest["damaged_delta"]) == ("write_off", -45)
    few = await approve(room, await ask(room, "CUP", -21, from_state="damaged"))
    assert refusal(few) == (409, "not_there", "quantity")


async def test_a_counted_file_does_not_change_until_when_a_lot_is_sold(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    await receive(room, "MILK", 5, lot="A", expires_on=day(room, 30))
    await receive(room, "MILK", 5, lot="B")
    text = f"sku,warehouse,quantity,lot,expires_on\nMILK,MAIN,4,A,{day(room, 31)}\nMILK,MAIN,4,B,{day(room, 9)}\n"
    report = (await send(room, text)).json()
    assert [(one["line"], one["field"], one["code"]) for one in report["problems"]] == [
        (2, "expires_on", "expiry_differs")
    ]
    assert (await send(room, text.replace(day(room, 31), day(room, 30)))).json()["applied"]
    items = (await room.http.get("/v1/stock/lots", params={"sku": "MILK"})).json()["items"]
    assert [(one["lot"], one["expires_on"], one["on_hand"]) for one in items] == [
        ("B", day(room, 9), 4),
        ("A", day(room, 30), 4),
    ]
    kept = (await room.http.get("/v1/stock/lots/expiries")).json()["items"]
    assert [(one["lot"], one["was"], one["reason"]) for one in kept] == [("B", None, "from a file")]


@pytest.mark.usefixtures("strict")
async def test_a_counted_file_is_limited_but_a_shops_first_count_is_not(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.warehouse("FAR")
    first = "sku,warehouse,quantity\nCUP,MAIN,500\nJUG,MAIN,0\n"
    assert (await send(room, first, new_skus=True)).json()["applied"], "the shop's first stock-taking"
    text = "sku,warehouse,quantity\nCUP,MAIN,479\nJUG,MAIN,40\n"
    for dry_run in (True, False):
        report = (await send(room, text, reference="take 2", dry_run=dry_run, new_skus=True)).json()
        told = [(one["line"], one["field"], one["code"]) for one in report["problems"]]
        assert told == [(2, "quantity", "approval_needed")]
    assert await on_hand(room, "CUP") == 500
    allowed = "sku,warehouse,quantity\nCUP,MAIN,480\nCUP,FAR,300\n"
    assert (await send(room, allowed, reference="take 3")).json()["applied"], "FAR never had any"
    assert await room.available("CUP") == [780]
    gone = (await send(room, "sku,warehouse,quantity\nCUP,FAR,0\n", reference="take 4")).json()
    assert [one["code"] for one in gone["problems"]] == ["approval_needed"]
