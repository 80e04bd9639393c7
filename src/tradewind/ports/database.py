"""A service's own relational store. SQL is PostgreSQL's; no other dialect is promised.

A service sees only its schema: names in its SQL are unqualified and resolve to it alone.
Errors: `UniqueViolation` and `CheckViolation` name the constraint; `DatabaseUnavailable` means that
the statement, or the commit, may or may not have taken effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol


class Row(Protocol):
    """One row of a result, by column name or by position."""

    def __getitem__(self, key: str | int, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def keys(self) -> Iterator[str]: ...


class DatabaseError(Exception):
    """What the database refused, translated from its driver."""


class ConstraintViolation(DatabaseError):
    def __init__(self, constraint: str, detail: str = "") -> None:
        super().__init__(f"{constraint}: {detail}" if detail else constraint)
        self.constraint = constraint


class UniqueViolation(ConstraintViolation):
    """A row with these values exists. `constraint` names the index."""


class CheckViolation(ConstraintViolation):
    """A CHECK refused the row. `constraint` names it."""


class ForeignKeyViolation(ConstraintViolation):
    """A row refers to one that does not exist (or is still referred to)."""


class DatabaseUnavailable(DatabaseError):
    """No answer: whether the statement took effect is unknown."""


class Connection(Protocol):
    async def fetch(self, sql: str, *args: Any) -> Sequence[Row]:
        """All rows."""
        ...

    async def row(self, sql: str, *args: Any) -> Row | None:
        """The first row, or None."""
        ...

    async def value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, or None."""
        ...

    async def execute(self, sql: str, *args: Any) -> int:
        """How many rows were touched."""
        ...

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """The statement once for each row of arguments, in one round trip or few."""
        ...


class Transaction(Connection, Protocol):
    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` once the commit is durable; never after a rollback."""
        ...


class Database(Connection, Protocol):
    @property
    def schema(self) -> str: ...

    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        """Commits when the block ends, rolls back when it raises. Never await a remote call inside."""
        ...

    async def check(self) -> None:
        """Raises DatabaseUnavailable unless the database answers."""
        ...

    async def close(self) -> None: ...
