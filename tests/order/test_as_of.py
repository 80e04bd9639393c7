"""An order as it was at any moment: what GET answered then is what `as_of` answers for ever after."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.order.stall import place, ready_cart
from tests.shop import Shop, guest, staff
from tests.stage import key
from tradewind.services.order.store.versions import KEPT, NOT_KEPT

ELSEWHERE = ("stream_ticket", "payment")  # of other services, or made anew for each reader


class Life:
    """What an order was answered as after each step, by when it was so."""

    def __init__(self, client: httpx.AsyncClient, order_id: str, token: str) -> None:
        self._client, self._path, self._token = client, f"/v1/orders/{order_id}", token
        self.seen: list[tuple[str, Any]] = []

    async def read(self, as_of: str | None = None) -> Any:
        params = {"token": self._token} | ({"as_of": as_of} if as_of else {})
        answer = await self._client.get(self._path, params=params)
        assert answer.status_code == 200, answer.text
        return {name: value for name, value in answer.json().items() if name not in ELSEWHERE}

    async def remember(self, shop: Shop) -> None:
        now = shop.deps("order").clock.now().isoformat()
        self.seen.append((now, await self.read()))


async def test_an_order_is_told_as_it_was_after_each_step_of_its_life(shop: Shop) -> None:
    async with shop.client(guest()) as client, shop.client(staff()) as admin:
        order = await place(shop, client, ("MUG", 4), ("VASE", 1))
        path = f"/v1/orders/{order['order_id']}"
        ada, clerk = (Life(who, order["order_id"], order["token"]) for who in (client, admin))

        async def step(suffix: str = "", **body: Any) -> Any:
            done = await admin.post(path + suffix, json=body, headers=key()) if suffix else None
            assert done is None or done.is_success, done.text
            for life in (ada, clerk):
                await life.remember(shop)
            await shop.deliver_events()
            for life in (ada, clerk):
                await life.remember(shop)
            return done.json() if done else None

        await step()
        await step("/notes", text="called twice")
        await step("/hold", reason="the address looks wrong")
        await step("/release")
        await step("/cancellations", lines=[{"sku": "VASE", "quantity": 1}])
        edit = await step("/edits", lines=[{"sku": "MUG", "quantity": 3}], reason="one less")
        await step(f"/edits/{edit['edit_id']}/confirm")
        await step("/fulfilments", lines=[{"sku": "MUG", "quantity": 1}], carrier="DHL")
        parcel = (await client.get(path, params={"token": order["token"]})).json()["fulfilments"][0]
        await step(f"/fulfilments/{parcel['fulfilment_id']}/deliver")
        await step("/refunds", lines=[{"sku": "MUG", "quantity": 1}], reason="chipped")
        await step("/fulfilments")
        await step("/refunds", amount_minor=290)
        wish = {"sku": "MUG", "quantity": 1, "reason": "changed_mind"}
        returned = await step("/returns", lines=[wish])
        await step(f"/returns/{returned['return_id']}/approve")
        back = {"sku": "MUG", "quantity": 1, "warehouse": "LEJ", "condition": "restock"}
        await step(f"/returns/{returned['return_id']}/receipts", pieces=[back])
        await step(f"/returns/{returned['return_id']}/refund", other_pieces=True)

        for life in (ada, clerk):
            assert len({str(answer) for _, answer in life.seen}) >= 18
            for moment, answer in life.seen:
                assert await life.read(moment) == answer, moment
        first = datetime.fromisoformat(order["history"][0]["at"])
        assert (await clerk.read(first.isoformat()))["state"] == "pending"
        rows = await shop.database("order").fetch("SELECT DISTINCT relation FROM order_changes")
        assert {"orders", "order_lines", "fulfilments", "order_refunds", "order_returns", "order_edits"} <= {
            row["relation"] for row in rows
        }


async def test_before_its_beginning_and_after_now_nothing_is_known(shop: Shop) -> None:
    async with shop.client(guest()) as client:
        order = await place(shop, client, ("MUG", 1))
        path, created = f"/v1/orders/{order['order_id']}", datetime.fromisoformat(order["created_at"])
        for moment, code in (
            (created - timedelta(microseconds=1), "as_of_too_early"),
            (created + timedelta(days=1), "as_of_in_future"),
        ):
            params = {"token": order["token"], "as_of": moment.isoformat()}
            refused = await client.get(path, params=params)
            assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (
                422,
                code,
                "as_of",
            )
        assert (await client.get(path, params={"as_of": order["created_at"]})).status_code == 404
        naive = {"token": order["token"], "as_of": "2026-11-22T10:00:00"}
        assert (await client.get(path, params=naive)).status_code == 422


async def test_an_order_that_is_older_than_this_record_is_known_from_then_on(shop: Shop) -> None:
    """As migration 0007 leaves those of before: a beginning, and no change."""
    async with shop.client(guest()) as client:
        order = await place(shop, client, ("MUG", 1))
        database = shop.database("order")
        await database.execute("DELETE FROM order_changes")
        await database.execute(
            """
            INSERT INTO order_changes (order_id, version, at, relation, row_key)
            SELECT order_id, version, updated_at, 'beginning', '' FROM orders
            """
        )
        path, created = f"/v1/orders/{order['order_id']}", order["created_at"]
        refused = await client.get(path, params={"token": order["token"], "as_of": created})
        assert refused.json()["code"] == "as_of_too_early", refused.text
        first = refused.json()["details"]["first_at"]
        then = await client.get(path, params={"token": order["token"], "as_of": first})
        assert then.json()["state"] == "placed", then.text


async def test_every_table_of_an_order_is_kept_or_said_not_to_be(shop: Shop) -> None:
    database = shop.database("order")
    rows = await database.fetch(
        """
        SELECT DISTINCT c.conrelid::regclass::text AS name FROM pg_constraint c
        WHERE c.contype = 'f' AND c.confrelid = 'orders'::regclass AND c.conrelid <> 'orders'::regclass
        """
    )
    unnamed = {row["name"] for row in rows} - set(KEPT) - NOT_KEPT
    assert not unnamed, f"say in store/versions.py what becomes of {unnamed}"
    triggers = await database.fetch(
        "SELECT DISTINCT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'kept'"
    )
    assert {row["name"] for row in triggers} == set(KEPT)


async def test_what_is_sealed_is_not_kept_with_what_was(shop: Shop) -> None:
    async with shop.client(guest()) as client:
        await place(shop, client, ("MUG", 1))
        cart = await ready_cart(client, ("MUG", 1))
        assert cart["lines"]
        rows = await shop.database("order").fetch("SELECT before::text AS was FROM order_changes")
        assert rows
        assert not any("sealed" in (row["was"] or "") for row in rows)
