"""What an answer looks like: problem documents, ETags and conditional requests, HEAD, streams, bugs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import msgspec
import pytest

from tests.kernel.serving import serving
from tests.kernel.stand import NOTES, READERS, NotesDeps, Place, Stand, eventually, open_stand
from tests.shop import SECRET_KEY, guest
from tradewind.kernel.compose import answer_for_services
from tradewind.kernel.errors import REFUSALS, Invalid, TooManyRequests, refusal
from tradewind.kernel.http import PUBLIC, STATUS, Answer, Call, Route, problem
from tradewind.kernel.identity import InternalTokens
from tradewind.kernel.openapi import Problem
from tradewind.kernel.server import Server


async def break_down(deps: NotesDeps, call: Call[None, None]) -> None:
    raise AssertionError("the secret is 42")


async def count_forever(deps: NotesDeps, call: Call[None, None]) -> AsyncIterator[bytes]:
    async def counted() -> AsyncIterator[bytes]:
        try:
            for number in range(1_000_000):
                yield f"{number}\n".encode()
                await asyncio.sleep(0.001)
        finally:
            ENDED.set()

    return counted()


async def break_in_the_middle(deps: NotesDeps, call: Call[None, None]) -> AsyncIterator[bytes]:
    async def half() -> AsyncIterator[bytes]:
        yield b"half of "
        raise AssertionError("the rest is lost")

    return half()


async def answer_otherwise(deps: NotesDeps, call: Call[None, None]) -> Answer:
    return Answer({"fine": True}, status=203)


ENDED = asyncio.Event()
ROUTES = (
    Route("GET", "/v1/bug", break_down, PUBLIC, "Break", status=204),
    Route("GET", "/v1/forever", count_forever, PUBLIC, "Count", media_type="text/plain"),
    Route("GET", "/v1/half", break_in_the_middle, PUBLIC, "Break off", media_type="text/plain"),
    Route("GET", "/v1/other-status", answer_otherwise, PUBLIC, "Undocumented", answer=dict[str, bool]),
    replace(NOTES.routes[-1], path="/v1/cached-notes", cache_seconds=60),
)
SERVICES = (replace(NOTES, routes=NOTES.routes + ROUTES), READERS)


@pytest.fixture
async def stand(place: Place) -> AsyncIterator[Stand]:
    async with open_stand(place, services=SERVICES) as opened:
        yield opened


@pytest.mark.parametrize("kind", sorted(REFUSALS))
def test_a_refusal_is_a_problem_document_with_its_status_and_code(kind: str) -> None:
    refused = refusal(kind, "some_code", "what would be right", "lines[0].sku", {"left": 3})
    answer = problem(refused, "request-1")
    document = msgspec.json.decode(answer.body)
    assert answer.status == STATUS[REFUSALS[kind]] == document["status"]
    assert (document["code"], document["detail"], document["request_id"]) == (
        "some_code",
        "what would be right",
        "request-1",
    )
    assert set(document) <= set(Problem.__struct_fields__)
    headers = dict(answer.headers)
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"cache-control"] == b"no-store"
    assert (b"www-authenticate" in headers) == (answer.status == 401)
    assert (b"retry-after" in headers) == (answer.status in (429, 503))


def test_when_to_come_again_is_said_in_the_header_too() -> None:
    answer = problem(TooManyRequests("rate_limited", "slowly", retry_after_seconds=17))
    assert dict(answer.headers)[b"retry-after"] == b"17"
    assert STATUS[Invalid] == 422


async def test_a_bug_is_a_500_that_tells_nothing_but_its_request_id(stand: Stand) -> None:
    async with stand.client(guest()) as client:
        answer = await client.get("/v1/bug", headers={"x-request-id": "find-me"})
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert answer.json()["request_id"] == "find-me" == answer.headers["x-request-id"]
        assert "42" not in answer.text
        undocumented = await client.get("/v1/other-status")
        assert undocumented.status_code == 500


async def test_who_has_the_very_answer_is_told_so(stand: Stand) -> None:
    async with stand.client(guest()) as client:
        first = await client.get("/v1/notes")
        tag = first.headers["etag"]
        assert re.fullmatch(r'"[0-9a-f]+"', tag)
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            same = await client.get("/v1/notes", headers={"if-none-match": known})
            assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
            assert "content-type" not in same.headers
        await client.post("/v1/notes", json={"text": "one"})
        changed = await client.get("/v1/notes", headers={"if-none-match": tag})
        assert changed.status_code == 200
        assert changed.headers["etag"] != tag


async def test_head_is_get_without_its_body(stand: Stand) -> None:
    async with stand.client(guest()) as client:
        got, asked = await client.get("/v1/notes"), await client.head("/v1/notes")
        assert (asked.status_code, asked.content) == (200, b"")
        for name in ("content-type", "content-length", "etag", "cache-control"):
            assert asked.headers[name] == got.headers[name]


async def test_nothing_is_kept_by_caches_unless_its_route_says_so(stand: Stand) -> None:
    async with stand.client(guest()) as client:
        assert (await client.get("/v1/notes")).headers["cache-control"] == "no-store"
        assert (await client.get("/v1/cached-notes")).headers["cache-control"] == "public, max-age=60"
        posted = await client.post("/v1/notes", json={"text": "one"})
        assert posted.headers["cache-control"] == "no-store"


async def test_another_method_is_refused_with_those_that_there_are(stand: Stand) -> None:
    async with stand.client(guest()) as client:
        answer = await client.delete("/v1/notes")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, POST"
        nowhere = await client.get("/v1/nowhere")
        assert (nowhere.status_code, nowhere.json()["code"]) == (404, "route_not_found")


@pytest.fixture
async def url(stand: Stand) -> AsyncIterator[str]:
    app = Server(
        lambda request: answer_for_services(stand.runtime, request),
        InternalTokens(SECRET_KEY),
        access_log=False,
    )
    async with serving(app) as served:
        yield served


async def test_a_stream_ends_when_its_client_leaves(url: str) -> None:
    ENDED.clear()
    async with httpx.AsyncClient() as client, client.stream("GET", f"{url}/v1/forever") as answer:
        assert answer.headers["content-type"] == "text/plain"
        async for line in answer.aiter_lines():
            if line == "3":
                break
    await eventually(_ended)


async def _ended() -> bool:
    return ENDED.is_set()


async def test_half_an_answer_is_not_taken_for_a_whole_one(url: str) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"{url}/v1/half")
