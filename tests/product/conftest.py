"""An empty catalogue for each test; after each test its invariants are checked."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.product.catalogue import Catalogue, open_catalogue

# As superuser, without triggers: the inventory's ledger refuses to be deleted from.
EMPTY = """
DO $$
DECLARE named record;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR named IN
        SELECT schemaname, tablename FROM pg_tables
        WHERE schemaname IN ('product', 'inventory') AND tablename <> 'schema_migrations'
    LOOP
        EXECUTE format('DELETE FROM %I.%I', named.schemaname, named.tablename);
    END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def catalogue_url(postgres_url: str, template: str) -> Iterator[str]:
    """One database for all tests of this folder: to clone one costs ten times what a test takes."""
    name = f"catalogue_{uuid.uuid4().hex}"

    async def run(statement: str) -> None:
        connection = await asyncpg.connect(postgres_url)
        await connection.execute(statement)
        await connection.close()

    asyncio.run(run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    yield urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
    asyncio.run(run(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def database_url(catalogue_url: str) -> str:
    """The database, emptied."""
    connection = await asyncpg.connect(catalogue_url)
    await connection.execute(EMPTY)
    await connection.close()
    return catalogue_url


@pytest.fixture
async def catalogue(database_url: str) -> AsyncIterator[Catalogue]:
    async with open_catalogue(database_url) as opened:
        yield opened
