"""A real PostgreSQL for every test: one server a worker, one migrated template, one clone a test."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

from tradewind.adapters.database.embedded import EmbeddedPostgres
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.kernel import migrate
from tradewind.services import registry


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database on this worker's own server. Not durable: it lives as long as the tests."""
    folder: Path = tmp_path_factory.mktemp("postgres")
    server = EmbeddedPostgres(folder / "data", durable=False)
    url = asyncio.run(server.start())
    yield url
    asyncio.run(server.stop())


@pytest.fixture(scope="session")
def template(postgres_url: str) -> str:
    """The name of a database that holds every service's schema, migrated and empty."""

    async def make() -> None:
        connection = await asyncpg.connect(postgres_url)
        await connection.execute("CREATE DATABASE template_shop")
        await connection.close()
        for name in registry.NAMES:
            if find_spec(f"tradewind.services.{name}") is None:
                continue
            database = PostgresDatabase(_with_database(postgres_url, "template_shop"), name)
            await migrate.migrate(database, f"tradewind.services.{name}.migrations")
            await database.close()

    asyncio.run(make())
    return "template_shop"


@pytest.fixture
async def database_url(postgres_url: str, template: str) -> AsyncIterator[str]:
    """A fresh database of this test's own."""
    name = f"test_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield _with_database(postgres_url, name)
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()


def _with_database(url: str, name: str) -> str:
    return url.rpartition("/")[0] + "/" + name
