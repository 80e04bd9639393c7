"""A real HTTP server on loopback, for what an in-memory call cannot show: sockets, broken connections, bytes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn


class _Server(uvicorn.Server):
    """Signals belong to the test run."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """The URL where `app` answers, as `tradewind up` has it answer."""
    listener = socket.create_server(("127.0.0.1", 0))
    # As uvloop does by itself: each answer would be 40 ms late.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        assert not task.done(), "the server ended at its start"
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


class CuttingProxy:
    """Passes bytes on to `target`, and breaks connections as told: before a request is passed on, or after
    it was, instead of its answer."""

    def __init__(self, target: str) -> None:
        host, _, port = target.removeprefix("http://").partition(":")
        self._host, self._port = host, int(port)
        self.cut_before = 0
        self.cut_after = 0
        self.requests = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.read(65536):
                self.requests += 1
                if self.cut_before:
                    self.cut_before -= 1
                    return
                there, to = await asyncio.open_connection(self._host, self._port)
                to.write(request)
                answer = await there.read(65536)
                to.close()
                if self.cut_after:
                    self.cut_after -= 1
                    return
                writer.write(answer)
                await writer.drain()
        finally:
            writer.close()
