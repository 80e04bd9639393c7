"""One post office for the tests of a module: each tells it of orders and people of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.notification.mail_server import Certificate, MailServer, mail_server, self_signed
from tests.notification.post_office import ENVIRON, PostOffice, open_post_office, smtp
from tests.promises.market import clone_database, drop_database


@pytest.fixture(scope="module")
def shared_url(postgres_url: str, template: str) -> Iterator[str]:
    url = clone_database(postgres_url, template)
    yield url
    drop_database(postgres_url, url)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(shared_url: str) -> AsyncIterator[PostOffice]:
    """Its mails stay in the mailbox."""
    async with open_post_office(shared_url, ENVIRON) as opened:
        yield opened


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder: Path = tmp_path_factory.mktemp("certificate")
    return self_signed(folder)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(certificate: Certificate) -> AsyncIterator[MailServer]:
    async with mail_server("starttls", certificate) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sending(shared_url: str, server: MailServer, certificate: Certificate) -> AsyncIterator[PostOffice]:
    """On the same database, with a mail server: its mails go out."""
    async with open_post_office(shared_url, {**ENVIRON, **smtp(server, certificate)}) as opened:
        yield opened
