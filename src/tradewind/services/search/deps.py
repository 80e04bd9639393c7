"""What the search service's functions are handed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property

from tradewind.contracts.inventory import Inventory
from tradewind.contracts.product import Product
from tradewind.kernel.clock import Clock
from tradewind.kernel.outbox import Outbox
from tradewind.ports.database import Database
from tradewind.ports.search_index import SearchIndex
from tradewind.services.search.domain.memory import Memory
from tradewind.services.search.domain.records import Records
from tradewind.services.search.settings import Settings


@dataclass(frozen=True)
class Deps:
    db: Database
    outbox: Outbox
    clock: Clock
    settings: Settings
    index: SearchIndex
    product: Product
    inventory: Inventory

    @cached_property
    def memory(self) -> Memory:
        """What every search looks at, and is the same for all: read once for a while."""
        return Memory()

    @cached_property
    def records(self) -> Records:
        """Searches that were answered and are not written down yet."""
        return Records()

    @cached_property
    def catching_up(self) -> asyncio.Lock:
        """Held by whoever changes this process's index."""
        return asyncio.Lock()

    @cached_property
    def something_to_search(self) -> asyncio.Event:
        """Set once this process has an index."""
        return asyncio.Event()

    @cached_property
    def something_stale(self) -> asyncio.Event:
        return asyncio.Event()

    @cached_property
    def something_changed(self) -> asyncio.Event:
        return asyncio.Event()
