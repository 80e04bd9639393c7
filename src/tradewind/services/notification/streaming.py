"""What happens to orders, as Server-Sent Events (WHATWG HTML, 9.2), from a place in the feed on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.kernel import deadline
from tradewind.services.notification.deps import Deps
from tradewind.services.notification.store import feed
from tradewind.services.notification.store.feed import Entry

ORDERS = "orders"
ORDER = "order:"
RETRY_MS = 1500  # after which a client that lost its stream comes again
HEARTBEAT_SECONDS = 15.0  # proxies hang up on who is silent for long
LONGEST_SECONDS = (600.0, 900.0)  # then the client comes again, and is asked again who it is


class Told(msgspec.Struct, frozen=True):
    """`state` is the order's, or the payment's where `event` is one of a payment; `number` null where it is not
    known yet."""

    topic: str
    order_id: UUID
    number: str | None
    state: str
    at: datetime


class Ready(msgspec.Struct, frozen=True):
    """First of all. `missed`: more happened since the place that was asked for than is still known, so that
    the page had better be loaded again."""

    topic: str
    missed: bool


async def follow(deps: Deps, topic: str, last_id: int | None) -> AsyncIterator[bytes]:
    """From the entry after `last_id` on, or from now. Ends after a while by itself."""
    deadline.clear()  # it lasts longer than a request
    order_id = UUID(topic.removeprefix(ORDER)) if topic.startswith(ORDER) else None
    loop = asyncio.get_running_loop()
    ends = loop.time() + random.uniform(*LONGEST_SECONDS)  # noqa: S311 - so that not all come again at once
    with deps.live.listening():
        place, missed = await _beginning(deps, last_id)
        yield _block(place, "ready", Ready(topic, missed), retry=True)
        while loop.time() < ends:
            change = deps.live.change()
            entries, upto = await deps.live.after(deps.db, place, order_id)
            for entry in entries:
                yield _block(entry.id, entry.type, _told(topic, entry))
            if upto > place:
                place = upto
                continue
            if not await _happens(change):
                yield f"id: {place}\n: nothing new\n\n".encode()


async def _beginning(deps: Deps, last_id: int | None) -> tuple[int, bool]:
    head = await feed.head(deps.db)
    if last_id is None:
        return head, False
    oldest = await feed.oldest(deps.db)
    first = head + 1 if oldest is None else oldest
    return min(max(last_id, first - 1), head), last_id < first - 1 or last_id > head


async def _happens(change: asyncio.Event) -> bool:
    """False where nothing did, for as long as silence may last."""
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            await change.wait()
    except TimeoutError:
        return False
    return True


def _told(topic: str, entry: Entry) -> Told:
    return Told(topic, entry.order_id, entry.number, entry.state, entry.at)


def _block(place: int, event: str, data: msgspec.Struct, *, retry: bool = False) -> bytes:
    begins = f"retry: {RETRY_MS}\n" if retry else ""
    return f"{begins}id: {place}\nevent: {event}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"
