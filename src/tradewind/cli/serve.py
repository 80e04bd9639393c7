"""One serving process: compose, migrate, listen, say so, and on a signal drain and let go of everything."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import uvicorn

from tradewind.cli.memory import give_back_forever
from tradewind.cli.options import Options
from tradewind.cli.world import make_runtime
from tradewind.kernel.compose import Runtime, answer_for_services
from tradewind.kernel.server import Server
from tradewind.kernel.telemetry import log

GATEWAY = "gateway"
GRACE_SECONDS = 20


class PortInUse(Exception):
    """Another program listens there."""


def listen(host: str, port: int) -> socket.socket:
    """Raises PortInUse before anything else was started."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # those it accepts inherit it, on any loop
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise PortInUse(
            f"{host}:{port} cannot be listened on ({error.strerror}): stop what runs there, or choose another "
            "with --port"
        ) from error
    listener.setblocking(False)
    return listener


class _Uvicorn(uvicorn.Server):
    """Signals are ours: draining comes before stopping."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def running(
    environ: Mapping[str, str], options: Options, local: Sequence[str]
) -> AsyncIterator[Runtime]:
    """The services, migrated, with their relays and jobs at work."""
    runtime = make_runtime(environ, options, local)
    async with AsyncExitStack() as stack:
        if runtime.world.bus is not None:
            stack.push_async_callback(runtime.world.bus.close)
        stack.push_async_callback(runtime.stop)
        await runtime.migrate()
        await runtime.start()
        yield runtime


async def serve(
    environ: Mapping[str, str],
    options: Options,
    names: Sequence[str],
    listener: socket.socket,
    *,
    prepare: Callable[[Runtime], Awaitable[None]],
) -> None:
    """Until SIGTERM or SIGINT. `names` may hold `gateway` beside services. While `prepare` is at work, this process
    answers and does not say that it is ready: a demo shop is seeded over its own services."""
    local = [name for name in names if name != GATEWAY]
    async with running(environ, options, local) as runtime:
        await runtime.claim()
        app = _application(runtime, environ, options, at_edge=GATEWAY in names)
        runtime.preparing = True
        server = _Uvicorn(server_config(app))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        stopping = _on_signals()
        await prepare(runtime)
        runtime.preparing = False
        collect_less_garbage()
        giving_back = asyncio.create_task(give_back_forever())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        log.info("draining", in_flight=app.in_flight)
        giving_back.cancel()
        runtime.draining = True
        app.drain()
        if not serving.done():
            await asyncio.sleep(options.drain_seconds)
            server.should_exit = True
        await serving


def server_config(app: Any) -> uvicorn.Config:
    """How `app` is served. Forwarded headers are the gateway's to believe or not: see gateway/addresses.py."""
    return uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=65,
        backlog=1024,
    )


def collect_less_garbage() -> None:
    """What is alive now stays alive: it is looked through no more, and the rest of the heap less often. Until the
    interpreter ends: it looks through all once more, else DuckDB's bindings print what is left as leaked."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    atexit.register(gc.unfreeze)


def _application(runtime: Runtime, environ: Mapping[str, str], options: Options, *, at_edge: bool) -> Server:
    if at_edge:
        # Here, since pages and their libraries take 0.3 s and 10 MB to load, which services do not need.
        from tradewind.cli.edge import edge

        return Server(edge(runtime, environ), None, access_log=options.access_log)

    def handle(request: Any) -> Any:
        return answer_for_services(runtime, request)

    return Server(handle, runtime.tokens, access_log=options.access_log)


def _on_signals() -> asyncio.Task[None]:
    """Ends at the first SIGTERM or SIGINT; a second SIGINT is the default again: at once."""
    asked, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop() -> None:
        asked.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)

    async def wait() -> None:
        await asked.wait()

    return asyncio.create_task(wait())
