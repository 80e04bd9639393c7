"""The shop of a world: two processes, each with the shipped order, payment and inventory services.

Requests, calls of one service by another and events cross a network that may lose, repeat and delay them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tests.shop import SECRET_KEY
from tests.simulation.driver import Server
from tests.simulation.processor import EPOCH, Banks, gateways
from tests.simulation.schedule import ANSWER_LOST, LATE, LOST, TWICE, Process, current
from tradewind.adapters.blob.files import open_file_blobs
from tradewind.contracts.product import Offer, Product
from tradewind.contracts.user import User
from tradewind.kernel.compose import Runtime, World
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.graph import Graph
from tradewind.kernel.http import Request, Response
from tradewind.kernel.identity import Principal
from tradewind.ports.blob import Blobs
from tradewind.ports.payment_gateway import Gateways
from tradewind.services import registry

SERVICES = ("inventory", "order", "payment")
SKUS = {"MUG": 1900, "VASE": 6800, "SPOON": 333}
BUNDLE = "SET"  # in worlds that have it: a mug and two spoons
_PRICES = {**SKUS, BUNDLE: 2222}
_MOST_MS = 1 << 48


class Clock:
    """The world's time; ids that sort by it, and differ by a count instead of by chance."""

    def now(self) -> datetime:
        return EPOCH + timedelta(milliseconds=current().now_ms)

    def new_id(self) -> UUID:
        schedule = current()
        schedule.ids += 1
        milliseconds = int(self.now().timestamp() * 1000) % _MOST_MS
        value = milliseconds << 80 | 0x7 << 76 | (schedule.ids & 0xFFF) << 64 | 0b10 << 62
        return UUID(int=value | schedule.ids)


@dataclass
class Member:
    """One process of the shop."""

    process: Process
    runtime: Runtime

    def forget(self) -> None:
        """A process that starts again remembers nothing."""
        for endpoint in self.runtime._endpoints.values():
            endpoint._in_flight.clear()

    def start_with(self, service: str, **chosen: Any) -> None:
        """As if it had been started with other settings: everything of the service holds the same object."""
        settings = self.runtime.running[service].settings
        assert set(chosen) <= {field.name for field in fields(settings)}
        for name, value in chosen.items():
            object.__setattr__(settings, name, value)

    def deps(self, service: str) -> Any:
        return self.runtime.running[service].deps

    async def answer(
        self,
        method: str,
        path: str,
        body: object,
        principal: Principal,
        key: str | None,
        headers: dict[bytes, bytes] | None = None,
    ) -> Response:
        path, _, query = path.partition("?")
        encoded = body if isinstance(body, bytes) else msgspec.json.encode(body) if body is not None else b""
        request = Request(method, path, query.encode(), dict(headers or {}), encoded)
        if key is not None:
            request.headers[b"idempotency-key"] = key.encode()
        request.principal = principal
        return await self.runtime.handle(request)


def open_members(server: Server, banks: Banks, names: tuple[str, ...] = ("A", "B")) -> list[Member]:
    return [_member(name, server, banks) for name in names]


def _member(name: str, server: Server, banks: Banks) -> Member:
    process = Process(name)
    services = registry.load([*SERVICES, "product", "user"])
    alone = [s if s.name in SERVICES else replace(s, subscriptions=()) for s in services]
    world = World(
        environ={
            "TRADEWIND_ENVIRONMENT": "development",
            "TRADEWIND_PAYMENT_BREAKER_FAILURES": "1000000",
        },
        open_database=server.database,
        ports={Gateways: lambda settings: gateways(settings, banks), Blobs: open_file_blobs},
        secret_key=SECRET_KEY,
        clock=Clock(),
        urls={"product": ["http://127.0.0.1:9"], "user": ["http://127.0.0.1:9"]},
    )
    runtime = Runtime(Graph.of(alone), SERVICES, world)
    for contract, binding in runtime._bindings.items():
        bound = {"offers": _offers} if contract is Product else {} if contract is User else vars(binding)
        binding.set(
            {
                method: _over_network(f"{contract.__name__}.{method}", call, process)
                for method, call in bound.items()
                if callable(call) and not isinstance(call, type)
            }
        )
    member = Member(process, runtime)
    process.on_death = member.forget
    return member


def _over_network(
    name: str, call: Callable[..., Awaitable[Any]], process: Process
) -> Callable[..., Awaitable[Any]]:
    """A call of another service: once, or as badly as a network can do it."""

    async def called(*args: Any, **kwargs: Any) -> Any:
        async def late() -> None:
            await current().sleep(current().rng.choice((0.05, 1.0, 20.0)))
            try:
                await call(*args, **kwargs)
            except Unavailable:
                current().happened(f"late {name}: unavailable")

        wrong = await current().turn(f"call {name}", (LOST, ANSWER_LOST, LATE, TWICE), exposed=3.0)
        if wrong in (LATE, TWICE):
            current().start(f"late {name}", process, late())
        if wrong in (LOST, LATE):
            raise Unavailable("service_unavailable", f"{name} did not answer; the outcome is unknown")
        answer = await call(*args, **kwargs)
        if wrong == ANSWER_LOST:
            raise Unavailable("service_unavailable", f"{name} did not answer; the outcome is unknown")
        return answer

    return called


async def _offers(skus: list[str], currency: str) -> list[Offer]:
    return [
        Offer(sku, UUID(int=number), sku, sku.title(), {}, price, currency, 100, "Home")
        for number, (sku, price) in enumerate(_PRICES.items(), start=1)
        if sku in skus
    ]
