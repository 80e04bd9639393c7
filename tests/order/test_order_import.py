"""Orders of another system: taken once, refused by field, never held, charged, told or mailed."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.order.test_parcels import ask
from tests.shop import Shop, customer, staff
from tests.stage import key

JSONL = {"content-type": "application/x-ndjson"}
OLD: dict[str, Any] = {
    "external_id": "1001",
    "placed_at": "2019-03-04T10:00:00Z",
    "email": "ada@example.com",
    "shipping_address": {"country": "DE", "name": "Ada Lovelace"},
    "lines": [
        {"sku": "OLD-LAMP", "title": "Lamp", "quantity": 2, "unit_price_minor": 4000, "tax_minor": 1277},
        {"sku": "OLD-SHADE", "quantity": 1, "unit_price_minor": 1500, "discount_minor": 500},
    ],
    "shipping_minor": 490,
    "total_minor": 9490,
    "carrier": "DHL",
    "tracking_number": "00340434161094021501",
}


async def bring(
    admin: httpx.AsyncClient, *rows: Any, header: str | None = None, **query: str
) -> httpx.Response:
    body = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()
    params = {"source": "oldshop", **query}
    headers = JSONL | ({"idempotency-key": header} if header else key())
    return await admin.post("/v1/order-imports", params=params, content=body, headers=headers)


async def test_a_history_comes_in_once_and_is_shown_where_it_belongs(shop: Shop) -> None:
    account = customer()
    async with shop.client(staff()) as admin, shop.client(account) as ada:
        mine = {**OLD, "external_id": "1002", "account_id": str(account.account_id), "state": "returned"}
        called_off = {**OLD, "external_id": "1003", "state": "cancelled", "placed_at": "2020-01-01T00:00:00"}
        rows = [OLD, mine, called_off, OLD]
        first = await bring(admin, *rows, header="one-import")
        assert first.status_code == 201, first.text
        done = first.json()
        assert (done["received"], done["created"], done["known"], done["refused"]) == (4, 3, 1, 0)
        assert (await bring(admin, *rows, header="one-import")).json() == done
        again = (await bring(admin, *rows, import_id=done["import_id"])).json()
        assert (again["received"], again["created"], again["known"]) == (8, 3, 5)
        assert (await admin.get("/v1/order-imports")).json()["items"] == [again]
        found = (await admin.get("/v1/orders", params={"origin": "import", "sort": "oldest"})).json()["items"]
        assert [it["number"] for it in found] == ["OLDSHOP-1001", "OLDSHOP-1002", "OLDSHOP-1003"]
        assert (await admin.get("/v1/orders", params={"q": "OLD-LAMP"})).json()["items"]
        (own,) = (await ada.get("/v1/orders")).json()["items"]
        assert (own["state"], own["refunded"]["amount_minor"]) == ("returned", 9490)
        seen = (await admin.get(f"/v1/orders/{found[0]['order_id']}")).json()
        assert (seen["state"], seen["external_id"]) == ("fulfilled", "1001")
        assert seen["refundable"]["amount_minor"] == 0, "its money was never here"
        assert seen["fulfilments"][0]["tracking_url"]
        assert (
            await shop.database("order").value("SELECT count(*) FROM outbox WHERE type LIKE 'order.%'") == 0
        )
        path, piece = f"/v1/orders/{found[0]['order_id']}", {"sku": OLD["lines"][0]["sku"], "quantity": 1}
        assert (await admin.get(f"{path}/returnable")).json()["lines"] == []
        claim = await ask(admin, f"{path}/claims", {"kind": "damaged", "lines": [piece]}, 201)
        decided = f"{path}/claims/{claim['claim_id']}/decide"
        for where, body in (
            (f"{path}/refunds", {}),
            (f"{path}/returns", {"lines": [piece]}),
            (f"{path}/exchanges", {"returns": [piece], "lines": [{"sku": "MUG", "quantity": 1}]}),
            (decided, {"outcome": "refund"}),
        ):
            assert (await ask(admin, where, body, 409))["code"] == "order_imported"
        again = await ask(admin, f"/v1/orders/{found[0]['order_id']}/cancel", {}, 409)
        assert again["code"] == "order_not_cancellable"


async def test_what_is_wrong_is_named_by_row_and_field(shop: Shop) -> None:
    async with shop.client(staff()) as admin:
        await bring(admin, {**OLD, "number": "A-1"})
        line = OLD["lines"][0]
        wrong = [
            ({"total_minor": 1}, "total_minor", "total_mismatch"),
            ({"currency": "XXB"}, "currency", "currency_unknown"),
            ({"lines": [line, line]}, "lines[1].sku", "line_twice"),
            ({"lines": [{**line, "quantity": 0}]}, "lines[0].quantity", "field_invalid"),
            ({"lines": [{**line, "discount_minor": 8001}]}, "lines[0].discount_minor", "discount_too_large"),
            ({"lines": [{**line, "tax_minor": 8001}]}, "lines[0].tax_minor", "tax_too_large"),
            ({"placed_at": "2999-01-01T00:00:00Z"}, "placed_at", "moment_impossible"),
            ({"refunded_minor": 9491}, "refunded_minor", "refund_too_large"),
            ({"colour": "red"}, "colour", "field_unknown"),
            ({"state": "placed"}, "state", "field_invalid"),
            ({"number": "A-1"}, "number", "number_taken"),
        ]
        rows: list[Any] = [
            {**OLD, "external_id": f"w{n}", **change} for n, (change, _, _) in enumerate(wrong)
        ]
        missing = {name: value for name, value in OLD.items() if name != "email"}
        done = (await bring(admin, *rows, missing, "{", "[]", {**OLD, "external_id": "good"})).json()
        assert (done["created"], done["refused"]) == (1, len(wrong) + 3)
        url = f"/v1/order-imports/{done['import_id']}/errors"
        page = (await admin.get(url, params={"limit": 10})).json()
        errors = page["items"] + (await admin.get(url, params={"cursor": page["next"]})).json()["items"]
        expected = [(n, f"w{n - 1}", field, code) for n, (_, field, code) in enumerate(wrong, start=1)]
        expected += [(len(wrong) + 1, "1001", "email", "field_missing")]
        expected += [(len(wrong) + 2, "", "", "json_invalid"), (len(wrong) + 3, "", "", "field_invalid")]
        assert [(e["row"], e["external_id"], e["field"], e["code"]) for e in errors] == expected
        assert "come to 9490, not 1" in errors[0]["message"]
        assert (await bring(admin)).json()["code"] == "file_empty"
        other = await bring(admin, OLD, source="elsewhere", import_id=done["import_id"])
        assert (other.status_code, other.json()["code"]) == (409, "other_source")


async def test_a_spreadsheet_brings_a_line_of_an_order_a_row(shop: Shop) -> None:
    text = """external_id,placed_at,email,currency,country,city,sku,title,quantity,unit_price_minor,shipping_minor
    7,2018-01-01T08:00:00Z,ada@example.com,EUR,DE,Leipzig,A,"Vase, large",2,1000,490
    7,,,,,,B,Cup,1,500,
    8,2018-01-02T08:00:00Z,eve@example.com,EUR,FR,Paris,A,Vase,many,1000,
    """.replace("    ", "")
    async with shop.client(staff()) as admin:
        done = (await bring(admin, text, format="csv")).json()
        assert (done["received"], done["created"], done["refused"]) == (2, 1, 1)
        (error,) = (await admin.get(f"/v1/order-imports/{done['import_id']}/errors")).json()["items"]
        assert (error["row"], error["external_id"], error["field"]) == (2, "8", "lines[0].quantity")
        (order,) = (await admin.get("/v1/orders", params={"origin": "import"})).json()["items"]
        assert (order["total"]["amount_minor"], order["pieces"]) == (2990, 3)
        for body, code in (("a,b\n1,2", "file_unreadable"), ("external_id,colour\n1,2", "file_unreadable")):
            assert (await bring(admin, body, format="csv")).json()["code"] == code
