"""A real PostgreSQL for every test: one server a worker, one migrated template, one clone a test."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from importlib.util import find_spec
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import asyncpg
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

from tests import hung
from tests.sandbox_processor.process import running
from tests.stage import Stage, start_stage
from tradewind.adapters.database.embedded import EmbeddedPostgres
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.kernel import migrate
from tradewind.services import registry

SERVER_BYTES = 4 * 1024**3
RUNNING_SHOPS = {"stages", "either_stage", "_lone", "_split", "_shop"}


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a running shop comes first, on one worker: a shop is many processes, and two at once would
    disturb one another."""
    for item in items:
        if RUNNING_SHOPS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("running shops"))
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


class _ByFile(LoadGroupScheduling):
    """A test without a group shares a worker with its file: what a file's tests share is made once."""

    def _split_scope(self, nodeid: str) -> str:
        return super()._split_scope(nodeid).partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadGroupScheduling | None:
    return _ByFile(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.excinfo is not None and "from pytest-timeout" in str(call.excinfo.value):
        report.sections.append(("where each task waits", hung.waits()))
    return report


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a database on this worker's own server. Not durable: it lives as long as the tests."""
    with TemporaryDirectory(prefix="tradewind-tests-", dir=in_memory()) as folder:
        Path(folder).chmod(0o711)  # where the tests run as root, PostgreSQL runs as another user
        server = EmbeddedPostgres(Path(folder) / "data", durable=False, max_connections=500)
        yield asyncio.run(server.start())
        asyncio.run(server.destroy())


def in_memory() -> str | None:
    """A database a test is a thousand files a test. None, for the usual place, where there is no memory for it."""
    folder = Path("/dev/shm")
    roomy = folder.is_dir() and os.access(folder, os.W_OK) and disk_usage(folder).free > SERVER_BYTES
    return str(folder) if roomy else None


@pytest.fixture(scope="session")
def template(postgres_url: str) -> str:
    """The name of a database that holds every service's schema, migrated and empty."""

    async def make() -> None:
        connection = await asyncpg.connect(postgres_url)
        await connection.execute("CREATE DATABASE template_shop")
        await connection.close()
        for name in registry.NAMES:
            if find_spec(f"tradewind.services.{name}") is None:
                continue
            database = PostgresDatabase(_with_database(postgres_url, "template_shop"), name)
            await migrate.migrate(database, f"tradewind.services.{name}.migrations")
            await database.close()

    asyncio.run(make())
    return "template_shop"


@pytest.fixture
async def database_url(postgres_url: str, template: str) -> AsyncIterator[str]:
    """A fresh database of this test's own."""
    name = f"test_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield _with_database(postgres_url, name)
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()


def _with_database(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


@pytest.fixture(scope="session")
def fresh_database(postgres_url: str) -> Callable[[], str]:
    """The URL of an empty database, each time that it is called."""

    def made() -> str:
        name = f"stage_{uuid.uuid4().hex}"
        _create_database(postgres_url, name)
        return _with_database(postgres_url, name)

    return made


@pytest.fixture(scope="session")
def processor_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sandbox card processor, quick to hang up; each stage is a merchant of its own."""
    options = ("--hang-seconds=2", "--slow-seconds=1", "--webhook-retry-seconds=0.2")
    with running(tmp_path_factory.mktemp("processor"), *options) as (url, _):
        yield url


@pytest.fixture(scope="session")
def stages(
    postgres_url: str, processor_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Stage]]:
    """The shop in each shape, started when it is first asked for."""
    started: dict[str, Stage] = {}

    def stage(shape: str) -> Stage:
        if shape not in started:
            name = f"stage_{uuid.uuid4().hex}"
            _create_database(postgres_url, name)
            data = tmp_path_factory.mktemp(shape)
            url = _with_database(postgres_url, name)
            started[shape] = start_stage(url, processor_url, data, split=shape == "split")
        return started[shape]

    yield stage
    for running_stage in started.values():
        running_stage.stop()


@pytest.fixture(params=["one process", "split"])
async def stage(request: pytest.FixtureRequest, stages: Callable[[str], Stage]) -> AsyncIterator[Stage]:
    """A whole shop, in each shape. What a test leaves behind must satisfy every invariant."""
    running_stage = await asyncio.to_thread(stages, request.param)
    yield running_stage
    report = await running_stage.settle()
    assert not report.violations, "\n".join(report.violations)


def _create_database(postgres_url: str, name: str) -> None:
    async def create() -> None:
        connection = await asyncpg.connect(postgres_url)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()

    asyncio.run(create())
