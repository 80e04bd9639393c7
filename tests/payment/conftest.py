"""A till for each test, at one processor for all; after each test all heals, and every promise is checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from tests.payment.till import IMPATIENT, Till, open_till
from tests.processor import ProcessorProcess, running_processor

DATABASE = "test_payment"


@pytest.fixture(scope="session")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessorProcess]:
    with running_processor(tmp_path_factory.mktemp("processor")) as processor:
        yield processor


@pytest.fixture(scope="session")
def payment_database_url(postgres_url: str) -> str:
    async def make() -> None:
        connection = await asyncpg.connect(postgres_url)
        await connection.execute(f"CREATE DATABASE {DATABASE}")
        await connection.close()

    asyncio.run(make())
    return postgres_url.rpartition("/")[0] + "/" + DATABASE


@pytest.fixture
async def database_url(payment_database_url: str) -> str:
    """A fresh schema of this test's own: making one takes a fraction of the time of cloning a database."""
    connection = await asyncpg.connect(payment_database_url)
    await connection.execute("SET client_min_messages = error; DROP SCHEMA IF EXISTS payment CASCADE")
    await connection.close()
    return payment_database_url


@pytest.fixture
async def till(database_url: str, processor: ProcessorProcess) -> AsyncIterator[Till]:
    async with open_till(database_url, processor.url) as opened:
        yield opened


@pytest.fixture
async def impatient(database_url: str, processor: ProcessorProcess) -> AsyncIterator[Till]:
    """A till that gives a call to the processor little time."""
    async with open_till(database_url, processor.url, **IMPATIENT) as opened:
        yield opened
