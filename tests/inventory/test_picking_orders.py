"""Pick lists and the orders that they are for: only what may leave is listed, and packed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.order.stall import open_stall, place
from tests.shop import Shop, guest, staff
from tests.stage import key


@pytest.fixture
async def shop(database_url: str, processor_url: str) -> AsyncIterator[Shop]:
    async with open_stall(database_url, processor_url) as opened:
        async with opened.client(staff()) as admin:
            more = {"reference": "more", "lines": [{"sku": "MUG", "warehouse": "LEJ", "quantity": 30}]}
            await ask(admin, "/v1/stock/receipts", more)
        yield opened


async def ask(client: httpx.AsyncClient, path: str, body: Any = None) -> Any:
    answer = await client.post(path, json=body, headers=key())
    assert answer.is_success, answer.text
    return answer.json()


async def refused(client: httpx.AsyncClient, path: str, body: Any) -> Any:
    answer = await client.post(path, json=body, headers=key())
    assert answer.status_code == 409, answer.text
    return answer.json()


async def listed(admin: httpx.AsyncClient, **choice: Any) -> Any:
    return await ask(admin, "/v1/pick-lists", {"warehouse": "LEJ", **(choice or {"oldest": 100})})


def pieces(made: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in made["lines"]:
        found[line["owner_id"]] = found.get(line["owner_id"], 0) + line["quantity"]
    return found


async def pick(admin: httpx.AsyncClient, made: Any) -> str:
    path = f"/v1/pick-lists/{made['pick_list_id']}"
    lines = [{"position": line["position"], "picked": line["quantity"]} for line in made["lines"]]
    assert (await ask(admin, f"{path}/picks", {"lines": lines}))["state"] == "picked"
    return path


async def test_only_orders_that_are_paid_and_not_held_are_picked(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        failed = await place(shop, ada, ("MUG", 1), card="declined")
        waits = await place(shop, ada, ("MUG", 2), card_token=None, payment={"type": "bank_transfer"})
        held = await place(shop, ada, ("MUG", 3))
        good = await place(shop, ada, ("MUG", 4))
        await ask(admin, f"/v1/orders/{held['order_id']}/hold", {"reason": "the address"})
        assert pieces(await listed(admin, oldest=1)) == {good["order_id"]: 4}, "the oldest that may leave"
        path = "/v1/pick-lists"
        named = {"warehouse": "LEJ", "owner_ids": [order["order_id"] for order in (failed, waits, held)]}
        why = await refused(admin, path, named)
        stopped = {failed["order_id"]: "unpaid", waits["order_id"]: "unpaid", held["order_id"]: "held"}
        assert (why["code"], why["details"]["stopped"]) == ("nothing_to_pick", stopped)

        (payment,) = (await admin.get("/v1/payments", params={"order_id": waits["order_id"]})).json()["items"]
        receipt = f"/v1/payments/{payment['payment_id']}/receipts"
        half = payment["authorised"]["amount_minor"] // 2
        for name, amount in (("half", half), ("rest", payment["authorised"]["amount_minor"] - half)):
            assert (await refused(admin, path, named))["code"] == "nothing_to_pick", "it is awaited whole"
            body = {"amount_minor": amount, "reference": name, "received_on": "2026-03-02"}
            await ask(admin, receipt, body)
        await shop.deliver_events()
        await ask(admin, f"/v1/orders/{held['order_id']}/release")
        assert pieces(await listed(admin)) == {waits["order_id"]: 2, held["order_id"]: 3}


async def test_what_was_held_or_cancelled_meanwhile_is_not_packed(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        first, second = await place(shop, ada, ("MUG", 2)), await place(shop, ada, ("MUG", 3))
        path = await pick(admin, await listed(admin))
        packing = {"owner_id": first["order_id"], "lines": [{"sku": "MUG", "quantity": 2}]}
        await ask(admin, f"/v1/orders/{first['order_id']}/hold", {"reason": "the address"})
        assert (await refused(admin, f"{path}/packing", packing))["code"] == "order_held"
        await ask(admin, f"/v1/orders/{first['order_id']}/release")
        assert (await ask(admin, f"{path}/packing", packing))["state"] == "picked"
        cut = {"lines": [{"sku": "MUG", "quantity": 1}], "reason": "one will do"}
        await ask(admin, f"/v1/orders/{second['order_id']}/cancellations", cut)
        packing = {"owner_id": second["order_id"], "lines": [{"sku": "MUG", "quantity": 3}]}
        late = await refused(admin, f"{path}/packing", packing)
        assert (late["code"], late["details"]) == ("no_longer_wanted", {"sku": "MUG", "wanted": 2})


async def test_what_is_in_a_packed_parcel_is_not_listed_and_what_is_listed_is_not_listed_again(
    shop: Shop,
) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 9))
        path = f"/v1/orders/{order['order_id']}/fulfilments"
        parcels = []
        for quantity in (2, 3):
            body = {"lines": [{"sku": "MUG", "quantity": quantity}], "ship": False}
            parcels = (await ask(admin, path, body))["fulfilments"]
        packed, asked = parcels
        await ask(admin, f"{path}/{packed['fulfilment_id']}/pack")
        made = await listed(admin)
        assert pieces(made) == {order["order_id"]: 7}, (
            "all but what is packed: a parcel is asked for to be picked"
        )
        assert (await refused(admin, "/v1/pick-lists", {"warehouse": "LEJ", "oldest": 9}))["code"]
        await ask(admin, f"{path}/{packed['fulfilment_id']}/ship", {})
        nothing = await refused(admin, "/v1/pick-lists", {"warehouse": "LEJ", "oldest": 9})
        assert nothing["code"] == "nothing_to_pick", "what left was not what is listed"
        list_path = await pick(admin, made)
        await ask(admin, f"{path}/{asked['fulfilment_id']}/ship", {})
        packing = {"owner_id": order["order_id"], "lines": [{"sku": "MUG", "quantity": 7}]}
        assert (await ask(admin, f"{list_path}/packing", packing))["state"] == "packed"
        assert (await ask(admin, path, {}))["state"] == "fulfilled"
        moved = (await admin.get("/v1/stock/movements", params={"sku": "MUG"})).json()["items"]
        owners = {(it["kind"], it["owner_id"]) for it in moved}
        assert owners == {("ship", order["order_id"]), ("reserve", order["order_id"]), ("receive", None)}
        nothing = await refused(admin, "/v1/pick-lists", {"warehouse": "LEJ", "oldest": 9})
        assert nothing["code"] == "nothing_to_pick"


async def test_a_bundle_is_picked_in_its_parts_as_far_as_it_may_leave(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        prices = [{"currency": "EUR", "amount_minor": 9900}]
        variant = {"sku": "SET", "options": {}, "prices": prices}
        product = {"title": "Set", "status": "active", "options": [], "variants": [variant]}
        await ask(admin, "/v1/products", product)
        parts = [{"sku": "MUG", "quantity": 4}, {"sku": "VASE", "quantity": 1}]
        assert (await admin.put("/v1/stock/bundles", json={"sku": "SET", "parts": parts})).is_success
        order = await place(shop, ada, ("SET", 2), ("MUG", 1))
        body = {"lines": [{"sku": "SET", "quantity": 1}], "ship": False}
        path = f"/v1/orders/{order['order_id']}/fulfilments"
        (parcel,) = (await ask(admin, path, body))["fulfilments"]
        await ask(admin, f"{path}/{parcel['fulfilment_id']}/pack")
        told = {line["sku"]: line["quantity"] for line in (await listed(admin))["lines"]}
        assert told == {"MUG": 5, "VASE": 1}
