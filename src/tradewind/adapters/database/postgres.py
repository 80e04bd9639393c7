"""The database port on PostgreSQL through asyncpg: one pool a service, its search_path its only schema."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from tradewind.ports.database import (
    CheckViolation,
    DatabaseUnavailable,
    ForeignKeyViolation,
    Row,
    Transaction,
    UniqueViolation,
)

_VIOLATIONS: dict[type[Exception], type[UniqueViolation | CheckViolation | ForeignKeyViolation]] = {
    asyncpg.UniqueViolationError: UniqueViolation,
    asyncpg.CheckViolationError: CheckViolation,
    asyncpg.ForeignKeyViolationError: ForeignKeyViolation,
}
_UNAVAILABLE = (
    OSError,  # TimeoutError is one
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a statement on a connection that was lost in the one before
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.QueryCanceledError,
)
_DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


def _translated(error: Exception) -> Exception:
    violation = _VIOLATIONS.get(type(error))
    if violation is not None:
        return violation(getattr(error, "constraint_name", None) or "?", getattr(error, "detail", "") or "")
    if isinstance(error, _UNAVAILABLE):
        return DatabaseUnavailable(f"{type(error).__name__}: {error}")
    return error


class Counters:
    """What was sent to the database: read by /metrics and by the benchmarks."""

    __slots__ = ("statements", "transactions")

    def __init__(self) -> None:
        self.statements = 0
        self.transactions = 0


class _Executor:
    """The ways of running SQL, on whatever connection `_on_connection` lends."""

    __slots__ = ("counters",)

    def __init__(self, counters: Counters) -> None:
        self.counters = counters

    async def _on_connection(self, run: Callable[[Any], Awaitable[Any]]) -> Any:
        raise AssertionError("a subclass lends the connection")

    async def fetch(self, sql: str, *args: Any) -> Sequence[Row]:
        self.counters.statements += 1
        rows: Sequence[Row] = await self._on_connection(lambda c: c.fetch(sql, *args))
        return rows

    async def row(self, sql: str, *args: Any) -> Row | None:
        self.counters.statements += 1
        row: Row | None = await self._on_connection(lambda c: c.fetchrow(sql, *args))
        return row

    async def value(self, sql: str, *args: Any) -> Any:
        self.counters.statements += 1
        return await self._on_connection(lambda c: c.fetchval(sql, *args))

    async def execute(self, sql: str, *args: Any) -> int:
        self.counters.statements += 1
        status: str = await self._on_connection(lambda c: c.execute(sql, *args))
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self.counters.statements += len(rows)
        await self._on_connection(lambda c: c.executemany(sql, rows))


class PostgresTransaction(_Executor):
    __slots__ = ("_callbacks", "_connection")

    def __init__(self, connection: Any, counters: Counters) -> None:
        super().__init__(counters)
        self._connection = connection
        self._callbacks: list[Callable[[], None]] = []

    async def _on_connection(self, run: Callable[[Any], Awaitable[Any]]) -> Any:
        try:
            return await run(self._connection)
        except _DRIVER_ERRORS as error:
            raise _translated(error) from error

    def after_commit(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def committed(self) -> None:
        for callback in self._callbacks:
            callback()


class _Connection(asyncpg.Connection):
    """Given back to the pool without the reset round trip: no code here leaves session state behind."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


class PostgresDatabase(_Executor):
    """`url` names server and database; every name resolves in `schema`. Connections open on demand."""

    __slots__ = ("_max_size", "_opening", "_pool", "_schema", "_url")

    def __init__(self, url: str, schema: str, *, max_size: int = 12) -> None:
        super().__init__(Counters())
        self._url, self._schema, self._max_size = url, schema, max_size
        self._pool: Any = None
        self._opening = asyncio.Lock()

    @property
    def schema(self) -> str:
        return self._schema

    async def _opened(self) -> Any:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=self._max_size,
                    connection_class=_Connection,
                    command_timeout=30,
                    timeout=5,
                    server_settings={
                        "search_path": f'"{self._schema}"',
                        "application_name": f"tradewind-{self._schema}",
                    },
                )
        return self._pool

    async def _on_connection(self, run: Callable[[Any], Awaitable[Any]]) -> Any:
        try:
            pool = self._pool or await self._opened()
            async with pool.acquire(timeout=10) as connection:
                return await run(connection)
        except _DRIVER_ERRORS as error:
            raise _translated(error) from error

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """See the port. A commit is shielded: a cancelled caller never leaves it half-said."""
        try:
            pool = self._pool or await self._opened()
            async with pool.acquire(timeout=10) as connection:
                transaction = connection.transaction()
                await transaction.start()
                ours = PostgresTransaction(connection, self.counters)
                try:
                    yield ours
                except BaseException:
                    if not connection.is_closed():
                        await asyncio.shield(transaction.rollback())
                    raise
                await asyncio.shield(transaction.commit())
                self.counters.transactions += 1
        except _DRIVER_ERRORS as error:
            raise _translated(error) from error
        ours.committed()

    async def check(self) -> None:
        await self.value("SELECT 1")

    async def close(self) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                await asyncio.wait_for(pool.close(), timeout=5)
            except TimeoutError:
                pool.terminate()
