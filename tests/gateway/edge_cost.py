"""What a request costs besides SQL: a bare ASGI function, the server, the server with the gateway before it.

    python -m tests.gateway.edge_cost [seconds]

First the microseconds inside the application, then whole requests through uvicorn (uvloop, httptools) over
loopback, the three taking turns. The server's own CPU time is the steadier figure on a busy machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import socket
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psutil
import uvicorn
import uvloop

from tests.gateway.edge import runtime_of
from tests.gateway.tiny_services import THINGS, USERS, Thing
from tradewind.gateway.gateway import Gateway
from tradewind.gateway.settings import Settings
from tradewind.kernel.http import Request, Response
from tradewind.kernel.server import Server

PATH = "/v1/things/7"
BODY = msgspec.json.encode(Thing("7", "A thing"))
CONNECTIONS = 32
ROUNDS = 3


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """The floor: nothing but the same bytes."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


def server_alone() -> Server:
    runtime = runtime_of((USERS, THINGS), ("user", "things"))

    async def handle(request: Request) -> Response:
        return await runtime.handle(request)

    return Server(handle, None, access_log=False)


def gateway(*, access_log: bool = False, **chosen: Any) -> Server:
    runtime = runtime_of((USERS, THINGS), ("user", "things"))
    settings = Settings(client_per_minute=10**9, **chosen)
    return Server(Gateway(runtime, settings).handle, None, access_log=access_log)


APPLICATIONS: dict[str, Callable[[], Any]] = {
    "bare ASGI function": lambda: bare,
    "server": server_alone,
    "server, gateway": gateway,
    "server, gateway without limits": lambda: gateway(limit_multiplier=0),
    "server, gateway, access log": lambda: gateway(access_log=True),
}


def inside_microseconds(app: Any, times: int = 20_000) -> float:
    """The best of five: what the application itself does, without a network."""
    headers = [(b"host", b"127.0.0.1:8000"), (b"accept", b"*/*"), (b"user-agent", b"edge-cost")]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None: ...

    async def ask() -> float:
        started = time.perf_counter()
        for _ in range(times):
            scope = {"type": "http", "method": "GET", "path": PATH, "query_string": b"", "headers": headers}
            await app({**scope, "client": ("127.0.0.1", 5)}, receive, send)
        return (time.perf_counter() - started) / times * 1e6

    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
        return min(asyncio.run(ask()) for _ in range(5))


def serve(name: str, listener: socket.socket) -> None:
    config = uvicorn.Config(
        APPLICATIONS[name](),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="error",
        server_header=False,
    )
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
        uvicorn.Server(config).run(sockets=[listener])


class Asking(asyncio.Protocol):
    """One connection that asks again as soon as it is answered."""

    answered = 0

    def __init__(self) -> None:
        self._request = f"GET {PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: */*\r\n\r\n".encode()
        self._received, self._whole = b"", 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._whole:
            head = self._received.lower().partition(b"\r\n\r\n")[0]
            length = head.partition(b"content-length: ")[2].split(b"\r\n")[0]
            if not length:
                return
            self._whole = len(head) + 4 + int(length)
        if len(self._received) >= self._whole:
            Asking.answered += 1
            self._received, self._whole = b"", 0
            self._transport.write(self._request)


async def measure(port: int, process: psutil.Process, seconds: float) -> tuple[float, float]:
    """Requests a second, and microseconds of the server's CPU time a request."""
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(Asking, "127.0.0.1", port) for _ in range(CONNECTIONS)]
    first = Asking.answered
    while Asking.answered == first:  # a process that was started just now
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
    before, cpu, started = Asking.answered, sum(process.cpu_times()[:2]), time.perf_counter()
    await asyncio.sleep(seconds)
    answered = Asking.answered - before
    used, passed = sum(process.cpu_times()[:2]) - cpu, time.perf_counter() - started
    for transport, _ in made:
        transport.close()
    return answered / passed, used / answered * 1e6


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    for name, make in APPLICATIONS.items():
        print(f"{name:34} {inside_microseconds(make()):6.1f} us inside the application")
    context = multiprocessing.get_context("spawn")
    running = {}
    for name in APPLICATIONS:
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        process = context.Process(target=serve, args=(name, listener), daemon=True)
        process.start()
        running[name] = (process, listener.getsockname()[1])
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in APPLICATIONS}
    try:
        for _ in range(ROUNDS):
            for name, (process, port) in running.items():
                assert process.pid is not None
                watched = psutil.Process(process.pid)
                found[name].append(uvloop.run(measure(port, watched, seconds)))
    finally:
        for process, _ in running.values():
            process.terminate()
    floor = statistics.median(cpu for _, cpu in found["bare ASGI function"])
    for name, measured in found.items():
        rate = max(rate for rate, _ in measured)
        cpu = statistics.median(cpu for _, cpu in measured)
        print(
            f"{name:34} {rate:8.0f}/s at best, {cpu:5.1f} us CPU a request, {floor / cpu:4.0%} of the floor"
        )


if __name__ == "__main__":
    main()
