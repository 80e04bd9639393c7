"""Several processes of one service on the bus: whoever leaves, the others go on, also after the store is wiped."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tradewind.adapters.bus.embedded import STORE, EmbeddedNats
from tradewind.adapters.bus.nats import NatsBus
from tradewind.ports.bus import BusUnavailable

SUBJECT = "tradewind.events.payment"


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[EmbeddedNats]:
    nats = EmbeddedNats(tmp_path / "nats")
    await nats.start()
    yield nats
    await nats.stop()


async def test_after_a_wipe_any_member_of_a_group_can_take_over(broker: EmbeddedNats, tmp_path: Path) -> None:
    taken: dict[bytes, int] = {}
    members = [NatsBus(broker.url) for _ in range(3)]

    async def take(payload: bytes) -> None:
        taken[payload] = taken.get(payload, 0) + 1

    for member in members:
        await member.subscribe(SUBJECT, "payment", take)
    publisher = NatsBus(broker.url)
    await arrives(publisher, b"before", taken)
    await broker.stop()
    shutil.rmtree(tmp_path / "nats" / STORE)
    await broker.start()
    await arrives(publisher, b"after", taken)
    await asyncio.sleep(2.5)  # everybody has looked whether the consumer is there
    while members:
        await members.pop(0).close()
        if members:
            await arrives(publisher, f"with {len(members)} left".encode(), taken)
    await publisher.close()


async def test_a_new_stream_is_not_held_up_by_what_the_last_ones_consumer_left(
    broker: EmbeddedNats, tmp_path: Path
) -> None:
    """A consumer deleted with its stream may write how far it was late: the next must not take that for its own."""
    taken: dict[bytes, int] = {}
    member, publisher = NatsBus(broker.url), NatsBus(broker.url)

    async def take(payload: bytes) -> None:
        taken[payload] = taken.get(payload, 0) + 1

    await member.subscribe(SUBJECT, "payment", take)
    await arrives(publisher, b"first", taken)
    for number in range(500):
        await publisher.publish(SUBJECT, str(number), str(number).encode())
    await arrives(publisher, b"last", taken)
    await broker.stop()
    store = tmp_path / "nats" / STORE
    left = [file for file in store.rglob("o.dat") if file.is_file()]
    assert len(left) == 1
    for file in [each for each in store.rglob("*") if each.is_file() and each not in left]:
        file.unlink()
    await broker.start()
    await arrives(publisher, b"after", taken)
    await member.close()
    await publisher.close()


async def test_who_leaves_in_the_middle_of_a_request_has_left(broker: EmbeddedNats) -> None:
    """Where the answer comes together with the cancellation, the cancellation is swallowed: about one in ten."""

    async def take(payload: bytes) -> None:
        raise AssertionError(f"nothing was sent, and {payload!r} came")

    for attempt in range(60):
        member = NatsBus(broker.url)
        await member.subscribe(SUBJECT, "payment", take)
        await asyncio.sleep(0.02 * attempt / 60)  # anywhere between connecting and being subscribed
        async with asyncio.timeout(20):
            await member.close()


async def arrives(publisher: NatsBus, payload: bytes, taken: dict[bytes, int]) -> None:
    """Sent again and again, as an outbox does, until it is taken."""
    async with asyncio.timeout(45):
        while payload not in taken:
            with contextlib.suppress(BusUnavailable):
                await publisher.publish(SUBJECT, f"{payload!r} {asyncio.get_running_loop().time()}", payload)
            await asyncio.sleep(0.2)
