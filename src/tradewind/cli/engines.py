"""The engines that a shop on one machine brings along: PostgreSQL, NATS, the sandbox card processor."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from tradewind.adapters.bus.embedded import EmbeddedNats
from tradewind.adapters.database.embedded import EmbeddedPostgres, running_dsn
from tradewind.cli.options import Options, development_secret
from tradewind.kernel.telemetry import log

STOP_SECONDS = 10.0


class EngineError(Exception):
    """An engine did not start; the message says why."""


async def start_engines(stack: AsyncExitStack, options: Options, *, bus: bool) -> dict[str, str]:
    """Start what the environment does not name, to be stopped with `stack`; answers what services need
    to reach them, as environment variables."""
    data = options.data_folder
    added = await start_database(stack, options)
    if bus and not options.nats_url:
        nats = EmbeddedNats(data / "nats")
        stack.push_async_callback(nats.stop)
        added["TRADEWIND_NATS_URL"] = await nats.start()
    if options.environment == "development" and "TRADEWIND_PAYMENT_PROCESSOR_URL" not in os.environ:
        processor = SandboxProcessor(data / "processor", options.processor_port)
        stack.push_async_callback(processor.stop)
        added["TRADEWIND_PAYMENT_PROCESSOR_URL"] = await processor.start()
    return added


async def start_database(stack: AsyncExitStack, options: Options, *, attach: bool = False) -> dict[str, str]:
    """The database and the secret alone. With `attach`, a shop that runs on the folder lends its server."""
    data = options.data_folder
    added: dict[str, str] = {}
    if not options.secret_key:
        added["TRADEWIND_SECRET_KEY"] = development_secret(data)
    if not options.database_url:
        lent = running_dsn(data / "postgres") if attach else None
        if lent is None:
            postgres = EmbeddedPostgres(data / "postgres")
            stack.push_async_callback(postgres.stop)
            lent = await postgres.start()
        added["TRADEWIND_DATABASE_URL"] = lent
    return added


class SandboxProcessor:
    """The card processor of development: a party of its own, in a process of its own, reached over HTTP."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self._data_dir, self._port = data_dir, port
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> str:
        """Answers its URL. Raises EngineError, such as for a port in use."""
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
        line = await asyncio.wait_for(self._process.stdout.readline(), timeout=15)
        if not line:
            reason = (await self._process.stderr.read()).decode(errors="replace").strip()
            raise EngineError(
                f"{reason or 'the sandbox card processor did not start'}; set TRADEWIND_PROCESSOR_PORT"
            )
        ready = json.loads(line)
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
