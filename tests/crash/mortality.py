"""A process that may be killed: before and after each commit, each statement that writes, each outside call.

The ports are wrapped, nothing else: what runs between two points is the shop's own code, and SIGKILL is the
kernel's. Points are numbered in the order in which a life reaches them.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from tradewind.ports.database import Database, Row, Transaction

_WRITES = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\b")
_OWN_CODE = re.compile(r"/tradewind/(?:services|kernel)/(.+)\.py$")
IN_FLIGHT_SECONDS = 0.05
T = TypeVar("T")


class Points:
    """`kill_at` None only counts. `tell` hears the name of the point at which the process is killed."""

    def __init__(
        self, kill_at: int | None, tell: Callable[[str], None] = print, *, in_flight: bool = False
    ) -> None:
        self._kill_at, self._tell = kill_at, tell
        self.in_flight = in_flight
        self.seen: list[str] = []

    def reach(self, what: str) -> None:
        if len(self.seen) == self._kill_at:
            self._tell(what)
            os.kill(os.getpid(), signal.SIGKILL)
        self.seen.append(what)


class MortalDatabase:
    """A service's database whose user may die around each commit."""

    def __init__(self, inner: Database, points: Points) -> None:
        self._inner, self._points = inner, points

    @property
    def schema(self) -> str:
        return self._inner.schema

    async def fetch(self, sql: str, *args: Any) -> Sequence[Row]:
        return await self._around(sql, self._inner.fetch(sql, *args))

    async def row(self, sql: str, *args: Any) -> Row | None:
        return await self._around(sql, self._inner.row(sql, *args))

    async def value(self, sql: str, *args: Any) -> Any:
        return await self._around(sql, self._inner.value(sql, *args))

    async def execute(self, sql: str, *args: Any) -> int:
        return await self._around(sql, self._inner.execute(sql, *args))

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        await self._around(sql, self._inner.execute_many(sql, rows))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        where = f"{self.schema}: the commit of {_own_caller()}"
        async with self._inner.begin() as tx:
            yield tx
            self._reach(f"before {where}")
        self._reach(f"after {where}")

    async def check(self) -> None:
        await self._inner.check()

    async def close(self) -> None:
        await self._inner.close()

    async def _around(self, sql: str, statement: Awaitable[T]) -> T:
        if not _WRITES.search(sql):
            return await statement
        where = f"{self.schema}: {_own_caller()}"
        self._reach(f"before {where}")
        answer = await statement
        self._reach(f"after {where}")
        return answer

    def _reach(self, what: str) -> None:
        if not self._points.in_flight:
            self._points.reach(what)


class MortalGateway:
    """A card processor whose caller may die around each call or, with `in_flight`, in the middle of it."""

    _CALLS = ("authorise", "capture", "refund", "void", "release", "find_authorisation", "find_move")

    def __init__(self, inner: Any, points: Points) -> None:
        self._inner, self._points = inner, points

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        return self._mortal(name, method) if name in self._CALLS else method

    def _mortal(self, name: str, method: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
        async def call(*args: Any, **kwargs: Any) -> T:
            if self._points.in_flight:
                return await self._in_flight(name, method(*args, **kwargs))
            self._points.reach(f"before the processor's {name}")
            answer = await method(*args, **kwargs)
            self._points.reach(f"after the processor's {name}")
            return answer

        return call

    async def _in_flight(self, name: str, call: Awaitable[T]) -> T:
        """Sent, and not answered: a processor that is slow is still at it when its caller dies."""
        sent = asyncio.ensure_future(call)
        await asyncio.sleep(IN_FLIGHT_SECONDS)
        self._points.reach(f"during the processor's {name}")
        return await sent


def _own_caller() -> str:
    """The shop's function that asked for this, such as `payment/store/attempts begin_attempt`."""
    frame = sys._getframe(1)
    while frame is not None:
        found = _OWN_CODE.search(Path(frame.f_code.co_filename).as_posix())
        if found is not None:
            return f"{found[1]} {frame.f_code.co_name}"
        assert frame.f_back is not None, "somebody of the shop called"
        frame = frame.f_back
    raise AssertionError("unreachable")
