"""DuckDB itself: the file, its tables, and every write as one transaction. Imported when the store is opened.

Facts are handed over as JSON text, which DuckDB reads by itself: a million rows a second, a tenth of it row by row.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import duckdb

from tradewind.adapters.analytics_store import sql
from tradewind.ports.analytics_store import KEPT_DAYS, FactsRefused, StoreHeld, StoreUnavailable

TIDY_AFTER_ROWS: Final = 200_000
READ_CHARACTERS: Final = 500_000
_DAY_US: Final = 86_400_000_000
_REBUILT: Final = ("sale_lines", "orders", "carts")


class Query:
    """A read on a connection of its own: a shared one answers that it is busy."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, text: str, parameters: dict[str, Any]) -> None:
        self._cursor, self._text, self._parameters = cursor, text, parameters

    def run(self) -> list[tuple[Any, ...]]:
        with _translated(), self._cursor as cursor:
            return cursor.execute(self._text, self._parameters).fetchall()

    def interrupt(self) -> None:
        with suppress(duckdb.ConnectionException):  # it was just through
            self._cursor.interrupt()


class Engine:
    """Its writing methods are called from one thread; `query` from any."""

    def __init__(self, file: Path, memory_limit_mb: int, threads: int) -> None:
        with _translated():
            self._connection = duckdb.connect(
                str(file),
                config={
                    "memory_limit": f"{memory_limit_mb}MB",
                    "threads": threads,
                    "temp_directory": str(file.with_suffix(".spill")),
                    "max_temp_directory_size": "4GB",
                    "preserve_insertion_order": False,
                    "checkpoint_threshold": "1GB",  # when it suits: see checkpoint
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                    "allow_community_extensions": False,
                },
            )
            self._connection.execute("SET enable_external_access = false")
            self._connection.execute("SET lock_configuration = true")
            self._make_tables()
        self._rows_since_checkpoint = 0

    def _make_tables(self) -> None:
        with self._transaction() as run:
            for statement in (*sql.TABLES, *sql.tables_of("main")):
                run(statement)
            if not self._connection.execute("SELECT count(*) FROM about").fetchall()[0][0]:
                run("INSERT INTO about VALUES ($1, $2)", [uuid.uuid4(), sql.VERSION])
            version = self._connection.execute("SELECT version FROM about").fetchall()[0][0]
            while version in sql.UPGRADES:
                for statement in sql.UPGRADES[version]:
                    run(statement)
                version += 1
                run("UPDATE about SET version = $1", [version])
            if version != sql.VERSION:
                raise StoreUnavailable(f"the file is of version {version}, this program's is {sql.VERSION}")

    def query(self, text: str, parameters: dict[str, Any]) -> Query:
        with _translated():
            return Query(self._connection.cursor(), text, parameters)

    def put_events(self, batches: list[str], received_us: int) -> int:
        with _translated(), self._transaction() as run:
            run(sql.BEGIN_ARRIVED)
            for joined in _joined(batches):
                run(sql.INSERT_ARRIVED, [joined])
            run(sql.INSERT_EVENTS, [received_us - KEPT_DAYS * _DAY_US])
            new = int(self._connection.fetchall()[0][0])
            if run(sql.ANY_LINKS).fetchall()[0][0]:
                run(sql.FORGET_LINKS)
                run(sql.INSERT_LINKS)
            run("DROP TABLE arrived")
        self._rows_since_checkpoint += new
        return new

    def put_orders(self, schema: str, order_ids: list[uuid.UUID], orders: str, lines: str) -> None:
        with _translated(), self._transaction() as run:
            run(f"DELETE FROM {schema}.sale_lines WHERE source IN (SELECT unnest($1::UUID[]))", [order_ids])
            run(f"DELETE FROM {schema}.orders WHERE order_id IN (SELECT unnest($1::UUID[]))", [order_ids])
            run(sql.insert(schema, "orders"), [orders])
            run(sql.insert_lines(schema, "fact.order_id"), [lines])

    def put_carts(self, schema: str, cart_ids: list[uuid.UUID], carts: str) -> None:
        with _translated(), self._transaction() as run:
            run(f"DELETE FROM {schema}.carts WHERE cart_id IN (SELECT unnest($1::UUID[]))", [cart_ids])
            run(sql.insert(schema, "carts"), [carts])

    def put_history(self, schema: str, chunk_id: uuid.UUID, lines: str) -> None:
        with _translated(), self._transaction() as run:
            run(f"DELETE FROM {schema}.sale_lines WHERE source = $1", [chunk_id])
            run(sql.insert_lines(schema, "$2::UUID"), [lines, chunk_id])
            self._rows_since_checkpoint += int(self._connection.fetchall()[0][0])

    def begin_rebuild(self) -> None:
        with _translated(), self._transaction() as run:
            run("DROP SCHEMA IF EXISTS rebuilt CASCADE")
            run("CREATE SCHEMA rebuilt")
            for statement in sql.tables_of("rebuilt"):
                run(statement)

    def differences(self) -> list[str]:
        with _translated():
            found = []
            for table in _REBUILT:
                shown, wanted = (
                    self._connection.execute(sql.digest(schema, table)).fetchall()[0]
                    for schema in ("main", "rebuilt")
                )
                if shown != wanted:
                    found.append(f"{table}: reports see {shown}, made anew it is {wanted}")
            return found

    def switch(self) -> None:
        with _translated(), self._transaction() as run:
            for table in _REBUILT:
                run(f"DELETE FROM main.{table}")
                run(f"INSERT INTO main.{table} SELECT * FROM rebuilt.{table}")
            run("DROP SCHEMA rebuilt CASCADE")
        self._rows_since_checkpoint = TIDY_AFTER_ROWS

    def checkpoint(self) -> None:
        """Move what was written into the file proper. A long one stalls whoever writes, so nobody should."""
        if self._rows_since_checkpoint >= TIDY_AFTER_ROWS:
            with _translated():
                self._connection.execute("CHECKPOINT")
            self._rows_since_checkpoint = 0

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[Callable[..., Any]]:
        self._connection.execute("BEGIN")
        try:
            yield self._connection.execute
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _joined(batches: list[str]) -> Iterator[str]:
    """Arrays of JSON as fewer and larger ones: one at a time is read, which takes many times its size."""
    held: list[str] = []
    size = 0
    for batch in batches:
        if held and size + len(batch) > READ_CHARACTERS:
            yield f"[{','.join(held)}]"
            held, size = [], 0
        inner = batch.strip()[1:-1]
        if inner:
            held.append(inner)
            size += len(inner)
    if held:
        yield f"[{','.join(held)}]"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.ConstraintException) as error:
        raise FactsRefused(str(error)) from error
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise StoreHeld(str(error)) from error
        raise StoreUnavailable(str(error)) from error
    except (duckdb.OutOfMemoryException, duckdb.InterruptException, duckdb.FatalException) as error:
        raise StoreUnavailable(f"{type(error).__name__}: {error}") from error
