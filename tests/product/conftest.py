"""A fresh catalogue for each test; after each test its invariants are checked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.product.catalogue import Catalogue, open_catalogue


@pytest.fixture
async def catalogue(database_url: str) -> AsyncIterator[Catalogue]:
    async with open_catalogue(database_url) as opened:
        yield opened
