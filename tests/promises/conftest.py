"""One market for the tests of a module: they make their own people, articles and orders in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.promises.market import Market, clone_database, drop_database, open_market


@pytest.fixture(scope="module")
def shared_database_url(postgres_url: str, template: str) -> Iterator[str]:
    url = clone_database(postgres_url, template)
    yield url
    drop_database(postgres_url, url)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def market(shared_database_url: str, processor_url: str) -> AsyncIterator[Market]:
    """What the tests of a module leave behind must satisfy every service's invariants."""
    async with open_market(shared_database_url, processor_url) as opened:
        yield opened
        broken = await opened.broken_invariants()
        assert not broken, "\n".join(broken)
