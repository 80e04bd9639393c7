"""Connections lent to one borrower at a time; the one given back last is lent first.

The driver's own pool makes a task, timers and a proxy for each loan, which costs as much as a read by key.
Here a loan of an idle connection is a pop from a list (docs/speed.md).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

WAIT_SECONDS = 10.0  # for a connection, where all are lent
IDLE_SECONDS = 300.0  # how long a connection may go unused, give or take as long again
CLOSE_SECONDS = 5.0


class ConnectionPool:
    """At most `most` connections, made by `connect` where none is idle. All in one event loop."""

    __slots__ = (
        "_all_back",
        "_closed",
        "_connect",
        "_ending",
        "_idle",
        "_least_idle",
        "_lent",
        "_most",
        "_opening",
        "_tidying",
        "_waiting",
    )

    def __init__(self, connect: Callable[[], Awaitable[Any]], most: int) -> None:
        self._connect, self._most = connect, most
        self._idle: list[Any] = []
        self._lent: set[Any] = set()
        self._opening = 0
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._ending: set[asyncio.Task[None]] = set()
        self._least_idle = 0  # since the last tidying: so many were not needed
        self._tidying: asyncio.TimerHandle | None = None
        self._closed = False
        self._all_back: asyncio.Future[None] | None = None  # once it is closed

    async def take(self) -> Any:
        """A connection, to be given back. Raises TimeoutError when none came free in time, InterfaceError when
        the pool is closed, and what `connect` raises."""
        idle = self._idle
        while idle:
            connection = idle.pop()
            if len(idle) < self._least_idle:
                self._least_idle = len(idle)
            if not connection.is_closed():
                self._lent.add(connection)
                return connection
        return await self._open_or_wait()

    def give_back(self, connection: Any, *, sound: bool) -> None:
        """Not `sound`: nobody knows what it is in the middle of. It is ended, and lent no more."""
        lent = self._lent
        lent.discard(connection)
        if self._closed or not sound or connection.is_closed() or connection.is_in_transaction():
            self._end(connection)
            self._call_next(None)
            if self._all_back is not None and not lent and not self._all_back.done():
                self._all_back.set_result(None)
        elif self._waiting and self._call_next(connection):
            lent.add(connection)
        else:
            self._idle.append(connection)
            if self._tidying is None:
                self._tidy_later()

    async def close(self) -> None:
        """Waits a while for what is lent, then ends it in the middle."""
        self._closed = True
        if self._tidying is not None:
            self._tidying.cancel()
        for turn in self._waiting:
            if not turn.done():
                turn.set_exception(asyncpg.InterfaceError("the pool is closed"))
        for connection in self._idle:
            self._end(connection)
        self._idle.clear()
        if self._lent:
            self._all_back = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._all_back,), timeout=CLOSE_SECONDS)
        for connection in self._lent:
            connection.terminate()
        await asyncio.gather(*self._ending)

    async def _open_or_wait(self) -> Any:
        while True:
            if self._closed:
                raise asyncpg.InterfaceError("the pool is closed")
            if len(self._lent) + self._opening < self._most:
                return await self._open()
            connection = await self._turn()
            if connection is not None:
                return connection

    async def _open(self) -> Any:
        self._opening += 1
        try:
            connection = await self._connect()
        except BaseException:
            self._call_next(None)
            raise
        finally:
            self._opening -= 1
        self._lent.add(connection)
        return connection

    async def _turn(self) -> Any:
        """A connection that was given back; None: one was ended, and another may be opened."""
        turn: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return await turn
        except BaseException:
            if (
                turn.done() and not turn.cancelled() and turn.exception() is None
            ):  # it came too late to be used: the next one's, then
                late = turn.result()
                self._call_next(None) if late is None else self.give_back(late, sound=True)
            raise

    def _call_next(self, connection: Any) -> bool:
        """Whether somebody waits for it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False

    def _end(self, connection: Any) -> None:
        """In the background: a statement that was cancelled on our side is cancelled on the server's first."""
        if connection.is_closed():
            return
        task = asyncio.get_running_loop().create_task(_closed(connection))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _tidy_later(self) -> None:
        self._least_idle = len(self._idle)
        self._tidying = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._tidy)

    def _tidy(self) -> None:
        """The bottom of the list is what was not taken since the last time."""
        unused, self._idle[:] = self._idle[: self._least_idle], self._idle[self._least_idle :]
        for connection in unused:
            self._end(connection)
        self._tidying = None
        if self._idle:
            self._tidy_later()


async def _closed(connection: Any) -> None:
    try:
        await connection.close(timeout=CLOSE_SECONDS)
    except (
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        OSError,
        RuntimeError,
    ):
        connection.terminate()
