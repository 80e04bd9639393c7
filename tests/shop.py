"""A shop for one test: chosen services, alive on a database of its own, and clients to talk to them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.contracts.user import ROLES
from tradewind.kernel.clock import Clock, SystemClock
from tradewind.kernel.compose import Runtime, World, answer_for_services
from tradewind.kernel.graph import Graph
from tradewind.kernel.identity import InternalTokens, Principal
from tradewind.kernel.server import Server
from tradewind.services import registry

SECRET_KEY = "a secret key of the tests, long enough for HMAC-SHA-256"


def guest(address: str = "127.0.0.1") -> Principal:
    return Principal(client_address=address)


def customer(account_id: uuid.UUID | None = None) -> Principal:
    return Principal("account", account_id or uuid.uuid4())


def staff(role: str = "administrator") -> Principal:
    return Principal("account", uuid.uuid4(), ROLES[role])


class Shop:
    """Speaks to the services as the gateway does: over HTTP, with a signed identity."""

    def __init__(self, runtime: Runtime, database_url: str) -> None:
        self.runtime, self.database_url = runtime, database_url
        self._app = Server(
            lambda request: answer_for_services(runtime, request),
            InternalTokens(SECRET_KEY),
            access_log=False,
        )

    def client(self, principal: Principal) -> httpx.AsyncClient:
        headers = {"tradewind-identity": InternalTokens(SECRET_KEY).mint(principal)}
        transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url="http://shop", headers=headers, timeout=30)

    def deps(self, service: str) -> Any:
        return self.runtime.running[service].deps

    def database(self, service: str) -> Any:
        return self.runtime.running[service].database

    async def deliver_events(self) -> None:
        """Pump every relay until nothing moves: what the running relays do, without waiting for a poll."""
        moved = 1
        while moved:
            moved = 0
            for alive in self.runtime.running.values():
                moved += await alive.relay.pump()


@asynccontextmanager
async def open_shop(
    services: Sequence[str],
    database_url: str,
    *,
    environ: Mapping[str, str] | None = None,
    ports: Mapping[type, Any] | None = None,
    background: bool = False,
    clock: Clock | None = None,
) -> AsyncIterator[Shop]:
    """`background` starts relays and jobs; without, `deliver_events` moves events when the test says so.
    What services keep in files lies in a folder of this shop's own, unless `environ` names one."""
    data = TemporaryDirectory(prefix="shop-")
    world = World(
        environ={
            "TRADEWIND_ENVIRONMENT": "development",
            "TRADEWIND_DATA_DIR": data.name,
            **(environ or {}),
        },
        open_database=lambda name: PostgresDatabase(database_url, name),
        ports=ports or {},
        secret_key=SECRET_KEY,
        clock=clock or SystemClock(),
    )
    runtime = Runtime(Graph.of(registry.load(services)), services, world)
    await runtime.migrate()
    if background:
        await runtime.start()
    try:
        yield Shop(runtime, database_url)
    finally:
        await runtime.stop()
        data.cleanup()
