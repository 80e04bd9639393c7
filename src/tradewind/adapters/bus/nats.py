"""The bus port on NATS JetStream: one work stream, a durable push consumer a subject and group.

The stream is only a road: what is lost on it is sent again by the outbox. So when its store is gone, stream
and consumers are made anew and nothing else happens. Consumers are named after the stream's making, too: one
that was deleted with its stream may write its state late, and the next of that name reads it, and then waits
for numbers that the new stream has not come to.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StreamConfig

from tradewind.kernel.tasks import cancelled
from tradewind.kernel.telemetry import log
from tradewind.ports.bus import BusUnavailable, Receiver

STREAM = "TRADEWIND"
ACKNOWLEDGE_SECONDS = 30.0
AGAIN_SECONDS = 1  # what was not taken comes again
PUBLISH_SECONDS = 3.0
WATCH_SECONDS = 1.0
MOST_AT_ONCE = 64  # messages handed to a receiver together
_ERRORS = (nats.errors.Error, OSError, TimeoutError)


@dataclass
class _Subscription:
    subject: str
    group: str
    receiver: Receiver
    live: JetStreamContext.PushSubscription | None = field(default=None)
    consumer: str = ""  # that it is bound to while it lives
    arrived: asyncio.Queue[Msg] = field(default_factory=asyncio.Queue)

    def consumer_of(self, made_at: datetime) -> str:
        """The same name for every member of the group."""
        stream = f"{made_at:%Y%m%dT%H%M%S%f}"
        return re.sub(r"[^A-Za-z0-9_-]", "-", f"{self.group}-{self.subject}-{stream}")

    async def hand_over(self) -> None:
        """What has arrived, for good, and as much at a time as there is: a backlog costs less the longer it is."""
        while True:
            messages = [await self.arrived.get()]
            while len(messages) < MOST_AT_ONCE and not self.arrived.empty():
                messages.append(self.arrived.get_nowait())
            try:
                taken = await self.receiver([message.data for message in messages])
            except Exception as error:  # noqa: BLE001 - whatever it was, they come again
                log.warning("messages_not_taken", subject=self.subject, count=len(messages), error=str(error))
                taken = [False] * len(messages)
            try:
                for message, is_taken in zip(messages, taken, strict=True):
                    await (message.ack() if is_taken else message.nak(delay=AGAIN_SECONDS))
            except _ERRORS as error:  # they come again after ACKNOWLEDGE_SECONDS
                log.warning("messages_not_acknowledged", subject=self.subject, error=str(error))


class NatsBus:
    """Connects on first use, and for good: the client reconnects by itself, the watch mends the rest."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Client | None = None
        self._subscriptions: list[_Subscription] = []
        self._tell_of_wipes: list[Callable[[], Awaitable[None]]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._connecting = asyncio.Lock()
        self._mending = asyncio.Lock()

    async def publish(self, subject: str, message_id: str, payload: bytes) -> None:
        try:
            client = await self._connected()
            if not client.is_connected:
                raise BusUnavailable("the broker is not there; the client connects again by itself")
            try:
                await _put(client, subject, message_id, payload)
            except nats.errors.TimeoutError:
                await self._put_or_mend(client, subject, message_id, payload)
        except _ERRORS as error:
            raise BusUnavailable(f"{type(error).__name__}: {error}") from error

    async def subscribe(self, subject: str, group: str, receiver: Receiver) -> None:
        one = _Subscription(subject, group, receiver)
        self._subscriptions.append(one)
        if not self._tasks:
            self._tasks.append(asyncio.create_task(self._keep_subscribed()))
        self._tasks.append(asyncio.create_task(one.hand_over()))

    def when_wiped(self, tell: Callable[[], Awaitable[None]]) -> None:
        self._tell_of_wipes.append(tell)

    async def close(self) -> None:
        await cancelled(self._tasks)
        if self._client is not None:
            try:
                await self._client.close()
            except (OSError, RuntimeError) as error:  # uvloop's, of a connection that the broker ended first
                log.debug("bus_gone_before_goodbye", error=str(error))

    async def _connected(self) -> Client:
        async with self._connecting:
            if self._client is None or self._client.is_closed:  # closed for good, on the broker's refusal
                for one in self._subscriptions:
                    one.live = None
                self._client = await nats.connect(
                    self._url,
                    name="tradewind",
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.5,
                    connect_timeout=2,
                    error_cb=_log_error,
                )
                await self._ensure_stream(self._client)
        return self._client

    async def _ensure_stream(self, client: Client) -> None:
        """No harm where it is there already."""
        await client.jetstream().add_stream(
            StreamConfig(
                name=STREAM,
                subjects=["tradewind.>"],
                retention=RetentionPolicy.INTEREST,
                max_age=24 * 3600,
                duplicate_window=30,
            )
        )

    async def _put_or_mend(self, client: Client, subject: str, message_id: str, payload: bytes) -> None:
        """Once more; a stream that takes nothing twice is made anew, and the message stays with its sender.

        A stream whose files were deleted under a running broker is known to it and takes nothing, for good. A
        message can also have been lost with a connection: so twice, and to one and the same stream.
        """
        stream = await _made_at(client)
        try:
            await _put(client, subject, message_id, payload)
        except nats.errors.TimeoutError:
            async with self._mending:
                if await _made_at(client) == stream:  # nobody made it anew meanwhile, here or elsewhere
                    log.error("bus_stream_is_stuck", stream=STREAM)
                    await client.jetstream().delete_stream(STREAM)
                    await self._ensure_stream(client)
            raise

    async def _keep_subscribed(self) -> None:
        """Make what is missing, and look again and again: a wiped store takes stream and consumers away."""
        while True:
            try:
                client = await self._connected()
                made_at = await self._stream_made_at(client)
                wiped = [await self._ensure_consumer(client, one, made_at) for one in self._subscriptions]
                if any(wiped):
                    await asyncio.gather(*(tell() for tell in self._tell_of_wipes))
            except _ERRORS as error:
                log.warning("bus_waits", error=f"{type(error).__name__}: {error}")
            except Exception as error:  # noqa: BLE001 - who watches over the bus outlives every surprise
                log.error("bus_watch_failed", exc_info=error)
            await asyncio.sleep(WATCH_SECONDS)

    async def _stream_made_at(self, client: Client) -> datetime:
        try:
            return await _made_at(client)
        except nats.js.errors.NotFoundError:
            await self._ensure_stream(client)
            return await _made_at(client)

    async def _ensure_consumer(self, client: Client, one: _Subscription, made_at: datetime) -> bool:
        """Answers whether there was one, and the broker does not know it any more."""
        name, wiped = one.consumer_of(made_at), False
        if one.live is not None:
            bound = await _is_bound(client, name) if name == one.consumer else None
            if bound:
                return False
            wiped = bound is None
            log.warning("bus_store_was_wiped" if wiped else "bus_consumer_is_deaf", subject=one.subject)
            await one.live.unsubscribe()
            one.live = None
            if name != one.consumer:  # made on this stream, perhaps, as it took the place of the last
                with contextlib.suppress(nats.js.errors.NotFoundError):
                    await client.jetstream().delete_consumer(STREAM, one.consumer)
        one.consumer = name
        one.live = await client.jetstream().subscribe(
            one.subject,
            queue=name,
            durable=name,
            stream=STREAM,
            cb=one.arrived.put,
            manual_ack=True,
            config=ConsumerConfig(
                # The same for every member of the group: whichever makes the consumer, all are bound to it.
                deliver_subject=f"tradewind-deliver.{name}",
                ack_policy=AckPolicy.EXPLICIT,
                deliver_policy=DeliverPolicy.ALL,
                ack_wait=ACKNOWLEDGE_SECONDS,
                max_ack_pending=256,
            ),
        )
        return wiped


async def _put(client: Client, subject: str, message_id: str, payload: bytes) -> None:
    headers = {"Nats-Msg-Id": message_id}
    await client.jetstream().publish(subject, payload, timeout=PUBLISH_SECONDS, headers=headers)


async def _made_at(client: Client) -> datetime:
    """When the broker made the stream, which tells it from one that was made anew."""
    made_at = (await client.jetstream().stream_info(STREAM)).created
    assert made_at is not None, "every broker tells when it made a stream"
    return made_at


async def _is_bound(client: Client, consumer: str) -> bool | None:
    """Whether anybody listens to it; None: there is no such consumer."""
    try:
        return bool((await client.jetstream().consumer_info(STREAM, consumer)).push_bound)
    except nats.js.errors.NotFoundError:
        return None


async def _log_error(error: Exception) -> None:
    log.warning("bus_error", error=f"{type(error).__name__}: {error}")
