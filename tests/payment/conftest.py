"""A till for each test, at one processor for all; after each test all heals, and every promise is checked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.payment.till import IMPATIENT, Till, open_till
from tests.processor import ProcessorProcess, running_processor


@pytest.fixture(scope="session")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessorProcess]:
    with running_processor(tmp_path_factory.mktemp("processor")) as processor:
        yield processor


@pytest.fixture
async def till(database_url: str, processor: ProcessorProcess) -> AsyncIterator[Till]:
    async with open_till(database_url, processor.url) as opened:
        yield opened


@pytest.fixture
async def impatient(database_url: str, processor: ProcessorProcess) -> AsyncIterator[Till]:
    """A till that gives a call to the processor little time."""
    async with open_till(database_url, processor.url, **IMPATIENT) as opened:
        yield opened
