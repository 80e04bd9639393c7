"""The load client against a small ASGI application on a real socket."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from bench.connection import Connection
from bench.load import measured, request_in_a_loop
from bench.traffic import get

from tradewind.cli.serve import listen


class Counter:
    """Answers `body` with `status`, and remembers the most requests it had at once."""

    def __init__(self, status: int = 200, body: bytes = b"x" * 40_000) -> None:
        self.status, self.body = status, body
        self.answered = self.at_once = self.most_at_once = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.002)
        headers = [(b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})
        self.at_once -= 1
        self.answered += 1


@asynccontextmanager
async def served(app: Callable[..., Any]) -> AsyncIterator[int]:
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(app, loop="none", http="httptools", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serving


async def test_it_keeps_so_many_in_flight_and_counts_what_was_answered() -> None:
    app = Counter()
    async with served(app) as port:
        requests = itertools.repeat(get("/any"))
        taken = await request_in_a_loop(port, requests, in_flight=4, seconds=0.15, status=200)
    assert app.most_at_once == 4
    assert len(taken.latencies_seconds) == app.answered > 8
    assert not taken.failures
    figures = measured(taken)
    assert figures.bytes_each == len(app.body)
    assert 2 <= figures.p50_ms <= figures.p99_ms
    assert figures.per_second == pytest.approx(figures.count / taken.seconds)


async def test_an_answer_that_is_not_the_expected_one_is_a_failure_not_a_figure() -> None:
    async with served(Counter(503, b'{"code":"too_busy"}')) as port:
        requests = itertools.repeat(get("/any"))
        taken = await request_in_a_loop(port, requests, in_flight=2, seconds=5, status=200)
    assert measured(taken).count == 0
    assert [text for text in taken.failures if "too_busy" in text]


async def test_requests_that_run_out_are_a_failure() -> None:
    async with served(Counter()) as port:
        requests = iter([get("/any")] * 3)
        taken = await request_in_a_loop(port, requests, in_flight=1, seconds=5, status=200)
    assert len(taken.latencies_seconds) == 3
    assert taken.failures["out of requests"] == 1


async def test_an_answer_may_come_in_any_pieces() -> None:
    answers: list[tuple[int, bytes]] = []
    whole = b"HTTP/1.1 201 Created\r\ncontent-length: 5\r\nx: y\r\n\r\nhello"
    for cut in range(1, len(whole)):
        connection = Connection()
        connection.connection_made(_Silent())
        connection.send(b"", lambda status, body: answers.append((status, body)))
        connection.data_received(whole[:cut])
        connection.data_received(whole[cut:])
    assert set(answers) == {(201, b"hello")}


async def test_a_connection_that_is_closed_is_told() -> None:
    connection = Connection()
    connection.connection_made(_Silent())
    waiting = asyncio.create_task(connection.exchange(b""))
    await asyncio.sleep(0)
    connection.connection_lost(None)
    with pytest.raises(ConnectionError):
        await waiting


class _Silent(asyncio.Transport):
    def write(self, data: Any) -> None:
        """Nobody reads it."""
