"""What staff do with orders: find, count, note, refund; and what of it a customer sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from tests.order.stall import place, ready_cart, told
from tests.shop import Shop, customer, guest, staff
from tests.stage import ADDRESS, key
from tradewind.contracts.order import OrderRefunded
from tradewind.kernel.words import search, words


async def found(admin: httpx.AsyncClient, **params: Any) -> list[str]:
    listed = await admin.get("/v1/orders", params=params)
    assert listed.status_code == 200, listed.text
    return [item["number"] for item in listed.json()["items"]]


async def test_staff_find_orders_by_what_they_know_of_them(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(guest()) as kai, shop.client(staff()) as admin:
        mug = await place(shop, ada, ("MUG", 2))
        cart = await ready_cart(kai, ("VASE", 1))
        change = {
            "email": "kai@example.org",
            "shipping_address": {**ADDRESS, "name": "Kai D'Órnellas", "company": "Brück & Söhne"},
            "billing_address": {**ADDRESS, "name": "Bruno Brück"},
        }
        await kai.patch(f"/v1/carts/{cart['cart_id']}", json=change)
        cheap = await place(shop, kai, ("MUG", 1), card="declined")
        body = {"cart_id": cart["cart_id"], "card_token": "tok_is_no_token"}
        await kai.post("/v1/orders", json=body)
        third = (await admin.get("/v1/orders", params={"q": "kai@"})).json()["items"][0]["number"]

        for words_, wanted in (
            (mug["number"], [mug["number"]]),
            (mug["number"].removeprefix("TW-"), [mug["number"]]),
            ("EXAMPLE.org", [third]),
            ("brü söh", [third]),
            ("d'ór", [third]),
            ("vas", [third]),
            ("ada love", [cheap["number"], mug["number"]]),
            ("ada nobody", []),
            ("\\ ' & | ! :* ()", []),
            ("  ", [third, cheap["number"], mug["number"]]),
        ):
            assert await found(admin, q=words_) == wanted, words_
        numbers = [mug["number"], cheap["number"], third]
        assert await found(admin, state=["placed", "payment_failed"], sort="oldest") == numbers
        assert await found(admin, state="placed") == numbers[:1]
        assert await found(admin, sort="-total") == [third, mug["number"], cheap["number"]]
        assert await found(admin, order_id=[mug["order_id"], cheap["order_id"]], sort="oldest") == numbers[:2]
        assert await found(ada, order_id=[mug["order_id"], cheap["order_id"]]) == [mug["number"]]
        assert await found(admin, order_id=str(uuid4())) == []
        today = datetime.now(UTC).date()
        assert len(await found(admin, **{"from": today, "to": today})) == 3
        assert await found(admin, to=today - timedelta(days=2), timezone="Europe/Berlin") == []
        for wrong in (
            {"order_id": "TW-1"},
            {"timezone": "Mars/Phobos", "to": today},
            {"from": "9999-13-01"},
            {"state": "lost"},
        ):
            refused = await admin.get("/v1/orders", params=wrong)
            assert (refused.status_code, refused.json()["field"].split("[")[0]) == (422, next(iter(wrong)))
        first = (await admin.get("/v1/orders", params={"sort": "total", "limit": 1})).json()
        rest = await found(admin, sort="total", cursor=first["next"])
        assert [first["items"][0]["number"], *rest] == [cheap["number"], mug["number"], third]

        counts = (await admin.get("/v1/orders/counts")).json()
        assert (counts["total"], counts["states"]["placed"], counts["states"]["fulfilled"]) == (3, 1, 0)
        assert (await admin.get("/v1/orders/counts", params={"q": "vase"})).json()["total"] == 1
        attention = (await admin.get("/v1/orders/attention")).json()
        assert (attention["to_fulfil"], attention["oldest_to_fulfil_at"]) == (1, mug["placed_at"])
        assert attention["payment_failed"] >= 1
        summary = f"/v1/orders/customers/{mug['account_id']}/summary"
        bought = (await admin.get(summary)).json()
        assert (bought["orders"], bought["spent_minor"]) == (1, {"EUR": 4290})
        assert bought["last_order_at"] == mug["placed_at"]
        for path in ("/v1/orders/counts", "/v1/orders/attention", summary):
            assert (await ada.get(path)).status_code == 403
        assert await found(ada, q="kai@") == []


async def test_what_staff_note_is_not_shown_to_the_customer(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(staff("support")) as support:
        order = await place(shop, ada, ("MUG", 1))
        path = f"/v1/orders/{order['order_id']}"
        noted = await support.post(f"{path}/notes", json={"text": "called twice"}, headers=key())
        assert noted.json()["history"][-1]["reason"] == "called twice", noted.text
        theirs, ours = (await ada.get(path)).json(), (await support.get(path)).json()
        assert "called twice" not in str(theirs)
        assert ours["history"][-1]["kind"] == "staff_note"
        assert theirs["payment"] == {"network": "visa", "last4": "4242", "method": "card"}
        assert (ours["payment"]["status"], ours["payment"]["authorised"]["amount_minor"]) == (
            "authorised",
            2390,
        )
        tickets = shop.deps("order").tickets
        assert tickets.topic(theirs["stream_ticket"], datetime.now(UTC)) == f"order:{order['order_id']}"
        for who in (ada, shop.client(guest())):
            refused = await who.post(f"{path}/notes", json={"text": "me too"})
            assert refused.status_code in (401, 403)


async def test_money_goes_back_by_pieces_by_amount_and_never_twice(shop: Shop) -> None:
    async with shop.client(guest()) as client, shop.client(staff("support")) as support:
        order = await place(shop, client, ("MUG", 3))  # 5700 and 490 for shipping
        path = f"/v1/orders/{order['order_id']}"
        early = await support.post(f"{path}/refunds", json={}, headers=key())
        assert (early.status_code, early.json()["code"]) == (409, "nothing_to_refund")
        async with shop.client(staff("warehouse")) as warehouse:
            await warehouse.post(f"{path}/fulfilments", json={}, headers=key())
        await shop.deliver_events()

        body = {"lines": [{"sku": "MUG", "quantity": 1}], "reason": "chipped"}
        header = key()
        for _ in range(2):
            back = await support.post(f"{path}/refunds", json=body, headers=header)
            assert back.status_code == 201, back.text
        await shop.deliver_events()
        answer = back.json()
        assert (answer["refunds"][0]["amount"]["amount_minor"], answer["refunds"][0]["state"]) == (
            1900,
            "succeeded",
        )
        assert answer["lines"][0]["refunded_quantity"] == 1
        assert answer["refundable"]["amount_minor"] == 4290
        many = {"lines": [{"sku": "MUG", "quantity": 3}]}
        refused = await support.post(f"{path}/refunds", json=many, headers=key())
        assert (refused.status_code, refused.json()["code"]) == (409, "too_many_pieces")
        above = await support.post(f"{path}/refunds", json={"amount_minor": 4291}, headers=key())
        assert (above.status_code, above.json()["details"]["left_minor"]) == (409, 4290)
        some = await support.post(f"{path}/refunds", json={"amount_minor": 290}, headers=key())
        assert some.status_code == 201, some.text
        rest = await support.post(f"{path}/refunds", json={}, headers=key())
        assert rest.json()["refundable"]["amount_minor"] == 0
        await shop.deliver_events()
        told_of = await told(shop, OrderRefunded, order["order_id"])
        assert [(e.amount.amount_minor, e.refunded.amount_minor) for e in told_of] == [
            (1900, 1900),
            (290, 2190),
            (4000, 6190),
        ]
        seen = (await client.get(path, params={"token": order["token"]})).json()
        assert seen["refunded"]["amount_minor"] == 6190
        assert "chipped" not in str(seen["refunds"])


def test_words_are_found_by_their_beginnings() -> None:
    assert words(["Ada Lovelace", "ADA@Example.com", "ada"]) == [
        "ada",
        "lovelace",
        "ada@example.com",
        "example.com",
    ]
    assert search(" Ada  O'Neil ") == "'ada':* & 'o''neil':*"
    assert search("   ") is None
