"""Suppliers and what they sell: prices by break, packs, preference."""

from __future__ import annotations

from typing import Any

from tests.inventory.stockroom import Stockroom

CLAY = {
    "code": "CLAY",
    "name": "Clayworks Ltd",
    "currency": "EUR",
    "lead_time_days": 10,
    "contacts": [{"name": "Mary Clay", "email": "mary@clayworks.example", "role": "sales"}],
}


async def supplier(room: Stockroom, code: str = "CLAY", **changes: Any) -> dict[str, Any]:
    answer = await room.http.post("/v1/suppliers", json={**CLAY, "code": code, **changes})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def part(room: Stockroom, sku: str, supplier: str = "CLAY", **changes: Any) -> dict[str, Any]:
    body = {
        "supplier": supplier,
        "sku": sku,
        "pack_size": 10,
        "prices": [{"packs": 1, "pack_price_minor": 1000}, {"packs": 5, "pack_price_minor": 900}],
        **changes,
    }
    answer = await room.http.put("/v1/supplier-parts", json=body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_supplier_is_made_changed_and_found(room: Stockroom) -> None:
    made = await supplier(room)
    assert made["contacts"][0]["role"] == "sales"
    again = await room.http.post("/v1/suppliers", json=CLAY)
    assert (again.status_code, again.json()["code"]) == (409, "supplier_exists")
    await supplier(room, "GLASS", name="Glass & Sons", currency="GBP")
    unknown = await room.http.post("/v1/suppliers", json={**CLAY, "code": "ODD", "currency": "XQX"})
    assert (unknown.status_code, unknown.json()["field"]) == (422, "currency")

    change = {"lead_time_days": 4, "contacts": []}
    changed = (await room.http.patch("/v1/suppliers/CLAY", json=change)).json()
    assert (changed["lead_time_days"], changed["contacts"], changed["name"]) == (4, [], CLAY["name"])
    assert (await room.http.patch("/v1/suppliers/CLAY", json={})).json()["code"] == "nothing_to_change"
    await room.http.patch("/v1/suppliers/GLASS", json={"active": False})

    async def codes(**params: Any) -> list[str]:
        answer = await room.http.get("/v1/suppliers", params=params)
        return [item["code"] for item in answer.json()["items"]]

    assert await codes() == ["CLAY", "GLASS"]
    assert await codes(q="sons") == ["GLASS"]
    assert await codes(active=True) == ["CLAY"]
    first = (await room.http.get("/v1/suppliers", params={"limit": 1})).json()
    assert await codes(limit=1, cursor=first["next"]) == ["GLASS"]
    assert (await room.http.get("/v1/suppliers/NONE")).status_code == 404


async def test_what_suppliers_sell_is_listed_with_the_preferred_first(room: Stockroom) -> None:
    await supplier(room)
    await supplier(room, "GLASS")
    await part(room, "VASE", rank=2, supplier_sku="CW-17")
    await part(room, "VASE", "GLASS", rank=1, lead_time_days=2)
    listed = (await room.http.get("/v1/supplier-parts", params={"sku": "VASE"})).json()["items"]
    assert [(one["supplier"], one["lead_time_days"]) for one in listed] == [("GLASS", 2), ("CLAY", 10)]

    await part(room, "VASE", "GLASS", rank=9)
    listed = (await room.http.get("/v1/supplier-parts", params={"sku": "VASE"})).json()["items"]
    assert [one["supplier"] for one in listed] == ["CLAY", "GLASS"], "it was changed, not added"

    twice = {"supplier": "CLAY", "sku": "CUP", "prices": [{"packs": 2, "pack_price_minor": 1}] * 2}
    assert (await room.http.put("/v1/supplier-parts", json=twice)).json()["code"] == "prices_repeated"
    unknown = {"supplier": "NOBODY", "sku": "CUP", "prices": [{"packs": 1, "pack_price_minor": 1}]}
    assert (await room.http.put("/v1/supplier-parts", json=unknown)).json()["field"] == "supplier"

    name = {"supplier": "GLASS", "sku": "VASE"}
    assert (await room.http.delete("/v1/supplier-parts", params=name)).status_code == 204
    assert (await room.http.delete("/v1/supplier-parts", params=name)).json()["code"] == "part_not_found"
