"""Migrations: once each, in order, by one process at a time, and never changed after."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kernel.stand import NOTES, Place, open_stand
from tradewind.kernel import migrate
from tradewind.kernel.migrate import MigrationError
from tradewind.kernel.service import Service

FIRST = "CREATE TABLE things (id integer PRIMARY KEY);"
SECOND = "ALTER TABLE things ADD COLUMN name text;"
Write = Callable[[dict[str, str]], str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Makes packages of these files; answers their names."""
    monkeypatch.syspath_prepend(tmp_path)
    made: list[str] = []

    def write_package(files: dict[str, str]) -> str:
        name = f"migrations_of_{tmp_path.name.replace('-', '_')}_{len(made)}"
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text)
        made.append(name)
        return name

    yield write_package
    for name in made:
        sys.modules.pop(name, None)


def change(package: str, file: str, text: str) -> None:
    folder = Path(str(sys.modules[package].__file__)).parent
    (folder / file).write_text(text)


async def test_each_is_applied_once_and_in_order(place: Place, write: Write) -> None:
    package = write({"0001_things.sql": FIRST, "0002_names.sql": SECOND, "notes.txt": "not one"})
    database = place.database("things")
    kernels = [migration.name for migration in migrate.load(migrate.KERNEL)]
    wanted = [*kernels, "0001_things.sql", "0002_names.sql"]
    assert await migrate.pending(database, package) == wanted
    assert await migrate.migrate(database, package) == wanted
    assert await migrate.migrate(database, package) == []
    assert await migrate.pending(database, package) == []
    await database.execute("INSERT INTO things VALUES (1, 'one')")
    await database.close()


async def test_processes_that_start_together_apply_each_once(place: Place, write: Write) -> None:
    package = write({"0001_things.sql": FIRST, "0002_names.sql": SECOND})
    databases = [place.database("things") for _ in range(5)]
    applied = await asyncio.gather(*(migrate.migrate(database, package) for database in databases))
    assert sorted(map(bool, applied)) == [False, False, False, False, True]
    for database in databases:
        await database.close()


async def test_one_that_was_changed_after_it_was_applied_is_refused_by_name(
    place: Place, write: Write
) -> None:
    package = write({"0001_things.sql": FIRST})
    database = place.database("things")
    await migrate.migrate(database, package)
    change(package, "0001_things.sql", FIRST + " -- and more")
    with pytest.raises(MigrationError, match=rf"{package}/0001_things.sql was changed .* write a new"):
        await migrate.migrate(database, package)
    await database.close()


async def test_one_that_fails_leaves_nothing_of_any(place: Place, write: Write) -> None:
    package = write({"0001_things.sql": FIRST, "0002_names.sql": "ALTER TABLE absent ADD COLUMN name text;"})
    database = place.database("things")
    with pytest.raises(Exception, match="absent"):
        await migrate.migrate(database, package)
    assert not await database.value("SELECT to_regclass('things') IS NOT NULL")
    change(package, "0002_names.sql", SECOND)
    assert "0002_names.sql" in await migrate.migrate(database, package)
    await database.close()


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (("0001_things.sql", "0003_names.sql"), "expected 0002_some_name.sql, found 0003_names.sql"),
        (("0002_names.sql",), "expected 0001_some_name.sql, found 0002_names.sql"),
        (("0001_things.sql", "0001_too.sql"), "expected 0002_some_name.sql, found 0001_too.sql"),
        (("0001_Things.sql",), "found 0001_Things.sql"),
        (("things.sql",), "found things.sql"),
    ],
)
def test_gaps_doubles_and_other_names_are_refused(write: Write, files: tuple[str, ...], found: str) -> None:
    package = write(dict.fromkeys(files, FIRST))
    with pytest.raises(MigrationError, match=found):
        migrate.load(package)


async def test_a_process_is_not_ready_before_and_the_version_before_is_ready_after(
    place: Place, write: Write
) -> None:
    """Version N runs beside N-1: what the newer one applied does not stop the older one."""
    older, newer = write({"0001_things.sql": FIRST}), write({})
    database = place.database("notes")
    await migrate.migrate(database, older)
    folder = Path(str(sys.modules[older].__file__)).parent
    (folder / "0002_names.sql").write_text(SECOND)
    assert await migrate.pending(database, older) == ["0002_names.sql"]
    await migrate.migrate(database, older)
    (folder / "0002_names.sql").unlink()
    assert await migrate.pending(database, older) == []
    assert await migrate.pending(database, newer) == []
    await database.close()


async def test_readiness_names_what_is_not_applied(place: Place, write: Write) -> None:
    package = write({"0001_things.sql": FIRST})
    service = Service("notes", NOTES.settings, NOTES.deps, package)
    async with open_stand(place, ("notes",), services=(service,)) as stand:
        assert await stand.runtime.readiness() == []
        folder = Path(str(sys.modules[package].__file__)).parent
        (folder / "0002_names.sql").write_text(SECOND)
        assert await stand.runtime.readiness() == ["notes: migrations 0002_names.sql are not applied"]
