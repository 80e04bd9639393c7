"""The engines that a shop on one machine brings along: PostgreSQL, NATS, the sandbox card processor.

Each is stopped with the shop, and started again when it dies before that.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

from tradewind.adapters.bus.embedded import EmbeddedNats
from tradewind.adapters.database.embedded import EmbeddedPostgres, running_dsn
from tradewind.adapters.engine_process import EmbeddedEngineError
from tradewind.cli.backoff import Backoff
from tradewind.cli.options import Options, development_secret
from tradewind.kernel.tasks import cancelled
from tradewind.kernel.telemetry import log

START_SECONDS = 15.0
STOP_SECONDS = 10.0
WATCH_SECONDS = 0.1


class EngineError(Exception):
    """An engine did not start; the message says why."""


class Engine(Protocol):
    @property
    def pid(self) -> int | None:
        """None while it does not run."""
        ...

    async def start(self) -> str: ...

    async def restart(self) -> None:
        """At the same address. Raises EmbeddedEngineError or EngineError: it may be tried again."""
        ...

    async def stop(self) -> None: ...


async def start_engines(stack: AsyncExitStack, options: Options, *, bus: bool) -> dict[str, str]:
    """Start what the environment does not name, to be stopped with `stack`; answers what services need
    to reach them, as environment variables."""
    data = options.data_folder
    added = await start_database(stack, options)
    if bus and not options.nats_url:
        added["TRADEWIND_NATS_URL"] = await keep_running(stack, "nats", EmbeddedNats(data / "nats"))
    if options.environment == "development" and "TRADEWIND_PAYMENT_PROCESSOR_URL" not in os.environ:
        processor = SandboxProcessor(data / "processor", options.processor_port)
        added["TRADEWIND_PAYMENT_PROCESSOR_URL"] = await keep_running(stack, "card processor", processor)
    return added


async def start_database(
    stack: AsyncExitStack, options: Options, *, attach: bool = False, existing: bool = False
) -> dict[str, str]:
    """The database and the secret alone. With `attach`, a shop that runs on the folder lends its server;
    with `existing`, an EngineError says where no shop ever was."""
    data = options.data_folder
    if existing and not options.database_url and not (data / "postgres").exists():
        raise EngineError(f"there is no shop in {data}: name its folder with --data, or start it first")
    added: dict[str, str] = {}
    if not options.secret_key:
        added["TRADEWIND_SECRET_KEY"] = development_secret(data)
    if not options.database_url:
        lent = running_dsn(data / "postgres") if attach else None
        if lent is None:
            lent = await keep_running(stack, "postgres", EmbeddedPostgres(data / "postgres"))
        added["TRADEWIND_DATABASE_URL"] = lent
    return added


async def keep_running(stack: AsyncExitStack, name: str, engine: Engine) -> str:
    """Start an engine, to be stopped with `stack` and to be started again if it dies before; its address."""
    stack.push_async_callback(engine.stop)
    address = await engine.start()
    keeper = asyncio.create_task(_keep(name, engine))
    stack.push_async_callback(cancelled, [keeper])
    return address


async def _keep(name: str, engine: Engine) -> None:
    backoff = Backoff()
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        if engine.pid is not None:
            continue
        log.error("engine_died", engine=name, lived_seconds=round(backoff.lived_seconds, 1))
        await asyncio.sleep(backoff.next_pause_seconds())
        try:
            await engine.restart()
        except (EmbeddedEngineError, EngineError, OSError) as error:
            log.error("engine_not_restarted", engine=name, reason=str(error))
        else:
            backoff.started()
            log.info("engine_restarted", engine=name, pid=engine.pid)


class SandboxProcessor:
    """The card processor of development: a party of its own, in a process of its own, reached over HTTP."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self._data_dir, self._port = data_dir, port
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def restart(self) -> None:
        await self.start()

    async def start(self) -> str:
        """Answers its URL. Raises EngineError, such as for a port in use."""
        await self.stop()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tradewind.sandbox_processor",
            "--port",
            str(self._port),
            "--data",
            str(self._data_dir),
            "--die-with-parent",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), timeout=START_SECONDS)
        except TimeoutError:
            raise EngineError(f"the sandbox card processor was not ready in {START_SECONDS:g} s") from None
        if not line:
            reason = (await self._process.stderr.read()).decode(errors="replace").strip()
            raise EngineError(
                f"{reason or 'the sandbox card processor did not start'}; set TRADEWIND_PROCESSOR_PORT"
            )
        ready = json.loads(line)
        self._port = int(ready["port"])  # 0 chose one: a restart keeps it
        log.debug("sandbox_processor_ready", url=ready["url"], pid=ready["pid"])
        return str(ready["url"])

    async def stop(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), timeout=STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
