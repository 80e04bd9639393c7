"""A shop of this folder's own, in each shape, on its own embedded engines: tests here may break them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.members import members
from tests.stage import Stage, start_stage


@pytest.fixture(scope="session")
def lone_stage(processor_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """`tradewind up`: the whole shop in one process, which launched its own PostgreSQL."""
    stage = start_stage("", processor_url, _folder(tmp_path_factory, "lone"), split=False)
    yield stage
    stage.stop()


@pytest.fixture(scope="session")
def split_stage(processor_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """`tradewind up-split`, with two processes of order and of payment, on its own PostgreSQL and NATS."""
    stage = start_stage(
        "",
        processor_url,
        _folder(tmp_path_factory, "split"),
        split=True,
        arguments=("--replicas", "order=2", "--replicas", "payment=2"),
    )
    for member in members(stage):
        member.wait_until_ready()
    yield stage
    stage.stop()


def _folder(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    folder = tmp_path_factory.mktemp(name)
    folder.chmod(0o711)  # where the tests run as root, PostgreSQL runs as another user
    return folder
