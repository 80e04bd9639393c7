"""Moves events from one service's outbox to their subscribers, and retries what failed in its inbox.

A subscriber in this process is handed the event; one elsewhere gets it over the bus and confirms over the
bus. Until confirmed, an event is sent again with growing pauses: the broker may lose anything at any time.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
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


class Confirmation(msgspec.Struct, frozen=True):
    event_id: UUID
    subscriber: str


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
            await self._bus.subscribe(f"tradewind.events.{self._service}", self._service, self._on_delivery)
            await self._bus.subscribe(
                f"tradewind.confirmed.{self._service}", self._service, self._on_confirmation
            )
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
        # A new message id each time: the broker's duplicate window must not swallow a re-drive.
        message_id = f"{delivery.envelope.id}:{asyncio.get_running_loop().time()}"
        await self._bus.publish(f"tradewind.events.{service}", message_id, msgspec.json.encode(delivery))

    async def _on_wipe(self) -> None:
        try:
            await self._outbox.send_all_again(self._database)
        except DatabaseUnavailable as error:  # then it is sent again a little later, as what nobody confirmed
            log.warning("relay_waits", service=self._service, error=str(error))

    async def _on_delivery(self, payload: bytes) -> None:
        delivery = msgspec.json.decode(payload, type=Delivery)
        inbox = self._inboxes[self._service]
        for subscriber in delivery.awaiting:
            if subscriber in inbox.subscriptions and not await inbox.receive(delivery.envelope, subscriber):
                raise DatabaseUnavailable("the inbox could not be written")
            await self._confirm(delivery.envelope, subscriber)

    async def _confirm(self, envelope: Envelope, subscriber: str) -> None:
        assert self._bus is not None
        confirmation = msgspec.json.encode(Confirmation(envelope.id, subscriber))
        message_id = f"{envelope.id}:{subscriber}:{asyncio.get_running_loop().time()}"
        await self._bus.publish(f"tradewind.confirmed.{envelope.source}", message_id, confirmation)

    async def _on_confirmation(self, payload: bytes) -> None:
        confirmation = msgspec.json.decode(payload, type=Confirmation)
        await self._outbox.confirm(self._database, [confirmation.event_id], [confirmation.subscriber])
