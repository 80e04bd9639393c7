"""The database port on PostgreSQL through asyncpg: one pool a service, its search_path its only schema."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from tradewind.adapters.database.pool import ConnectionPool
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
    RuntimeError,  # uvloop's, for a write to a transport that is closed, before the driver was told
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a statement on a connection that was lost in the one before
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # it shuts down, starts, recovers from a crash, or cancelled the statement
    asyncpg.InsufficientResourcesError,  # connections, memory, disk
    asyncpg.PostgresSystemError,  # it could not read or write its files
    asyncpg.TransactionRollbackError,  # deadlock, serialization
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby: who was the primary is that no more
    asyncpg.InvalidCachedStatementError,  # prepared before a migration; the driver prepares it anew
)
_DRIVER_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    RuntimeError,
)


def _translated(error: Exception) -> Exception:
    violation = _VIOLATIONS.get(type(error))
    if violation is not None:
        return violation(getattr(error, "constraint_name", None) or "?", getattr(error, "detail", "") or "")
    if isinstance(error, _UNAVAILABLE):
        return DatabaseUnavailable(f"{type(error).__name__}: {error}")
    return error


async def _answered(asked: Awaitable[Any]) -> Any:
    """What the driver answers. Raises in the port's words."""
    try:
        return await asked
    except _DRIVER_ERRORS as error:
        raise _translated(error) from error


async def _begun(connection: Any) -> Any:
    transaction = connection.transaction()  # raises where the connection was lost since it was taken
    await transaction.start()
    return transaction


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
        return await _answered(run(self._connection))

    def after_commit(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def committed(self) -> None:
        for callback in self._callbacks:
            callback()


class PostgresDatabase(_Executor):
    """`url` names server and database; every name resolves in `schema`. Connections open on demand."""

    __slots__ = ("_pool", "_schema", "_url")

    def __init__(self, url: str, schema: str, *, max_size: int = 12) -> None:
        super().__init__(Counters())
        self._url, self._schema = url, schema
        self._pool = ConnectionPool(self._connect, max_size)

    @property
    def schema(self) -> str:
        return self._schema

    async def _connect(self) -> Any:
        return await asyncpg.connect(self._url, **connection_options(self._schema))

    async def _on_connection(self, run: Callable[[Any], Awaitable[Any]]) -> Any:
        pool, sound = self._pool, False
        try:
            connection = await pool.take()
            try:
                result = await run(connection)
                sound = True
                return result
            except asyncpg.PostgresError as error:
                sound = not isinstance(error, _UNAVAILABLE)  # refused, and ready for the next
                raise
            finally:
                pool.give_back(connection, sound=sound)
        except _DRIVER_ERRORS as error:
            raise _translated(error) from error

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """See the port. A commit is shielded: a cancelled caller never leaves it half-said.

        What the block itself raises passes through as it is: a bug is not taken for a dead database.
        """
        ending: asyncio.Task[None] | None = None
        connection = await _answered(self._pool.take())
        try:
            transaction = await _answered(_begun(connection))
            ours = PostgresTransaction(connection, self.counters)
            try:
                yield ours
            except BaseException:
                if not connection.is_closed():
                    ending = asyncio.ensure_future(transaction.rollback())
                    await _answered(asyncio.shield(ending))
                raise
            ending = asyncio.ensure_future(transaction.commit())
            await _answered(asyncio.shield(ending))
            self.counters.transactions += 1
        finally:
            self._give_back_after(connection, ending)
        ours.committed()

    def _give_back_after(self, connection: Any, ending: asyncio.Task[None] | None) -> None:
        """Once its commit or rollback is through, whoever still waits for that."""
        if ending is None:
            self._pool.give_back(connection, sound=False)
        elif ending.done():
            self._pool.give_back(connection, sound=_succeeded(ending))
        else:
            ending.add_done_callback(lambda ended: self._pool.give_back(connection, sound=_succeeded(ended)))

    async def check(self) -> None:
        await self.value("SELECT 1")

    async def close(self) -> None:
        await self._pool.close()


def connection_options(schema: str) -> dict[str, Any]:
    """How a service's connections are opened, beside their URL."""
    return {
        "command_timeout": 30,
        "timeout": 5,
        "server_settings": {"search_path": f'"{schema}"', "application_name": f"tradewind-{schema}"},
    }


def _succeeded(task: asyncio.Task[None]) -> bool:
    return not task.cancelled() and task.exception() is None
