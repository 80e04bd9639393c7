"""What happened to an order: by whom, what it changed, and who is told."""

from __future__ import annotations

import uuid
from typing import Any, get_args
from uuid import UUID

import httpx
import pytest

from tests.order.stall import place
from tests.order.test_edits import begin, confirm
from tests.shop import Shop, customer, guest, staff
from tests.stage import key
from tradewind.services.order.domain.timeline import KINDS, Change, KindName, actor_of, details_of
from tradewind.services.order.queries.to_ship import to_ship
from tradewind.services.order.store import orders


async def told(client: httpx.AsyncClient, order: Any, **params: Any) -> list[Any]:
    params |= {"token": order["token"]} if order.get("token") else {}
    answer = await client.get(f"/v1/orders/{order['order_id']}/timeline", params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_each_entry_says_what_it_changed_and_by_whom(shop: Shop) -> None:
    async with shop.client(guest()) as client, shop.client(staff()) as admin:
        order = await place(shop, client, ("MUG", 2), ("VASE", 1))
        path = f"/v1/orders/{order['order_id']}"
        await admin.post(f"{path}/notes", json={"text": "fragile"}, headers=key())
        wish = {"text": "Please ring next door"}
        asked = await client.post(
            f"{path}/customer-notes", params={"token": order["token"]}, json=wish, headers=key()
        )
        assert asked.status_code == 201, asked.text
        body = {"lines": [{"sku": "MUG", "quantity": 1}], "carrier": "DHL", "tracking_number": "00340"}
        await admin.post(f"{path}/fulfilments", json=body, headers=key())
        await shop.deliver_events()
        refund = {"lines": [{"sku": "MUG", "quantity": 1}], "reason": "chipped"}
        await admin.post(f"{path}/refunds", json=refund, headers=key())
        await shop.deliver_events()

        theirs, ours = await told(client, order), await told(admin, order)
        assert [entry["sequence"] for entry in ours] == sorted(
            (entry["sequence"] for entry in ours), reverse=True
        )
        details = {detail["type"]: detail for entry in ours for detail in entry["details"]}
        assert details["money_captured"]["amount"] == {"amount_minor": 2390, "currency": "EUR"}
        parcels = [
            detail["state"]
            for entry in reversed(ours)
            for detail in entry["details"]
            if detail["type"] == "parcel_moved"
        ]
        assert parcels[-1] == "shipped", parcels
        assert details["parcel_moved"]["lines"] == [{"sku": "MUG", "quantity": 1}]
        refunds = [
            (detail["state"], detail["amount"]["amount_minor"])
            for entry in reversed(ours)
            for detail in entry["details"]
            if detail["type"] == "refund_moved"
        ]
        assert refunds == [("requested", 1900), ("succeeded", 1900)]
        assert ours[-1]["details"] == [{"type": "state_moved", "from_state": None, "to_state": "pending"}]
        assert ours[-1]["actor"] == {"kind": "guest", "name": "Ada Lovelace"}

        assert "fragile" in str(ours)
        assert "chipped" in str(ours)
        assert "chipped" not in str(theirs)
        assert "fragile" not in str(theirs)
        assert any(entry["kind"] == "customer_note" and entry["text"] == wish["text"] for entry in theirs)
        assert {entry["actor"]["kind"] for entry in theirs} == {"guest", "service", "staff"}
        assert all(set(entry["actor"]) == {"kind"} for entry in theirs if entry["actor"]["kind"] == "staff")
        assert "127.0.0.1" not in str(theirs)

        notes = await told(admin, order, kind=["staff_note", "customer_note"])
        assert [entry["kind"] for entry in notes] == ["customer_note", "staff_note"]
        assert await told(client, order, kind="staff_note") == []
        first = (await admin.get(f"{path}/timeline", params={"limit": 2})).json()
        rest = await told(admin, order, cursor=first["next"])
        assert [*first["items"], *rest] == ours
        for wrong in ({"kind": "gossip"}, {"cursor": "no"}, {"limit": 0}):
            refused = await admin.get(f"{path}/timeline", params=wrong)
            assert (refused.status_code, refused.json()["field"].split("[")[0]) == (422, next(iter(wrong)))
        for stranger in (shop.client(customer()), shop.client(guest())):
            async with stranger as other:
                assert (await other.get(f"{path}/timeline")).status_code == 404
                assert (await other.post(f"{path}/customer-notes", json=wish)).status_code == 404


async def test_a_kind_that_nobody_knows_is_refused(shop: Shop) -> None:
    async with shop.client(guest()) as client:
        order = await place(shop, client, ("MUG", 1))
    deps = shop.deps("order")
    with pytest.raises(AssertionError, match="no kind of entry"):
        async with deps.db.begin() as tx:
            order_id = uuid.UUID(order["order_id"])
            await orders.note(tx, order_id, "?", "test", deps.clock.now(), kind="gossip")


def test_kinds_are_told_as_a_closed_set() -> None:
    assert set(get_args(KindName)) == set(KINDS)


def test_actors_are_known_by_their_names() -> None:
    ada, clerk = uuid.uuid4(), uuid.uuid4()
    assert actor_of(f"account:{ada}", ada).kind == "customer"
    assert actor_of(f"account:{clerk}", ada).kind == actor_of(f"api_key:{clerk}", None).kind == "staff"
    assert (actor_of("guest:192.0.2.1", None).kind, actor_of("guest:192.0.2.1", None).id) == ("guest", None)
    assert (actor_of("service:payment", ada).kind, actor_of("service:payment", ada).id) == (
        "service",
        "payment",
    )


def test_what_rows_say_that_happened() -> None:
    address = {"name": "Ada", "line1": "Torstr. 1", "city": "Berlin", "country": "DE"}
    was = {
        "captured_minor": 0,
        "total_minor": 100,
        "shipping_address": address,
        "billing_address": address,
        "shipping_method": "standard",
        "held_at": None,
    }
    now = was | {
        "total_minor": 150,
        "shipping_address": address | {"city": "Leipzig"},
        "shipping_method": "express",
        "held_at": "2026-11-22T10:00:00Z",
        "hold_reason": "address",
    }
    line = {"sku": "MUG", "title": "Mug", "quantity": 2, "cancelled_quantity": 0}
    changes = [
        Change("order_lines", line, line | {"cancelled_quantity": 1}),
        Change("order_lines", None, line | {"sku": "VASE"}),
        Change("orders", was, now),
        Change("order_promotions", None, {}),
    ]
    kinds = [detail.__struct_config__.tag for detail in details_of(changes, "EUR")]
    assert kinds == [
        "total_changed",
        "address_changed",
        "shipping_changed",
        "hold_changed",
        "line_changed",
        "line_changed",
    ]


async def test_an_order_awaits_its_transfer_until_all_of_it_came_and_tells_so_of_its_past(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 1), card_token=None, payment={"type": "bank_transfer"})
        path = f"/v1/orders/{order['order_id']}"

        async def awaits() -> list[bool]:
            """As the buyer's order and list say it, and those of staff."""
            one, listed = (await ada.get(path)).json(), (await ada.get("/v1/orders")).json()["items"][0]
            theirs = (await admin.get("/v1/orders")).json()["items"][0]
            return [
                it.get("awaits_transfer", False)
                for it in (one, listed, theirs, (await admin.get(path)).json())
            ]

        assert order["awaits_transfer"]
        assert await awaits() == [True] * 4
        placed_at = (await ada.get(path)).json()["placed_at"]
        payment = (await admin.get("/v1/payments")).json()["items"][0]
        for amount_minor, still in ((1000, True), (1390, False)):
            reference = f"SEPA {amount_minor}"
            body = {"amount_minor": amount_minor, "reference": reference, "received_on": "2026-03-02"}
            receipt = f"/v1/payments/{payment['payment_id']}/receipts"
            came = await admin.post(receipt, json=body, headers=key())
            assert came.is_success, came.text
            await shop.deliver_events()
            assert await awaits() == [still] * 4
        then = (await admin.get(path, params={"as_of": placed_at})).json()
        assert then["awaits_transfer"]
        by_card = await place(shop, ada, ("MUG", 1))
        assert "awaits_transfer" not in by_card


async def test_an_order_awaits_no_more_of_its_transfer_than_it_still_comes_to(shop: Shop) -> None:
    """Whether pieces are cancelled or edited away, and where a gift card pays a part."""
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        amount = {"amount_minor": 1000, "currency": "EUR"}
        gift = await admin.post("/v1/gift-cards", json=amount, headers=key())
        for codes, edits, enough_minor in (
            ([], False, 2390),
            ([], True, 2390),
            ([gift.json()["code"]], False, 1390),
        ):
            more: dict[str, Any] = {"payment": {"type": "bank_transfer"}, "gift_cards": codes}
            order = await place(shop, ada, ("MUG", 2), card_token=None, **more)
            path, order_id = f"/v1/orders/{order['order_id']}", UUID(order["order_id"])

            async def awaits(path: str = path, order_id: UUID = order_id) -> tuple[bool, bool, str | None]:
                """As the order, the list and whoever picks say it."""
                listed = (await admin.get("/v1/orders")).json()["items"][0]
                assert listed["order_id"] == str(order_id)
                (picked,) = await to_ship(shop.deps("order"), [order_id])
                one = (await admin.get(path)).json()
                work = (await admin.get("/v1/orders/attention")).json()
                waiting = int(listed["awaits_transfer"])
                assert (work["to_fulfil"], work["awaiting_transfer"]) == (1 - waiting, waiting), work
                return one.get("awaits_transfer", False), listed["awaits_transfer"], picked.stopped

            payments = (await admin.get(path)).json()["payment"]
            for amount_minor in (enough_minor - 1, 1):
                body = {
                    "amount_minor": amount_minor,
                    "reference": f"{amount_minor}",
                    "received_on": "2026-03-02",
                }
                receipts = f"/v1/payments/{payments['payment_id']}/receipts"
                assert (await admin.post(receipts, json=body, headers=key())).is_success
                await shop.deliver_events()
                if amount_minor > 1:
                    assert await awaits() == (True, True, "unpaid")
                    one_mug = {"sku": "MUG", "quantity": 1}
                    if edits:
                        await confirm(admin, await begin(admin, order, lines=[one_mug]))
                    else:
                        gone = {"lines": [one_mug]}
                        assert (
                            await admin.post(f"{path}/cancellations", json=gone, headers=key())
                        ).is_success
                    await shop.deliver_events()
                    assert await awaits() == (True, True, "unpaid")
                    early = await admin.post(f"{path}/fulfilments", json={}, headers=key())
                    assert "0.01 EUR is awaited by bank transfer" in early.json()["detail"]
            assert await awaits() == (False, False, None)
            sent = await admin.post(f"{path}/fulfilments", json={}, headers=key())
            assert (sent.status_code, sent.json()["state"]) == (201, "fulfilled"), sent.text


async def test_a_difference_that_was_transferred_is_not_the_transfer_that_is_awaited(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        transfer = {"payment": {"type": "bank_transfer"}}
        order = await place(shop, ada, ("MUG", 1), card_token=None, **transfer)
        path = f"/v1/orders/{order['order_id']}"
        await confirm(admin, await begin(admin, order, lines=[{"sku": "MUG", "quantity": 2}]))
        token = {"token": order["token"]}
        more = await ada.post(f"{path}/payments", params=token, json=transfer, headers=key())
        assert more.is_success, more.text
        await shop.deliver_events()
        waiting = (await admin.get("/v1/payments")).json()["items"]
        for amount_minor, awaits in ((1900, True), (2390, False)):
            (payment,) = (one for one in waiting if one["authorised"]["amount_minor"] == amount_minor)
            body = {"amount_minor": amount_minor, "reference": "SEPA", "received_on": "2026-03-02"}
            receipts = f"/v1/payments/{payment['payment_id']}/receipts"
            assert (await admin.post(receipts, json=body, headers=key())).is_success
            await shop.deliver_events()
            assert (await admin.get(path)).json().get("awaits_transfer", False) == awaits


async def test_an_order_that_gift_cards_paid_in_full_awaits_no_transfer(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        amount = {"amount_minor": 9000, "currency": "EUR"}
        gift = await admin.post("/v1/gift-cards", json=amount, headers=key())
        more: dict[str, Any] = {"payment": {"type": "bank_transfer"}, "gift_cards": [gift.json()["code"]]}
        order = await place(shop, ada, ("MUG", 1), card_token=None, **more)
        assert order["state"] == "placed" and "awaits_transfer" not in order
        assert order["payment"]["method"] == "gift_card"
