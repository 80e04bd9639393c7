"""What each service makes of one purchase, told by events alone, in one process and split."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.stage import Stage, key

PATIENCE_SECONDS = 20.0


async def eventually(look: Callable[[], Awaitable[Any]], what: str) -> Any:
    """What `look` answers, once it is something."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        seen = await look()
        if seen:
            return seen
        await asyncio.sleep(0.1)
    raise AssertionError(f"{what}: not within {PATIENCE_SECONDS:g} s")


async def register(stage: Stage, email: str, language: str) -> str:
    async with stage.client() as visitor:
        body = {"email": email, "password": "correct horse battery", "name": "Grace", "language": language}
        registered = await visitor.post("/v1/accounts", json=body, headers=key())
        assert registered.status_code == 201, registered.text
        return str(registered.json()["token"])


async def mails_to(staff: httpx.AsyncClient, email: str) -> dict[str, dict[str, Any]]:
    """Sent mails by kind; two of a kind are one too many."""
    answer = await staff.get("/v1/messages", params={"email": email, "state": "sent", "limit": 50})
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert len({item["kind"] for item in items}) == len(items), items
    return {item["kind"]: item for item in items}


async def net_sales(staff: httpx.AsyncClient) -> int:
    today = datetime.now(UTC).date()
    span = {"from": f"{today - timedelta(days=1)}", "to": f"{today + timedelta(days=2)}", "interval": "day"}
    answer = await staff.get("/v1/reports/sales", params={**span, "currency": "EUR", "timezone": "UTC"})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["totals"]["net_minor"])


async def test_one_purchase_is_found_told_mailed_and_counted(stage: Stage) -> None:
    sku = await stage.article(stock=5, price_minor=12345)
    email = f"{uuid.uuid4().hex}@example.com"
    token = await register(stage, email, "de")
    async with stage.client(token) as customer, await stage.staff() as admin:

        async def found() -> Any:
            hits = (await customer.get("/v1/search", params={"q": sku})).json()["hits"]
            return [hit for hit in hits if hit["sku"] == sku and hit["in_stock"]]

        [hit] = await eventually(found, "the article in the search")
        assert hit["price_minor"] == 12345
        before = await net_sales(admin)
        order = (await stage.order(customer, [(sku, 2)], email=email)).json()
        assert order["state"] == "placed", order
        shipped = await admin.post(f"/v1/orders/{order['order_id']}/fulfilments", json={}, headers=key())
        assert shipped.status_code == 201, shipped.text

        async def all_mails() -> Any:
            mails = await mails_to(admin, email)
            return mails if {"welcome", "order_confirmation", "order_shipped"} <= set(mails) else None

        mails = await eventually(all_mails, "welcome, confirmation and parcel by mail")
        assert {mail["language"] for mail in mails.values()} == {"de"}
        mail = (await admin.get(f"/v1/messages/{mails['order_confirmation']['message_id']}")).json()
        assert order["number"] in mail["text"]
        assert "246,90" in mail["text"], "amounts as they are written in German"

        async def counted() -> Any:
            return await net_sales(admin) >= before + 2 * 12345

        await eventually(counted, "the sale in the report")


async def test_an_order_is_followed_live_and_after_a_break(stage: Stage) -> None:
    sku = await stage.article()
    async with stage.client() as guest, await stage.staff() as admin:
        order = (await stage.order(guest, [(sku, 1)])).json()
        seen = (await guest.get(f"/v1/orders/{order['order_id']}", params={"token": order["token"]})).json()
        ticket = {"ticket": seen["stream_ticket"]}
        first = await next_event(guest, ticket, "order.placed", {"last-event-id": "0"})
        await admin.post(f"/v1/orders/{order['order_id']}/fulfilments", json={}, headers=key())
        later = await next_event(guest, ticket, "order.fulfilled", {"last-event-id": first})
        assert int(later) > int(first)
        stranger = await guest.get("/v1/stream", params={"topic": "orders"})
        assert stranger.status_code in (401, 403)


async def next_event(client: httpx.AsyncClient, params: dict[str, str], name: str, headers: Any) -> str:
    """The id of the first event of this name, on a connection of its own that then breaks."""
    event_id = ""
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        client.stream("GET", "/v1/stream", params=params, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "id":
                event_id = value
            elif field == "event":
                kind = value
            elif line == "" and event_id and kind == name:
                return event_id
    raise AssertionError(f"the stream ended before {name}")
