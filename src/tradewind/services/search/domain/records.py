"""Searches that were answered, on their way to the database: no search waits for a commit of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

MOST_WAITING = 10_000  # beyond it the oldest are dropped: the database has been away for long


@dataclass(frozen=True, slots=True)
class SearchRecord:
    search_id: UUID
    at: datetime
    query: str
    normal: str
    hits: int
    filters: dict[str, list[str]]
    account_id: UUID | None


@dataclass
class Records:
    waiting: deque[SearchRecord] = field(default_factory=lambda: deque(maxlen=MOST_WAITING))
    some: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, record: SearchRecord) -> None:
        self.waiting.append(record)
        self.some.set()

    def take(self, most: int) -> list[SearchRecord]:
        return [self.waiting.popleft() for _ in range(min(most, len(self.waiting)))]

    def give_back(self, records: list[SearchRecord]) -> None:
        self.waiting.extendleft(reversed(records[: MOST_WAITING - len(self.waiting)]))
        self.some.set()
