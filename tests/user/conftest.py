"""A shop with the user service alone; after each test its invariants are checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from tests.shop import Shop, open_shop
from tests.user.people import SECRET, MovableClock
from tradewind.services.user.invariants import INVARIANTS

# What hashing costs is tested where it matters; elsewhere it is the least that Argon2 allows.
QUICK = {
    "TRADEWIND_SECRET_KEY": SECRET,
    "TRADEWIND_USER_HASH_MEMORY_KIB": "8",
    "TRADEWIND_USER_HASH_PASSES": "1",
}
TABLES = (  # what refers to others first
    "outbox inbox idempotency_keys job_runs role_changes sessions api_keys password_resets log_in_failures "
    "addresses accounts"
)


@pytest.fixture(scope="session")
def users_url(postgres_url: str, template: str) -> Iterator[str]:
    """One database for all tests of this folder: they are many and small, and emptying it is quick."""

    async def run(statement: str) -> None:
        connection = await asyncpg.connect(postgres_url)
        await connection.execute(statement)
        await connection.close()

    asyncio.run(run(f"CREATE DATABASE users TEMPLATE {template} STRATEGY FILE_COPY"))
    yield postgres_url.rpartition("/")[0] + "/users"
    asyncio.run(run("DROP DATABASE users WITH (FORCE)"))


@pytest.fixture
def database_url(users_url: str) -> str:
    """Empty, for this test's shop."""

    async def empty() -> None:
        connection = await asyncpg.connect(users_url, server_settings={"search_path": '"user"'})
        await connection.execute("".join(f"DELETE FROM {table};" for table in TABLES.split()))
        await connection.close()

    asyncio.run(empty())
    return users_url


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def shop(database_url: str, clock: MovableClock) -> AsyncIterator[Shop]:
    async with open_shop(("user",), database_url, environ=QUICK, clock=clock) as opened:
        yield opened
        await check_invariants(opened)


async def check_invariants(shop: Shop) -> None:
    for name, sql in INVARIANTS:
        broken = [dict(row) for row in await shop.database("user").fetch(sql)]
        assert broken == [], name
