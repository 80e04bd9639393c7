from collections.abc import Iterator

import pytest

from .merchant import Merchant
from .process import running


@pytest.fixture(scope="session")
def processor_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One processor for all: each test is a merchant of its own there."""
    with running(tmp_path_factory.mktemp("processor")) as (url, _):
        yield url


@pytest.fixture
def merchant(processor_url: str) -> Iterator[Merchant]:
    merchant = Merchant(processor_url)
    yield merchant
    merchant.close()
