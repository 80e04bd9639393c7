"""The files of an embedded PostgreSQL: making a cluster, its settings, and what a crash leaves in it."""

import asyncio
import logging
import os
import secrets
import shutil
import signal
import tempfile
from pathlib import Path

from tradewind.adapters.database.placement import (
    DATA,
    ENGINE,
    MOVED_TO,
    ORIGIN,
    EmbeddedPostgresError,
    Placement,
)
from tradewind.adapters.engine_process import (
    LOCK,
    command_line,
    end_process,
    run_to_end,
    working_folder,
    write_owned,
)

USER = DATABASE = "tradewind"
PASSWORD, PORT, LOG = "password", "port", "server.log"
CONFIGURATION, LOCAL_CONFIGURATION = "postgresql.conf", "postgresql.local.conf"
STAGE_PREFIX = "init-"
PORT_LINE, STATUS_LINE = 3, 7
"""The lines of postmaster.pid, counted from 0, with the port and whether the server takes connections."""

SETTINGS = """\
# Written anew at every start. Your own settings belong in {local}, which is read last.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = {max_connections}
shared_preload_libraries = 'pg_stat_statements'
shared_buffers = 128MB
effective_cache_size = 512MB
random_page_cost = 1.1
jit = off
wal_level = replica
min_wal_size = 80MB
max_wal_size = 1GB
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
log_checkpoints = off
"""
NOT_DURABLE = """\
fsync = off
synchronous_commit = off
full_page_writes = off
wal_init_zero = off
wal_recycle = off
"""

logger = logging.getLogger(__name__)


def shutdown_steps(fast_seconds: float) -> list[tuple[signal.Signals, float]]:
    """Fast, which rolls back what is open; then immediate; then the kernel's. The last two need recovery."""
    return [(signal.SIGINT, fast_seconds), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)]


async def make_cluster(binaries: Path, placement: Placement, *, durable: bool) -> None:
    """Make a cluster aside and move it into place whole, so that a crash leaves none half made."""
    home, identity = placement.home, placement.identity
    for leftover in home.glob(f"{STAGE_PREFIX}*"):
        await asyncio.to_thread(shutil.rmtree, leftover)
    password = secrets.token_hex(24)
    stage = _make_stage(placement, password)
    cluster = stage / DATA
    initdb: list[str | Path] = [binaries / "initdb", "-D", cluster, "-U", USER, "-A", "scram-sha-256"]
    initdb += [f"--pwfile={stage / PASSWORD}", "--encoding=UTF8", "--locale=C", "--no-instructions"]
    initdb += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    initdb += [] if durable else ["--no-sync", "-c", "wal_init_zero=off"]
    made = await run_to_end(initdb, identity=identity)
    if made.exit_code != 0:
        raise EmbeddedPostgresError(f"initdb failed in {home}:\n{made.output}")
    single: list[str | Path] = [binaries / "postgres", "--single", "-D", cluster, "-c", "exit_on_error=true"]
    single += ["-c", f"fsync={'on' if durable else 'off'}", "postgres"]
    # A copy of the template's files: written through the log it would cost as much again.
    statement = f"CREATE DATABASE {DATABASE} STRATEGY file_copy;\n"
    created = await run_to_end(single, identity=identity, stdin=statement.encode())
    if created.exit_code != 0:
        raise EmbeddedPostgresError(f"The database {DATABASE} could not be made:\n{created.output}")
    write_owned(home / PASSWORD, f"{password}\n", 0o600)
    cluster.rename(home / DATA)
    _sync_folder(home)
    await asyncio.to_thread(shutil.rmtree, stage)


def check_version(home: Path, version: int) -> None:
    written = (home / DATA / "PG_VERSION").read_text().strip()
    if written != str(version):
        raise EmbeddedPostgresError(
            f"The data in {home / DATA} are of PostgreSQL {written}, the programs of {version}. Dump them "
            f"with the pg_dump of {written} and load them into a new data folder, or move {home / DATA} away "
            "to begin empty."
        )


def read_password(home: Path) -> str:
    try:
        return (home / PASSWORD).read_text().strip()
    except FileNotFoundError:
        raise EmbeddedPostgresError(
            f"The server's password is missing from {home / PASSWORD}: restore that file from a backup, or "
            f"move {home / DATA} away to begin empty."
        ) from None


def configure(home: Path, *, port: int, max_connections: int, durable: bool) -> None:
    """Write the settings outside the data, where a restored base backup cannot bring old ones back."""
    text = SETTINGS.format(port=port, max_connections=max_connections, local=LOCAL_CONFIGURATION)
    text += "" if durable else NOT_DURABLE
    local = str(home / LOCAL_CONFIGURATION).replace("'", "''")
    write_owned(home / CONFIGURATION, f"{text}include_if_exists = '{local}'\n", 0o644)


def pid_and_status(home: Path) -> tuple[int, str]:
    """What postmaster.pid says; (0, "") where there is none."""
    pid, _, status = _postmaster(home)
    return pid, status


def live_port(home: Path) -> int | None:
    """The port of the server that is ready on these data; a pid file that a dead one left counts for none."""
    pid, port, status = _postmaster(home)
    return port if status == "ready" and str(home / DATA) in command_line(pid) else None


def _postmaster(home: Path) -> tuple[int, int, str]:
    """Pid, port and status; nothing of a file that the server is still writing, but for its pid."""
    try:
        lines = (home / DATA / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return 0, 0, ""
    pid = int(lines[0]) if lines and lines[0].isdigit() else 0
    if len(lines) <= STATUS_LINE:
        return pid, 0, ""
    return pid, int(lines[PORT_LINE]), lines[STATUS_LINE].strip()


async def end_orphan(home: Path) -> None:
    """Stop a server that outlived its launcher, and clear a pid file whose pid is another program's.

    Where it is not certain that the process is no server of ours, its pid file stays: it is what keeps
    two servers from writing to the same data.
    """
    data = home / DATA
    pid = pid_and_status(home)[0]
    words = command_line(pid) if pid else []
    if not words:
        return
    is_postgres = Path(words[0]).name == "postgres"
    folder = working_folder(pid)
    if is_postgres and (folder == data or str(data) in words):
        logger.warning("stopping PostgreSQL %s, which outlived its launcher, on %s", pid, data)
        if await end_process(pid, lambda: command_line(pid) == words, shutdown_steps(20.0)):
            return
    elif not is_postgres or folder is not None:
        (data / "postmaster.pid").unlink(missing_ok=True)
        return
    raise EmbeddedPostgresError(f"PostgreSQL (pid {pid}) already runs on {data}: stop it, then start again.")


def delete_files(data_dir: Path, home: Path) -> None:
    """Delete what a launcher made, and the folders when nothing of others is in them."""
    for folder in (home / DATA, home / ENGINE, *home.glob(f"{STAGE_PREFIX}*")):
        if folder.exists():
            shutil.rmtree(folder)
    for name in (PASSWORD, PORT, LOG, f"{LOG}.1", CONFIGURATION, ORIGIN):
        (home / name).unlink(missing_ok=True)
    for folder, last in ((home, MOVED_TO), (data_dir, LOCK)):
        (data_dir / last).unlink(missing_ok=True)
        if folder.exists() and not any(folder.iterdir()):
            folder.rmdir()


def _make_stage(placement: Placement, password: str) -> Path:
    """A folder of the server's user in which to make a cluster, with the password for initdb to read."""
    stage = Path(tempfile.mkdtemp(prefix=STAGE_PREFIX, dir=placement.home))
    write_owned(stage / PASSWORD, f"{password}\n", 0o600)
    if placement.identity is not None:
        for path in (stage / PASSWORD, stage):
            os.chown(path, placement.identity.uid, placement.identity.gid)
    return stage


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
