"""Envelope encryption: values open where they were sealed alone, and keys are changed without touching them."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from tests.kernel.stand import Place
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.kernel.clock import SystemClock
from tradewind.kernel.envelope import DERIVED, PREFIX, KeyRing, SealedColumn, Vault
from tradewind.kernel.migrate import migrate
from tradewind.kernel.sealing import Sealer, UnsealingError
from tradewind.kernel.settings import SettingsError
from tradewind.ports.database import Row

SECRET, OTHER_SECRET = "a secret key of at least 32 characters", "another secret key of 32 characters or so"
OLD, NEW = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
BEFORE = Sealer(SECRET, "kept")


def _place(row: Row) -> str:
    return f"notes.sealed:{row['id']}"


NOTES = SealedColumn("notes", "notes", "sealed", ("id",), _place, lambda row: str(row["id"]))


def vault_of(keys: str, secret: str = SECRET) -> Vault:
    return Vault("kept", [NOTES], KeyRing.read(keys, secret), BEFORE, SystemClock())


@asynccontextmanager
async def _open(place: Place) -> AsyncIterator[PostgresDatabase]:
    database = place.database("kept")
    try:
        await migrate(database, "tests.kernel.schemas.readers")
        await database.execute("CREATE TABLE notes (id uuid PRIMARY KEY, sealed bytea)")
        yield database
    finally:
        await database.execute(f'DROP SCHEMA "{database.schema}" CASCADE')
        await database.close()


@pytest.fixture
async def database(place: Place) -> AsyncIterator[PostgresDatabase]:
    async with _open(place) as opened:
        yield opened


async def ready(database: PostgresDatabase, keys: str, secret: str = SECRET) -> Vault:
    vault = vault_of(keys, secret)
    await vault.prepare(database)
    return vault


async def test_a_value_opens_at_its_row_alone_and_not_once_it_was_changed(database: PostgresDatabase) -> None:
    notes = (await ready(database, f"k1:{OLD}")).of("notes")
    sealed = notes.seal(b"tok_4242", "notes.sealed:1")
    assert sealed.startswith(PREFIX) and b"tok_4242" not in sealed
    assert notes.unseal(sealed, "notes.sealed:1") == b"tok_4242"
    assert notes.seal(b"tok_4242", "notes.sealed:1") != sealed
    with pytest.raises(UnsealingError):
        notes.unseal(sealed, "notes.sealed:2")  # the row was moved
    for at in range(len(PREFIX), len(sealed)):
        with pytest.raises(UnsealingError):
            notes.unseal(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], "notes.sealed:1")
    for length in range(len(sealed)):
        with pytest.raises(UnsealingError):
            notes.unseal(sealed[:length], "notes.sealed:1")


async def test_data_keys_are_made_once_and_never_stored_open(database: PostgresDatabase) -> None:
    vaults = await asyncio.gather(*(ready(database, f"k1:{OLD}") for _ in range(5)))
    sealed = vaults[0].of("notes").seal(b"x", "p")
    assert all(vault.of("notes").unseal(sealed, "p") == b"x" for vault in vaults)
    assert await database.value("SELECT count(*) FROM data_keys") == 1


async def test_keys_are_rotated_under_load_and_no_value_changes(database: PostgresDatabase) -> None:
    before = await ready(database, f"old:{OLD}")
    sealed = [before.of("notes").seal(b"%d" % n, f"notes.sealed:{n}") for n in range(200)]
    both = await ready(database, f"new:{NEW},old:{OLD}")
    stop = asyncio.Event()

    async def work(vault: Vault) -> int:
        done = 0
        while not stop.is_set():
            place = f"notes.sealed:{uuid4()}"
            assert before.of("notes").unseal(vault.of("notes").seal(b"v", place), place) == b"v"
            late = await ready(database, f"new:{NEW},old:{OLD}")  # a process that starts meanwhile
            assert late.of("notes").unseal(sealed[done % 200], f"notes.sealed:{done % 200}")
            done += 1
        return done

    workers = [asyncio.create_task(work(vault)) for vault in (before, both)]
    await asyncio.sleep(0.2)
    assert sum(await asyncio.gather(both.rewrap(database), both.rewrap(database))) == 1
    await asyncio.sleep(0.2)
    stop.set()
    assert all(await asyncio.gather(*workers))
    after = await ready(database, f"new:{NEW}")  # the old one is taken away
    assert [after.of("notes").unseal(it, f"notes.sealed:{n}") for n, it in enumerate(sealed)] == [
        b"%d" % n for n in range(200)
    ]
    (status,) = await after.status(database)
    assert (status.wrapped_with, status.current, status.old_values) == ("new", True, 0)
    with pytest.raises(SettingsError, match=r"new, which kept\.data_keys:notes:.* is not given"):
        await ready(database, f"old:{OLD}")


async def test_a_wrong_key_is_refused_at_the_start_and_named(database: PostgresDatabase) -> None:
    await ready(database, "")
    with pytest.raises(SettingsError, match="TRADEWIND_SECRET_KEY is not the one"):
        await ready(database, "", OTHER_SECRET)
    moved = await ready(database, f"k1:{OLD}")  # from the derived key to one of the settings
    assert (await moved.status(database))[0].wrapped_with == DERIVED
    assert await moved.rewrap(database) == 1
    with pytest.raises(SettingsError, match="the key k1 is not the one") as refused:
        await ready(database, f"k1:{NEW}")
    assert OLD not in str(refused.value) and NEW not in str(refused.value)
    await database.execute(
        "UPDATE data_keys SET wrapped = set_byte(wrapped, 20, 255 - get_byte(wrapped, 20))"
    )
    with pytest.raises(SettingsError):
        await ready(database, f"k1:{OLD}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "key 1 is not name:base64"),
        (f"a:{OLD},a:{NEW}", "the name a is given twice"),
        ("a:!!!", "the key a is not base64"),
        ("a:c2hvcnQ=", "the key a has not 32 bytes"),
        (f"{DERIVED}:{OLD}", "a name of its own"),
    ],
    ids=(
        "no pair",
        "twice",
        "no base64",
        "too short",
        "the derived one's name",
    ),  # a key is another each time
)
def test_keys_that_cannot_be_read_are_refused_without_showing_them(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        KeyRing.read(text, SECRET)
    assert OLD not in str(refused.value)


async def test_values_in_the_old_form_open_and_are_sealed_anew_in_batches(database: PostgresDatabase) -> None:
    ids = [uuid4() for _ in range(450)]
    await database.execute(
        "INSERT INTO notes SELECT * FROM unnest($1::uuid[], $2::bytea[])",
        ids,
        [BEFORE.seal(id_.bytes, str(id_)) for id_ in ids],
    )
    vault = await ready(database, f"k1:{OLD}")
    notes = vault.of("notes")
    row = await database.row("SELECT id, sealed FROM notes LIMIT 1")
    assert row is not None
    assert notes.unseal(row["sealed"], _place(row), str(row["id"])) == row["id"].bytes
    assert sum(await asyncio.gather(vault.reseal(database), vault.reseal(database))) == 450
    assert await vault.reseal(database) == 0
    for row in await database.fetch("SELECT id, sealed FROM notes"):
        assert (
            row["sealed"].startswith(PREFIX) and notes.unseal(row["sealed"], _place(row)) == row["id"].bytes
        )
