"""A shop whose only service is the inventory, and the words that its tests speak."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec

from tests.shop import SECRET_KEY, Shop, staff
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.contracts.inventory import Counted, Inventory, StockCount, StockLine
from tradewind.contracts.order import OrderCancelled, Orders, ToShip
from tradewind.kernel.clock import SystemClock
from tradewind.kernel.compose import Runtime, World
from tradewind.kernel.events import Envelope, Event
from tradewind.kernel.graph import Graph
from tradewind.kernel.service import Service, implement
from tradewind.kernel.wire import bind_in_process
from tradewind.services.inventory.invariants import INVARIANTS
from tradewind.services.inventory.service import SERVICE


async def to_ship(deps: object, order_ids: list[UUID]) -> list[ToShip]:
    """None of these owners is an order."""
    return []


# Runs nowhere: it says that somebody publishes what the inventory hears, and answers what it asks.
ORDERS = Service(
    name="order",
    settings=object,
    deps=object,
    migrations="",
    provides=implement(Orders, to_ship=to_ship),
    publishes=(OrderCancelled,),
)


@dataclass
class MovableClock:
    ahead: timedelta = field(default_factory=timedelta)
    _clock: SystemClock = field(default_factory=SystemClock)

    def now(self) -> datetime:
        return self._clock.now() + self.ahead

    def new_id(self) -> UUID:
        return self._clock.new_id()


@dataclass
class Stockroom:
    """The service through its contract (`inventory`) and over HTTP (`http`, as warehouse staff)."""

    shop: Shop
    clock: MovableClock
    inventory: Inventory
    http: httpx.AsyncClient

    async def warehouse(self, code: str, priority: int = 100, *, active: bool = True) -> None:
        body = {"code": code, "name": code.title(), "country": "DE", "priority": priority, "active": active}
        answer = await self.http.post("/v1/warehouses", json=body)
        assert answer.status_code == 201, answer.text

    async def stock(self, warehouse: str, **on_hand: int) -> None:
        """`await stock("MAIN", VASE=3)`"""
        counts = [StockCount(sku, warehouse, quantity) for sku, quantity in on_hand.items()]
        answer = await self.inventory.count(f"set-up {self.clock.new_id()}", counts)
        assert isinstance(answer, Counted), answer
        await self.told()

    async def reserve(self, *lines: tuple[str, int], owner_id: UUID | None = None) -> Any:
        wanted = [StockLine(sku, quantity) for sku, quantity in lines]
        return await self.inventory.reserve(owner_id or self.clock.new_id(), wanted, None)

    async def available(self, *skus: str) -> list[int]:
        return [line.available for line in await self.inventory.availability(list(skus))]

    async def levels(self, sku: str) -> dict[str, tuple[int, int]]:
        """On hand and reserved, by warehouse."""
        answer = await self.http.get("/v1/stock", params={"sku": sku, "limit": 100})
        return {item["warehouse"]: (item["on_hand"], item["reserved"]) for item in answer.json()["items"]}

    async def told(self) -> list[dict[str, Any]]:
        """The events since last asked, in order."""
        rows = await self.shop.database("inventory").fetch("DELETE FROM outbox RETURNING id, payload")
        return [msgspec.json.decode(row["payload"]) for row in sorted(rows, key=lambda row: row["id"])]

    async def hear(self, event: Event) -> None:
        """Deliver an event, as a relay does."""
        envelope = Envelope(
            self.clock.new_id(),
            event.event_type(),
            "order",
            event.subject_id(),
            self.clock.now(),
            "",
            msgspec.Raw(msgspec.json.encode(event)),
        )
        inbox = self.shop.runtime.running["inventory"].inbox
        for subscriber in inbox.subscriptions:
            assert await inbox.receive(envelope, subscriber)
        assert await inbox.unfinished() == []

    async def verify(self) -> None:
        for name, sql in INVARIANTS:
            broken = [dict(row) for row in await self.shop.database("inventory").fetch(sql)]
            assert broken == [], name


@asynccontextmanager
async def open_stockroom(database_url: str, **settings: str) -> AsyncIterator[Stockroom]:
    clock = MovableClock()
    world = World(
        environ={
            "TRADEWIND_ENVIRONMENT": "development",
            "TRADEWIND_INVENTORY_EXPIRY_BATCH": "3",
            **settings,
        },
        open_database=lambda name: PostgresDatabase(database_url, name),
        ports={},
        secret_key=SECRET_KEY,
        clock=clock,
        urls={"order": ["http://127.0.0.1:9"]},
    )
    runtime = Runtime(Graph.of([SERVICE, ORDERS]), ("inventory",), world)
    await runtime.migrate()
    shop = Shop(runtime, database_url)
    try:
        async with shop.client(staff("warehouse")) as http:
            room = Stockroom(shop, clock, runtime.contract(Inventory), http)
            assert ORDERS.provides is not None
            runtime.contract(Orders).set(bind_in_process(ORDERS.provides, None))
            yield room
            await room.verify()
    finally:
        await runtime.stop()
