"""What a buyer is written from the order to the goods in their hands, as the order service really tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.notification.post_office import ENVIRON, PostOffice, open_post_office
from tests.order.stall import furnish, place
from tests.shop import guest, staff
from tests.stage import ADDRESS, key

ACCOUNT = "Aldea GmbH, DE02 1203 0000 0000 2020 51"
BY_TRANSFER: dict[str, Any] = {"card_token": None, "payment": {"type": "bank_transfer"}}


async def mails(office: PostOffice, order: dict[str, Any]) -> dict[str, str]:
    """The texts of all that were written about it, by kind."""
    listed = await office.messages(order_id=order["order_id"])
    return {one["kind"]: (await office.message(one["message_id"]))["text"] for one in listed}


async def test_a_collected_order_is_told_from_the_transfer_to_the_counter(database_url: str) -> None:
    environ = {**ENVIRON, "TRADEWIND_PAYMENT_BANK_ACCOUNT": ACCOUNT}
    async with open_post_office(database_url, environ) as office:
        shop = office.shop
        async with shop.client(staff()) as admin, shop.client(guest()) as ada:
            await furnish(admin)
            store = {"code": "STORE", "name": "Old town", "country": "DE", "pickup": True}
            assert (await admin.post("/v1/warehouses", json=store)).status_code == 201
            line = {"sku": "VASE", "warehouse": "STORE", "quantity": 2}
            await admin.post("/v1/stock/receipts", json={"reference": "DN 3", "lines": [line]})
            order = await place(shop, ada, ("VASE", 2), pickup="STORE", **BY_TRANSFER)
            path = f"/v1/orders/{order['order_id']}"

            confirmed = (await mails(office, order))["order_confirmation"]
            due = (datetime.now(UTC) + timedelta(days=14)).day
            for fact in (
                ACCOUNT,
                "Amount: €136.00",
                f"Reference: {order['number']}",
                f"By: {due} ",
                "Old town",
            ):
                assert fact in confirmed, fact
            assert "as soon as your transfer has arrived" in " ".join(confirmed.lower().split())
            assert "on its way" not in confirmed and "Goes to" not in confirmed

            paid = (await admin.get("/v1/payments", params={"order_id": order["order_id"]})).json()["items"]
            money = {"amount_minor": 13600, "reference": "statement 4", "received_on": "2026-03-02"}
            arrived = await admin.post(
                f"/v1/payments/{paid[0]['payment_id']}/receipts", json=money, headers=key()
            )
            assert arrived.is_success, arrived.text
            for count in (1, 2):
                lines = [{"sku": "VASE", "quantity": 1}]
                asked = await admin.post(
                    f"{path}/fulfilments", json={"ship": False, "lines": lines}, headers=key()
                )
                parcel = f"{path}/fulfilments/{asked.json()['fulfilments'][-1]['fulfilment_id']}"
                for _ in range(2):  # said twice, told once
                    assert (await admin.post(f"{parcel}/pack", headers=key())).is_success
                await shop.deliver_events()
                listed = await office.messages(order_id=order["order_id"], kind="order_ready")
                assert len(listed) == count
            ready = [(await office.message(one["message_id"]))["text"] for one in listed]
            assert sum("Your order waits for you." in text for text in ready) == 1, "of the last part alone"
            assert all("Old town, by Ada Lovelace" in text for text in ready)

            assert (await admin.post(f"{parcel}/ship", json={}, headers=key())).is_success
            await shop.deliver_events()
            assert (await admin.post(f"{parcel}/deliver", headers=key())).is_success
            await shop.deliver_events()
            assert (
                "handed a part of your order over"
                in (written := await mails(office, order))["order_collected"]
            )
            assert not {"order_shipped", "order_delivered"} & set(written)


async def test_what_comes_later_is_in_the_confirmation_with_its_day(database_url: str) -> None:
    async with open_post_office(database_url, ENVIRON) as office:
        shop = office.shop
        async with shop.client(staff()) as admin, shop.client(guest()) as ada:
            await furnish(admin)
            soon = datetime(2040, 5, 6, 12, tzinfo=UTC)
            policy = {"sku": "VASE", "sell_beyond": "backorder", "limit": 5, "expected_at": soon.isoformat()}
            assert (await admin.put("/v1/stock/policies", json=policy)).status_code == 200
            order = await place(shop, ada, ("VASE", 3), **BY_TRANSFER)
            confirmed = (await mails(office, order))["order_confirmation"]
            assert "1 of it to come, about 6 May 2040" in confirmed
            assert "Please transfer" in confirmed, confirmed
            assert "To: our account, which we will write to you\nReference: " in confirmed, "it names none"


async def test_who_has_more_to_pay_after_a_change_is_told_what_changed_and_where_to_pay(
    database_url: str,
) -> None:
    async with open_post_office(database_url, ENVIRON) as office:
        shop = office.shop
        async with shop.client(staff()) as admin, shop.client(guest()) as ada:
            await furnish(admin)
            order = await place(shop, ada, ("MUG", 1), ("VASE", 1), **BY_TRANSFER)
            path = f"/v1/orders/{order['order_id']}"

            async def edited(**change: Any) -> None:
                begun = await admin.post(f"{path}/edits", json=change, headers=key())
                one = f"{path}/edits/{begun.json()['edit_id']}"
                assert (await admin.post(f"{one}/confirm", headers=key())).is_success
                await shop.deliver_events()

            await edited(lines=[{"sku": "VASE", "quantity": 0}])
            assert "payment_due" not in await mails(office, order), "it is cheaper"
            await edited(lines=[{"sku": "MUG", "quantity": 6}], reason="As we spoke.")
            await edited(shipping_address={**ADDRESS, "name": "Augusta Ada King"})
            (due,) = await office.messages(order_id=order["order_id"], kind="payment_due")
            told = (await office.message(due["message_id"]))["text"]
            owed = (await admin.get(path)).json()["due"]["amount_minor"]
            for fact in (
                "As we spoke.",
                "+ 5 × ",
                f"€{owed / 100:.2f} is still to be paid",
                "Look at it and pay: ",
            ):
                assert fact in told, told
            assert path.removeprefix("/v1") in told


async def test_pieces_that_are_cancelled_are_named_with_what_the_order_comes_to(database_url: str) -> None:
    async with open_post_office(database_url, ENVIRON) as office:
        shop = office.shop
        async with shop.client(staff()) as admin, shop.client(guest()) as ada:
            await furnish(admin)
            order = await place(shop, ada, ("MUG", 3), **BY_TRANSFER)  # 5700 and 490 for shipping
            body = {"lines": [{"sku": "MUG", "quantity": 2}]}
            url = f"/v1/orders/{order['order_id']}/cancellations"
            cancelled = await admin.post(url, json=body, headers=key())
            assert cancelled.is_success, cancelled.text
            await shop.deliver_events()
            told = (await mails(office, order))["pieces_cancelled"]
            for fact in ("2 × ", "You pay €38.00 less.", "Your order comes to €23.90 now."):
                assert fact in told, told


async def test_a_parcel_that_arrives_is_told_as_one_until_all_of_the_order_is_there(
    database_url: str,
) -> None:
    async with open_post_office(database_url, ENVIRON) as office:
        shop = office.shop
        async with shop.client(staff()) as admin, shop.client(guest()) as ada:
            await furnish(admin)
            order = await place(shop, ada, ("MUG", 2), payment={"type": "cash_on_delivery"}, card_token=None)
            path = f"/v1/orders/{order['order_id']}"
            for count in (1, 2):
                body = {"lines": [{"sku": "MUG", "quantity": 1}]}
                asked = await admin.post(f"{path}/fulfilments", json=body, headers=key())
                assert asked.is_success, asked.text
                parcel = asked.json()["fulfilments"][-1]["fulfilment_id"]
                await shop.deliver_events()
                there = await admin.post(f"{path}/fulfilments/{parcel}/deliver", headers=key())
                assert there.json().get("arrived", False) == (count == 2)
                listed = (await admin.get("/v1/orders")).json()["items"]
                assert [one.get("arrived", False) for one in listed] == [count == 2]
                await shop.deliver_events()
            written = await office.messages(order_id=order["order_id"], kind="order_delivered")
            assert {one["subject"] for one in written} == {
                f"A parcel of order {order['number']} has arrived",
                f"Order {order['number']} has arrived",
            }
