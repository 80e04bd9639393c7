"""A fresh stockroom for each test; after each test its invariants are checked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.inventory.stockroom import Stockroom, open_stockroom


@pytest.fixture
async def room(database_url: str) -> AsyncIterator[Stockroom]:
    async with open_stockroom(database_url) as opened:
        yield opened
