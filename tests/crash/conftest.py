"""A shop of this folder's own, in each shape, on its own embedded engines: tests here may break them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.members import REPLICAS, members, start_again
from tests.stage import Stage, start_stage


@pytest.fixture(scope="session")
def _lone(processor_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = start_stage("", processor_url, _folder(tmp_path_factory, "lone"), split=False)
    yield stage
    stage.stop()


@pytest.fixture(scope="session")
def _split(processor_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = start_stage("", processor_url, _folder(tmp_path_factory, "split"), split=True, arguments=REPLICAS)
    for member in members(stage):
        member.wait_until_ready()
    yield stage
    stage.stop()


@pytest.fixture(
    params=[
        pytest.param("lone_stage", id="one process"),
        pytest.param("split_stage", id="split"),
    ]
)
def either_stage(request: pytest.FixtureRequest) -> Stage:
    stage: Stage = request.getfixturevalue(request.param)
    return stage


@pytest.fixture
def lone_stage(_lone: Stage) -> Stage:
    """`tradewind up`: the whole shop in one process, which launched its own PostgreSQL."""
    if _lone.process.poll() is not None:
        start_again(_lone)
    return _lone


@pytest.fixture
def split_stage(_split: Stage) -> Stage:
    """`tradewind up-split`, with two processes of order and of payment, on its own PostgreSQL and NATS."""
    if _split.process.poll() is not None:
        start_again(_split)
    return _split


def _folder(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    folder = tmp_path_factory.mktemp(name)
    folder.chmod(0o711)  # where the tests run as root, PostgreSQL runs as another user
    return folder
