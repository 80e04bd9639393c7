"""A shop for the tests of the order service."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.order.stall import open_stall
from tests.shop import Shop
from tradewind.verify.checks import verify_shop


@pytest.fixture
async def shop(database_url: str, processor_url: str) -> AsyncIterator[Shop]:
    """What it leaves must satisfy every invariant."""
    async with open_stall(database_url, processor_url) as opened:
        yield opened
        await opened.deliver_events()
        report = await verify_shop(opened.runtime)
        assert not report.violations, "\n".join(report.violations)
