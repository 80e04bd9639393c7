from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx

from tests.gateway.edge import ROBOT, listening, open_edge, runtime_of
from tests.gateway.tiny_services import THINGS, USERS, calls
from tradewind.gateway.gateway import Gateway
from tradewind.gateway.settings import Settings
from tradewind.kernel.server import Server


def edge_application() -> Server:
    runtime = runtime_of((USERS, THINGS), ("user", "things"))
    return Server(Gateway(runtime, Settings()).handle, None, access_log=False)


async def test_a_body_above_the_routes_limit_is_refused() -> None:
    async with open_edge() as client:
        before = calls["post_thing"]
        answer = await client.post("/v1/things", json={"title": "x" * 3_000})
        assert answer.status_code == 413
        assert answer.json()["code"] == "body_too_large"
        assert "2000 bytes" in answer.json()["detail"]
        assert calls["post_thing"] == before
        assert (await client.post("/v1/things", json={"title": "x"})).status_code == 201


async def test_each_route_has_its_own_limit() -> None:
    async with open_edge() as client:
        answer = await client.post("/v1/uploads", content=b"x" * 2_900_000, headers=ROBOT)
        assert answer.json() == {"bytes": 2_900_000}


async def test_a_body_without_a_declared_length_is_cut_off_at_the_limit() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 1
            yield b"x" * 1_000
            await asyncio.sleep(0)

    async with open_edge() as client:
        answer = await client.post(
            "/v1/things", content=endless(), headers={"content-type": "application/json"}
        )
        assert answer.status_code == 413


async def test_a_body_is_not_taken_in_before_the_caller_is_known_to_be_allowed() -> None:
    """The client waits for `100 Continue`, which comes only once somebody wants the body."""
    head = "POST /v1/uploads HTTP/1.1\r\nhost: shop\r\ncontent-length: {length}\r\nexpect: 100-continue\r\n{more}\r\n"
    async with listening(edge_application()) as server:
        for length, more, expected in (
            (2_000_000, "", b"401"),
            (5_000_000, "authorization: Bearer twk_robot\r\n", b"413"),
            (3, "authorization: Bearer twk_robot\r\n", b"100"),
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(head.format(length=length, more=more).encode())
            assert (await reader.readline()).split()[1] == expected
            if expected == b"100":
                await reader.readline()
                writer.write(b"abc")
                assert (await reader.readline()).split()[1] == b"200"
            writer.close()


async def test_a_body_that_ends_early_is_never_taken_for_a_whole_one() -> None:
    async with listening(edge_application()) as server:
        before = calls["post_upload"]
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"POST /v1/uploads HTTP/1.1\r\nhost: shop\r\ncontent-length: 100\r\n"
            b"authorization: Bearer twk_robot\r\n\r\nhalf of it"
        )
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
        await asyncio.sleep(0.05)
        assert calls["post_upload"] == before


async def test_a_refused_upload_leaves_the_connection_usable() -> None:
    async with listening(edge_application()) as server, httpx.AsyncClient(base_url=server.url) as client:
        answer = await client.post("/v1/uploads", content=b"x" * 4_000_000, headers=ROBOT)
        assert answer.status_code == 413
        assert (await client.get("/v1/things/7")).status_code == 200


async def test_pipelined_requests_are_each_answered() -> None:
    async with listening(edge_application()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /v1/things/7 HTTP/1.1\r\nhost: shop\r\n\r\n" * 3)
        answers = 0
        while answers < 3:
            line = await asyncio.wait_for(reader.readline(), 2)
            answers += b"HTTP/1.1 200" in line  # behind the body of the one before
        writer.close()
