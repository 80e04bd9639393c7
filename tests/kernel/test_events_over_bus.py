"""Publisher and subscriber in two processes, with a real NATS between them that may lose everything."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import nats
import pytest
from nats.js.errors import NotFoundError

from tests.kernel.stand import Noted, Place, Stand, eventually, no_trouble, open_stand
from tradewind.adapters.bus.embedded import EmbeddedNats
from tradewind.adapters.bus.nats import STREAM, NatsBus
from tradewind.kernel.outbox import REDRIVE_FIRST_SECONDS, SEND_AGAIN_SECONDS
from tradewind.ports.bus import BusUnavailable, Receiver
from tradewind.ports.database import DatabaseUnavailable


@pytest.fixture(scope="module")
def nats_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("nats")


@pytest.fixture
async def broker(nats_folder: Path) -> AsyncIterator[EmbeddedNats]:
    """Empty for each test: what another test published is not this one's."""
    server = EmbeddedNats(nats_folder, sync_always=False)
    await server.start()
    try:
        await wipe(server)
        yield server
    finally:
        await server.stop()


async def wipe(server: EmbeddedNats) -> None:
    client = await nats.connect(server.url)
    try:
        with suppress(NotFoundError):  # before the first test there is none
            await client.jetstream().delete_stream(STREAM)
    finally:
        await client.close()


@dataclass
class LossyBus:
    """A bus that loses the first few messages of some subjects after the broker was said to have them."""

    bus: NatsBus
    prefix: str
    loses: int
    sent: list[str] = field(default_factory=list)

    async def publish(self, subject: str, message_id: str, payload: bytes) -> None:
        self.sent.append(subject)
        if subject.startswith(self.prefix) and self.loses:
            self.loses -= 1
            return
        await self.bus.publish(subject, message_id, payload)

    async def subscribe(self, subject: str, group: str, receiver: Receiver) -> None:
        await self.bus.subscribe(subject, group, receiver)

    def when_wiped(self, tell: Callable[[], Awaitable[None]]) -> None:
        self.bus.when_wiped(tell)

    async def close(self) -> None:
        await self.bus.close()


@dataclass
class Pair:
    publisher: Stand
    subscriber: Stand

    async def note(self, *texts: str) -> None:
        await self.publisher.note(*texts)
        await self.publisher.pump()

    async def redrive(self) -> None:
        """What the relay does by itself once an event was lent out long enough."""
        self.publisher.clock.ahead += timedelta(seconds=100 * REDRIVE_FIRST_SECONDS)
        await self.publisher.pump()

    async def is_confirmed_in_the_end(self) -> bool:
        """What the broker loses as it comes back is sent again, until it is confirmed."""
        await self.redrive()
        return await self.is_confirmed()

    async def is_connected(self) -> bool:
        bus = self.publisher.runtime.world.bus
        assert bus is not None
        try:
            await bus.publish("tradewind.nobody", uuid.uuid4().hex, b"")
        except BusUnavailable:
            return False
        return True

    async def is_as_if_never_sent(self) -> bool:
        database = self.publisher.runtime.running["notes"].database
        return await database.value("SELECT max(tries) FROM outbox WHERE awaiting <> '{}'") == 0

    async def send_again(self) -> None:
        """What the relay does by itself soon after the broker took nothing."""
        self.publisher.clock.ahead += timedelta(seconds=SEND_AGAIN_SECONDS + 1)
        await self.publisher.pump()

    async def is_confirmed(self) -> bool:
        return not any(await self.publisher.awaiting())

    async def has_heard(self) -> bool:
        return bool(self.subscriber.ears.heard)


@asynccontextmanager
async def open_pair(
    place: Place, broker: EmbeddedNats, *, lost: str = "nothing", loses: int = 0
) -> AsyncIterator[Pair]:
    """`lost` are the subjects of which the subscriber's, or the publisher's, first messages are lost."""
    async with AsyncExitStack() as stack:
        stands = []
        for name in ("notes", "readers"):
            bus = LossyBus(NatsBus(broker.url), lost, loses)
            stack.push_async_callback(bus.close)
            stands.append(await stack.enter_async_context(open_stand(place, (name,), bus=bus)))
            await stands[-1].runtime.running[name].relay.start()
        await eventually(lambda: all_listen(broker))
        yield Pair(*stands)


async def all_listen(broker: EmbeddedNats) -> bool:
    """Both services listen for events and for confirmations."""
    client = await nats.connect(broker.url)
    try:
        return len(await client.jetstream().consumers_info(STREAM)) == 4
    except NotFoundError:
        return False
    finally:
        await client.close()


async def test_an_event_crosses_and_its_confirmation_comes_back(place: Place, broker: EmbeddedNats) -> None:
    async with open_pair(place, broker) as pair:
        await pair.note("one", "two", "three")
        await eventually(pair.is_confirmed)
        assert pair.subscriber.ears.heard == ["one", "two", "three"]
        assert pair.publisher.ears.heard == []
        assert await pair.subscriber.written() == ["one", "two", "three"]


async def test_an_event_whose_confirmation_was_lost_is_sent_again_and_has_no_second_effect(
    place: Place, broker: EmbeddedNats
) -> None:
    async with open_pair(place, broker, lost="tradewind.confirmed", loses=1) as pair:
        await pair.note("one")
        await eventually(pair.has_heard)
        assert await pair.publisher.awaiting() == [["readers.on_noted"]]
        await pair.publisher.pump()  # not before its time
        await pair.redrive()
        await eventually(pair.is_confirmed)
        assert await pair.subscriber.written() == ["one"]


async def test_an_event_that_the_broker_lost_is_sent_again(place: Place, broker: EmbeddedNats) -> None:
    async with open_pair(place, broker, lost="tradewind.events", loses=2) as pair:
        await pair.note("one")
        await pair.redrive()
        assert await pair.publisher.awaiting() == [["readers.on_noted"]]
        await pair.redrive()
        await eventually(pair.is_confirmed)
        assert await pair.subscriber.written() == ["one"]


async def test_a_broker_whose_store_was_wiped_costs_no_event(place: Place, broker: EmbeddedNats) -> None:
    async with open_pair(place, broker) as pair:
        await pair.note("before")
        await eventually(pair.is_confirmed)
        await wipe(broker)
        await pair.note("lost")
        await eventually(lambda: all_listen(broker))
        await eventually(pair.is_confirmed_in_the_end)
        assert await pair.subscriber.written() == ["before", "lost"]


async def test_what_the_broker_took_and_lost_is_sent_again_as_soon_as_the_loss_is_seen(
    place: Place, broker: EmbeddedNats
) -> None:
    async with open_pair(place, broker, lost="tradewind.events", loses=5) as pair:
        await pair.note("taken and lost")
        for _ in range(4):  # each time a longer pause follows
            await pair.redrive()
        assert not await pair.is_confirmed()
        await wipe(broker)
        await eventually(pair.is_as_if_never_sent)
        await eventually(lambda: all_listen(broker))
        await pair.send_again()
        await eventually(pair.is_confirmed)
        assert await pair.subscriber.written() == ["taken and lost"]


async def test_a_dead_broker_only_grows_the_outbox(
    place: Place, broker: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradewind.adapters.bus.nats.PUBLISH_SECONDS", 0.5)
    async with open_pair(place, broker) as pair:
        await pair.note("before")
        await eventually(pair.is_confirmed)
        await broker.stop()
        await pair.note("meanwhile")
        assert await pair.publisher.awaiting() == [[], ["readers.on_noted"]]
        assert await pair.publisher.runtime.readiness() == []
        for _ in range(8):  # however often: what was never sent waits no longer for it
            await pair.send_again()
        await broker.start()
        await eventually(pair.is_connected)
        await eventually(lambda: all_listen(broker))
        await pair.send_again()
        await eventually(pair.is_confirmed)
        assert await pair.subscriber.written() == ["before", "meanwhile"]


async def test_a_subscriber_without_its_database_is_sent_the_event_again(
    place: Place, broker: EmbeddedNats
) -> None:
    async with open_pair(place, broker) as pair:
        tried = 0

        async def gone_once(event: Noted) -> None:
            nonlocal tried
            tried += 1
            pair.subscriber.ears.trouble = no_trouble
            raise DatabaseUnavailable("the connection broke")

        pair.subscriber.ears.trouble = gone_once
        await pair.note("one")
        await eventually(pair.is_confirmed)  # the broker delivers again what was not acknowledged
        assert (tried, await pair.subscriber.written()) == (1, ["one"])


async def test_events_of_one_key_keep_their_order_and_others_do_not_wait_for_them(
    place: Place, broker: EmbeddedNats
) -> None:
    async with open_pair(place, broker) as pair:
        others_are_heard = asyncio.Event()

        async def trouble(event: Noted) -> None:
            if event.text == "a1":
                async with asyncio.timeout(20):
                    await others_are_heard.wait()
            elif event.text == "b":
                others_are_heard.set()

        async with held_up(pair) as let_go:
            await pair.note("a1", "a2", "a3")
            await pair.note("b")
            pair.subscriber.ears.trouble = trouble
            let_go.set()
            await eventually(pair.is_confirmed)
        assert pair.subscriber.ears.heard == ["before", "b", "a1", "a2", "a3"]


async def test_who_has_a_backlog_confirms_many_at_once(place: Place, broker: EmbeddedNats) -> None:
    async with open_pair(place, broker) as pair:
        async with held_up(pair) as let_go:
            for number in range(40):
                await pair.note(f"{number:02}")
            let_go.set()
            await eventually(pair.is_confirmed)
        assert sorted(await pair.subscriber.written()) == [
            *(f"{number:02}" for number in range(40)),
            "before",
        ]
        bus = pair.subscriber.runtime.world.bus
        assert isinstance(bus, LossyBus)
        assert 2 <= bus.sent.count("tradewind.confirmed.notes") <= 5


async def test_what_nobody_understands_holds_nothing_up(place: Place, broker: EmbeddedNats) -> None:
    async with open_pair(place, broker) as pair:
        bus = pair.publisher.runtime.world.bus
        assert bus is not None
        async with held_up(pair) as let_go:
            await bus.publish("tradewind.events.readers", "garbled event", b'{"envelope":')
            await bus.publish("tradewind.confirmed.notes", "garbled confirmation", b'["of another version"]')
            await pair.note("one")
            let_go.set()
            await eventually(pair.is_confirmed)
        assert sorted(await pair.subscriber.written()) == ["before", "one"]


@asynccontextmanager
async def held_up(pair: Pair) -> AsyncIterator[asyncio.Event]:
    """The subscriber hears "before", and is at work on it until it is let go: what is sent meanwhile waits."""
    at_work, let_go = asyncio.Event(), asyncio.Event()

    async def wait(event: Noted) -> None:
        if event.text == "before":
            at_work.set()
            async with asyncio.timeout(20):
                await let_go.wait()

    pair.subscriber.ears.trouble = wait
    await pair.note("before")
    async with asyncio.timeout(20):
        await at_work.wait()
    yield let_go
