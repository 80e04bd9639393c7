from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.gateway.edge import ADA, ROBOT, Listening, listening, open_split_edge, things_process
from tests.gateway.tiny_services import ADA_ID, calls
from tradewind.kernel import deadline
from tradewind.kernel.upstream import Upstream, UpstreamUnavailable

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def test_a_route_of_another_process_is_answered_as_if_it_were_here() -> None:
    async with listening(things_process()) as things, open_split_edge([things.url]) as client:
        answer = await client.get("/v1/things?limit=2&colour=red")
        assert answer.status_code == 200
        assert [thing["title"] for thing in answer.json()["items"]] == ["Thing 0 red", "Thing 1 red"]
        assert answer.headers["cache-control"] == "public, max-age=60"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert len(answer.headers.get_list("x-request-id")) == 1
        assert len(answer.headers.get_list("date")) <= 1
        again = await client.get("/v1/things?limit=2", headers={"if-none-match": "*"})
        assert again.status_code == 304
        made = await client.post("/v1/things", json={"title": "new"})
        assert (made.status_code, made.headers["location"]) == (201, "/v1/things/new")
        head = await client.head("/v1/things/7")
        assert (head.content, int(head.headers["content-length"]) > 0) == (b"", True)


async def test_refusals_of_another_process_arrive_unchanged() -> None:
    async with listening(things_process()) as things, open_split_edge([things.url]) as client:
        answer = await client.get("/v1/things/none")
        assert (answer.status_code, answer.json()["code"]) == (404, "thing_not_found")
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        invalid = await client.get("/v1/things?limit=0")
        assert (invalid.status_code, invalid.json()["field"]) == (422, "limit")
        failed = await client.get("/v1/failure")
        assert (failed.status_code, failed.json()["code"]) == (500, "internal_error")


async def test_paths_and_queries_arrive_as_they_were_sent() -> None:
    async with listening(things_process()) as things, open_split_edge([things.url]) as client:
        for name in ("a b", "ünï", "50%", "a+b", "q?x", "a#b"):
            answer = await client.get("/v1/things/" + _quoted(name))
            assert answer.json()["thing_id"] == name
        answer = await client.get("/v1/things", params={"limit": 1, "colour": "röt & blau+"})
        assert answer.json()["items"][0]["title"] == "Thing 0 röt & blau+"


def _quoted(name: str) -> str:
    return "".join(f"%{byte:02X}" for byte in name.encode())


async def test_the_service_learns_who_calls_and_nothing_that_was_forged() -> None:
    forged = {
        "tradewind-identity": "e30.e30.x",
        "tradewind-deadline-ms": "1",
        "tradewind-anything": "x",
        "x-forwarded-for": "6.6.6.6",
        "forwarded": "for=6.6.6.6",
        "x-request-id": "mine-1",
        "accept-language": "de",
    }
    async with listening(things_process()) as things, open_split_edge([things.url]) as client:
        guest = (await client.get("/v1/seen", headers=forged)).json()
        assert (guest["kind"], guest["client_address"]) == ("guest", "127.0.0.1")
        headers = guest["headers"]
        assert headers["x-request-id"] == "mine-1"
        assert headers["accept-language"] == "de"
        assert headers["traceparent"].startswith("00-")
        assert headers["tradewind-identity"].count(".") == 2
        assert headers["tradewind-identity"] != forged["tradewind-identity"]
        assert 20_000 < int(headers["tradewind-deadline-ms"]) <= 30_000
        assert not {"x-forwarded-for", "forwarded", "tradewind-anything", "connection"} & set(headers)
        ada = (await client.get("/v1/mine", headers={**forged, **ADA})).json()
        assert (ada["kind"], ada["account_id"]) == ("account", str(ADA_ID))
        assert (await client.get("/v1/stock", headers=ROBOT)).json()["permissions"] == ["inventory:read"]
        assert (await client.get("/v1/mine")).status_code == 401


async def test_a_request_has_its_own_time_whatever_its_task_did_before() -> None:
    async with listening(things_process()) as things, open_split_edge([things.url]) as client:
        deadline.begin(-1)
        assert (await client.get("/v1/things/7")).status_code == 200


async def test_replicas_take_turns_and_a_dead_one_is_left_out() -> None:
    one, two = Listening(things_process()), Listening(things_process())
    await one.start()
    await two.start()
    async with open_split_edge([one.url, two.url]) as client:
        for _ in range(6):
            assert (await client.get("/v1/things/7")).status_code == 200
        assert one.requests == two.requests == 3
        await one.stop()
        reads = [(await client.get("/v1/things/7")).status_code for _ in range(6)]
        changes = [(await client.post("/v1/things", json={"title": "x"})).status_code for _ in range(6)]
        assert (set(reads), set(changes)) == ({200}, {201})
        await two.stop()


async def test_a_service_that_is_gone_is_a_503_that_says_when_to_try_again() -> None:
    gone = Listening(things_process())
    await gone.start()
    await gone.stop()
    async with open_split_edge([gone.url]) as client:
        for answer in (
            await client.get("/v1/things/7"),
            await client.post("/v1/things", json={"title": "x"}),
        ):
            assert answer.status_code == 503
            assert answer.json()["code"] == "service_unavailable"
            assert answer.headers["retry-after"] == "1"
            assert answer.headers["content-type"] == "application/problem+json"
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/v1/nothing")).status_code == 404


async def scripted(script: Script) -> asyncio.Server:
    """A server that misbehaves on purpose."""
    return await asyncio.start_server(script, "127.0.0.1", 0)


def url_of(server: asyncio.Server) -> str:
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def hang_up_after_reading(heard: list[bytes]) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.transport.abort()

    return script


def say(answer: bytes) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    return script


async def test_a_read_that_got_no_answer_is_asked_once_of_another_replica() -> None:
    heard: list[bytes] = []
    broken = await scripted(hang_up_after_reading(heard))
    async with listening(things_process()) as things:
        async with open_split_edge([things.url, url_of(broken)]) as client:
            answers = [await client.get("/v1/things/7") for _ in range(4)]
            assert {answer.status_code for answer in answers} == {200}
            assert heard
        async with open_split_edge([url_of(broken), url_of(broken)]) as client:
            heard.clear()
            assert (await client.get("/v1/things/7")).status_code == 503
            assert len(heard) == 2
    broken.close()


async def test_a_change_that_may_have_arrived_is_never_sent_twice() -> None:
    heard: list[bytes] = []
    broken = await scripted(hang_up_after_reading(heard))
    async with listening(things_process()) as things, open_split_edge([things.url, url_of(broken)]) as client:
        before = calls["post_thing"]
        answers = [await client.post("/v1/things", json={"title": "x"}) for _ in range(4)]
        assert sorted(answer.status_code for answer in answers) == [201, 201, 503, 503]
        assert (len(heard), calls["post_thing"] - before) == (2, 2)
        lost = next(answer for answer in answers if answer.status_code == 503)
        assert "outcome is unknown" in lost.json()["detail"]
        heard.clear()
        deleted = [await client.delete("/v1/things/7") for _ in range(4)]
        assert sorted(answer.status_code for answer in deleted) == [409, 409, 503, 503]
        assert len(heard) == 2
    broken.close()


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (
            b"HTTP/1.1 500 X\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\r\noops",
            500,
            "internal_error",
        ),
        (b"HTTP/1.1 502 X\r\ncontent-length: 4\r\n\r\noops", 503, "service_unavailable"),
        (b"HTTP/1.1 504 X\r\n\r\nno length: a stream", 503, "service_unavailable"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", 503, "service_unavailable"),
        (b"nonsense\r\n\r\n", 503, "service_unavailable"),
    ],
)
async def test_whatever_comes_from_behind_leaves_as_a_problem_document(
    answer: bytes, status: int, code: str
) -> None:
    server = await scripted(say(answer))
    async with open_split_edge([url_of(server)]) as client:
        given = await client.get("/v1/things/7")
        assert (given.status_code, given.json()["code"]) == (status, code)
        assert given.headers["content-type"] == "application/problem+json"
    server.close()


async def test_an_answer_that_does_not_come_in_time_is_unavailable() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await scripted(silent)
    upstream = Upstream("things", [url_of(server)])
    with pytest.raises(UpstreamUnavailable, match=r"no answer in 0\.05 s") as caught:
        await upstream.exchange("GET", "/", b"", {}, timeout_seconds=0.05)
    assert caught.value.sent
    await upstream.close()
    server.close()


async def test_retries_are_a_share_of_the_calls() -> None:
    """When everything fails, retries stop: they must not double an overload."""
    heard: list[bytes] = []
    broken = await scripted(hang_up_after_reading(heard))
    async with open_split_edge([url_of(broken)], client_per_minute=1_000) as client:
        await asyncio.gather(*(client.get("/v1/things/7") for _ in range(60)))
    assert 60 <= len(heard) <= 60 + 20
    broken.close()


async def test_uploads_and_large_answers_pass_through() -> None:
    async with listening(things_process()) as things, open_split_edge([things.url]) as client:
        answer = await client.post("/v1/uploads", content=b"\x00\xff" * 1_000_000, headers=ROBOT)
        assert answer.json() == {"bytes": 2_000_000}
        assert (await client.post("/v1/uploads", content=b"x" * 3_000_001, headers=ROBOT)).status_code == 413
        assert len((await client.get("/v1/export")).content) == 4_000
