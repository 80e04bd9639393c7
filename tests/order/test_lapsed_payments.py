"""What lapsed is due again and nothing is sent unpaid; what was declined softly is tried again, and only that."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from tests.order.stall import card_token, place
from tests.order.test_edits import begin, confirm
from tests.shop import Shop, customer, staff
from tests.stage import key
from tradewind.contracts.common import Money
from tradewind.contracts.payment import PaymentLapsed
from tradewind.kernel.events import Envelope
from tradewind.services.order import jobs as order_jobs
from tradewind.services.payment import jobs as payment_jobs


async def state_of(shop: Shop, order: Any) -> Any:
    async with shop.client(staff()) as admin:
        return (await admin.get(f"/v1/orders/{order['order_id']}")).json()


async def lapse(shop: Shop, order: Any, number: int = 1) -> None:
    """The hold of this one of its payments ends now, as the bank behind the sandbox says."""
    database = shop.database("payment")
    await database.execute(
        """
        UPDATE payments SET expires_at = created_at, expiry_due_at = created_at
        WHERE order_id = $1 AND number = $2
        """,
        UUID(order["order_id"]),
        number,
    )
    await payment_jobs.tend_expiring(shop.deps("payment"))
    await payment_jobs.close_cancelled(shop.deps("payment"))
    await shop.deliver_events()


async def retry_now(shop: Shop, order: Any) -> Any:
    await shop.database("order").execute(
        "UPDATE orders SET resume_at = created_at WHERE order_id = $1 AND sealed_card_token IS NOT NULL",
        UUID(order["order_id"]),
    )
    await order_jobs.resume_pending(shop.deps("order"))
    await shop.deliver_events()
    return await state_of(shop, order)


async def test_an_order_whose_hold_lapsed_is_paid_again_before_anything_is_sent(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 2))
        path = f"/v1/orders/{order['order_id']}"
        await lapse(shop, order)
        now = await state_of(shop, order)
        assert now["state"] == "placed" and now["due"]["amount_minor"] == 2 * 1900 + 490
        refused = await admin.post(f"{path}/fulfilments", json={"carrier": "DHL"}, headers=key())
        assert refused.status_code == 409, refused.text
        body = {"card_token": await card_token(shop)}
        paid = await ada.post(f"{path}/payments", json=body, headers=key())
        assert paid.is_success, paid.text
        sent = await admin.post(f"{path}/fulfilments", json={"carrier": "DHL"}, headers=key())
        assert sent.is_success, sent.text
        await shop.deliver_events()
        assert (await state_of(shop, order))["state"] == "fulfilled"


async def test_an_order_whose_transfer_never_came_expires_and_its_stock_is_free(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("VASE", 2), card_token=None, payment={"type": "bank_transfer"})
        assert order["state"] == "placed"
        await lapse(shop, order)
        assert (await state_of(shop, order))["state"] == "expired"
        stock = (await admin.get("/v1/stock/VASE")).json()
        assert "2" in str(stock)
        again = await place(shop, ada, ("VASE", 2))
        assert again["state"] == "placed"


async def test_an_order_whose_difference_never_came_goes_on_and_has_it_due_again(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(staff()) as admin:
        order = await place(shop, ada, ("MUG", 1))
        path = f"/v1/orders/{order['order_id']}"
        await confirm(admin, await begin(admin, order, lines=[{"sku": "MUG", "quantity": 2}]))
        transfer = {"payment": {"type": "bank_transfer"}}
        promised = await ada.post(f"{path}/payments", json=transfer, headers=key())
        assert promised.is_success, promised.text
        await shop.deliver_events()
        assert "due" not in await state_of(shop, order)
        await lapse(shop, order, 2)
        now = await state_of(shop, order)
        assert (now["state"], now["due"]["amount_minor"]) == ("placed", 1900)
        refused = await admin.post(f"{path}/fulfilments", json={}, headers=key())
        assert refused.status_code == 409, refused.text
        body = {"card_token": await card_token(shop)}
        assert (await ada.post(f"{path}/payments", json=body, headers=key())).is_success
        sent = await admin.post(f"{path}/fulfilments", json={}, headers=key())
        assert (sent.status_code, sent.json()["state"]) == (201, "fulfilled"), sent.text


async def test_a_soft_decline_is_tried_again_twice_and_a_hard_one_never(shop: Shop) -> None:
    async with shop.client(customer()) as ada:
        soft = await place(shop, ada, ("MUG", 1), card="4000000000009995")
        hard = await place(shop, ada, ("MUG", 1), card="declined")
        for _ in range(4):
            after_soft, after_hard = await retry_now(shop, soft), await retry_now(shop, hard)
        for order, attempts in ((soft, 3), (hard, 1)):
            made = await shop.database("payment").value(
                "SELECT count(*) FROM attempts WHERE order_id = $1", UUID(order["order_id"])
            )
            assert made == attempts
        assert after_soft["state"] == after_hard["state"] == "payment_failed"
        said = [entry["reason"] for entry in after_soft["history"] if entry["reason"]]
        assert "tried again after a soft decline, 2 of 2" in said
        told = await shop.database("order").value(
            "SELECT count(*) FROM outbox WHERE type = 'order.payment_failed' AND key = $1", soft["order_id"]
        )
        assert told == 1
        body = {"card_token": await card_token(shop)}
        paid = await ada.post(f"/v1/orders/{soft['order_id']}/payments", json=body, headers=key())
        assert paid.json()["state"] == "placed"


async def test_who_tries_to_pay_again_has_as_much_time_again(shop: Shop) -> None:
    """The job comes to orders whose time is over: to this one before it, and after the second try not."""
    async with shop.client(customer()) as ada:
        order = await place(shop, ada, ("VASE", 2), card="declined")
        assert order["state"] == "payment_failed"
        database = shop.database("order")
        soon = await database.value(
            """
            UPDATE orders SET decide_by = now() + interval '2 seconds', resume_at = now() + interval '2 seconds'
            WHERE order_id = $1 RETURNING decide_by
            """,
            UUID(order["order_id"]),
        )
        body = {"card_token": await card_token(shop, "declined")}
        path = f"/v1/orders/{order['order_id']}/payments"
        tried = await ada.post(path, json=body, headers=key())
        assert tried.json()["state"] == "payment_failed", tried.text
        by = datetime.fromisoformat(tried.json()["decide_by"])
        assert by - soon > timedelta(minutes=29)
        assert await database.value(
            "SELECT resume_at = decide_by FROM orders WHERE order_id = $1", UUID(order["order_id"])
        )
        await asyncio.sleep(2.1)
        await order_jobs.resume_pending(shop.deps("order"))
        assert (await state_of(shop, order))["state"] == "payment_failed"


async def test_a_lapse_of_what_was_in_vain_makes_nothing_due(shop: Shop) -> None:
    async with shop.client(customer()) as ada:
        order = await place(shop, ada, ("MUG", 1))
        await shop.database("order").execute(
            "UPDATE orders SET spare_minor = 500 WHERE order_id = $1", UUID(order["order_id"])
        )
        event = PaymentLapsed(UUID(order["order_id"]), uuid4(), Money(500, "EUR"))
        envelope = Envelope(
            uuid4(),
            event.event_type(),
            "payment",
            order["order_id"],
            shop.deps("order").clock.now(),
            "",
            msgspec.Raw(msgspec.json.encode(event)),
        )
        assert await shop.runtime.running["order"].inbox.receive(envelope, "order.note_lapsed")
        assert "due" not in await state_of(shop, order)
