"""Events come in by the paths and shapes of Segment's libraries, and what was acknowledged is there."""

from __future__ import annotations

import asyncio
import gzip
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
import segment.analytics as segment

from tests.analytics.desk import WRITE_KEY, Desk, open_desk
from tests.kernel.serving import serving
from tests.shop import customer
from tradewind.gateway.gateway import Gateway
from tradewind.gateway.settings import Settings as GatewaySettings
from tradewind.kernel import settings
from tradewind.kernel.server import Server
from tradewind.services.analytics.shapes import LARGEST_EVENT_BYTES

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def edge(shared_desk: Desk) -> AsyncIterator[str]:
    """Where the shop's gateway listens."""
    chosen = settings.load(GatewaySettings, "gateway", {"TRADEWIND_GATEWAY_LIMIT_MULTIPLIER": "0"})
    app = Server(Gateway(shared_desk.shop.runtime, chosen).handle, None, access_log=False)
    async with serving(app) as url:
        yield url


async def counts(desk: Desk, name: str) -> tuple[int, int]:
    """How many events of this name there are, and of how many people."""
    items = (await desk.get("events", limit=1000))["items"]
    return next(((item["count"], item["people"]) for item in items if item["name"] == name), (0, 0))


@pytest.mark.parametrize("zipped", [False, True])
async def test_the_official_library_sends_to_it(shared_desk: Desk, edge: str, zipped: bool) -> None:
    name, failed = f"Bought {uuid.uuid4().hex}", []

    def on_error(error: Exception, items: Any) -> None:
        failed.append(error)

    client = segment.Client(
        "development-write-key", host=edge, gzip=zipped, on_error=on_error, max_retries=0, timeout=5
    )

    def send() -> None:
        for number in range(250):
            client.track(f"user-{number % 7}", name, {"product_id": "p1", "price": 1.5})
        client.identify("user-1", {"plan": "gold"})
        client.page("user-1", "Docs", "Home")
        client.group("user-1", "company")
        client.alias("visitor", "user-1")
        client.screen("user-1", "Docs", "Home")
        client.flush()
        client.shutdown()

    await asyncio.to_thread(send)
    assert not failed
    assert await counts(shared_desk, name) == (250, 7)


async def test_a_wrong_key_is_told_to_the_library(edge: str) -> None:
    for headers, code in (
        ({"authorization": "Basic d3Jvbmc6"}, "write_key_unknown"),
        ({"authorization": "Basic ???"}, "write_key_unknown"),
        ({"sec-fetch-site": "cross-site"}, "write_key_required"),
        ({}, "write_key_required"),
    ):
        async with httpx.AsyncClient(base_url=edge) as client:
            answer = await client.post("/v1/track", json={"event": "A", "userId": "u"}, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_a_write_key_opens_nothing_else(edge: str) -> None:
    async with httpx.AsyncClient(base_url=edge, headers=WRITE_KEY) as client:
        for path in ("/v1/reports/sales", "/v1/me", "/v1/products"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (401, "authentication_scheme_unknown")


async def test_the_shops_own_pages_need_no_key(shared_desk: Desk, edge: str) -> None:
    name = f"Seen {uuid.uuid4().hex}"
    async with httpx.AsyncClient(base_url=edge, headers={"sec-fetch-site": "same-origin"}) as client:
        answer = await client.post("/v1/track", json={"event": name, "anonymousId": "a"})
        assert answer.json() == {"success": True, "taken": 1, "refused": []}
    async with shared_desk.shop.client(customer()) as account:
        assert (await account.post("/v1/track", json={"event": name})).status_code == 200
    assert await counts(shared_desk, name) == (2, 2)


async def test_bad_events_are_named_and_the_good_ones_taken(shared_desk: Desk) -> None:
    name = f"Good {uuid.uuid4().hex}"
    good: dict[str, Any] = {"type": "track", "event": name, "userId": "u", "newField": [1]}
    batch = [
        good,
        {"type": "track", "userId": "u"},
        {"type": "track", "event": name},
        {"event": name, "userId": "u"},
        {"type": "teleport", "userId": "u"},
        "nothing",
        {**good, "properties": {"text": "x" * LARGEST_EVENT_BYTES}},
        {**good, "properties": {"number": 2**70}},
        {**good, "properties": {"text": "a\0b"}},
        {**good, "timestamp": "yesterday"},
        {"type": "alias", "userId": "u"},
        {**good, "userId": 42, "properties": {"product_id": 7, "sku": None, "name": ["x"]}},
    ]
    answer = await shared_desk.visitor.post("/v1/batch", json={"batch": batch}, headers=WRITE_KEY)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["success"], body["taken"]) == (False, 2)
    assert [(r["index"], r["code"], r["field"]) for r in body["refused"]] == [
        (1, "event_required", "event"),
        (2, "person_required", "userId"),
        (3, "type_required", "type"),
        (4, "invalid_field", "type"),
        (5, "invalid_field", None),
        (6, "event_too_large", None),
        (7, "invalid_field", "properties.number"),
        (8, "null_character", "properties.text"),
        (9, "invalid_field", "timestamp"),
        (10, "previous_required", "previousId"),
    ]
    assert await counts(shared_desk, name) == (2, 2)
    apart = {"timestamp": "9999-12-31T00:00:00Z", "sentAt": "0001-01-02T00:00:00Z"}
    answer = await shared_desk.visitor.post(
        "/v1/batch", json={"batch": [{**good, **apart}]}, headers=WRITE_KEY
    )
    assert (answer.status_code, answer.json()["taken"]) == (200, 1)


async def test_a_batch_of_which_nothing_can_be_taken_is_refused(shared_desk: Desk) -> None:
    answer = await shared_desk.visitor.post("/v1/batch", json={"batch": [{}, 7]}, headers=WRITE_KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "batch_refused")
    assert [refused["index"] for refused in answer.json()["details"]["refused"]] == [0, 1]


async def test_an_event_sent_again_is_one(shared_desk: Desk) -> None:
    name = f"Once {uuid.uuid4().hex}"
    batch = [
        {"type": "track", "event": name, "userId": "u", "messageId": f"no uuid {name} {n}"} for n in range(3)
    ]
    for body in ([*batch, batch[0]], batch, [*batch, {**batch[0], "messageId": str(uuid.uuid4())}]):
        answer = await shared_desk.visitor.post("/v1/batch", json={"batch": body}, headers=WRITE_KEY)
        assert answer.json()["success"]
        await counts(shared_desk, name)  # what was sent before is in the store when it comes again
    assert await counts(shared_desk, name) == (4, 1)


async def test_the_senders_clock_is_corrected(shared_desk: Desk) -> None:
    name, now = f"Late {uuid.uuid4().hex}", datetime.now(UTC)
    wrong = now + timedelta(days=400)  # what the sender's clock shows
    body = {
        "batch": [
            {
                "type": "track",
                "event": name,
                "userId": "u",
                "timestamp": (wrong - timedelta(hours=2)).isoformat(),
            }
        ],
        "sentAt": wrong.isoformat(),
    }
    await shared_desk.visitor.post("/v1/batch", json=body, headers=WRITE_KEY)
    items = (await shared_desk.get("events", limit=1000))["items"]
    last_at = next(datetime.fromisoformat(i["last_at"]) for i in items if i["name"] == name)
    assert abs(last_at - (now - timedelta(hours=2))) < timedelta(seconds=10)


async def test_a_visitor_who_signs_in_is_one_person(shared_desk: Desk) -> None:
    name = f"Read {uuid.uuid4().hex}"
    for body in (
        {"type": "track", "event": name, "anonymousId": f"a {name}"},
        {"type": "track", "event": name, "anonymousId": f"b {name}"},
        {"type": "identify", "anonymousId": f"a {name}", "userId": f"u {name}"},
        {"type": "alias", "previousId": f"b {name}", "userId": f"u {name}"},
        {"type": "track", "event": name, "userId": f"u {name}"},
    ):
        answer = await shared_desk.visitor.post("/v1/batch", json={"batch": [body]}, headers=WRITE_KEY)
        assert answer.json()["success"]
    assert await counts(shared_desk, name) == (3, 1)


async def test_bodies_are_bounded_however_they_are_packed(edge: str) -> None:
    async with httpx.AsyncClient(base_url=edge, headers=WRITE_KEY) as client:
        bomb = gzip.compress(b" " * 50_000_000)
        whole = gzip.compress(json.dumps({"batch": [{"type": "page", "userId": "u"}]}).encode())
        for content, encoding, status in (
            (bomb, "gzip", 413),
            (b"no gzip", "gzip", 400),
            (whole[:-4], "gzip", 400),
            (whole + b"more", "gzip", 400),
            (whole, "br", 415),
            (whole, "gzip", 200),
            (b"x" * 600_000, "identity", 413),
        ):
            answer = await client.post(
                "/v1/batch",
                content=content,
                headers={"content-encoding": encoding, "content-type": "application/json"},
            )
            assert answer.status_code == status, (encoding, answer.text)


async def test_in_production_no_key_is_known_but_those_that_are_set(database_url: str) -> None:
    keys = {"TRADEWIND_ANALYTICS_WRITE_KEYS": "mine,also mine"}
    async with open_desk(database_url, **keys) as desk:
        body = {"event": "A", "userId": "u", "writeKey": "also mine"}
        assert (await desk.visitor.post("/v1/track", json=body)).status_code == 200
        refused = await desk.visitor.post("/v1/track", json={"event": "A", "userId": "u"}, headers=WRITE_KEY)
        assert refused.status_code == 401
