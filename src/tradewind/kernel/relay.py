"""Moves events from one service's outbox to their subscribers, and retries what failed in its inbox.

A subscriber in this process is handed the event; one elsewhere gets it over the bus and confirms over the
bus. Until confirmed, an event is sent again with growing pauses: the broker may lose anything at any time.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec

from tradewind.kernel.events import Envelope
from tradewind.kernel.inbox import Inbox
from tradewind.kernel.outbox import Outbox
from tradewind.kernel.telemetry import log
from tradewind.ports.bus import Bus, BusUnavailable
from tradewind.ports.database import Database, DatabaseUnavailable

POLL_SECONDS = 0.5  # a wake-up may be lost, and replicas wake only themselves
BATCH = 100

M = TypeVar("M")


class Confirmation(msgspec.Struct, frozen=True):
    """A subscriber holds these events durably."""

    subscriber: str
    event_ids: list[UUID]


class Delivery(msgspec.Struct, frozen=True):
    """What goes over the bus: the event, and which subscribers it is (still) for."""

    envelope: Envelope
    awaiting: list[str]


class Relay:
    """One a local service. `inboxes` are those of the services in this process, by service name."""

    def __init__(
        self, service: str, database: Database, outbox: Outbox, inboxes: Mapping[str, Inbox], bus: Bus | None
    ) -> None:
        self._service, self._database, self._outbox = service, database, outbox
        self._inboxes, self._bus = inboxes, bus

    async def start(self) -> None:
        """Listen for what others send to this service: events and confirmations."""
        if self._bus is not None:
            for kind, receiver in (("events", self._on_deliveries), ("confirmed", self._on_confirmations)):
                await self._bus.subscribe(f"tradewind.{kind}.{self._service}", self._service, receiver)
            self._bus.when_wiped(self._on_wipe)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                moved = await self.pump()
                if moved < BATCH:
                    await self._wait()
            except DatabaseUnavailable as error:
                log.warning("relay_waits", service=self._service, error=str(error))
                await asyncio.sleep(POLL_SECONDS)

    async def _wait(self) -> None:
        try:
            # Not wait_for: in Python 3.11 it swallows a cancellation that comes together with the wake-up.
            async with asyncio.timeout(POLL_SECONDS):
                await self._outbox.wake.wait()
        except TimeoutError:
            return
        finally:
            self._outbox.wake.clear()

    async def pump(self) -> int:
        """One round: retry what failed, send what is unconfirmed. Answers how many events were sent."""
        inbox = self._inboxes[self._service]
        if inbox.subscriptions:
            await inbox.retry_failed()
        claimed = await self._outbox.claim(self._database, BATCH)
        by_key: dict[str, list[tuple[Envelope, list[str]]]] = defaultdict(list)
        for envelope, awaiting in claimed:
            by_key[envelope.key].append((envelope, awaiting))
        confirmed: dict[tuple[str, ...], list[UUID]] = defaultdict(list)
        stay: dict[UUID, BusUnavailable] = {}

        async def in_order(items: Sequence[tuple[Envelope, list[str]]]) -> None:
            refused: BusUnavailable | None = None
            for envelope, awaiting in items:
                here, elsewhere = self._split(awaiting)
                done = await self._hand_over(envelope, here)
                if done:
                    confirmed[done].append(envelope.id)
                try:
                    for service, subscribers in elsewhere.items():
                        if refused is not None:
                            raise refused  # what comes after stays behind
                        await self._publish(service, Delivery(envelope, subscribers))
                except BusUnavailable as error:
                    refused = stay[envelope.id] = error

        await asyncio.gather(*(in_order(items) for items in by_key.values()))
        for subscribers, ids in confirmed.items():
            await self._outbox.confirm(self._database, ids, subscribers)
        if stay:
            why = sorted({str(error) for error in stay.values()})
            log.warning("events_stay", service=self._service, count=len(stay), error="; ".join(why))
            await self._outbox.not_sent(self._database, list(stay))
        return len(claimed)

    def _split(self, awaiting: Sequence[str]) -> tuple[list[str], Mapping[str, list[str]]]:
        """Subscribers in this process, and those elsewhere by service."""
        here: list[str] = []
        elsewhere: dict[str, list[str]] = defaultdict(list)
        for subscriber in awaiting:
            service = subscriber.partition(".")[0]
            (here if service in self._inboxes else elsewhere[service]).append(subscriber)
        return here, elsewhere

    async def _hand_over(self, envelope: Envelope, subscribers: Sequence[str]) -> tuple[str, ...]:
        """Answers those that hold the event now."""
        done = []
        for subscriber in subscribers:
            inbox = self._inboxes[subscriber.partition(".")[0]]
            if subscriber not in inbox.subscriptions or await inbox.receive(envelope, subscriber):
                done.append(subscriber)  # a subscription that was removed since confirms by its absence
        return tuple(done)

    async def _publish(self, service: str, delivery: Delivery) -> None:
        if self._bus is None:
            raise BusUnavailable(f"there is no bus to reach {service}")
        message_id = f"{delivery.envelope.id}:{_moment()}"
        await self._bus.publish(f"tradewind.events.{service}", message_id, msgspec.json.encode(delivery))

    async def _on_wipe(self) -> None:
        try:
            await self._outbox.send_all_again(self._database)
        except DatabaseUnavailable as error:  # then it is sent again a little later, as what nobody confirmed
            log.warning("relay_waits", service=self._service, error=str(error))

    async def _on_deliveries(self, payloads: Sequence[bytes]) -> Sequence[bool]:
        """Events of one key one after the other, others at once; then who published them hears of all together."""
        taken = [False] * len(payloads)
        by_key: dict[str, list[tuple[int, Delivery]]] = defaultdict(list)
        for number, payload in enumerate(payloads):
            delivery = self._decoded(payload, Delivery)
            if delivery is not None:
                by_key[delivery.envelope.key].append((number, delivery))
        held: dict[tuple[str, str], list[UUID]] = defaultdict(list)

        async def in_order(items: Sequence[tuple[int, Delivery]]) -> None:
            for number, delivery in items:
                done = await self._hand_over(delivery.envelope, delivery.awaiting)
                for subscriber in done:
                    held[delivery.envelope.source, subscriber].append(delivery.envelope.id)
                taken[number] = len(done) == len(delivery.awaiting)

        await asyncio.gather(*(in_order(items) for items in by_key.values()))
        for (source, subscriber), event_ids in held.items():
            await self._confirm(source, Confirmation(subscriber, event_ids))
        return taken

    async def _confirm(self, source: str, confirmation: Confirmation) -> None:
        assert self._bus is not None
        subject = f"tradewind.confirmed.{source}"
        message_id = f"{confirmation.event_ids[0]}:{confirmation.subscriber}:{_moment()}"
        await self._bus.publish(subject, message_id, msgspec.json.encode(confirmation))

    async def _on_confirmations(self, payloads: Sequence[bytes]) -> Sequence[bool]:
        confirmations = [self._decoded(payload, Confirmation) for payload in payloads]
        by_subscriber: dict[str, list[UUID]] = defaultdict(list)
        for confirmation in confirmations:
            if confirmation is not None:
                by_subscriber[confirmation.subscriber] += confirmation.event_ids
        for subscriber, event_ids in by_subscriber.items():
            await self._outbox.confirm(self._database, event_ids, [subscriber])
        return [confirmation is not None for confirmation in confirmations]

    def _decoded(self, payload: bytes, kind: type[M]) -> M | None:
        """None, for what another version of us may understand: it comes again, and is in the log."""
        try:
            return msgspec.json.decode(payload, type=kind)
        except msgspec.DecodeError as error:
            log.error("message_not_understood", service=self._service, kind=kind.__name__, error=str(error))
            return None


def _moment() -> float:
    """Makes a message id new each time: the broker's duplicate window must not swallow a re-drive."""
    return asyncio.get_running_loop().time()
