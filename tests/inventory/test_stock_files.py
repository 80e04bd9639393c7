"""Stock as files: read line by line, all or nothing, once a reference, tried before."""

from __future__ import annotations

import csv
import io
from typing import Any

from tests.inventory.stockroom import Stockroom


async def send(room: Stockroom, text: str, **query: Any) -> Any:
    params = {"reference": "take 1", "mode": "count", **query}
    headers = {"content-type": "text/csv"}
    return await room.http.post("/v1/stock-imports", content=text.encode(), params=params, headers=headers)


async def two(room: Stockroom) -> None:
    await room.warehouse("MAIN", 1)
    await room.warehouse("FAR", 2)
    await room.stock("MAIN", VASE=10, CUP=4)


async def test_a_stock_take_from_a_file_sets_what_is_on_hand_once(room: Stockroom) -> None:
    await two(room)
    await room.stock("MAIN", JUG=0)
    text = "sku,warehouse,quantity\nVASE,MAIN,8\nCUP,MAIN,4\nJUG,FAR,3\n\n"
    tried = (await send(room, text, dry_run=True)).json()
    assert (tried["applied"], tried["changed"], tried["lines"], tried["dry_run"]) == (False, 2, 3, True)
    assert await room.levels("VASE") == {"MAIN": (10, 0)}, "nothing was changed"
    taken = (await send(room, text)).json()
    assert (taken["applied"], taken["changed"], taken["problems"]) == (True, 2, [])
    assert [await room.available(sku) for sku in ("VASE", "CUP", "JUG")] == [[8], [4], [3]]
    await room.reserve(("VASE", 2))
    again = await send(room, text)
    assert (again.status_code, again.json()) == (200, {**taken, "taken_before": True})
    assert await room.levels("VASE") == {"MAIN": (8, 2)}
    other = await send(room, "sku,warehouse,quantity\nVASE,MAIN,1\n")
    assert (other.status_code, other.json()["code"]) == (409, "file_exists")


async def test_what_is_given_out_can_be_counted_into_also_with_semicolons(room: Stockroom) -> None:
    await two(room)
    report = (await send(room, "sku;warehouse;on_hand;reserved;available\nCUP;MAIN;9;0;4\n")).json()
    assert report["applied"]
    assert await room.available("CUP") == [9]


async def test_problems_are_told_by_line_and_field_and_nothing_is_taken(room: Stockroom) -> None:
    await two(room)
    await room.stock("MAIN", JUG=0)
    await room.reserve(("VASE", 6))
    text = (
        "\ufeffSKU, Warehouse ,Quantity,expires_on\nCUP,MAIN,9\n ,MAIN,1\nJUG,,2\nJUG,MAIN,minus\nCUP,MAIN,7\n"
        "BOWL,MAIN,1,tomorrow\nBOWL,MAIN,-1\n"
    )
    report = (await send(room, text)).json()
    assert [(one["line"], one["field"], one["code"]) for one in report["problems"]] == [
        (3, "sku", "sku_invalid"),
        (4, "warehouse", "required"),
        (5, "quantity", "quantity_invalid"),
        (6, "sku", "line_repeated"),
        (7, "expires_on", "day_invalid"),
        (8, "quantity", "quantity_invalid"),
    ]
    assert (report["applied"], report["problem_count"]) == (False, 6)
    report = (await send(room, "sku,quantity,warehouse\nCUP,9,MAIN\nJUG,2,GONE\n")).json()
    assert [(one["line"], one["code"]) for one in report["problems"]] == [(3, "warehouse_unknown")]
    report = (await send(room, "sku,quantity\nCUP,9\nVASE,5\n", warehouse="MAIN")).json()
    assert [(one["line"], one["code"]) for one in report["problems"]] == [(3, "below_reserved")]
    report = (await send(room, "sku,quantity,lot\nCUP,9,L1\n", warehouse="MAIN")).json()
    assert [(one["line"], one["code"]) for one in report["problems"]] == [(2, "lot_not_tracked")]
    assert await room.available("CUP") == [4], "none of their good lines was taken"
    for text in ("", "sku,quantity", "name,price\n1,2", "sku,quantity,sku\n1,2,3", "sku,quantity\n\0,1"):
        answer = await send(room, text)
        assert (answer.status_code, answer.json()["code"]) == (422, "file_invalid"), text
    wild = await room.http.post(
        "/v1/stock-imports", content=b"sku,quantity\n\xff,1", params={"reference": "x", "mode": "count"}
    )
    assert wild.json()["code"] == "file_invalid"


async def test_a_delivery_and_corrections_come_as_files_too(room: Stockroom) -> None:
    await two(room)
    delivery = {"reference": "DN-1", "mode": "receive", "warehouse": "FAR", "new_skus": True}
    text = 'sku,quantity\nVASE,5\n"=SUM(A1)",1\n'
    assert (await send(room, text, **delivery)).json()["applied"]
    assert (await send(room, text, **delivery)).json()["changed"] == 2
    assert await room.levels("VASE") == {"MAIN": (10, 0), "FAR": (5, 0)}
    taken = await send(room, "sku,quantity\nVASE,-3\nCUP,2\n", reference="c", mode="adjust", warehouse="MAIN")
    assert taken.json()["applied"]
    assert await room.available("VASE", "CUP") == [12, 6]
    lines = [{"sku": "VASE", "warehouse": "MAIN", "quantity": 1}]
    await room.http.post("/v1/stock/receipts", json={"reference": "DN-2", "lines": lines})
    known = await send(room, text, reference="DN-2", mode="receive", warehouse="FAR", new_skus=True)
    assert (known.status_code, known.json()["code"]) == (409, "receipt_exists")

    exported = (await room.http.get("/v1/stock-export")).text
    rows = list(csv.DictReader(io.StringIO(exported)))
    assert [(row["sku"], row["warehouse"], row["on_hand"]) for row in rows] == [
        ("'=SUM(A1)", "FAR", "1"),
        ("CUP", "MAIN", "6"),
        ("VASE", "FAR", "5"),
        ("VASE", "MAIN", "8"),
    ], "a spreadsheet computes nothing of it"
    counted = "sku,warehouse,quantity\n" + "".join(
        f"{r['sku']},{r['warehouse']},{r['on_hand']}\n" for r in rows
    )
    same = (await send(room, counted, reference="same")).json()
    assert (same["applied"], same["changed"]) == (True, 0), "what was exported is what is counted"
    only = (await room.http.get("/v1/stock-export", params={"warehouse": "FAR"})).text
    assert len(only.splitlines()) == 3


async def test_a_sku_with_one_slip_is_told_the_one_that_it_may_be(room: Stockroom) -> None:
    await two(room)
    await room.stock("MAIN", **{"TEAPOT-BLUE": 3})
    slips = (
        "TEAPOTBLUE",
        "TEAPOT-BLE",
        "TEAPOT-BLLUE",
        "TAEPOT-BLUE",
        "teapot-blue",
        "TEAPOT-BLUR",
        "XEAPOT-BLUE",
    )
    lines = "".join(f"{sku},MAIN,1\n" for sku in (*slips, "TEAPOT-RED", "JUG", "TEAPOT"))
    report = (await send(room, f"sku,warehouse,quantity\n{lines}")).json()
    told = {one["sku"]: one["alike"] for one in report["problems"]}
    assert told == {**dict.fromkeys(slips, "TEAPOT-BLUE"), "TEAPOT-RED": "", "JUG": "", "TEAPOT": ""}


async def test_a_sku_that_stock_never_had_is_taken_for_a_mistake(room: Stockroom) -> None:
    await two(room)
    policy = {"sku": "LAMP", "sell_beyond": "backorder", "limit": 2}
    assert (await room.http.put("/v1/stock/policies", json=policy)).is_success
    text = "sku,warehouse,quantity\nVASE,MAIN,8\nVA5E,MAIN,1\nv-ase,FAR,1\nLAMP,MAIN,2\nB0WL,MAIN,0\nVA5E,FAR,2\n"
    for dry_run in (True, False):
        report = (await send(room, text, dry_run=dry_run)).json()
        told = [(one["line"], one["code"], one["sku"], one["alike"]) for one in report["problems"]]
        assert told == [
            (3, "sku_unknown", "VA5E", "VASE"),
            (4, "sku_unknown", "v-ase", "VASE"),
            (6, "sku_unknown", "B0WL", ""),
            (7, "sku_unknown", "VA5E", "VASE"),
        ]
        assert (report["applied"], report["problem_count"]) == (False, 4)
    assert "VA5E" in report["problems"][0]["message"]
    assert "new_skus=true" in report["problems"][0]["message"], "it says how a shop's first file is taken in"
    assert "is it VASE?" in report["problems"][1]["message"]
    assert await room.levels("VASE") == {"MAIN": (10, 0)}
    assert await room.levels("VA5E") == {}
    taken = (await send(room, text, new_skus=True)).json()
    assert (taken["applied"], taken["changed"]) == (True, 5)
    known = (await send(room, text, reference="take 2")).json()
    assert not known["applied"], "B0WL was counted as none: there is no stock of it still"
    assert [one["sku"] for one in known["problems"]] == ["B0WL"]
