"""A market whose services are also reached over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.kernel.serving import serving
from tests.promises.market import Market, clone_database, drop_database, open_market
from tradewind.kernel.compose import answer_for_services
from tradewind.kernel.server import Server
from tradewind.kernel.upstream import Upstream


@pytest.fixture(scope="module")
def shared_database_url(postgres_url: str, template: str) -> Iterator[str]:
    url = clone_database(postgres_url, template)
    yield url
    drop_database(postgres_url, url)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def market(shared_database_url: str, processor_url: str) -> AsyncIterator[Market]:
    async with open_market(shared_database_url, processor_url) as opened:
        yield opened
        broken = await opened.broken_invariants()
        assert not broken, "\n".join(broken)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def upstream(market: Market) -> AsyncIterator[Upstream]:
    """The market's services as another process reaches them."""
    runtime = market.shop.runtime
    app = Server(lambda request: answer_for_services(runtime, request), runtime.tokens, access_log=False)
    async with serving(app) as url:
        reached = Upstream("the market", [url])
        yield reached
        await reached.close()
