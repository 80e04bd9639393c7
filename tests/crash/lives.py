"""An order's life, lived by a process that may be killed, and gone on with by the next one.

An incarnation composes the whole shop anew, as a restart does. Its clients ask over HTTP, each request under a
key of its own, and ask again what a dead process did not answer. Jobs and relays are driven by hand, so that
a life reaches the same points in the same order each time.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

import httpx

from tests.crash.mortality import MortalDatabase, MortalGateway, Points
from tests.shop import SECRET_KEY, Shop
from tests.stage import ADDRESS
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.cli.world import PORTS
from tradewind.contracts.payment import Payment
from tradewind.contracts.user import ROLES
from tradewind.kernel.clock import SystemClock
from tradewind.kernel.compose import Runtime, World
from tradewind.kernel.graph import Graph
from tradewind.kernel.identity import GUEST, Principal
from tradewind.kernel.telemetry import configure_logging
from tradewind.ports.database import Database
from tradewind.ports.payment_gateway import Gateways
from tradewind.services import registry

STAFF = Principal("account", uuid.UUID(int=7), ROLES["administrator"])
# Who holds stock and money, and whom they ask. Others hear of it at moments of their own: a life's points would
# come in another order each time.
AT_STAKE = ("user", "product", "inventory", "order", "payment")
SHIPPED = ("order", "ship one", "ship the rest", "refund")
CANCELLED = ("order", "cancel")
PAID_AGAIN = ("order", "pay again")
REFUSED = ("order", "ship one", "ship the rest")  # where the bank declines the first capture
BEGINS = timedelta(minutes=-25)  # before now: within the time that an order has to be paid in
ROUND = timedelta(minutes=1)
MOST_ROUNDS = 18
REAL_PAUSE_SECONDS = 0.1  # others keep a time of their own: the processor may be at a request of the dead
UNDER_WAY = {
    "order": """
        SELECT 'order ' || order_id FROM orders WHERE state = 'pending'
        UNION ALL SELECT 'fulfilment ' || fulfilment_id FROM fulfilments WHERE state = 'shipping'
        """,
    "payment": """
        SELECT 'attempt ' || state FROM attempts WHERE due_at IS NOT NULL
        UNION ALL SELECT kind || ' ' || state FROM operations WHERE due_at IS NOT NULL
        UNION ALL SELECT 'closing ' || order_id FROM payments WHERE closing_due_at IS NOT NULL
        """,
}
EVENTS_UNDER_WAY = """
    SELECT type || ' for ' || array_to_string(awaiting, ', ') FROM outbox WHERE awaiting <> '{}'
    UNION ALL SELECT type || ' ' || state FROM inbox WHERE state <> 'done'
    """


class ShiftedClock(SystemClock):
    """Shows a time that went by already. Lives begin in the past, so that waiting for a lease costs none."""

    def __init__(self, shift: timedelta) -> None:
        self.shift = shift

    def now(self) -> datetime:
        return super().now() + self.shift


@dataclass
class Life:
    """What the clients of one order know: their requests' keys and what was answered."""

    steps: tuple[str, ...]
    cart_id: str
    card_tokens: tuple[str, ...]  # the first pays the order, the second where that is declined
    answers: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys = {step: str(uuid.uuid4()) for step in self.steps}

    @property
    def left(self) -> tuple[str, ...]:
        return self.steps[len(self.answers) :]


@dataclass(frozen=True)
class Place:
    """Where a life takes place. A merchant a life: the processor's log then tells of nothing else."""

    database_url: str
    processor_url: str
    merchant: str

    def environ(self) -> dict[str, str]:
        return {
            "TRADEWIND_ENVIRONMENT": "development",
            "TRADEWIND_PAYMENT_PROCESSOR_URL": self.processor_url,
            "TRADEWIND_PAYMENT_PROCESSOR_SECRET_KEY": f"sk_sandbox_{self.merchant}",
            "TRADEWIND_PAYMENT_PROCESSOR_PUBLISHABLE_KEY": f"pk_sandbox_{self.merchant}",
        }


def compose(
    place: Place,
    clock: ShiftedClock,
    points: Points | None = None,
    open_database: Callable[[str], Database] | None = None,
) -> Runtime:
    """All services, composed anew. With `points`, they are mortal."""

    def open_mortal(name: str) -> Database:
        database = PostgresDatabase(place.database_url, name, max_size=4)
        return database if points is None else MortalDatabase(database, points)

    def open_gateways(settings: Any) -> Any:
        gateways = PORTS[Gateways](settings)
        return gateways if points is None else gateways.around(lambda one: MortalGateway(one, points))

    world = World(
        environ=place.environ(),
        open_database=open_database or open_mortal,
        ports={**PORTS, Gateways: open_gateways},
        secret_key=SECRET_KEY,
        clock=clock,
    )
    return Runtime(Graph.of(registry.load(AT_STAKE)), AT_STAKE, world)


@asynccontextmanager
async def incarnation(
    place: Place,
    clock: ShiftedClock,
    points: Points | None = None,
    open_database: Callable[[str], Database] | None = None,
) -> AsyncIterator[Shop]:
    """The shop, until the block ends or it is killed."""
    runtime = compose(place, clock, points, open_database)
    try:
        await runtime.open_keys()
        yield Shop(runtime, place.database_url)
    finally:
        await runtime.stop()


async def furnish(admin: httpx.AsyncClient) -> None:
    """What lives need of a shop: a warehouse, shipping, tax, a code, and two articles with stock for all."""
    made = await admin.post("/v1/warehouses", json={"code": "LEJ", "name": "Leipzig", "country": "DE"})
    assert made.status_code == 201, made.text
    standard = {"name": "Standard", "countries": ["DE"], "prices": {"EUR": {"price_minor": 490}}}
    assert (await admin.put("/v1/shipping-methods/standard", json=standard)).status_code == 200
    assert (await admin.put("/v1/tax-rates/DE/standard", json={"basis_points": 1900})).status_code == 200
    tenth = {"name": "A tenth", "codes": ["TENTH"], "kind": "percentage", "basis_points": 1000}
    assert (await admin.post("/v1/promotions", json=tenth)).status_code == 201
    for sku, price_minor in (("MUG", 1900), ("VASE", 6801)):
        prices = [{"currency": "EUR", "amount_minor": price_minor}]
        variants = [{"sku": sku, "options": {}, "prices": prices}]
        product = {"title": sku.title(), "status": "active", "options": [], "variants": variants}
        assert (await admin.post("/v1/products", json=product)).status_code == 201
        receipt = {"reference": sku, "lines": [{"sku": sku, "warehouse": "LEJ", "quantity": 10_000}]}
        assert (await admin.post("/v1/stock/receipts", json=receipt)).status_code == 201


async def begin_life(shop: Shop, steps: tuple[str, ...], card_tokens: tuple[str, ...]) -> Life:
    """A guest fills a cart; nothing is ordered yet."""
    async with shop.client(GUEST) as guest:
        lines = [{"sku": "MUG", "quantity": 3}, {"sku": "VASE", "quantity": 1}]
        cart = await guest.post("/v1/carts", json={"lines": lines})
        assert cart.status_code == 201, cart.text
        change = {
            "email": "ada@example.com",
            "shipping_address": ADDRESS,
            "shipping_method": "standard",
            "discount_code": "TENTH",
        }
        ready = await guest.patch(f"/v1/carts/{cart.json()['cart_id']}", json=change)
        assert ready.status_code == 200, ready.text
    return Life(steps, cart.json()["cart_id"], card_tokens)


async def ask(shop: Shop, life: Life, step: str) -> httpx.Response:
    """Send the request of one step, for the first time or again: it is the same request."""
    header = {"idempotency-key": life.keys[step]}
    if step == "order":
        body: dict[str, Any] = {"cart_id": life.cart_id, "card_token": life.card_tokens[0]}
        async with shop.client(GUEST) as guest:
            return await guest.post("/v1/orders", json=body, headers=header)
    order = life.answers["order"]
    path = f"/v1/orders/{order['order_id']}"
    if step in ("cancel", "pay again"):
        path, body = (
            (f"{path}/cancel", {"reason": "changed my mind"})
            if step == "cancel"
            else (f"{path}/payments", {"card_token": life.card_tokens[1]})
        )
        async with shop.client(GUEST) as guest:
            return await guest.post(path, params={"token": order["token"]}, json=body, headers=header)
    async with shop.client(STAFF) as staff:
        if step == "refund":
            payment = await shop.runtime.contract(Payment).payment_of(uuid.UUID(order["order_id"]))
            body = {"amount_minor": 1000, "reason": "chipped"}
            return await staff.post(f"/v1/payments/{payment.payment_id}/refunds", json=body, headers=header)
        body = {"lines": [{"sku": "MUG", "quantity": 2}]} if step == "ship one" else {}
        return await staff.post(f"{path}/fulfilments", json=body, headers=header)


async def live_on(
    shop: Shop, clock: ShiftedClock, life: Life, tell: Callable[[str, Any], None] | None = None
) -> None:
    """Every step that was not answered yet, in order, each with all that follows from it."""
    for step in life.left:
        answer = await ask(shop, life, step)
        life.answers[step] = heard(answer)
        if tell is not None:
            tell("answered", (step, heard(answer)))
        await settle(shop, clock)


def heard(answer: httpx.Response) -> Any:
    """What a client keeps of an answer that is final."""
    if answer.status_code == 409 and answer.json()["code"] == "capture_failed":
        return {"refused": answer.json()["detail"]}
    assert answer.status_code in (200, 201), f"{answer.request.url.path}: {answer.status_code} {answer.text}"
    return answer.json()


async def settle(shop: Shop, clock: ShiftedClock) -> None:
    """Deliver events and do jobs until nothing is under way; where it must be waited, the clock is moved."""
    for _ in range(MOST_ROUNDS):
        await _deliver(shop)
        if not await under_way(shop):
            return
        for alive in shop.runtime.running.values():
            for job in alive.service.jobs:
                if job.every_seconds < 60:
                    await job.run(alive.deps)
        await _deliver(shop)
        left = await under_way(shop)
        if not left:
            return
        clock.shift += ROUND
        await asyncio.sleep(REAL_PAUSE_SECONDS)
    raise AssertionError(f"still under way after {MOST_ROUNDS} minutes: {', '.join(left)}")


async def under_way(shop: Shop) -> list[str]:
    found = []
    for name, alive in shop.runtime.running.items():
        for sql in (EVENTS_UNDER_WAY, UNDER_WAY.get(name)):
            if sql is not None:
                found += [str(row[0]) for row in await alive.database.fetch(sql)]
    return found


async def _deliver(shop: Shop) -> None:
    """Pump the relays that have something to do."""
    moved = True
    while moved:
        moved = False
        for alive in shop.runtime.running.values():
            due = await alive.database.value(
                """
                SELECT EXISTS (SELECT FROM outbox WHERE awaiting <> '{}' AND claimed_until < $1)
                    OR EXISTS (SELECT FROM inbox WHERE state = 'failed' AND retry_at <= $1)
                """,
                shop.runtime.world.clock.now(),
            )
            if due:
                await alive.relay.pump()
                moved = True


@dataclass(frozen=True)
class Birth:
    """What a mortal incarnation is born to do."""

    place: Place
    life: Life
    shift: timedelta
    kill_at: int | None
    in_flight: bool = False
    settle_first: bool = False


def be(birth: Birth, told: Connection) -> None:
    """The whole of a mortal process. It tells what its clients were answered, and how it ended."""
    configure_logging(level="critical")
    asyncio.run(_be(birth, lambda kind, what: told.send((kind, what))))
    os._exit(0)


async def _be(birth: Birth, tell: Callable[[str, Any], None]) -> None:
    points = Points(birth.kill_at, lambda where: tell("killed", where), in_flight=birth.in_flight)
    clock = ShiftedClock(birth.shift)
    async with incarnation(birth.place, clock, points) as shop:
        if birth.settle_first:
            await settle(shop, clock)
        await live_on(shop, clock, birth.life, tell)
    tell("lived", points.seen)
