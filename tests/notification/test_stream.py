"""Pages that follow orders while things happen to them: over real HTTP, through the gateway."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
import pytest_asyncio

from tests.gateway.edge import listening
from tests.notification.post_office import PostOffice, open_post_office
from tests.promises.market import PASSWORD
from tradewind.contracts.common import Money
from tradewind.contracts.order import OrderPlaced
from tradewind.contracts.payment import PaymentCaptured
from tradewind.gateway.gateway import Gateway
from tradewind.gateway.settings import Settings as GatewaySettings
from tradewind.kernel.server import Server
from tradewind.services.notification import live, streaming
from tradewind.services.notification.store import feed
from tradewind.services.user.use_cases.ensure_account import ensure_account

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Edge:
    """The shop's own origin, and a member of staff at it."""

    office: PostOffice
    server: Server
    client: httpx.AsyncClient
    staff: dict[str, str]

    def ticket(self, order_id: UUID, lifetime: timedelta = timedelta(hours=1)) -> dict[str, str]:
        tickets, now = self.office.deps.tickets, self.office.clock.now()
        return {"ticket": tickets.issue(f"order:{order_id}", now, lifetime)}


@asynccontextmanager
async def open_edge(database_url: str) -> AsyncIterator[Edge]:
    async with open_post_office(database_url, background=True) as office:
        gateway = Gateway(office.shop.runtime, GatewaySettings(limit_multiplier=0))
        server = Server(gateway.handle, None, access_log=False)
        async with listening(server) as at, httpx.AsyncClient(base_url=at.url, timeout=20) as client:
            email = f"{uuid.uuid4().hex[:12]}@example.com"
            await ensure_account(office.shop.deps("user"), email, "Staff", PASSWORD, ("warehouse",))
            session = await client.post("/v1/sessions", json={"email": email, "password": PASSWORD})
            staff = {"authorization": f"Bearer {session.json()['token']}"}
            yield Edge(office, server, client, staff)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def edge(shared_url: str) -> AsyncIterator[Edge]:
    async with open_edge(shared_url) as opened:
        yield opened


@dataclass
class Block:
    id: int
    event: str
    data: dict[str, Any] = field(default_factory=dict)


async def blocks(answer: httpx.Response) -> AsyncIterator[Block]:
    """As a browser reads them. Heartbeats are blocks without an event."""
    lines: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            lines[name] = value
            continue
        yield Block(
            int(lines.get("id", -1)), lines.get("event", ""), msgspec.json.decode(lines.get("data", "{}"))
        )
        lines = {}


@asynccontextmanager
async def following(edge: Edge, params: dict[str, str], last_id: int | None = None) -> AsyncIterator[Any]:
    """From the first block on, which is `ready`, left out."""
    headers = {**edge.staff, **({} if last_id is None else {"last-event-id": str(last_id)})}
    async with edge.client.stream("GET", "/v1/stream", params=params, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["cache-control"] == "no-store"
        assert "content-encoding" not in answer.headers
        read = blocks(answer)
        ready = await asyncio.wait_for(anext(read), 10)
        assert ready.event == "ready"
        yield ready, read


async def take(read: AsyncIterator[Block], many: int) -> list[Block]:
    found: list[Block] = []
    async with asyncio.timeout(45):
        while len(found) < many:
            block = await anext(read)
            if block.event:
                found.append(block)
    return found


def captured(order: OrderPlaced) -> PaymentCaptured:
    return PaymentCaptured(order.order_id, uuid.uuid4(), uuid.uuid4(), Money(100, "EUR"))


async def test_an_orders_page_hears_of_its_order_alone_and_staff_of_all(edge: Edge) -> None:
    mine, other = edge.office.order(), edge.office.order()
    async with (
        following(edge, edge.ticket(mine.order_id)) as (_, page),
        following(edge, {"topic": "orders"}) as (_, desk),
    ):
        await edge.office.tell(other)
        await edge.office.tell(mine)
        await edge.office.tell(captured(mine))
        seen = await take(page, 2)
        assert [block.event for block in seen] == ["order.placed", "payment.captured"]
        topic = f"order:{mine.order_id}"
        for block, state in zip(seen, ("placed", "captured"), strict=True):
            data = block.data
            assert (data["topic"], data["state"]) == (topic, state)
            assert (data["order_id"], data["number"]) == (str(mine.order_id), mine.number)
        at_desk = await take(desk, 3)
        assert [b.data["number"] for b in at_desk] == [other.number, mine.number, mine.number]


async def test_who_was_away_gets_what_was_missed_and_nothing_twice(edge: Edge) -> None:
    order = edge.office.order()
    async with following(edge, edge.ticket(order.order_id)) as (ready, page):
        await edge.office.tell(order)
        (first,) = await take(page, 1)
        assert first.id > ready.id
    for _ in range(3):
        await edge.office.tell(captured(order))
    async with following(edge, edge.ticket(order.order_id), last_id=first.id) as (again, page):
        assert not again.data["missed"]
        missed = await take(page, 3)
        await edge.office.tell(edge.office.delivered(order))
        (now,) = await take(page, 1)
    assert [block.event for block in missed] == ["payment.captured"] * 3
    assert now.event == "order.delivered"
    params = {**edge.ticket(order.order_id), "last_event_id": str(missed[1].id)}
    async with following(edge, params) as (_, page):
        assert [block.id for block in await take(page, 2)] == [missed[2].id, now.id]


async def test_nothing_is_lost_whatever_order_replicas_commit_in(edge: Edge, shared_url: str) -> None:
    """Half of the transactions dawdle before they commit, and some are rolled back."""
    replica = edge.office
    async with (
        open_post_office(shared_url) as elsewhere,
        following(edge, {"topic": "orders"}) as (ready, desk),
    ):

        async def happen(number: int) -> None:
            office = elsewhere if number % 2 else replica
            async with office.deps.db.begin() as tx:
                await feed.append(
                    tx, uuid.uuid4(), "order.placed", uuid.uuid4(), f"{number}", "placed", office.clock.now()
                )
                await asyncio.sleep(0.003 * (number % 3))
                if number % 10 == 9:
                    raise _Spoilt

        outcomes = await asyncio.gather(*(happen(number) for number in range(100)), return_exceptions=True)
        assert sum(isinstance(outcome, _Spoilt) for outcome in outcomes) == 10
        seen = await take(desk, 90)
    assert [block.id for block in seen] == list(range(ready.id + 1, ready.id + 91))
    assert {block.data["number"] for block in seen} == {str(n) for n in range(100) if n % 10 != 9}
    await edge.office.deps.db.execute("DELETE FROM feed WHERE id <= $1", seen[-1].id)
    await edge.office.tell(edge.office.order())


class _Spoilt(Exception):
    pass


async def test_a_client_that_does_not_read_holds_up_nobody(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "KEPT", 4)
    order = edge.office.order()
    async with (
        following(edge, edge.ticket(order.order_id)) as (_, slow),
        following(edge, edge.ticket(order.order_id)) as (_, quick),
    ):
        await edge.office.tell(order)
        for _ in range(12):
            await edge.office.tell(captured(order))
        assert len(await take(quick, 13)) == 13
        late = await take(slow, 13)
        assert [block.id for block in late] == sorted({block.id for block in late})


async def test_silence_is_broken_by_heartbeats(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT_SECONDS", 0.05)
    async with following(edge, {"topic": "orders"}) as (ready, desk):
        for _ in range(2):
            beat = await asyncio.wait_for(anext(desk), 5)
            assert (beat.event, beat.id) == ("", ready.id)


async def test_who_asks_for_what_is_forgotten_is_told_so(edge: Edge) -> None:
    await edge.office.tell(edge.office.order())
    database = edge.office.deps.db
    await feed.forget(database, edge.office.deps.clock.now())
    await edge.office.tell(edge.office.order())
    head = await feed.head(database)
    for last_id, missed in ((0, True), (head - 1, False), (head, False), (head + 1000, True)):
        async with following(edge, {"topic": "orders"}, last_id=last_id) as (ready, _):
            assert ready.data["missed"] == missed, last_id


async def test_a_stream_is_for_who_has_a_ticket_or_may_see_orders(edge: Edge) -> None:
    order_id = uuid.uuid4()
    good = edge.ticket(order_id)["ticket"]
    email = f"{uuid.uuid4().hex[:12]}@example.com"
    await ensure_account(edge.office.shop.deps("user"), email, "Ada", PASSWORD, ("customer",))
    session = await edge.client.post("/v1/sessions", json={"email": email, "password": PASSWORD})
    ada = {"authorization": f"Bearer {session.json()['token']}"}
    over = edge.ticket(order_id, timedelta(seconds=-5))["ticket"]
    for params, headers, status, code in (
        ({}, {}, 422, "ticket_or_topic_needed"),
        ({"ticket": good[:-1]}, {}, 401, "ticket_invalid"),
        ({"ticket": over}, {}, 401, "ticket_invalid"),
        ({"topic": "orders"}, {}, 401, "authentication_required"),
        ({"topic": "orders"}, ada, 403, "permission_required"),
        ({"topic": f"order:{order_id}"}, ada, 403, "permission_required"),
        ({"topic": "payments"}, edge.staff, 404, "topic_not_found"),
        ({"topic": "order:7"}, edge.staff, 404, "topic_not_found"),
        ({"ticket": good}, {"last-event-id": "x"}, 422, "last_event_id_invalid"),
        ({"ticket": good}, {"last-event-id": "9" * 400}, 422, "last_event_id_invalid"),
        ({"ticket": good}, {"last-event-id": "0" * 5000}, 422, "last_event_id_invalid"),
    ):
        answer = await edge.client.get("/v1/stream", params=params, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), params
    async with edge.client.stream("GET", "/v1/stream", params={"ticket": good}) as answer:
        assert answer.status_code == 200


async def test_a_process_that_drains_ends_its_streams_at_once_and_cleanly(edge: Edge) -> None:
    async with following(edge, {"topic": "orders"}) as (_, desk):
        edge.server.drain()
        async with asyncio.timeout(2):
            assert [block async for block in desk] == []
    async with edge.client.stream(
        "GET", "/v1/stream", params={"topic": "orders"}, headers=edge.staff
    ) as late:
        assert late.status_code == 200
        async with asyncio.timeout(2):
            await late.aread()
    assert (await edge.client.get("/health/live")).status_code == 200
