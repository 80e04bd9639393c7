"""`tradewind up-split`: a process a service and one for the gateway, each restarted when it dies."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

from tradewind.cli.backoff import Backoff
from tradewind.kernel.telemetry import log

STOP_SECONDS = 25.0
ASK_SECONDS = 0.1
LOWEST_PORT, HIGHEST_PORT = 20_000, 32_000


@dataclass
class Child:
    """One process of the shop."""

    names: Sequence[str]
    port: int
    process: asyncio.subprocess.Process | None = field(default=None)

    @property
    def title(self) -> str:
        return "+".join(self.names)


def free_port() -> int:
    return free_ports(1)[0]


def free_ports(count: int, besides: Collection[int] = ()) -> list[int]:
    """As many different ports that nobody listens on now, none of them of `besides`.

    Below those that systems give to outgoing connections (Linux begins at 32768): until a process listens on its
    port, no connection of another is likely to have taken it.
    """
    found: list[int] = []
    while len(found) < count:
        port = LOWEST_PORT + secrets.randbelow(HIGHEST_PORT - LOWEST_PORT)
        if port not in found and port not in besides and _is_free(port):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _is_ready(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


class Supervisor:
    def __init__(self, children: Sequence[Child], environ: Mapping[str, str], host: str) -> None:
        self._children, self._environ, self._host = children, dict(environ), host
        self._stopping = False

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; then the gateway drains first, so that no request finds a service gone. The others
        end together: what they still ask one another is work that goes on at the next start."""
        keepers = [asyncio.create_task(self._keep(child)) for child in self._children]
        await stop.wait()
        self._stopping = True
        for child in self._children:
            if "gateway" in child.names:
                await self._end(child)
        await asyncio.gather(*(self._end(child) for child in self._children))
        await asyncio.gather(*keepers)

    async def ready(self) -> None:
        """When every process has answered that it is."""
        waiting = list(self._children)
        while waiting:
            await asyncio.sleep(ASK_SECONDS)
            waiting = [c for c in waiting if not await asyncio.to_thread(_is_ready, self._host, c.port)]

    async def _keep(self, child: Child) -> None:
        backoff = Backoff()
        while not self._stopping:
            backoff.started()
            child.process = await self._start(child)
            code = await child.process.wait()
            if self._stopping:
                return
            lived_seconds = round(backoff.lived_seconds, 1)
            log.error("process_died", process=child.title, code=code, lived_seconds=lived_seconds)
            await asyncio.sleep(backoff.next_pause_seconds())

    async def _start(self, child: Child) -> asyncio.subprocess.Process:
        """In a session of its own: a Ctrl-C reaches the supervisor alone, which ends them in order."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tradewind",
            "up",
            *child.names,
            "--host",
            self._host,
            "--port",
            str(child.port),
            "--die-with-parent",
            env=self._environ,
            start_new_session=True,
        )
        log.info("process_started", process=child.title, pid=process.pid, port=child.port)
        return process

    async def _end(self, child: Child) -> None:
        process = child.process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), timeout=STOP_SECONDS)
        except TimeoutError:
            log.error("process_killed", process=child.title)
            process.kill()
            await process.wait()
