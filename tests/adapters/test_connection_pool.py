"""Loans of connections: never more than allowed, none lost, none lent in the middle of something."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from tradewind.adapters.database import pool as pool_module
from tradewind.adapters.database.pool import ConnectionPool
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.ports.database import DatabaseUnavailable, UniqueViolation


class Counted(ConnectionPool):
    """Remembers what it opened."""

    def __init__(self, url: str, most: int) -> None:
        super().__init__(self._open_one, most)
        self.opened: list[Any] = []
        self.url = url

    async def _open_one(self) -> Any:
        connection = await asyncpg.connect(self.url)
        self.opened.append(connection)
        return connection


async def backends(url: str) -> int:
    connection = await asyncpg.connect(url)
    found: int = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    await connection.close()
    return found


async def test_a_connection_is_lent_again_and_again(database_url: str) -> None:
    pool = Counted(database_url, 5)
    for _ in range(20):
        connection = await pool.take()
        assert await connection.fetchval("SELECT 1") == 1
        pool.give_back(connection, sound=True)
    assert len(pool.opened) == 1
    await pool.close()
    assert await backends(database_url) == 0


async def test_no_more_are_open_than_allowed_and_every_borrower_has_a_turn(database_url: str) -> None:
    pool, at_once, most_at_once = Counted(database_url, 3), 0, 0

    async def borrow(number: int) -> None:
        nonlocal at_once, most_at_once
        connection = await pool.take()
        at_once += 1
        most_at_once = max(most_at_once, at_once)
        await connection.fetchval("SELECT pg_sleep(0.002)")
        at_once -= 1
        pool.give_back(connection, sound=number % 7 != 0)

    await asyncio.gather(*(borrow(number) for number in range(60)))
    assert most_at_once == 3
    assert len(pool.opened) <= 3 + 9
    await pool.close()
    assert await backends(database_url) == 0


async def test_one_who_waits_too_long_is_told_and_takes_nobodys_turn(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "WAIT_SECONDS", 0.05)
    pool = Counted(database_url, 1)
    held = await pool.take()
    with pytest.raises(TimeoutError):
        await pool.take()
    waiting = asyncio.create_task(pool.take())
    await asyncio.sleep(0)
    pool.give_back(held, sound=True)
    assert await waiting is held
    pool.give_back(held, sound=True)
    await pool.close()


async def test_a_turn_that_comes_to_one_who_has_gone_is_the_next_ones(database_url: str) -> None:
    pool = Counted(database_url, 1)
    for sound in (True, False):
        held = await pool.take()
        gone, next_one = asyncio.create_task(pool.take()), asyncio.create_task(pool.take())
        await asyncio.sleep(0)
        pool.give_back(held, sound=sound)
        gone.cancel()
        taken = await asyncio.wait_for(next_one, 5)
        assert await taken.fetchval("SELECT 1") == 1
        pool.give_back(taken, sound=True)
    await pool.close()


async def test_what_failed_to_open_leaves_room_for_another() -> None:
    tries = 0

    async def refuse() -> Any:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0)
        raise OSError("nobody listens")

    pool = ConnectionPool(refuse, 2)
    outcomes = await asyncio.gather(*(pool.take() for _ in range(6)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError] * 6
    assert tries == 6
    await pool.close()


async def test_connections_that_were_not_needed_are_ended(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "IDLE_SECONDS", 0.05)
    pool = Counted(database_url, 4)
    taken = [await pool.take() for _ in range(4)]
    for connection in taken:
        pool.give_back(connection, sound=True)
    for _ in range(8):
        connection = await pool.take()
        await connection.fetchval("SELECT pg_sleep(0.02)")
        pool.give_back(connection, sound=True)
    assert [c.is_closed() for c in taken] == [True, True, True, False]
    await pool.close()


async def test_a_closed_pool_lends_nothing_and_waits_for_what_is_lent(database_url: str) -> None:
    pool = Counted(database_url, 2)
    held = await pool.take()
    closing = asyncio.create_task(pool.close())
    await asyncio.sleep(0.01)
    assert await held.fetchval("SELECT 1") == 1
    with pytest.raises(asyncpg.InterfaceError):
        await pool.take()
    assert not closing.done()
    pool.give_back(held, sound=True)
    await closing
    assert held.is_closed()
    assert await backends(database_url) == 0


async def test_a_statement_that_nobody_waits_for_any_more_is_cancelled_on_the_server(
    database_url: str,
) -> None:
    database = PostgresDatabase(database_url, "public", max_size=1)
    await database.execute("CREATE TABLE notes (text text PRIMARY KEY)")
    slow = asyncio.create_task(database.execute("INSERT INTO notes SELECT 'late' FROM pg_sleep(0.3)"))
    await asyncio.sleep(0.05)
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    await asyncio.sleep(0.15)
    await asyncio.sleep(0.15)
    assert await database.value("SELECT count(*) FROM notes") == 0
    await database.close()


async def test_refusals_and_failed_transactions_leave_the_connection_usable(database_url: str) -> None:
    database = PostgresDatabase(database_url, "public", max_size=1)
    await database.execute("CREATE TABLE notes (text text PRIMARY KEY)")
    await database.execute("INSERT INTO notes VALUES ('one')")
    pid = await database.value("SELECT pg_backend_pid()")
    with pytest.raises(UniqueViolation):
        await database.execute("INSERT INTO notes VALUES ('one')")
    with pytest.raises(UniqueViolation):
        async with database.begin() as tx:
            await tx.execute("INSERT INTO notes VALUES ('two')")
            await tx.execute("INSERT INTO notes VALUES ('one')")
    with pytest.raises(ValueError, match="changed my mind"):
        async with database.begin() as tx:
            await tx.execute("INSERT INTO notes VALUES ('three')")
            raise ValueError("changed my mind")
    assert await database.value("SELECT count(*) FROM notes") == 1
    assert await database.value("SELECT pg_backend_pid()") == pid
    await database.close()


async def test_a_transaction_cancelled_in_the_middle_leaves_nothing_behind(database_url: str) -> None:
    database = PostgresDatabase(database_url, "public", max_size=1)
    await database.execute("CREATE TABLE notes (text text PRIMARY KEY)")

    async def write(text: str) -> None:
        async with database.begin() as tx:
            await tx.execute("INSERT INTO notes VALUES ($1)", text)
            await tx.execute("SELECT pg_sleep(5)")

    for wait in (0.0, 0.001, 0.005, 0.05):
        task = asyncio.create_task(write(f"{wait}"))
        await asyncio.sleep(wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await asyncio.wait_for(database.value("SELECT count(*) FROM notes"), 2) == 0
    await database.close()


async def test_a_server_that_ended_the_connection_costs_one_statement(database_url: str) -> None:
    database = PostgresDatabase(database_url, "public", max_size=2)
    other = PostgresDatabase(database_url, "public", max_size=1)
    pid = await database.value("SELECT pg_backend_pid()")
    with pytest.raises(DatabaseUnavailable):
        async with database.begin() as tx:
            pid = await tx.value("SELECT pg_backend_pid()")
            await other.value("SELECT pg_terminate_backend($1)", pid)
            await tx.value("SELECT 1")
    assert await database.value("SELECT 1") == 1
    await database.close()
    await other.close()
