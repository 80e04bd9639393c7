from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.gateway.edge import (
    Listening,
    listening,
    open_split_edge,
    runtime_of,
    things_process,
)
from tests.gateway.tiny_services import THINGS, USERS, calls
from tradewind.gateway.gateway import Gateway
from tradewind.gateway.settings import Settings
from tradewind.kernel.server import Server


@asynccontextmanager
async def listening_edge(things: Listening | None = None, **chosen: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway on a port, with things in its process or at another."""
    local = ("user", "things") if things is None else ("user",)
    runtime = runtime_of((USERS, THINGS), local, {} if things is None else {"things": [things.url]})
    app = Server(Gateway(runtime, Settings(**chosen)).handle, None, access_log=False)
    async with listening(app) as server, httpx.AsyncClient(base_url=server.url) as client:
        yield client
    await runtime.stop()


async def first_chunks(client: httpx.AsyncClient) -> str:
    async with client.stream("GET", "/v1/ticks") as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        text = ""
        async for chunk in answer.aiter_text():
            text += chunk
            if "data: 2" in text:
                break
    return text


async def until_nothing_ticks() -> None:
    for _ in range(100):
        if calls["ticking"] == 0:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("a stream goes on for nobody")


async def test_a_stream_arrives_as_it_is_made_and_ends_with_its_client() -> None:
    async with listening_edge() as client:
        assert (await first_chunks(client)).startswith("data: 0\n\ndata: 1\n\n")
        await until_nothing_ticks()


async def test_a_stream_of_another_process_is_passed_through_and_ends_there_too() -> None:
    async with listening(things_process()) as things, listening_edge(things) as client:
        assert (await first_chunks(client)).startswith("data: 0\n\n")
        await until_nothing_ticks()


async def test_open_streams_are_bounded() -> None:
    async with listening_edge(most_streams=1) as client:
        async with client.stream("GET", "/v1/ticks") as first:
            assert first.status_code == 200
            second = await client.get("/v1/ticks")
            assert second.status_code == 503
            assert second.headers["retry-after"] == "5"
        await until_nothing_ticks()
        async with client.stream("GET", "/v1/ticks") as again:
            assert again.status_code == 200
        await until_nothing_ticks()


async def test_one_client_does_not_take_all_streams() -> None:
    async with listening_edge(most_streams_by_client=1) as client, client.stream("GET", "/v1/ticks") as first:
        assert first.status_code == 200
        second = await client.get("/v1/ticks")
        assert (second.status_code, second.json()["code"]) == (429, "too_many_streams")
        assert second.headers["retry-after"] == "5"


async def test_a_stream_does_not_count_as_a_request_in_flight() -> None:
    async with listening_edge(most_in_flight=1) as client, client.stream("GET", "/v1/ticks") as stream:
        assert stream.status_code == 200
        assert (await client.get("/v1/things/7")).status_code == 200


async def test_head_of_a_stream_has_no_body_and_leaves_nothing_open() -> None:
    async with listening_edge() as client:
        assert (await client.head("/v1/ticks")).content == b""
    async with listening(things_process()) as things, open_split_edge([things.url]) as client:
        assert (await client.head("/v1/ticks")).content == b""
        await until_nothing_ticks()


async def test_a_stream_that_breaks_off_behind_is_not_taken_for_a_whole_one() -> None:
    async with listening_edge(things := await _started()) as client:
        broken = False
        async with client.stream("GET", "/v1/ticks") as answer:
            try:
                async for _ in answer.aiter_bytes():
                    if not broken:
                        broken = True
                        await things.stop()
            except httpx.RemoteProtocolError:
                return
    raise AssertionError("the client was not told")


async def _started() -> Listening:
    things = Listening(things_process())
    await things.start()
    return things
