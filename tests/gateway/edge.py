"""A gateway before tiny services of its own, in one process or in two, and clients to talk to it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn

from tests.gateway.tiny_services import THINGS, USERS
from tradewind.gateway.gateway import Gateway
from tradewind.gateway.settings import Settings
from tradewind.kernel.clock import SystemClock
from tradewind.kernel.compose import Runtime, World, answer_for_services
from tradewind.kernel.graph import Graph
from tradewind.kernel.http import Page, Request, Response
from tradewind.kernel.server import Server
from tradewind.kernel.service import Service

SECRET_KEY = "a secret key of the tests, long enough for HMAC-SHA-256"
ADA = {"authorization": "Bearer tws_ada"}
ROBOT = {"authorization": "Bearer twk_robot"}


class NoDatabase:
    """The tiny services keep nothing."""

    schema = "none"

    async def close(self) -> None: ...


def runtime_of(
    services: Sequence[Service], local: Sequence[str], urls: Mapping[str, Sequence[str]] | None = None
) -> Runtime:
    def open_database(name: str) -> Any:
        return NoDatabase()

    world = World(
        environ={"TRADEWIND_ENVIRONMENT": "development"},
        open_database=open_database,
        ports={},
        secret_key=SECRET_KEY,
        clock=SystemClock(),
        urls=urls or {},
    )
    return Runtime(Graph.of(services), local, world)


@asynccontextmanager
async def open_edge(
    *, pages: Sequence[Page] = (), peer: str = "127.0.0.1", **chosen: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """Gateway and services in one process. `chosen` are settings; `peer` is the address that connects."""
    runtime = runtime_of((USERS, THINGS), ("user", "things"))
    app = Server(Gateway(runtime, Settings(**chosen), pages).handle, None, access_log=False)
    transport = httpx.ASGITransport(app=app, client=(peer, 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop", headers=_PLAIN) as client:
        yield client
    await runtime.stop()


_PLAIN = {"accept-encoding": "identity"}


class _Uvicorn(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Listening:
    """An application on a loopback port, over real HTTP."""

    def __init__(self, app: Any, port: int = 0) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            app, loop="none", http="httptools", lifespan="off", log_config=None, access_log=False
        )
        config.timeout_keep_alive = 60
        self._server = _Uvicorn(config)
        self._task: asyncio.Task[None] | None = None

    @property
    def requests(self) -> int:
        """How many were answered."""
        return self._server.server_state.total_requests

    async def start(self) -> None:
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started:
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """As a process that dies: what is open is cut."""
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        self._server.should_exit = self._server.force_exit = True
        if self._task is not None:
            await self._task


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[Listening]:
    server = Listening(app)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def things_process() -> Server:
    """The things service as a process of its own has it."""
    runtime = runtime_of((USERS, THINGS), ("things",))

    async def handle(request: Request) -> Response:
        return await answer_for_services(runtime, request)

    return Server(handle, runtime.tokens, access_log=False)


@asynccontextmanager
async def open_split_edge(urls: Sequence[str], **chosen: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway that has the user service beside it and reaches things at `urls`."""
    runtime = runtime_of((USERS, THINGS), ("user",), {"things": urls})
    app = Server(Gateway(runtime, Settings(**chosen)).handle, None, access_log=False)
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop", headers=_PLAIN) as client:
        yield client
    await runtime.stop()
