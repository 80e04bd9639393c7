"""The engines that a shop brings along: one that dies is started again where it was."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tradewind.adapters.bus.embedded import EmbeddedNats
from tradewind.cli.engines import Engine, SandboxProcessor, keep_running


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def test_a_killed_card_processor_is_back_at_its_address(stack: AsyncExitStack, tmp_path: Path) -> None:
    processor = SandboxProcessor(tmp_path, 0)
    address = await keep_running(stack, "card processor", processor)
    killed = await kill(processor)
    await is_back(processor, killed, address)


async def test_an_engine_whose_port_was_taken_meanwhile_waits_for_it(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    """Who uses it knows no other address."""
    nats = EmbeddedNats(tmp_path)
    address = await keep_running(stack, "nats", nats)
    killed = await kill(nats)
    with socket.create_server(("127.0.0.1", port_of(address))):
        await asyncio.sleep(0.5)
        assert nats.pid is None
    await is_back(nats, killed, address)
    assert nats.url == address


async def kill(engine: Engine) -> int:
    pid = engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(20):
        while engine.pid == pid:
            await asyncio.sleep(0.005)
    return pid


async def is_back(engine: Engine, killed: int, address: str) -> None:
    """Another process takes connections where the killed one did."""
    async with asyncio.timeout(45):
        while engine.pid in (None, killed) or not await answers(port_of(address)):
            await asyncio.sleep(0.05)


async def answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def port_of(address: str) -> int:
    port = urlsplit(address).port
    assert port is not None
    return port
