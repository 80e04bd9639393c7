"""Somebody buys: the page follows, the mailbox fills, in one process and split."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator

import httpx

from tests.stage import Stage, key


async def events_of(answer: httpx.Response) -> AsyncIterator[tuple[int, str, dict[str, str]]]:
    """Id, name and data of each event, heartbeats left out."""
    block: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            block[name] = value
        elif "event" in block:
            yield int(block["id"]), block["event"], json.loads(block["data"])
            block = {}


async def until(
    read: AsyncIterator[tuple[int, str, dict[str, str]]], event: str
) -> tuple[int, dict[str, str]]:
    async with asyncio.timeout(60):
        async for id, name, data in read:
            if name == event:
                return id, data
    raise AssertionError(f"the stream ended before {event}")


async def mails_to(staff: httpx.AsyncClient, email: str, *kinds: str) -> dict[str, str]:
    """Id by kind, once these were sent."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        answer = await staff.get("/v1/messages", params={"email": email, "state": "sent"})
        found = {item["kind"]: item["message_id"] for item in answer.json()["items"]}
        if set(kinds) <= set(found):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"{kinds} wanted, {found} sent")


async def test_a_guest_follows_an_order_and_finds_its_way_back_by_mail(stage: Stage) -> None:
    sku, email = await stage.article(stock=10, price_minor=6800), f"{uuid.uuid4().hex}@example.com"
    async with (
        stage.client() as guest,
        await stage.staff("warehouse") as warehouse,
        await stage.staff() as admin,
    ):
        order = (await stage.order(guest, [(sku, 1)], email=email)).json()
        seen = (await guest.get(f"/v1/orders/{order['order_id']}", params={"token": order["token"]})).json()
        params = {"ticket": seen["stream_ticket"], "last_event_id": "0"}
        async with guest.stream("GET", "/v1/stream", params=params) as page:
            assert page.status_code == 200, await page.aread()
            read = events_of(page)
            placed, data = await until(read, "order.placed")
            assert (data["number"], data["state"]) == (order["number"], "placed")
            parcel = {"carrier": "DHL", "tracking_number": "00340434161094021501"}
            path = f"/v1/orders/{order['order_id']}/fulfilments"
            assert (await warehouse.post(path, json=parcel, headers=key())).status_code == 201
            shipped, data = await until(read, "order.fulfilled")
            assert data["state"] == "fulfilled" and shipped > placed
        async with guest.stream(
            "GET", "/v1/stream", params=params, headers={"last-event-id": str(placed)}
        ) as page:
            again, _ = await until(events_of(page), "order.fulfilled")
            assert again == shipped
        async with admin.stream(
            "GET", "/v1/stream", params={"topic": "orders", "last_event_id": str(placed - 1)}
        ) as desk:
            assert (await until(events_of(desk), "order.placed"))[1]["number"] == order["number"]
        mails = await mails_to(admin, email, "order_confirmation", "order_shipped")
        mail = (await admin.get(f"/v1/messages/{mails['order_confirmation']}")).json()
        assert f"/orders/{order['order_id']}?token={order['token']}" in mail["text"]
        assert (
            "00340434161094021501"
            in (await admin.get(f"/v1/messages/{mails['order_shipped']}")).json()["html"]
        )


async def test_a_declined_card_is_told_by_mail_in_the_buyers_language(stage: Stage) -> None:
    sku, email = await stage.article(), f"{uuid.uuid4().hex}@example.com"
    async with stage.client() as guest, await stage.staff("support") as support:
        body = {"email": email, "password": "correct horse battery", "name": "Grete", "language": "de"}
        token = (await guest.post("/v1/accounts", json=body, headers=key())).json()["token"]
        async with stage.client(token) as grete:
            order = (await stage.order(grete, [(sku, 1)], card="declined", email=email)).json()
            assert order["state"] == "payment_failed", order
        mails = await mails_to(support, email, "welcome", "payment_failed")
        mail = (await support.get(f"/v1/messages/{mails['payment_failed']}")).json()
        assert mail["language"] == "de" and order["number"] in mail["subject"]
        assert "Anders bezahlen" in mail["text"]
        asked = await guest.post("/v1/password-resets", json={"email": email}, headers=key())
        assert asked.status_code in (200, 202), asked.text
        reset = (await mails_to(support, email, "password_reset"))["password_reset"]
        link = (
            (await support.get(f"/v1/messages/{reset}"))
            .json()["text"]
            .partition("/reset?token=")[2]
            .split()[0]
        )
        confirmed = {"token": link, "new_password": "seven fat cows graze"}
        answer = await guest.post("/v1/password-resets/confirm", json=confirmed, headers=key())
        assert answer.is_success, answer.text
