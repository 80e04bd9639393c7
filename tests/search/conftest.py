"""One furnished stall for the tests that read; a stall of its own for each that changes what others would find."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.search.goods import furnish
from tests.search.stall import Stall, clone, execute, open_stall, open_warehouse


@pytest.fixture(scope="module")
def stall_url(postgres_url: str, template: str) -> Iterator[str]:
    name = clone(postgres_url, template)
    yield urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
    asyncio.run(execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def market(stall_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stall]:
    """Furnished with goods, for tests that only read."""
    async with open_stall(stall_url, data=tmp_path_factory.mktemp("stall")) as opened:
        await open_warehouse(opened)
        await furnish(opened)
        yield opened
        assert await opened.broken() == []


@pytest.fixture
async def stall(database_url: str, tmp_path: Path) -> AsyncIterator[Stall]:
    """Empty; what a test leaves behind satisfies every check."""
    async with open_stall(database_url, data=tmp_path) as opened:
        await open_warehouse(opened)
        yield opened
        await opened.settle()
        assert await opened.broken() == []
