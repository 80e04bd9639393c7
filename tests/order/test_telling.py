"""What the order service tells the others: enough of the moment that a mail or a report needs nothing else."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.order.stall import card_token, place, ready_cart, told
from tests.shop import Shop, customer, guest, staff
from tests.stage import key
from tradewind.contracts.common import Money
from tradewind.contracts.order import (
    ORDER_LINK,
    CartAbandoned,
    OrderCancelled,
    OrderDelivered,
    OrderFulfilled,
    OrderPaymentFailed,
    OrderPlaced,
    OrderRefunded,
    OrderTotals,
    ShippedLine,
)
from tradewind.kernel.sealing import Sealer
from tradewind.services.order.domain.tracking import tracking_url
from tradewind.services.order.jobs import tell_abandoned_carts


async def test_what_is_told_of_an_order_from_checkout_to_refund(shop: Shop) -> None:
    async with shop.client(guest()) as client, shop.client(staff()) as admin:
        order = await place(shop, client, ("MUG", 2), language="de")
        order_id, path = order["order_id"], f"/v1/orders/{order['order_id']}"
        (placed,) = await told(shop, OrderPlaced, order_id)
        assert (placed.number, placed.total, placed.shipping_method) == (
            order["number"],
            Money(4290, "EUR"),
            "standard",
        )
        assert placed.totals == OrderTotals(3800, 0, 490, order["totals"]["tax_minor"], 4290)
        assert [(line.sku, line.title, line.quantity) for line in placed.lines] == [("MUG", "Mug", 2)]
        assert (placed.buyer.email, placed.buyer.name, placed.buyer.language) == (
            "ada@example.com",
            "Ada Lovelace",
            "de",
        )
        assert placed.buyer.sealed_token is not None
        chosen = shop.deps("order").settings.secret_key
        token = Sealer(chosen, ORDER_LINK).unseal(placed.buyer.sealed_token, order_id).decode()
        assert (await client.get(path, params={"token": token})).json()["language"] == "de"

        parcel = {"lines": [{"sku": "MUG", "quantity": 1}], "carrier": "DHL", "tracking_number": "0034 1"}
        shipped = await admin.post(f"{path}/fulfilments", json=parcel, headers=key())
        (fulfilment,) = shipped.json()["fulfilments"]
        (left,) = await told(shop, OrderFulfilled, order_id)
        assert (left.lines, left.complete) == ([ShippedLine("MUG", "Mug", 1)], False)
        assert left.tracking_url == fulfilment["tracking_url"] == tracking_url("dhl", "0034 1")
        arrival = f"{path}/fulfilments/{fulfilment['fulfilment_id']}/deliver"
        for _ in range(2):  # said twice, told once
            arrived = await admin.post(arrival, headers=key())
            assert arrived.json()["fulfilments"][0]["state"] == "delivered", arrived.text
        (there,) = await told(shop, OrderDelivered, order_id)
        assert (str(there.fulfilment_id), there.lines) == (fulfilment["fulfilment_id"], left.lines)
        await shop.deliver_events()

        payments = await admin.get("/v1/payments", params={"order_id": order_id})
        refunds = f"/v1/payments/{payments.json()['items'][0]['payment_id']}/refunds"
        sent = await admin.post(refunds, json={"amount_minor": 500, "reason": "broken"}, headers=key())
        assert sent.is_success, sent.text
        await shop.deliver_events()
        (back,) = await told(shop, OrderRefunded, order_id)
        assert (back.amount, back.refunded, back.total) == (
            Money(500, "EUR"),
            Money(500, "EUR"),
            Money(4290, "EUR"),
        )


async def test_a_decline_and_its_end_are_told(shop: Shop) -> None:
    ada = customer()
    async with shop.client(ada) as client:
        order = await place(shop, client, ("MUG", 1), card="declined")
        (failed,) = await told(shop, OrderPaymentFailed, order["order_id"])
        assert (failed.code, failed.buyer.account_id, failed.buyer.sealed_token) == (
            "card_declined",
            ada.account_id,
            None,
        )
        assert failed.decide_by is not None
        assert failed.decide_by > datetime.now(UTC)
        await client.post(f"/v1/orders/{order['order_id']}/cancel", json={}, headers=key())
        (unpaid,) = await told(shop, OrderCancelled, order["order_id"])
        assert not unpaid.was_placed
        other = await place(shop, client, ("MUG", 1))
        await client.post(f"/v1/orders/{other['order_id']}/cancel", json={}, headers=key())
        (cancelled,) = await told(shop, OrderCancelled, other["order_id"])
        assert cancelled.was_placed
        assert cancelled.total == Money(2390, "EUR")


async def test_an_order_speaks_the_language_of_its_cart_or_else_of_its_account(shop: Shop) -> None:
    async with shop.client(guest()) as client:
        body = {"email": "kai@example.com", "password": "seven lean cows", "name": "Kai", "language": "de"}
        account_id = (await client.post("/v1/accounts", json=body)).json()["account"]["account_id"]
    async with shop.client(customer(uuid.UUID(account_id))) as client:
        assert (await place(shop, client, ("MUG", 1)))["language"] == "de"
        cart = await ready_cart(client, ("MUG", 1))
        changed = await client.patch(f"/v1/carts/{cart['cart_id']}", json={"language": "en"})
        assert changed.json()["language"] == "en"
        order = {"cart_id": cart["cart_id"], "card_token": await card_token(shop)}
        assert (await client.post("/v1/orders", json=order)).json()["language"] == "en"
        wrong = await client.patch(f"/v1/carts/{cart['cart_id']}", json={"language": "tlh"})
        assert (wrong.status_code, wrong.json()["field"]) == (422, "language")


class Later:
    """The clock of some time from now."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def new_id(self) -> uuid.UUID:
        return uuid.uuid7() if hasattr(uuid, "uuid7") else uuid.uuid4()


async def test_a_cart_left_behind_is_told_once_until_it_is_changed(shop: Shop) -> None:
    deps = shop.deps("order")
    later = replace(deps, clock=Later(timedelta(hours=2)))
    async with shop.client(guest()) as client:
        cart = await ready_cart(client, ("MUG", 3))
        await client.post("/v1/carts", json={})
        cart_id = cart["cart_id"]
        assert await tell_abandoned_carts(deps) == "0 carts"
        assert await tell_abandoned_carts(later) == "1 carts"
        assert await tell_abandoned_carts(later) == "0 carts"
        (left,) = await told(shop, CartAbandoned, cart_id)
        assert (left.email, left.value) == ("ada@example.com", Money(5700, "EUR"))
        assert [(line.sku, line.quantity, line.total_minor) for line in left.lines] == [("MUG", 3, 5700)]
        await client.put(f"/v1/carts/{cart_id}/lines/MUG", json={"quantity": 1})
        assert await tell_abandoned_carts(later) == "1 carts"
        assert [event.value.amount_minor for event in await told(shop, CartAbandoned, cart_id)] == [
            5700,
            1900,
        ]
        order = {"cart_id": cart_id, "card_token": await card_token(shop)}
        await client.post("/v1/orders", json=order)
        assert await tell_abandoned_carts(later) == "0 carts"


@pytest.mark.parametrize(
    ("carrier", "number", "host"),
    [
        ("DHL Express", "12", "www.dhl.com"),
        ("ups", "1Z 9", "www.ups.com"),
        ("Royal Mail 24", "a/b", "www.royalmail.com"),
        ("DHLX", "12", None),
        ("DHL", " ", None),
        ("", "12", None),
    ],
)
def test_a_parcel_is_followed_at_its_carriers(carrier: str, number: str, host: str | None) -> None:
    url = tracking_url(carrier, number)
    assert (url is None) == (host is None)
    assert url is None or url.startswith(f"https://{host}/")
    assert url is None or " " not in url
