"""A recorded request is done again with values of its own, and with nothing else changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from bench.recording import RecordedClock, RecordedDatabase, Tape
from bench.replay import Replay, Template, named

from tradewind.adapters.database.postgres import PostgresDatabase

STARTED = datetime(2026, 1, 1, tzinfo=UTC)


def test_texts_ids_lists_and_times_are_filled_in_wherever_they_stand() -> None:
    known, fresh = uuid4(), uuid4()
    template = Template({str(known): "id0", "SKU-1": "sku"}, STARTED)
    values, now = {"id0": str(fresh), "sku": "SKU-9"}, STARTED + timedelta(days=1)

    def filled(value: Any) -> Any:
        return template.fill(value)(values, now)

    assert filled(known) == fresh
    assert filled([known, known]) == [fresh, fresh]
    assert filled(f"authorise-{known}-1 at 100 %") == f"authorise-{fresh}-1 at 100 %"
    assert (
        filled(f'{{"sku":"SKU-1","id":"{known}"}}'.encode()) == f'{{"sku":"SKU-9","id":"{fresh}"}}'.encode()
    )
    assert filled(STARTED + timedelta(minutes=5)) == now + timedelta(minutes=5)
    for constant in ("SKU 1 %", 7, None, b"\xff\x00sealed", UUID(int=1)):
        assert filled(constant) == constant


def test_one_text_cannot_stand_for_two_things() -> None:
    with pytest.raises(AssertionError, match="both"):
        named([("first", "SKU-1"), ("second", "SKU-1")])


async def test_a_replay_does_what_was_recorded_with_fresh_ids(database_url: str) -> None:
    tape = Tape()
    inner = PostgresDatabase(database_url, "public")
    database, clock = RecordedDatabase(inner, tape), RecordedClock(tape)
    await inner.execute("CREATE TABLE things (id uuid PRIMARY KEY, name text, at timestamptz)")

    async def request(name: str) -> None:
        made = clock.new_id()
        async with database.begin() as tx:
            await tx.execute("INSERT INTO things VALUES ($1, $2, $3)", made, f"{name} {made}", clock.now())
        assert await database.value("SELECT name FROM things WHERE id = $1", made) == f"{name} {made}"
        await database.execute("UPDATE things SET at = $2 WHERE id = $1", made, clock.now())

    await request("vase")
    assert (tape.statements, tape.commits) == (3, 2)
    pools = {"public": await asyncpg.create_pool(database_url, min_size=0, max_size=2)}
    replay = Replay(tape, {"vase": "name"}, pools, _nobody, clock.new_id)
    for name in ("bowl", "mug"):
        await replay.run({"name": name})
    rows = await inner.fetch("SELECT id, name, at FROM things ORDER BY name")
    assert [row["name"] for row in rows] == [
        f"{n} {row['id']}" for n, row in zip(("bowl", "mug", "vase"), rows, strict=True)
    ]
    assert all(abs((row["at"] - datetime.now(UTC)).total_seconds()) < 30 for row in rows)
    await pools["public"].close()
    await database.close()


async def _nobody(**keywords: Any) -> None:
    raise AssertionError("nothing is paid here")
