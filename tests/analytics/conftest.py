"""A desk of its own for each test, and one that the tests of a module share, each in a time of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.analytics.desk import Desk, open_desk
from tests.promises.market import clone_database, drop_database


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with open_desk(database_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_database_url(postgres_url: str, template: str) -> Iterator[str]:
    url = clone_database(postgres_url, template)
    yield url
    drop_database(postgres_url, url)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_desk(shared_database_url: str) -> AsyncIterator[Desk]:
    async with open_desk(shared_database_url) as opened:
        yield opened
