"""SIGTERM: unready, what is under way is finished, everything is let go of, exit 0."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import httpx
import msgspec
import pytest

from tests.kernel.stand import NOTES, READERS, Place, Stand, eventually, open_stand
from tests.shop import SECRET_KEY, guest
from tradewind.adapters.bus.embedded import EmbeddedNats
from tradewind.cli.supervise import free_port
from tradewind.kernel.identity import InternalTokens

AT_ONCE = 5


@dataclass
class Process:
    """`tradewind up user`: a service without the gateway, whose registrations take a while to hash."""

    url: str
    process: asyncio.subprocess.Process
    log: Path

    def client(self) -> httpx.AsyncClient:
        headers = {"tradewind-identity": InternalTokens(SECRET_KEY).mint(guest())}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30)

    async def ready(self) -> int | None:
        """The status of its readiness; None where nobody answers."""
        assert self.process.returncode is None, self.log.read_text()
        try:
            async with httpx.AsyncClient(timeout=5) as client:
                return (await client.get(f"{self.url}/health/ready")).status_code
        except httpx.TransportError:
            return None


@pytest.fixture
async def process(database_url: str, tmp_path: Path) -> AsyncIterator[Process]:
    port, log = free_port(), tmp_path / "log"
    broker = EmbeddedNats(tmp_path / "nats", sync_always=False)  # others hear of accounts
    environ = {
        **os.environ,
        "TRADEWIND_DATABASE_URL": database_url,
        "TRADEWIND_NATS_URL": await broker.start(),
        "TRADEWIND_SECRET_KEY": SECRET_KEY,
        "TRADEWIND_DATA_DIR": str(tmp_path / "data"),
        "TRADEWIND_DRAIN_SECONDS": "1",
        "TRADEWIND_USER_HASH_PASSES": "12",
        "TRADEWIND_USER_HASH_WORKERS": "1",
    }
    with log.open("wb") as output:
        started = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tradewind",
            "up",
            "user",
            "--port",
            str(port),
            env=environ,
            stdout=output,
            stderr=output,
        )
    running = Process(f"http://127.0.0.1:{port}", started, log)
    try:
        await eventually(lambda: _is(running, 200), 30)
        yield running
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()
        await broker.stop()


async def _is(process: Process, status: int | None) -> bool:
    return await process.ready() == status


async def test_what_is_under_way_is_finished_before_the_process_ends(
    process: Process, database_url: str
) -> None:
    go_on = asyncio.Event()

    async def slowly(body: bytes) -> AsyncIterator[bytes]:
        yield body[:20]
        await go_on.wait()
        yield body[20:]

    async with process.client() as client:

        async def register(number: int) -> httpx.Response:
            account = {
                "email": f"ada{number}@example.com",
                "password": "seven lean cows graze",
                "name": "Ada",
            }
            body = msgspec.json.encode(account)
            headers = {"content-type": "application/json", "content-length": str(len(body))}
            content = slowly(body) if number == 0 else body
            return await client.post("/v1/accounts", content=content, headers=headers)

        under_way = [asyncio.create_task(register(number)) for number in range(AT_ONCE)]
        await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        process.process.send_signal(signal.SIGTERM)
        await eventually(lambda: _is(process, 503))
        await eventually(lambda: _is(process, None))  # nobody new is let in, and it waits for who is inside
        go_on.set()
        answers = await asyncio.gather(*under_way)
        assert [answer.status_code for answer in answers] == [201] * AT_ONCE
    assert await asyncio.wait_for(process.process.wait(), 20) == 0
    assert "draining" in process.log.read_text()
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval('SELECT count(*) FROM "user".accounts') == AT_ONCE
    left = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert await connection.fetchval(left) == 0
    await connection.close()


async def test_a_runtime_that_stops_ends_its_tasks_even_as_an_event_wakes_them(place: Place) -> None:
    async with open_stand(place) as stand:
        await stand.runtime.start()
        await eventually(lambda: idle(stand))
        await stand.note("one")  # wakes the relay in the very moment that it is stopped
        async with asyncio.timeout(20):
            await stand.runtime.stop()
        assert all(task.done() for task in stand.runtime._tasks)
        assert stand.runtime.draining
        await stand.runtime.stop()  # again does no harm


async def idle(stand: Stand) -> bool:
    """The jobs had their first turn, so that nothing but the relays' pauses goes on."""
    done = await stand.database("notes").value("SELECT count(*) FROM job_runs WHERE outcome IS NOT NULL")
    return int(done) == 1


async def test_a_task_that_swallows_its_cancellation_is_cancelled_again(place: Place) -> None:
    async def stubborn(deps: object) -> None:
        for _ in range(2):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        await asyncio.Event().wait()

    notes = replace(NOTES, background=(stubborn,))
    async with open_stand(place, services=(notes, READERS)) as stand:
        await stand.runtime.start()
        await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await stand.runtime.stop()
        assert all(task.done() for task in stand.runtime._tasks)
