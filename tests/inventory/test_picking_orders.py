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


async def sell_a_set(admin: httpx.AsyncClient) -> None:
    """SET: four MUG and a VASE."""
    prices = [{"currency": "EUR", "amount_minor": 9900}]
    variant = {"sku": "SET", "options": {}, "prices": prices}
    product = {"title": "Set", "status": "active", "options": [], "variants": [variant]}
    await ask(admin, "/v1/products", product)
    parts = [{"sku": "MUG", "quantity": 4}, {"sku": "VASE", "quantity": 1}]
    assert (await admin.put("/v1/stock/bundles", json={"sku": "SET", "parts": parts})).is_success


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
        await sell_a_set(admin)
        order = await place(shop, ada, ("SET", 2), ("MUG", 1))
        body = {"lines": [{"sku": "SET", "quantity": 1}], "ship": False}
        path = f"/v1/orders/{order['order_id']}/fulfilments"
        (parcel,) = (await ask(admin, path, body))["fulfilments"]
        await ask(admin, f"{path}/{parcel['fulfilment_id']}/pack")
        told = {line["sku"]: line["quantity"] for line in (await listed(admin))["lines"]}
        assert told == {"MUG": 5, "VASE": 1}


async def pack(admin: httpx.AsyncClient, shop: Shop, path: str, order: Any, **pieces: int) -> None:
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in pieces.items()]
    await ask(admin, f"{path}/packing", {"owner_id": order["order_id"], "lines": lines})
    await shop.deliver_events()


async def parcels(admin: httpx.AsyncClient, order: Any) -> list[tuple[str, dict[str, int]]]:
    now = (await admin.get(f"/v1/orders/{order['order_id']}")).json()
    return [
        (parcel["state"], {line["sku"]: line["quantity"] for line in parcel["lines"]})
        for parcel in now["fulfilments"]
    ]


async def test_what_is_packed_off_a_list_is_a_parcel_to_be_shipped(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 3), ("VASE", 1))
        asked = {"lines": [{"sku": "MUG", "quantity": 1}], "ship": False}
        await ask(admin, f"/v1/orders/{order['order_id']}/fulfilments", asked)
        await pack(admin, shop, await pick(admin, await listed(admin)), order, MUG=3, VASE=1)
        assert await parcels(admin, order) == [("packed", {"MUG": 1}), ("packed", {"MUG": 2, "VASE": 1})]
        now = (await admin.get(f"/v1/orders/{order['order_id']}")).json()
        for parcel in now["fulfilments"]:
            path = f"/v1/orders/{order['order_id']}/fulfilments/{parcel['fulfilment_id']}/ship"
            now = await ask(admin, path, {"carrier": "DHL", "tracking_number": "00340434161094021501"})
        assert now["state"] == "fulfilled"
        await shop.deliver_events()
        told = (await admin.get(f"/v1/orders/{order['order_id']}/timeline")).json()["items"]
        assert [it["text"] for it in told if it.get("text", "").startswith("packed")] == [
            "packed 2 x MUG, 1 x VASE",
            "packed 1 x MUG",
        ]
        now = (await admin.get(f"/v1/orders/{order['order_id']}")).json()
        assert now["captured"]["amount_minor"] == now["totals"]["total_minor"]


async def test_a_bundle_that_is_packed_in_its_parts_is_a_parcel_of_the_bundle(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        await sell_a_set(admin)
        order = await place(shop, ada, ("SET", 1), ("MUG", 1))
        await pack(admin, shop, await pick(admin, await listed(admin)), order, MUG=5, VASE=1)
        assert await parcels(admin, order) == [("packed", {"MUG": 1, "SET": 1})]
        (parcel,) = (await admin.get(f"/v1/orders/{order['order_id']}")).json()["fulfilments"]
        path = f"/v1/orders/{order['order_id']}/fulfilments/{parcel['fulfilment_id']}/ship"
        assert (await ask(admin, path, {}))["state"] == "fulfilled"


async def test_what_was_held_before_the_order_heard_of_its_packing_makes_no_parcel_and_is_told(
    shop: Shop,
) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 2))
        list_path = await pick(admin, await listed(admin))
        lines = [{"sku": "MUG", "quantity": 2}]
        await ask(admin, f"{list_path}/packing", {"owner_id": order["order_id"], "lines": lines})
        await ask(admin, f"/v1/orders/{order['order_id']}/hold", {"reason": "the address"})
        await shop.deliver_events()
        assert await parcels(admin, order) == []
        told = (await admin.get(f"/v1/orders/{order['order_id']}/timeline")).json()["items"]
        (word,) = [it["text"] for it in told if "packed" in it.get("text", "")]
        assert word.endswith("packed 2 x MUG, and the order is held: the address: no parcel was made of it")
        await ask(admin, f"/v1/orders/{order['order_id']}/release")
        assert (await ask(admin, f"/v1/orders/{order['order_id']}/fulfilments", {}))["state"] == "fulfilled"


async def test_a_parcel_that_was_asked_for_and_is_packed_in_parts_is_taken_apart(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 3), ("VASE", 1))
        await ask(admin, f"/v1/orders/{order['order_id']}/fulfilments", {"ship": False})
        made = await listed(admin)
        path = f"/v1/pick-lists/{made['pick_list_id']}"
        short = [
            {"position": it["position"], "picked": it["quantity"] - (it["sku"] == "MUG")}
            for it in made["lines"]
        ]
        await ask(admin, f"{path}/picks", {"lines": short})
        await pack(admin, shop, path, order, MUG=2, VASE=1)
        asked = {"MUG": 3, "VASE": 1}
        assert await parcels(admin, order) == [
            ("cancelled", asked),
            ("packed", {"MUG": 2, "VASE": 1}),
            ("requested", {"MUG": 1}),
        ]
        await pack(admin, shop, await pick(admin, await listed(admin)), order, MUG=1)
        assert [state for state, _ in await parcels(admin, order)] == ["cancelled", "packed", "packed"]


async def test_half_a_bundle_is_told_and_makes_no_parcel(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        await sell_a_set(admin)
        order = await place(shop, ada, ("SET", 1))
        made = await listed(admin)
        path = f"/v1/pick-lists/{made['pick_list_id']}"
        short = [
            {"position": it["position"], "picked": 0 if it["sku"] == "VASE" else it["quantity"]}
            for it in made["lines"]
        ]
        await ask(admin, f"{path}/picks", {"lines": short})
        await pack(admin, shop, path, order, MUG=4)
        assert await parcels(admin, order) == []
        told = (await admin.get(f"/v1/orders/{order['order_id']}/timeline")).json()["items"]
        (word,) = [it["text"] for it in told if "packed" in it.get("text", "")]
        assert word.endswith("packed 4 x MUG, of bundles that are not whole: they are in no parcel")


async def test_a_piece_that_was_shipped_past_its_list_is_not_packed_twice(shop: Shop) -> None:
    """Though the order waits for another one, which is not there yet."""
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        policy = {"sku": "VASE", "sell_beyond": "backorder", "limit": 3}
        assert (await admin.put("/v1/stock/policies", json=policy)).is_success
        order = await place(shop, ada, ("VASE", 3))
        path = await pick(admin, await listed(admin))
        body = {"lines": [{"sku": "VASE", "quantity": 1}]}
        await ask(admin, f"/v1/orders/{order['order_id']}/fulfilments", body)
        await pack(admin, shop, path, order, VASE=2)
        assert await parcels(admin, order) == [("shipped", {"VASE": 1}), ("packed", {"VASE": 1})]


async def test_what_is_for_staff_is_not_in_what_the_customer_reads(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 1))
        path = f"/v1/orders/{order['order_id']}"
        await ask(admin, f"{path}/hold", {"reason": "he called three times"})
        seen = (await ada.get(path, params={"token": order["token"]})).json()
        assert "he called" not in str(seen) and "hold" not in {it["kind"] for it in seen["history"]}
        assert "hold" in {it["kind"] for it in (await admin.get(path)).json()["history"]}
