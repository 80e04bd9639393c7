"""The process: uvicorn with a way down to the connection, and an end that comes with its parent's."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import Server

from tradewind.sandbox_processor.app import make_app
from tradewind.sandbox_processor.processor import Processor
from tradewind.sandbox_processor.webhooks import deliver_forever

DRAIN_SECONDS = 5
PARENT_POLL_SECONDS = 0.2


class FaultableProtocol(HttpToolsProtocol):
    """Hands the transport to the application: a time-out or a reset is a matter of the connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"transport": self.transport}  # type: ignore[dict-item]


class ProcessorServer(Server):
    def __init__(self, processor: Processor, on_ready: Callable[[], None]) -> None:
        config = Config(
            make_app(processor),
            http=FaultableProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            timeout_keep_alive=30,
        )
        super().__init__(config)
        self._processor = processor
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    def stop(self) -> None:
        """Finish what is under way, but let go of connections that are being held on purpose."""
        self.should_exit = True
        self._processor.stopping.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT stop it, and the process then ends with 0."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        yield


async def serve(
    processor: Processor, listener: socket.socket, parent_pid: int | None, on_ready: Callable[[], None]
) -> None:
    """Until it is told to stop, or its parent has gone. A webhook loop that fails ends it too."""
    server = ProcessorServer(processor, on_ready)
    async with asyncio.TaskGroup() as group:
        deliveries = group.create_task(deliver_forever(processor))
        if parent_pid is not None:
            _stop_with(parent_pid, os.getppid() == parent_pid, server)
        await server.serve(sockets=[listener])
        deliveries.cancel()


def _stop_with(pid: int, is_parent: bool, server: ProcessorServer) -> None:
    """A parent that nobody has reaped yet still has its pid, but its children have another parent."""
    alive = os.getppid() == pid if is_parent else _exists(pid)
    if alive:
        loop = asyncio.get_running_loop()
        loop.call_later(PARENT_POLL_SECONDS, _stop_with, pid, is_parent, server)
    else:
        server.stop()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
