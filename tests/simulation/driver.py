"""The database driver as the shipped adapter sees it, on a real PostgreSQL, with a turn before each statement.

Connections are lent to strands; when a process dies, what it had open is rolled back by the server, as it is
when a real process dies.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Coroutine, Sequence
from functools import cache
from typing import Any

import asyncpg

from tests.simulation.schedule import ANSWER_LOST, LOST, Process, current
from tradewind.adapters.database.postgres import PostgresDatabase, connection_options

_SPACE = re.compile(r"\s+")
_LONGEST_LABEL = 72


class Connection:
    """One loan of a server connection. Speaks asyncpg's language."""

    def __init__(self, raw: asyncpg.Connection[Any], pid: int, schema: str, process: Process | None) -> None:
        self.raw, self.pid, self.schema, self.process = raw, pid, schema, process
        self.closed = False
        self.working = False

    def is_closed(self) -> bool:
        return self.closed

    def is_in_transaction(self) -> bool:
        return self.raw.is_in_transaction()

    async def fetch(self, sql: str, *args: Any) -> Any:
        return await self._statement(sql, lambda: self.raw.fetch(sql, *args))

    async def fetchrow(self, sql: str, *args: Any) -> Any:
        return await self._statement(sql, lambda: self.raw.fetchrow(sql, *args))

    async def fetchval(self, sql: str, *args: Any) -> Any:
        return await self._statement(sql, lambda: self.raw.fetchval(sql, *args))

    async def execute(self, sql: str, *args: Any) -> Any:
        return await self._statement(sql, lambda: self.raw.execute(sql, *args))

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> Any:
        return await self._statement(sql, lambda: self.raw.executemany(sql, rows))

    def transaction(self) -> Transaction:
        if self.closed:
            raise asyncpg.InterfaceError("the connection is closed")
        return Transaction(self)

    async def _statement(self, sql: str, run: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        inside = self.raw.is_in_transaction()
        kinds = (LOST,) if inside else (LOST, ANSWER_LOST)
        return await self.turn(_label(self.schema, sql), kinds, run)

    async def turn(
        self, label: str, kinds: Sequence[str], run: Callable[[], Coroutine[Any, Any, Any]]
    ) -> Any:
        if self.closed:
            raise asyncpg.InterfaceError("the connection is closed")
        wrong = await current().turn(label, kinds)
        if wrong == LOST:
            await self.break_off()
            raise asyncpg.ConnectionDoesNotExistError("lost before it was sent")
        result = await self.work(run())
        current().happened(f"= {_outline(result)}")
        if wrong == ANSWER_LOST:
            await self.break_off()
            raise asyncpg.ConnectionDoesNotExistError("lost with its answer")
        return result

    async def work(self, work: Coroutine[Any, Any, Any]) -> Any:
        self.working = True
        try:
            return await current().operate(self.pid, work)
        finally:
            self.working = False

    async def break_off(self) -> None:
        """The client is told that the connection is gone; the server rolls back what was open."""
        self.closed = True
        if self.raw.is_in_transaction():
            await self.work(self.raw.execute("ROLLBACK"))


@cache
def _label(schema: str, sql: str) -> str:
    return f"{schema}: {_SPACE.sub(' ', sql).strip()[:_LONGEST_LABEL]}"


def _outline(result: object) -> str:
    """So much of a result as is the same each time."""
    if isinstance(result, list):
        return f"{len(result)} rows"
    return result if isinstance(result, str) and len(result) < 20 else type(result).__name__


class Transaction:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def start(self) -> None:
        await self._connection.work(self._connection.raw.execute("BEGIN"))

    async def commit(self) -> None:
        connection = self._connection
        label = f"{connection.schema}: COMMIT"
        await connection.turn(label, (LOST, ANSWER_LOST), lambda: connection.raw.execute("COMMIT"))

    async def rollback(self) -> None:
        await self._connection.work(self._connection.raw.execute("ROLLBACK"))


class Pool:
    """Stands where the adapter has its pool: as many connections as are asked for, kept from world to world."""

    def __init__(self, server: Server, schema: str) -> None:
        self._server, self._schema = server, schema

    async def take(self) -> Connection:
        return await self._server.lend(self._schema)

    def give_back(self, connection: Connection, *, sound: bool) -> None:
        self._server.take_back(connection)

    async def close(self) -> None:
        return None


class Server:
    """One database of a PostgreSQL server, and every connection to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._free: dict[str, list[tuple[asyncpg.Connection[Any], int]]] = {}
        self._lent: list[Connection] = []
        self.monitor: asyncpg.Connection[Any] | None = None

    async def open(self) -> None:
        """Nothing happens there by the clock: what autovacuum finds out changes plans, and so the order of rows."""
        self.monitor = await asyncpg.connect(self.url)
        await self.monitor.execute("ALTER SYSTEM SET autovacuum = off")
        await self.monitor.execute("SELECT pg_reload_conf()")

    def database(self, schema: str) -> PostgresDatabase:
        database = PostgresDatabase(self.url, schema)
        database._pool = Pool(self, schema)  # type: ignore[assignment]
        return database

    async def lend(self, schema: str) -> Connection:
        free = self._free.setdefault(schema, [])
        if not free:
            free.append(await current().operate(0, self._opened(schema)))
        raw, pid = free.pop()
        connection = Connection(raw, pid, schema, current().process_here())
        self._lent.append(connection)
        return connection

    def take_back(self, connection: Connection) -> None:
        if connection in self._lent:
            self._lent.remove(connection)
            connection.closed = True
            self._free[connection.schema].append((connection.raw, connection.pid))

    async def end_connections(self, process: Process) -> None:
        """A process died: the server ends what it had open."""
        for connection in [c for c in self._lent if c.process is process]:
            self._lent.remove(connection)
            connection.closed = True
            if connection.working:
                assert self.monitor is not None
                os.kill(connection.pid, signal.SIGCONT)
                await self.monitor.execute("SELECT pg_terminate_backend($1, 5000)", connection.pid)
                connection.raw.terminate()
                continue
            if connection.raw.is_in_transaction():
                await connection.raw.execute("ROLLBACK")
            self._free[connection.schema].append((connection.raw, connection.pid))

    async def recall(self) -> None:
        """The world is over: nothing of it stays open."""
        for connection in list(self._lent):
            self._lent.remove(connection)
            connection.closed = True
            if connection.working:
                os.kill(connection.pid, signal.SIGCONT)
                connection.raw.terminate()
            else:
                if connection.raw.is_in_transaction():
                    await connection.raw.execute("ROLLBACK")
                self._free[connection.schema].append((connection.raw, connection.pid))

    async def close(self) -> None:
        for free in self._free.values():
            for raw, _ in free:
                await raw.close()
        if self.monitor is not None:
            await self.monitor.close()

    async def _opened(self, schema: str) -> tuple[asyncpg.Connection[Any], int]:
        options = connection_options(schema)
        options["server_settings"] = {**options["server_settings"], "plan_cache_mode": "force_generic_plan"}
        options |= {"statement_cache_size": 1_000, "max_cached_statement_lifetime": 0}
        raw = await asyncpg.connect(self.url, **options)
        return raw, raw.get_server_pid()
