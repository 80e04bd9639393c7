"""What one request does to the database and the card processor, written down step by step, in process.

The ports of a shop are wrapped: the SQL, its values and the transactions are those that the services really
use, so that neither the floor nor the count can drift from them.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tradewind.kernel.clock import SystemClock
from tradewind.ports.database import Connection, Database, Row, Transaction
from tradewind.ports.payment_gateway import Approved, AuthoriseOutcome, PaymentGateway

_WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b")
_COMMENT = re.compile(r"--[^\n]*")


@dataclass(frozen=True)
class Begin:
    service: str


@dataclass(frozen=True)
class Commit:
    service: str
    wrote: bool


@dataclass(frozen=True)
class Statement:
    """`method` is the port's: fetch, row, value or execute. `in_transaction`: between its Begin and Commit."""

    service: str
    method: str
    sql: str
    arguments: tuple[Any, ...]
    in_transaction: bool

    @property
    def writes(self) -> bool:
        """Or locks rows FOR UPDATE, which takes a transaction id as well."""
        return _WRITES.search(_COMMENT.sub("", self.sql)) is not None


@dataclass(frozen=True)
class Authorise:
    """The call of the card processor; `processor_id` is what it named its authorisation."""

    keywords: dict[str, Any]
    processor_id: str


Step = Begin | Commit | Statement | Authorise


@dataclass
class Tape:
    """`ids` and `started_at` are what the shop's clock gave, to tell them from what is constant."""

    steps: list[Step] = field(default_factory=list)
    ids: list[UUID] = field(default_factory=list)
    started_at: datetime | None = None

    def clear(self) -> None:
        self.steps, self.ids, self.started_at = [], [], None

    @property
    def statements(self) -> int:
        return sum(isinstance(step, Statement) for step in self.steps)

    @property
    def commits(self) -> int:
        """Transactions that wrote: those committed, and writing statements that are one by themselves."""
        return sum(
            (isinstance(step, Commit) and step.wrote)
            or (isinstance(step, Statement) and step.writes and not step.in_transaction)
            for step in self.steps
        )


class RecordedClock(SystemClock):
    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def now(self) -> datetime:
        now = super().now()
        if self._tape.started_at is None:
            self._tape.started_at = now
        return now

    def new_id(self) -> UUID:
        made = super().new_id()
        self._tape.ids.append(made)
        return made


class _Recorded:
    """The ways of running SQL, each written down before it is passed on."""

    def __init__(self, inner: Connection, service: str, tape: Tape, *, in_transaction: bool) -> None:
        self._inner, self._service, self._tape = inner, service, tape
        self._in_transaction = in_transaction
        self.wrote = False

    def _note(self, method: str, sql: str, arguments: tuple[Any, ...]) -> None:
        statement = Statement(self._service, method, sql, arguments, self._in_transaction)
        self._tape.steps.append(statement)
        self.wrote |= statement.writes

    async def fetch(self, sql: str, *args: Any) -> Sequence[Row]:
        self._note("fetch", sql, args)
        return await self._inner.fetch(sql, *args)

    async def row(self, sql: str, *args: Any) -> Row | None:
        self._note("row", sql, args)
        return await self._inner.row(sql, *args)

    async def value(self, sql: str, *args: Any) -> Any:
        self._note("value", sql, args)
        return await self._inner.value(sql, *args)

    async def execute(self, sql: str, *args: Any) -> int:
        self._note("execute", sql, args)
        return await self._inner.execute(sql, *args)

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        for row in rows:
            self._note("execute", sql, tuple(row))
        await self._inner.execute_many(sql, rows)


class _RecordedTransaction(_Recorded):
    def __init__(self, inner: Transaction, service: str, tape: Tape) -> None:
        super().__init__(inner, service, tape, in_transaction=True)
        self.after_commit = inner.after_commit


class RecordedDatabase(_Recorded):
    """The database port around another; its transactions are noted where they begin and commit."""

    def __init__(self, inner: Database, tape: Tape) -> None:
        super().__init__(inner, inner.schema, tape, in_transaction=False)
        self._database = inner

    @property
    def schema(self) -> str:
        return self._database.schema

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        self._tape.steps.append(Begin(self._service))
        async with self._database.begin() as inner:
            transaction = _RecordedTransaction(inner, self._service, self._tape)
            yield transaction
        self._tape.steps.append(Commit(self._service, transaction.wrote))

    async def check(self) -> None:
        await self._database.check()

    async def close(self) -> None:
        await self._database.close()


class RecordedGateway:
    """The payment gateway port around another; a purchase calls `authorise` alone."""

    def __init__(self, inner: PaymentGateway, tape: Tape) -> None:
        self._inner, self._tape = inner, tape

    async def authorise(self, **keywords: Any) -> AuthoriseOutcome:
        outcome = await self._inner.authorise(**keywords)
        assert isinstance(outcome, Approved), f"the card is good: {outcome}"
        self._tape.steps.append(Authorise(keywords, outcome.processor_id))
        return outcome

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
