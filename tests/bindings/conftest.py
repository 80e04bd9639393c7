"""A market whose services are also reached over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.kernel.serving import serving
from tests.promises.conftest import market, shared_database_url
from tests.promises.market import Market
from tradewind.kernel.compose import answer_for_services
from tradewind.kernel.server import Server
from tradewind.kernel.upstream import Upstream

__all__ = ["market", "shared_database_url", "upstream"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def upstream(market: Market) -> AsyncIterator[Upstream]:
    """The market's services as another process reaches them."""
    runtime = market.shop.runtime
    app = Server(lambda request: answer_for_services(runtime, request), runtime.tokens, access_log=False)
    async with serving(app) as url:
        reached = Upstream("the market", [url])
        yield reached
        await reached.close()
