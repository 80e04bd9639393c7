"""The feed as the streams of this process see it: read once for all of them, kept for a while in memory.

A stream has a place in the feed and nothing else. One whose client is slow, or was away, reads what it missed
from the database by itself; nobody waits for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from uuid import UUID

from tradewind.kernel.telemetry import log
from tradewind.ports.database import Connection, Database, DatabaseUnavailable
from tradewind.services.notification.store import feed
from tradewind.services.notification.store.feed import Entry

KEPT = 2000
PAGE = 500
POLL_SECONDS = 0.5  # other replicas append too, and wake nobody here


class LiveFeed:
    def __init__(self) -> None:
        self.wake = asyncio.Event()  # something was appended by this process
        self._listeners = 0
        self._somebody = asyncio.Event()
        self._entries: deque[Entry] = deque()
        self._start: int | None = None  # every entry above it, up to the head, is in memory
        self._head = 0
        self._changed = asyncio.Event()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """The feed is read while somebody is here."""
        self._listeners += 1
        self._somebody.set()
        try:
            yield
        finally:
            self._listeners -= 1
            if self._listeners == 0:
                self._somebody.clear()
                self._start = None
                self._entries.clear()

    def change(self) -> asyncio.Event:
        """Set with the next entries. To be asked for before `after`, so that none comes in between."""
        return self._changed

    async def after(self, database: Connection, place: int, order_id: UUID | None) -> tuple[list[Entry], int]:
        """The entries of one order, or of all, above `place`, and the place up to which these are all: more may
        be above it."""
        if self._start is not None and place >= self._start:
            # From the newest back: a thousand streams ask this of each entry, and what is kept is long.
            new = list(takewhile(lambda entry: entry.id > place, reversed(self._entries)))
            found = [entry for entry in reversed(new) if order_id is None or entry.order_id == order_id]
            return found, max(place, self._head)
        head = await feed.head(database)
        found = await feed.after(database, place, head, order_id, PAGE)
        return found, found[-1].id if len(found) == PAGE else max(place, head)

    async def follow(self, database: Database) -> None:
        """Until cancelled: read what is appended, here or by other replicas, while somebody listens."""
        while True:
            await self._somebody.wait()
            try:
                await self._read(database)
            except DatabaseUnavailable as error:
                log.warning("feed_waits", error=str(error))
            except Exception as error:  # noqa: BLE001 - recorded; streams read for themselves what they miss
                log.error("feed_failed", exc_info=error)
            await self._pause()

    async def _read(self, database: Database) -> None:
        if self._start is None:
            head = await feed.head(database)
            if self._listeners:
                self._start = self._head = head
                self._tell()
            return
        start, upto = self._start, await feed.head(database)
        new = await feed.after(database, self._head, upto, None, PAGE)
        if new and self._start == start:
            self._entries.extend(new)
            self._head = new[-1].id
            while len(self._entries) > KEPT:
                self._start = self._entries.popleft().id
            self._tell()

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _pause(self) -> None:
        try:
            # Not wait_for: in Python 3.11 it swallows a cancellation that comes together with the wake-up.
            async with asyncio.timeout(POLL_SECONDS):
                await self.wake.wait()
        except TimeoutError:
            return
        finally:
            self.wake.clear()
