"""Parcels that are asked for, packed, shipped and cancelled; pieces cancelled; orders held."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from tests.order.stall import place, told
from tests.shop import Shop, guest, staff
from tests.stage import key
from tradewind.contracts.order import OrderCancelled, OrderFulfilled, OrderHeld, OrderLinesCancelled
from tradewind.ports.database import Transaction
from tradewind.services.order.domain.states import PARCEL_TRANSITIONS, Parcel
from tradewind.services.order.jobs import resume_refunds
from tradewind.services.order.store import fulfilments
from tradewind.services.order.store.fulfilments import FulfilmentRecord

Statement = Callable[[Transaction, FulfilmentRecord, datetime], Awaitable[object]]
PROMISED = {  # written out, so that a move added to the table or taken from it is seen
    (Parcel.REQUESTED, Parcel.PACKED),
    (Parcel.REQUESTED, Parcel.SHIPPING),
    (Parcel.REQUESTED, Parcel.CANCELLED),
    (Parcel.PACKED, Parcel.SHIPPING),
    (Parcel.PACKED, Parcel.CANCELLED),
    (Parcel.SHIPPING, Parcel.SHIPPED),
    (Parcel.SHIPPING, Parcel.FAILED),
    (Parcel.SHIPPED, Parcel.DELIVERED),
}
STATEMENTS: Mapping[
    Parcel, Statement
] = {  # by the state that each moves to; the answer is true where it moved
    Parcel.PACKED: lambda tx, it, now: fulfilments.pack(tx, it, "staff", now),
    Parcel.SHIPPING: lambda tx, it, now: fulfilments.begin_shipping(tx, it, None, None, now),
    Parcel.SHIPPED: lambda tx, it, now: fulfilments.finish_shipped(tx, it, "staff", now),
    Parcel.DELIVERED: lambda tx, it, now: fulfilments.finish_delivered(tx, it, "staff", now),
    Parcel.FAILED: lambda tx, it, now: fulfilments.finish_failed(tx, it, "no stock", "staff", now),
    Parcel.CANCELLED: lambda tx, it, now: fulfilments.cancel(tx, it, "broken", "staff", now),
}


async def ask(client: httpx.AsyncClient, path: str, body: Any = None, status: int = 200) -> Any:
    answer = await client.post(path, json=body, headers=key())
    assert answer.status_code == status, answer.text
    return answer.json()


async def available(client: httpx.AsyncClient, sku: str) -> int:
    found = (await client.get("/v1/stock/availability", params={"sku": sku})).json()
    found = (await client.get("/v1/availability", params={"sku": sku})).json()
    return int(found["items"][0]["available"])


async def test_a_parcel_is_asked_for_packed_corrected_and_shipped(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 3))
        path = f"/v1/orders/{order['order_id']}"
        body = {"lines": [{"sku": "MUG", "quantity": 2}], "ship": False, "carrier": "DPD"}
        asked = await ask(admin, f"{path}/fulfilments", body, 201)
        assert (asked["state"], asked["captured"]["amount_minor"]) == ("placed", 0)
        (parcel,) = asked["fulfilments"]
        assert (parcel["state"], asked["lines"][0]["fulfilled_quantity"]) == ("requested", 2)
        url = f"{path}/fulfilments/{parcel['fulfilment_id']}"
        refused = await ask(admin, f"{path}/cancel", {}, 409)
        assert refused["code"] == "order_not_cancellable"
        packed = await ask(admin, f"{url}/pack")
        assert packed["fulfilments"][0]["state"] == "packed"
        assert (await ask(admin, f"{url}/pack"))["version"] == packed["version"], "said twice, done once"
        right = {"carrier": "DHL", "tracking_number": "00340434161094021501"}
        corrected = await admin.put(f"{url}/tracking", json=right, headers=key())
        assert "dhl.com" in corrected.json()["fulfilments"][0]["tracking_url"]
        shipped = await ask(admin, f"{url}/ship", {})
        assert (shipped["state"], shipped["fulfilments"][0]["state"]) == ("partially_fulfilled", "shipped")
        assert shipped["fulfilments"][0]["carrier"] == "DHL"
        assert (await ask(admin, f"{url}/ship", {}))["state"] == "partially_fulfilled"
        late = await ask(admin, f"{url}/cancel", {}, 409)
        assert late["code"] == "fulfilment_not_cancellable"
        await shop.deliver_events()
        seen = (await admin.get(path)).json()
        assert seen["captured"]["amount_minor"] == 2 * 1900 + 490
        (fulfilled,) = await told(shop, OrderFulfilled, order["order_id"])
        assert not fulfilled.complete


async def test_a_cancelled_parcel_leaves_its_pieces_open_and_its_share_uncaptured(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 3))
        path = f"/v1/orders/{order['order_id']}"
        one = {"lines": [{"sku": "MUG", "quantity": 1}], "ship": False}
        for _ in range(2):
            asked = await ask(admin, f"{path}/fulfilments", one, 201)
        first, second = (f"{path}/fulfilments/{f['fulfilment_id']}" for f in asked["fulfilments"])
        cancelled = await ask(admin, f"{first}/cancel", {"reason": "broken"})
        assert cancelled["lines"][0]["fulfilled_quantity"] == 1
        assert [f["state"] for f in cancelled["fulfilments"]] == ["cancelled", "requested"]
        await ask(admin, f"{second}/ship", {})
        done = await ask(admin, f"{path}/fulfilments", {}, 201)
        assert done["state"] == "fulfilled"
        await shop.deliver_events()
        assert (await admin.get(path)).json()["captured"]["amount_minor"] == 3 * 1900 + 490


async def test_a_held_order_is_not_shipped_until_it_is_released(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 1))
        path = f"/v1/orders/{order['order_id']}"
        parcel = await ask(admin, f"{path}/fulfilments", {"ship": False}, 201)
        url = f"{path}/fulfilments/{parcel['fulfilments'][0]['fulfilment_id']}"
        before = (await admin.get("/v1/orders/attention")).json()
        held = await ask(admin, f"{path}/hold", {"reason": "odd address"})
        after = (await admin.get("/v1/orders/attention")).json()
        assert (after["to_fulfil"], after["held"]) == (before["to_fulfil"] - 1, before["held"] + 1)
        assert held["hold_reason"] == "odd address"
        assert "hold_reason" not in (await ada.get(path, params={"token": order["token"]})).json()
        assert (await ask(admin, f"{path}/hold", {"reason": "again"}, 409))["code"] == "order_held"
        assert (await ask(admin, f"{url}/ship", {}, 409))["code"] == "order_held"
        assert (await ask(admin, f"{path}/fulfilments", {}, 409))["code"] == "order_not_fulfillable"
        found = (await admin.get("/v1/orders", params={"held": "true"})).json()["items"]
        assert [(it["number"], it["held"]) for it in found] == [(order["number"], True)]
        await ask(admin, f"{path}/release")
        assert (await ask(admin, f"{path}/release", status=409))["code"] == "order_not_held"
        assert (await ask(admin, f"{url}/ship", {}))["state"] == "fulfilled"
        assert [e.held for e in await told(shop, OrderHeld, order["order_id"])] == [True, False]


async def test_pieces_cancelled_are_free_again_and_never_captured(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 3), ("VASE", 1))
        path, token = f"/v1/orders/{order['order_id']}", {"token": order["token"]}
        await ask(admin, f"{path}/fulfilments", {"lines": [{"sku": "MUG", "quantity": 1}]}, 201)
        body = {"lines": [{"sku": "MUG", "quantity": 1}, {"sku": "MUG", "quantity": 1}], "reason": "too many"}
        by_customer = await ada.post(f"{path}/cancellations", params=token, json=body, headers=key())
        assert by_customer.status_code == 201, by_customer.text
        assert by_customer.json()["cancelled"]["amount_minor"] == 2 * 1900
        assert (await ask(admin, f"{path}/cancellations", body, 409))["code"] == "too_many_pieces"
        assert await available(admin, "MUG") == 9
        done = await ask(admin, f"{path}/cancellations", {"lines": [{"sku": "VASE", "quantity": 1}]}, 201)
        assert done["state"] == "fulfilled", "nothing is left to ship"
        events = await told(shop, OrderLinesCancelled, order["order_id"])
        assert [event.complete for event in events] == [False, True]
        await shop.deliver_events()
        assert (await admin.get(path)).json()["captured"]["amount_minor"] == 1900 + 490


async def test_what_was_captured_of_cancelled_pieces_is_given_back(shop: Shop) -> None:
    """Staff captured all of it ahead; a parcel leaves on that; the rest is cancelled, and comes back."""
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 3))
        path = f"/v1/orders/{order['order_id']}"
        payment = (await admin.get(path)).json()["payment"]
        await ask(admin, f"/v1/payments/{payment['payment_id']}/captures", {}, 201)
        await shop.deliver_events()
        shipped = await ask(admin, f"{path}/fulfilments", {"lines": [{"sku": "MUG", "quantity": 2}]}, 201)
        assert shipped["fulfilments"][0]["state"] == "shipped"
        await ask(admin, f"{path}/cancellations", {"lines": [{"sku": "MUG", "quantity": 1}]}, 201)
        await resume_refunds(shop.deps("order"))
        await shop.deliver_events()
        seen = (await admin.get(path)).json()
        assert (seen["state"], seen["refunded"]["amount_minor"]) == ("fulfilled", 1900)


async def test_cancelling_every_piece_cancels_the_order(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 2))
        path = f"/v1/orders/{order['order_id']}/cancellations"
        one = {"lines": [{"sku": "MUG", "quantity": 1}]}
        assert (await ask(admin, path, one, 201))["state"] == "placed"
        assert (await ask(admin, path, one, 201))["state"] == "cancelled"
        await shop.deliver_events()
        (told_once,) = await told(shop, OrderCancelled, order["order_id"])
        assert told_once.was_placed
        assert await available(admin, "MUG") == 10
        assert (await ask(admin, path, one, 409))["code"] == "order_not_cancellable"


class _Undo(Exception):
    pass


async def test_a_parcel_makes_the_moves_of_its_table_and_no_other(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 1))
        asked = await ask(admin, f"/v1/orders/{order['order_id']}/fulfilments", {"ship": False}, 201)
    parcel_id = UUID(asked["fulfilments"][0]["fulfilment_id"])
    made = {(state, to) for state in Parcel for to in STATEMENTS if await _moves(shop, parcel_id, state, to)}
    assert made == PROMISED
    assert {(state, to) for state, moves in PARCEL_TRANSITIONS.items() for to in moves} == PROMISED


async def _moves(shop: Shop, parcel_id: UUID, state: Parcel, to: Parcel) -> bool:
    """Whether the statement moves a parcel in `state`; one that is refused changes nothing. All is rolled back."""
    deps, moved = shop.deps("order"), False
    with suppress(_Undo):
        async with deps.db.begin() as tx:
            where = "WHERE fulfilment_id = $1"
            await tx.execute(f"UPDATE fulfilments SET state = $2 {where}", parcel_id, state)
            parcel = await fulfilments.load(tx, parcel_id)
            assert parcel is not None
            before = await _seen(tx, parcel)
            moved = bool(await STATEMENTS[to](tx, parcel, deps.clock.now()))
            after = await _seen(tx, parcel)
            assert after[0] == (to if moved else state) and (moved or after == before)
            raise _Undo
    return moved


async def _seen(tx: Transaction, parcel: FulfilmentRecord) -> tuple[str, str]:
    """Its state, and all else of it and its order."""
    row = await tx.row(
        """
        SELECT f.state, concat(f, o, (SELECT array_agg(l) FROM order_lines l WHERE l.order_id = o.order_id))
        FROM fulfilments f JOIN orders o USING (order_id) WHERE f.fulfilment_id = $1
        """,
        parcel.fulfilment_id,
    )
    assert row is not None
    return row[0], row[1]
