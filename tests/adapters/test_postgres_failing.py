"""PostgreSQL fails in every way that can be made here: who asks meanwhile is told DatabaseUnavailable, which is
answered with 503, and nothing else; and once it is back, all goes on by itself."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import uvloop

from tradewind.adapters.database.embedded import EmbeddedPostgres
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.ports.database import CheckViolation, DatabaseUnavailable

WORKERS = 16
Loop = Callable[[], asyncio.AbstractEventLoop]
LOOPS = pytest.mark.parametrize(
    "loop", [uvloop.new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"]
)


class Wire:
    """Carries bytes between the driver and the server, and breaks where it is told to."""

    def __init__(self, url: str) -> None:
        self._there = urlsplit(url)
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self.refusing = False

    async def open(self) -> str:
        """The server's URL, by way of this wire."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        there = self._there
        return there._replace(netloc=f"{there.username}:{there.password}@127.0.0.1:{port}").geturl()

    def cut(self, share: float) -> None:
        """In the middle of whatever goes over it: a reset, or a close, by chance."""
        for ours, theirs in list(self._pairs):
            if random.random() < share:
                ours.transport.abort() if random.random() < 0.5 else ours.close()
                theirs.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        back, forth = await asyncio.open_connection(self._there.hostname, self._there.port)
        pair = (writer, forth)
        self._pairs.add(pair)
        await asyncio.gather(_pump(reader, forth), _pump(back, writer))
        self._pairs.discard(pair)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """In pieces of odd sizes, so that messages are torn."""
    try:
        while data := await reader.read(random.choice((1, 7, 100, 65536))):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        writer.transport.abort()
    finally:
        writer.close()


async def _one(database: PostgresDatabase) -> None:
    """Something that a service does."""
    match random.randrange(4):
        case 0:
            await database.value("SELECT 1")
        case 1:
            await database.fetch("SELECT * FROM generate_series(1, $1::int)", random.randrange(2000))
        case 2:
            await database.execute_many("SELECT $1::int", [(number,) for number in range(20)])
        case _:
            async with database.begin() as tx:
                await tx.value("SELECT pg_sleep(0.002)")
                await tx.value(f"SELECT {random.randrange(300)}")  # most are prepared anew


@asynccontextmanager
async def under_load(database: PostgresDatabase) -> AsyncIterator[Counter[str]]:
    """What becomes of each try, counted by the name of what it raised."""
    outcomes: Counter[str] = Counter()
    over = asyncio.Event()

    async def work() -> None:
        while not over.is_set():
            try:
                await _one(database)
                outcomes["done"] += 1
            except DatabaseUnavailable:
                outcomes["unavailable"] += 1
                await asyncio.sleep(0.002)
            except Exception as error:  # noqa: BLE001 - what must not be is counted by its name
                outcomes[f"{type(error).__name__}: {error}"] += 1

    tasks = [asyncio.create_task(work()) for _ in range(WORKERS)]
    try:
        yield outcomes
    finally:
        over.set()
        async with asyncio.timeout(20):
            await asyncio.gather(*tasks)


@LOOPS
def test_a_connection_that_breaks_anywhere_is_unavailable(postgres_url: str, loop: Loop) -> None:
    async def storm() -> None:
        wire = Wire(postgres_url)
        database = PostgresDatabase(await wire.open(), "public", max_size=8)
        async with under_load(database) as outcomes:
            for _ in range(30):
                await asyncio.sleep(random.random() * 0.03)
                wire.cut(0.7)
            wire.refusing = True
            wire.cut(1)
            await asyncio.sleep(0.1)
            wire.refusing = False
        await _works_again(database)
        assert set(outcomes) == {"done", "unavailable"}, outcomes
        await database.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(storm())


def test_a_server_that_is_killed_shut_down_and_started_is_unavailable(tmp_path: Path) -> None:
    async def storm() -> None:
        server = EmbeddedPostgres(tmp_path / "data", durable=False)
        database = PostgresDatabase(await server.start(), "public", max_size=8)
        try:
            async with under_load(database) as outcomes:
                for end in (_kill_a_backend, _signal(signal.SIGINT), _signal(signal.SIGKILL)):
                    await asyncio.sleep(0.2)
                    await end(server, database)
                    await _works_again(database)
            assert set(outcomes) == {"done", "unavailable"}, outcomes
        finally:
            await database.close()
            await server.destroy()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(storm())


def _signal(number: signal.Signals) -> Callable[[EmbeddedPostgres, PostgresDatabase], Awaitable[None]]:
    async def end(server: EmbeddedPostgres, _: PostgresDatabase) -> None:
        assert server.pid is not None
        os.kill(server.pid, number)
        while server.pid is not None:
            await asyncio.sleep(0.02)
        await server.restart()

    return end


async def _kill_a_backend(_: EmbeddedPostgres, database: PostgresDatabase) -> None:
    """The server ends all others then, and recovers as from a crash."""
    while True:
        try:
            os.kill(await database.value("SELECT pg_backend_pid()"), signal.SIGKILL)
        except DatabaseUnavailable:
            await asyncio.sleep(0.01)
        else:
            return


async def _works_again(database: PostgresDatabase) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                await database.check()
            except DatabaseUnavailable:
                await asyncio.sleep(0.02)
            else:
                return


@pytest.mark.parametrize(
    "code",
    [
        "53100",
        "53200",
        "53300",
        "55P03",
        "57P01",
        "57P02",
        "57P03",
        "57014",
        "58030",
        "40001",
        "40P01",
        "25006",
    ],
)
async def test_what_the_server_cannot_do_just_now_is_unavailable(database_url: str, code: str) -> None:
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'as the server would' USING ERRCODE = '{code}'; END $$"
    database = PostgresDatabase(database_url, "public")
    with pytest.raises(DatabaseUnavailable):
        await database.execute(raising)
    with pytest.raises(DatabaseUnavailable):
        async with database.begin() as tx:
            await tx.execute(raising)
    assert await database.value("SELECT 1") == 1
    await database.close()


async def test_a_statement_prepared_before_a_migration_is_prepared_anew(database_url: str) -> None:
    database, migrating = PostgresDatabase(database_url, "public"), await asyncpg.connect(database_url)
    await migrating.execute("CREATE TABLE things (a int); INSERT INTO things VALUES (1)")
    async with database.begin() as tx:
        await tx.fetch("SELECT * FROM things")
    await migrating.execute("ALTER TABLE things ADD COLUMN b int")
    with pytest.raises(DatabaseUnavailable, match="cached"):
        async with database.begin() as tx:
            await tx.fetch("SELECT * FROM things")
    async with database.begin() as tx:
        assert [tuple(row) for row in await tx.fetch("SELECT * FROM things")] == [(1, None)]
    await database.close()
    await migrating.close()


async def test_a_bug_is_not_taken_for_a_dead_database(database_url: str) -> None:
    database = PostgresDatabase(database_url, "public")
    for bug in (RuntimeError("a bug"), OSError("no such file"), KeyError("what")):
        with pytest.raises(type(bug), match=str(bug.args[0])):
            async with database.begin() as tx:
                await tx.value("SELECT 1")
                raise bug
    await database.execute("CREATE TABLE things (a int CONSTRAINT positive CHECK (a > 0))")
    with pytest.raises(CheckViolation, match="positive"):
        await database.execute("INSERT INTO things VALUES (0)")
    with pytest.raises(asyncpg.UndefinedTableError):
        await database.value("SELECT * FROM nothing")
    await database.close()


async def test_who_waits_for_a_connection_when_the_shop_closes_is_told_so(database_url: str) -> None:
    database = PostgresDatabase(database_url, "public", max_size=1)
    async with database.begin():
        waiting = asyncio.create_task(database.value("SELECT 1"))
        await asyncio.sleep(0.01)
        closing = asyncio.create_task(database.close())
        with pytest.raises(DatabaseUnavailable):
            await waiting
    await closing
