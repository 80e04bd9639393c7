"""Several processes of one service on the bus: whoever leaves, the others go on, also after the store is wiped."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import nats
import pytest
from nats.js.errors import NotFoundError

from tradewind.adapters.bus.embedded import STORE, EmbeddedNats
from tradewind.adapters.bus.nats import STREAM, NatsBus
from tradewind.ports.bus import BusUnavailable, Receiver

SUBJECT = "tradewind.events.payment"


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[EmbeddedNats]:
    nats = EmbeddedNats(tmp_path / "nats")
    await nats.start()
    yield nats
    await nats.stop()


async def test_after_a_wipe_any_member_of_a_group_can_take_over(broker: EmbeddedNats, tmp_path: Path) -> None:
    taken: Counter[bytes] = Counter()
    members = [NatsBus(broker.url) for _ in range(3)]

    for member in members:
        await member.subscribe(SUBJECT, "payment", taking(taken))
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
    taken: Counter[bytes] = Counter()
    member, publisher = NatsBus(broker.url), NatsBus(broker.url)

    await member.subscribe(SUBJECT, "payment", taking(taken))
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

    taken: Counter[bytes] = Counter()

    for attempt in range(60):
        member = NatsBus(broker.url)
        await member.subscribe(SUBJECT, "payment", taking(taken))
        await asyncio.sleep(0.02 * attempt / 60)  # anywhere between connecting and being subscribed
        async with asyncio.timeout(20):
            await member.close()
    assert not taken


async def test_what_waited_comes_together_and_only_what_was_not_taken_comes_again(
    broker: EmbeddedNats,
) -> None:
    """A receiver is handed all that came while it was at work, in order; those that it refuses, once more."""
    batches: list[list[bytes]] = []
    first_is_at_work, go_on = asyncio.Event(), asyncio.Event()
    refused = {b"3", b"7"}

    async def take(payloads: Sequence[bytes]) -> Sequence[bool]:
        batches.append(list(payloads))
        first_is_at_work.set()
        await go_on.wait()
        taken = [payload not in refused for payload in payloads]
        refused.difference_update(payloads)
        return taken

    member, publisher = NatsBus(broker.url), NatsBus(broker.url)
    await member.subscribe(SUBJECT, "payment", take)
    every = [str(number).encode() for number in range(10)]
    await listening(broker)
    for payload in every:
        await publisher.publish(SUBJECT, payload.decode(), payload)
        async with asyncio.timeout(20):
            await first_is_at_work.wait()
    await asyncio.sleep(0.2)
    go_on.set()
    async with asyncio.timeout(20):
        while sum(map(len, batches)) < 12:
            await asyncio.sleep(0.05)
    await asyncio.sleep(1.5)  # longer than after which what was not taken comes again
    assert batches[:2] == [every[:1], every[1:]]
    assert sorted(payload for batch in batches[2:] for payload in batch) == [b"3", b"7"]
    await member.close()
    await publisher.close()


async def test_a_receiver_that_raises_is_handed_everything_again(broker: EmbeddedNats) -> None:
    calls: list[list[bytes]] = []

    async def take(payloads: Sequence[bytes]) -> Sequence[bool]:
        calls.append(list(payloads))
        if len(calls) == 1:
            raise OSError("its database went away")
        return [True] * len(payloads)

    member, publisher = NatsBus(broker.url), NatsBus(broker.url)
    await member.subscribe(SUBJECT, "payment", take)
    await listening(broker)
    await publisher.publish(SUBJECT, "1", b"1")
    async with asyncio.timeout(20):
        while len(calls) < 2:
            await asyncio.sleep(0.05)
    assert calls == [[b"1"], [b"1"]]
    await member.close()
    await publisher.close()


def taking(taken: Counter[bytes]) -> Receiver:
    async def take(payloads: Sequence[bytes]) -> Sequence[bool]:
        taken.update(payloads)
        return [True] * len(payloads)

    return take


async def listening(broker: EmbeddedNats) -> None:
    """When the one subscription has its consumer: a stream keeps nothing that nobody is interested in."""
    client = await nats.connect(broker.url)
    try:
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(NotFoundError):
                    if await client.jetstream().consumers_info(STREAM):
                        return
                await asyncio.sleep(0.05)
    finally:
        await client.close()


async def arrives(publisher: NatsBus, payload: bytes, taken: Counter[bytes]) -> None:
    """Sent again and again, as an outbox does, until it is taken."""
    async with asyncio.timeout(45):
        while payload not in taken:
            with contextlib.suppress(BusUnavailable):
                await publisher.publish(SUBJECT, f"{payload!r} {asyncio.get_running_loop().time()}", payload)
            await asyncio.sleep(0.2)
