"""Lists, holds and warehouses, as staff and shoppers meet them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.inventory.stockroom import Stockroom
from tests.shop import customer, guest, staff
from tradewind.contracts.inventory import StockCount
from tradewind.contracts.user import ROLES
from tradewind.kernel.http import Policy
from tradewind.services.inventory.jobs import release_expired
from tradewind.services.inventory.routes import ROUTES


async def pages(room: Stockroom, path: str, **params: Any) -> list[list[Any]]:
    """Every page of a list, followed by its cursor."""
    found = []
    while True:
        answer = await room.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["items"])
        if answer.json()["next"] is None:
            return found
        params["cursor"] = answer.json()["next"]


@pytest.fixture
async def stocked(room: Stockroom) -> Stockroom:
    await room.warehouse("NEAR", 1)
    await room.warehouse("FAR", 2)
    await room.stock("NEAR", VASE=5, CUP=0, BOWL=9)
    await room.stock("FAR", VASE=2, CUP=7)
    return room


async def test_stock_is_listed_in_every_order_page_by_page(stocked: Stockroom) -> None:
    for sort in ("sku", "-sku", "available", "-available"):
        listed = await pages(stocked, "/v1/stock", sort=sort, limit=2)
        assert [len(page) for page in listed] == [2, 2, 1]
        rows = [(item["available"], item["sku"], item["warehouse"]) for page in listed for item in page]
        skip = 0 if "available" in sort else 1
        assert rows == sorted(rows, key=lambda row: row[skip:], reverse=sort.startswith("-")), sort


async def test_stock_is_filtered_by_sku_warehouse_and_shortage(stocked: Stockroom) -> None:
    async def listed(**params: Any) -> set[tuple[str, str]]:
        (items,) = await pages(stocked, "/v1/stock", **params)
        return {(item["sku"], item["warehouse"]) for item in items}

    assert await listed(sku="VASE") == {("VASE", "NEAR"), ("VASE", "FAR")}
    assert await listed(warehouse="FAR") == {("VASE", "FAR"), ("CUP", "FAR")}
    assert await listed(below=3) == {("CUP", "NEAR"), ("VASE", "FAR")}
    assert await listed(below=3, warehouse="NEAR", sort="available") == {("CUP", "NEAR")}
    assert await listed(total_below=8, warehouse="FAR") == {("VASE", "FAR"), ("CUP", "FAR")}
    assert await listed(total_below=7) == set(), "low in one warehouse alone is not low"


async def test_stock_is_found_by_the_beginning_of_a_sku_and_shortages_are_counted(stocked: Stockroom) -> None:
    for q, skus in (("va", {"VASE"}), ("CU", {"CUP"}), ("ase", set()), ("%", set())):
        listed = await stocked.http.get("/v1/stock", params={"q": q})
        assert {level["sku"] for level in listed.json()["items"]} == skus, q
    every = (await stocked.http.get("/v1/stock/counts", params={"low_below": 1_000_000})).json()
    assert (every["skus"], every["low"], every["out"]) == (3, 3, 0)
    few = (await stocked.http.get("/v1/stock/counts", params={"low_below": 1})).json()
    assert (few["low"], few["low_below"]) == (0, 1)


async def test_one_sku_is_shown_in_all_warehouses(stocked: Stockroom) -> None:
    await stocked.reserve(("VASE", 6))
    await stocked.http.patch("/v1/warehouses/FAR", json={"active": False})
    answer = (await stocked.http.get("/v1/stock/VASE")).json()
    assert (answer["on_hand"], answer["reserved"], answer["available"]) == (7, 6, 0)
    assert [(w["warehouse"], w["available"]) for w in answer["warehouses"]] == [("NEAR", 0), ("FAR", 1)]
    assert (await stocked.http.get("/v1/stock/NOTHING")).status_code == 404


async def test_a_sku_may_hold_any_printable_character(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    for sku in ("Größe 42 – blau", "50% off?", "a+b&c=d", "#1", "ja'; --", "漆器"):
        await room.inventory.count("May", [StockCount(sku, "MAIN", 3), StockCount("a/b", "MAIN", 4)])
        assert (await room.http.get(f"/v1/stock/{quote(sku, safe='')}")).json()["available"] == 3
        assert (await room.http.get("/v1/availability", params={"sku": [sku, "a/b"]})).json()["items"] == [
            {"sku": sku, "available": 3},
            {"sku": "a/b", "available": 4},
        ]
    (listed,) = await pages(room, "/v1/stock", sku="a/b")
    assert [item["sku"] for item in listed] == ["a/b"]


async def test_anybody_may_ask_what_is_available(stocked: Stockroom) -> None:
    async with stocked.shop.client(guest()) as shopper:
        one = await shopper.get("/v1/availability?sku=VASE")
        assert one.json() == {"items": [{"sku": "VASE", "available": 7}]}
        several = await shopper.get("/v1/availability?sku=CUP&sku=NOTHING&sku=CUP&sku=BOWL")
        assert [item["available"] for item in several.json()["items"]] == [7, 0, 9]
        assert (await shopper.get("/v1/availability")).json()["field"] == "sku"


async def test_only_staff_with_the_permission_see_and_change_stock(room: Stockroom) -> None:
    for route in ROUTES:
        if route.policy == Policy("public"):
            continue
        path = re.sub(r"\{\w+\}", str(uuid4()), route.path.replace("{code}", "MAIN"))
        refused = [(guest(), 401), (customer(), 403)]
        if route.policy.permission not in ROLES["support"]:
            refused.append((staff("support"), 403))
        for principal, status in refused:
            async with room.shop.client(principal) as client:
                assert (await client.request(route.method, path)).status_code == status, (
                    route.path,
                    principal,
                )
    async with room.shop.client(staff("catalogue_manager")) as reader:
        assert (await reader.get("/v1/stock")).status_code == 200
        assert (await reader.post("/v1/stock/receipts", json={})).status_code == 403


async def test_movements_are_filtered_and_paged_newest_first(stocked: Stockroom) -> None:
    await stocked.reserve(("VASE", 6))
    since = stocked.clock.now()
    await stocked.reserve(("BOWL", 1))
    everything = [m for page in await pages(stocked, "/v1/stock/movements", limit=3) for m in page]
    assert [m["id"] for m in everything] == sorted((m["id"] for m in everything), reverse=True)
    assert len(everything) == 7
    (reserved,) = await pages(stocked, "/v1/stock/movements", kind="reserve", warehouse="NEAR")
    assert [(m["sku"], m["reserved_delta"]) for m in reserved] == [("BOWL", 1), ("VASE", 5)]
    (late,) = await pages(stocked, "/v1/stock/movements", since=since.isoformat())
    assert [m["sku"] for m in late] == ["BOWL"]


BAD_QUERIES = [
    ("/v1/stock?limit=0", "limit"),
    ("/v1/stock?limit=101", "limit"),
    ("/v1/stock?sort=price", "sort"),
    ("/v1/stock?below=-1", "below"),
    ("/v1/stock?below=99999999999", "below"),
    ("/v1/stock?colour=red", "colour"),
    ("/v1/stock?cursor=nonsense", "cursor"),
    ("/v1/stock?cursor=WzEsMiwzXQ", "cursor"),
    ("/v1/stock?cursor=Wzk5OTk5OTk5OTk5LCJhIiwiYiJd", "cursor"),
    ("/v1/stock?cursor=WzEsIlx1MDAwMCIsIiJd", "cursor"),
    ("/v1/stock/movements?since=yesterday", "since"),
    ("/v1/stock/movements?since=2026-01-01T00:00:00", "since"),
    ("/v1/stock/movements?since=0001-01-01T00:00:00%2B14:00", "since"),
    ("/v1/stock/movements?kind=steal", "kind"),
    ("/v1/stock/movements?cursor=Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTld", "cursor"),
    (
        "/v1/reservations?cursor=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwiMDE5MmQwYzQtN2Y3ZS03YjYwLThkMDAtMmY2YzlhMWIyYzNkIl0",
        "cursor",
    ),
    ("/v1/reservations?state=lost", "state"),
    ("/v1/warehouses?active=perhaps", "active"),
]


async def test_a_bad_parameter_is_named(room: Stockroom) -> None:
    for path, field in BAD_QUERIES:
        answer = await room.http.get(path)
        assert (answer.status_code, answer.json().get("field")) == (422, field), path


async def test_a_name_that_cannot_be_is_not_found(room: Stockroom) -> None:
    for path in ("stock/a%00b", "stock/" + "x" * 65, "stock/%0A", "warehouses/%00", "warehouses/main"):
        assert (await room.http.get(f"/v1/{path}")).status_code == 404, path


async def test_a_hold_keeps_stock_until_it_expires_or_is_ended(stocked: Stockroom) -> None:
    hold = {"lines": [{"sku": "VASE", "quantity": 6}], "expires_in_seconds": 900}
    made = await stocked.http.post("/v1/reservations", json=hold)
    assert made.status_code == 201
    body = made.json()
    assert (body["state"], body["outcome"]) == ("held", None)
    assert [(line["warehouse"], line["quantity"]) for line in body["lines"]] == [("FAR", 1), ("NEAR", 5)]
    assert await stocked.available("VASE") == [1]
    path = f"/v1/reservations/{body['owner_id']}"
    assert (await stocked.http.get(path)).json() == body
    assert (await stocked.http.delete(path)).status_code == 204
    assert (await stocked.http.delete(path)).status_code == 204
    ended = (await stocked.http.get(path)).json()
    assert (ended["state"], ended["outcome"], ended["lines"][0]["released"]) == ("closed", "released", 1)
    await stocked.http.post("/v1/reservations", json=hold)
    stocked.clock.ahead = timedelta(seconds=901)
    assert await release_expired(stocked.shop.deps("inventory")) == "1 released"
    stocked.clock.ahead = timedelta()
    assert await stocked.available("VASE") == [7]


async def test_a_hold_is_made_once_an_owner_and_once_a_key(stocked: Stockroom) -> None:
    owner = str(uuid4())
    hold = {"owner_id": owner, "lines": [{"sku": "VASE", "quantity": 2}], "expires_in_seconds": 60}
    first = await stocked.http.post("/v1/reservations", json=hold)
    again = await stocked.http.post("/v1/reservations", json=hold)
    assert (again.status_code, again.json()) == (201, first.json())
    more = {**hold, "lines": [{"sku": "VASE", "quantity": 3}]}
    assert (await stocked.http.post("/v1/reservations", json=more)).json()["code"] == "reservation_exists"
    await stocked.http.delete(f"/v1/reservations/{owner}")
    assert (await stocked.http.post("/v1/reservations", json=hold)).json()["code"] == "reservation_closed"
    del hold["owner_id"]
    keyed = {"idempotency-key": str(uuid4())}
    one = await stocked.http.post("/v1/reservations", json=hold, headers=keyed)
    two = await stocked.http.post("/v1/reservations", json=hold, headers=keyed)
    assert one.content == two.content
    assert await stocked.available("VASE") == [5]


async def test_a_hold_of_what_is_not_there_names_what_is_short_and_can_be_tried_again(
    stocked: Stockroom,
) -> None:
    lines = [{"sku": "VASE", "quantity": 8}, {"sku": "BOWL", "quantity": 1}]
    hold = {"owner_id": str(uuid4()), "lines": lines, "expires_in_seconds": 60}
    answer = await stocked.http.post("/v1/reservations", json=hold)
    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_stock")
    assert answer.json()["details"] == {"short": [{"sku": "VASE", "available": 7}]}
    await stocked.stock("NEAR", VASE=6)
    assert (await stocked.http.post("/v1/reservations", json=hold)).status_code == 201


async def test_what_an_order_holds_cannot_be_taken_from_it(stocked: Stockroom) -> None:
    order = uuid4()
    await stocked.reserve(("VASE", 2), owner_id=order)
    answer = await stocked.http.delete(f"/v1/reservations/{order}")
    assert (answer.status_code, answer.json()["code"]) == (409, "reservation_of_order")
    assert (await stocked.http.delete(f"/v1/reservations/{uuid4()}")).status_code == 404
    assert (await stocked.http.get("/v1/reservations/no-id")).status_code == 404


async def test_who_holds_pieces_of_a_sku_is_listed_newest_first_with_who_made_it(stocked: Stockroom) -> None:
    order, other, gone = uuid4(), uuid4(), uuid4()
    await stocked.reserve(("VASE", 1), ("BOWL", 1), owner_id=order)
    await stocked.reserve(("BOWL", 1), owner_id=other)
    hold = {"lines": [{"sku": "VASE", "quantity": 2}], "expires_in_seconds": 60}
    made = (await stocked.http.post("/v1/reservations", json=hold)).json()
    assert made["created_by"].startswith("account:")
    await stocked.reserve(("VASE", 1), owner_id=gone)
    await stocked.inventory.release(gone)
    first = (await stocked.http.get("/v1/reservations", params={"sku": "VASE", "limit": 1})).json()
    assert first["items"] == [made]
    rest = {"sku": "VASE", "limit": 1, "cursor": first["next"]}
    then = (await stocked.http.get("/v1/reservations", params=rest)).json()
    assert [(one["owner_id"], one["created_by"]) for one in then["items"]] == [(str(order), "service")]
    assert then["next"] is None, "what was released, and what holds another SKU, is left out"
    of_none = {"sku": "VASE", "state": "closed"}
    assert (await stocked.http.get("/v1/reservations", params=of_none)).json()["items"] == []


BAD_HOLDS: list[tuple[dict[str, Any], str]] = [
    ({"lines": []}, "lines"),
    ({"lines": [{"sku": "VASE", "quantity": 0}]}, "lines[0].quantity"),
    ({"lines": [{"sku": "VASE\n", "quantity": 1}]}, "lines[0].sku"),
    ({"lines": [{"sku": "VASE", "quantity": 1}] * 101}, "lines"),
    ({"expires_in_seconds": 0}, "expires_in_seconds"),
    ({"expires_in_seconds": 86_401}, "expires_in_seconds"),
    ({"owner_id": "me"}, "owner_id"),
    ({"forever": True}, "forever"),
]


async def test_what_is_wrong_with_a_hold_is_named(room: Stockroom) -> None:
    for change, field in BAD_HOLDS:
        hold = {"lines": [{"sku": "VASE", "quantity": 1}], "expires_in_seconds": 60, **change}
        answer = await room.http.post("/v1/reservations", json=hold)
        assert (answer.status_code, answer.json().get("field")) == (422, field), change


async def test_reservations_are_listed_newest_first_and_by_state(stocked: Stockroom) -> None:
    owners = [str(uuid4()) for _ in range(5)]
    for owner in owners:
        hold = {"owner_id": owner, "lines": [{"sku": "VASE", "quantity": 1}], "expires_in_seconds": 60}
        await stocked.http.post("/v1/reservations", json=hold)
    await stocked.http.delete(f"/v1/reservations/{owners[0]}")
    for sort, expected in (("-created_at", owners[::-1]), ("created_at", owners)):
        listed = await pages(stocked, "/v1/reservations", sort=sort, limit=2)
        assert [item["owner_id"] for page in listed for item in page] == expected
    (closed,) = await pages(stocked, "/v1/reservations", state="closed")
    assert [item["owner_id"] for item in closed] == owners[:1]


async def test_warehouses_are_created_read_changed_and_listed(room: Stockroom) -> None:
    for code, priority in (("BERLIN-1", 10), ("AMS", 10), ("PARIS", 5)):
        await room.warehouse(code, priority)
    again = {"code": "AMS", "name": "Again", "country": "NL"}
    taken = await room.http.post("/v1/warehouses", json=again)
    assert (taken.status_code, taken.json()["code"], taken.json()["field"]) == (
        409,
        "warehouse_exists",
        "code",
    )
    changed = await room.http.patch(
        "/v1/warehouses/AMS", json={"name": "Amsterdam", "country": "NL", "active": False}
    )
    assert changed.status_code == 200
    assert (await room.http.get("/v1/warehouses/AMS")).json() == changed.json()
    for sort, expected in (
        ("priority", ["PARIS", "AMS", "BERLIN-1"]),
        ("code", ["AMS", "BERLIN-1", "PARIS"]),
        ("-code", ["PARIS", "BERLIN-1", "AMS"]),
    ):
        listed = await pages(room, "/v1/warehouses", sort=sort, limit=1)
        assert [item["code"] for page in listed for item in page] == expected
    (open_ones,) = await pages(room, "/v1/warehouses", active="true", country="DE")
    assert [item["code"] for item in open_ones] == ["PARIS", "BERLIN-1"]
    assert (await room.http.patch("/v1/warehouses/NOWHERE", json={"priority": 1})).status_code == 404
    assert (await room.http.patch("/v1/warehouses/AMS", json={})).json()["code"] == "nothing_to_change"


async def test_what_is_wrong_with_a_warehouse_is_named(room: Stockroom) -> None:
    for field, wrong in (
        ("code", ("A", "amsterdam", "AMS 1", "X" * 17, "-AMS", "AMS\n")),
        ("country", ("Netherlands", "nl", "NL\n")),
        ("name", ("", "x" * 121)),
        ("priority", (-1, 1001)),
    ):
        for value in wrong:
            body = {"code": "AMS", "name": "Amsterdam", "country": "NL", field: value}
            answer = await room.http.post("/v1/warehouses", json=body)
            assert (answer.status_code, answer.json().get("field")) == (422, field), value


async def test_closing_a_warehouse_takes_its_stock_off_sale_and_opening_brings_it_back(
    stocked: Stockroom,
) -> None:
    await stocked.http.patch("/v1/warehouses/FAR", json={"active": False})
    assert await stocked.available("VASE", "CUP") == [5, 0]
    assert [(e["sku"], e["available"]) for e in await stocked.told()] == [("CUP", 0)]
    await stocked.http.patch("/v1/warehouses/FAR", json={"active": True})
    assert [(e["sku"], e["available"]) for e in await stocked.told()] == [("CUP", 7)]
    await stocked.http.patch("/v1/warehouses/FAR", json={"active": True, "priority": 9})
    assert await stocked.told() == []
