"""Purchase orders: drafted at the supplier's prices, placed, received in parts with differences, costed, ended."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from tests.inventory.stockroom import Stockroom
from tests.inventory.test_suppliers import part, supplier
from tests.thoroughness import THOROUGH

REPETITIONS = 1000 if THOROUGH else 25


async def furnished(room: Stockroom) -> None:
    """A supplier of vases in tens, at 10.00 a pack and 9.00 from five on, and of cups in ones."""
    await room.warehouse("MAIN")
    await supplier(room, over_basis_points=1000)
    await part(room, "VASE", supplier_sku="CW-1", weight_grams=300)
    prices = [{"packs": 1, "pack_price_minor": 333}]
    await part(room, "CUP", pack_size=1, prices=prices, weight_grams=100)


async def order(room: Stockroom, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"supplier": "CLAY", "warehouse": "MAIN", "lines": list(lines), **more}
    answer = await room.http.post("/v1/purchase-orders", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def placed(room: Stockroom, *lines: dict[str, Any], **more: Any) -> str:
    """The path of an order that the supplier has."""
    path = f"/v1/purchase-orders/{(await order(room, *lines, **more))['purchase_order_id']}"
    answer = await room.http.post(f"{path}/placement")
    assert answer.status_code == 200, answer.text
    return path


async def states(room: Stockroom, sku: str) -> tuple[int, int, int]:
    """On hand, damaged and incoming in MAIN."""
    row = await room.shop.database("inventory").row(
        "SELECT on_hand, damaged, incoming FROM stock WHERE sku = $1 AND warehouse = 'MAIN'", sku
    )
    return (0, 0, 0) if row is None else tuple(row)


async def test_a_draft_has_the_price_of_so_many_packs(room: Stockroom) -> None:
    await furnished(room)
    made = await order(room, {"sku": "VASE", "pieces": 50}, {"sku": "CUP", "packs": 3})
    assert (made["number"], made["state"], made["currency"]) == ("PO-1001", "draft", "EUR")
    assert made["total_minor"] == 5 * 900 + 3 * 333
    assert [(one["sku"], one["packs"], one["pack_price_minor"]) for one in made["lines"]] == [
        ("CUP", 3, 333),
        ("VASE", 5, 900),
    ]
    assert await states(room, "VASE") == (0, 0, 0), "nothing is expected of a draft"
    path = f"/v1/purchase-orders/{made['purchase_order_id']}"
    change = {"lines": [{"sku": "VASE", "packs": 2, "pack_price_minor": 950}], "note": "for spring"}
    changed = (await room.http.patch(path, json=change)).json()
    assert (changed["total_minor"], changed["note"], changed["version"]) == (1900, "for spring", 2)
    text = (await room.http.get(f"{path}/csv")).text
    assert text.splitlines()[1].startswith("PO-1001,CLAY,VASE,CW-1,2,10,20,9.50,19.00,EUR,")


async def test_what_cannot_be_ordered_is_refused_with_what_would_be_right(room: Stockroom) -> None:
    await furnished(room)
    await part(room, "BOWL", minimum_packs=4)
    for line, code in (
        ({"sku": "VASE", "pieces": 15}, "not_whole_packs"),
        ({"sku": "VASE"}, "packs_or_pieces"),
        ({"sku": "VASE", "packs": 1, "pieces": 10}, "packs_or_pieces"),
        ({"sku": "JUG", "packs": 1}, "part_unknown"),
        ({"sku": "BOWL", "packs": 3}, "below_minimum"),
        ({"sku": "VASE", "packs": 1_000_000}, "quantity_too_large"),
    ):
        body: dict[str, Any] = {"supplier": "CLAY", "warehouse": "MAIN", "lines": [line]}
        answer = await room.http.post("/v1/purchase-orders", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
        assert answer.json()["field"].startswith("lines[0]")
    lines: Any = [{"sku": "VASE", "packs": 1}]
    for body, field in (
        ({"supplier": "NOBODY", "warehouse": "MAIN", "lines": lines}, "supplier"),
        ({"supplier": "CLAY", "warehouse": "NOWHERE", "lines": lines}, "warehouse"),
        ({"supplier": "CLAY", "warehouse": "MAIN", "lines": [*lines, *lines]}, "lines[1].sku"),
    ):
        answer = await room.http.post("/v1/purchase-orders", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    await room.http.patch("/v1/suppliers/CLAY", json={"active": False})
    answer = await room.http.post(
        "/v1/purchase-orders", json={"supplier": "CLAY", "warehouse": "MAIN", "lines": lines}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "supplier_inactive")


async def test_deliveries_in_parts_become_stock_and_their_differences_are_told(room: Stockroom) -> None:
    await furnished(room)
    path = await placed(room, {"sku": "VASE", "packs": 2}, {"sku": "CUP", "packs": 7})
    assert await states(room, "VASE") == (0, 0, 20)

    first = {"reference": "DN-1", "lines": [{"sku": "VASE", "received": 11, "damaged": 2, "refused": 3}]}
    answer = await room.http.post(f"{path}/receipts", json=first)
    assert (answer.status_code, answer.json()["state"]) == (201, "partly_received"), answer.text
    assert await states(room, "VASE") == (11, 2, 7)
    assert await room.available("VASE") == [11]
    (told,) = answer.json()["receipts"]
    assert (told["lines"][0]["short"], told["lines"][0]["refused"]) == (7, 3)

    again = await room.http.post(f"{path}/receipts", json=first)
    assert again.status_code == 201
    assert await states(room, "VASE") == (11, 2, 7), "the same delivery counts once"
    other = {"reference": "DN-1", "lines": [{"sku": "VASE", "received": 1}]}
    assert (await room.http.post(f"{path}/receipts", json=other)).json()["code"] == "receipt_exists"

    much = {"reference": "DN-2", "lines": [{"sku": "VASE", "received": 10}]}
    refused = (await room.http.post(f"{path}/receipts", json=much)).json()
    assert (refused["code"], refused["details"]["most"]) == ("over_received", 9), "20 and a tenth"
    last = {
        "reference": "DN-2",
        "lines": [{"sku": "VASE", "received": 9}, {"sku": "CUP", "received": 7}],
    }
    done = (await room.http.post(f"{path}/receipts", json=last)).json()
    assert done["state"] == "received"
    assert [line["over"] for line in done["receipts"][1]["lines"]] == [0, 2]
    assert await states(room, "VASE") == (20, 2, 0)
    late = await room.http.post(f"{path}/receipts", json={**much, "reference": "DN-3"})
    assert (late.status_code, late.json()["code"]) == (409, "state_conflict")
    closed = (await room.http.post(f"{path}/closing", json={"reason": "all there"})).json()
    assert [step["to_state"] for step in closed["history"]] == [
        "draft", "placed", "partly_received", "received", "closed",
    ]  # fmt: skip
    unknown = {"reference": "X", "lines": [{"sku": "JUG", "received": 1}]}
    assert (await room.http.post(f"{path}/receipts", json=unknown)).status_code == 409


async def test_an_order_that_ends_is_no_longer_expected(room: Stockroom) -> None:
    await furnished(room)
    path = await placed(room, {"sku": "VASE", "packs": 2})
    other = await placed(room, {"sku": "VASE", "packs": 1})
    cancelled = (await room.http.post(f"{path}/cancellation", json={"reason": "too dear"})).json()
    assert (cancelled["state"], await states(room, "VASE")) == ("cancelled", (0, 0, 10))
    came = {"reference": "DN", "lines": [{"sku": "VASE", "received": 4}]}
    assert (await room.http.post(f"{path}/receipts", json=came)).status_code == 409
    await room.http.post(f"{other}/receipts", json=came)
    refused = await room.http.post(f"{other}/cancellation", json={})
    assert (refused.status_code, refused.json()["details"]) == (409, {"state": "partly_received"})
    await room.http.post(f"{other}/closing", json={})
    assert await states(room, "VASE") == (4, 0, 0)


async def test_freight_is_shared_out_and_the_average_cost_moves(room: Stockroom) -> None:
    await furnished(room)
    for share_by, shares in (("value", [24, 76]), ("quantity", [30, 70]), ("weight", [13, 87])):
        path = await placed(room, {"sku": "VASE", "packs": 1}, {"sku": "CUP", "packs": 3})
        if share_by == "quantity":
            lines = [{"sku": "VASE", "received": 7}, {"sku": "CUP", "received": 3}]
        else:
            lines = [{"sku": "VASE", "received": 10}, {"sku": "CUP", "received": 3}]
            if share_by == "value":
                lines[1]["received"] = 1
                shares = [25, 75]
            else:
                shares = [9, 91]
        costs = {"freight_minor": 90, "duty_minor": 6, "other_minor": 4, "share_by": share_by}
        answer = await room.http.post(f"{path}/receipts", json={"reference": "DN", "lines": lines, **costs})
        assert [line["costs_minor"] for line in answer.json()["receipts"][0]["lines"]] == shares, share_by
    costs = (await room.http.get("/v1/costs", params={"sku": "CUP"})).json()
    assert [line["pieces"] for line in costs["deliveries"]] == [3, 3, 1]
    paid = sum(line["goods_minor"] + line["costs_minor"] for line in costs["deliveries"])
    assert abs(costs["averages"][0]["average_minor"] - paid / 7) < 0.001
    none = {"reference": "Z", "lines": [{"sku": "CUP", "refused": 1}], "freight_minor": 5}
    path = await placed(room, {"sku": "CUP", "packs": 3})
    assert (await room.http.post(f"{path}/receipts", json=none)).json()["code"] == "nothing_received"


async def test_how_a_supplier_did_is_told(room: Stockroom) -> None:
    await furnished(room)
    fresh = (await room.http.get("/v1/suppliers/CLAY/performance")).json()
    assert (fresh["orders"], fresh["on_time_basis_points"], fresh["defects_basis_points"]) == (0, None, None)
    prompt = await placed(room, {"sku": "VASE", "packs": 1})
    slow = await placed(room, {"sku": "VASE", "packs": 1})
    never = await placed(room, {"sku": "CUP", "packs": 4})
    lines = [{"sku": "VASE", "received": 9, "damaged": 1}]
    await room.http.post(f"{prompt}/receipts", json={"reference": "1", "lines": lines})
    lines = [{"sku": "VASE", "received": 5, "refused": 5}]
    await room.http.post(f"{slow}/receipts", json={"reference": "1", "lines": lines})
    room.clock.ahead = timedelta(days=20)
    lines = [{"sku": "VASE", "received": 5}]
    await room.http.post(f"{slow}/receipts", json={"reference": "2", "lines": lines})
    told = (await room.http.get("/v1/suppliers/CLAY/performance", params={"days": 30})).json()
    assert (told["orders"], told["open_orders"], told["late_orders"]) == (3, 1, 1)
    assert told["on_time_basis_points"] == 3333
    assert told["complete_basis_points"] == 5000
    assert told["defects_basis_points"] == 10000 * 6 // 25
    assert (told["lead_days_actual"], told["lead_days_promised"]) == (10.0, 10.0)
    listed = (await room.http.get("/v1/purchase-orders", params={"state": "placed"})).json()["items"]
    assert [(one["late"], one["purchase_order_id"] in never) for one in listed] == [(True, True)]


async def test_orders_are_listed_newest_first_and_narrowed(room: Stockroom) -> None:
    await furnished(room)
    for _ in range(3):
        await order(room, {"sku": "VASE", "packs": 1})
    await order(room, {"sku": "CUP", "packs": 1})

    async def numbers(**params: Any) -> list[str]:
        answer = await room.http.get("/v1/purchase-orders", params=params)
        return [item["number"] for item in answer.json()["items"]]

    assert await numbers() == ["PO-1004", "PO-1003", "PO-1002", "PO-1001"]
    assert await numbers(sku="CUP", supplier="CLAY", warehouse="MAIN") == ["PO-1004"]
    first = (await room.http.get("/v1/purchase-orders", params={"limit": 3})).json()
    assert await numbers(limit=3, cursor=first["next"]) == ["PO-1001"]


async def test_two_deliveries_of_one_line_at_once_never_exceed_it(room: Stockroom) -> None:
    """Ten pieces and one of tolerance are owed; three deliveries of five each come at once, one of them twice."""
    await furnished(room)
    for _ in range(REPETITIONS):
        path = await placed(room, {"sku": "VASE", "packs": 1})
        before = await states(room, "VASE")
        five = [{"sku": "VASE", "received": 5}]
        answers = await asyncio.gather(
            *(
                room.http.post(f"{path}/receipts", json={"reference": reference, "lines": five})
                for reference in ("A", "B", "C", "A")
            )
        )
        assert {answer.status_code for answer in answers} <= {201, 409}
        after = await states(room, "VASE")
        assert (after[0] - before[0], after[2]) == (10, 0)
