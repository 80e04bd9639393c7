"""A shop whose only service is payment, a merchant of its own at a real processor, and the words of its tests."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from aiohttp import web

from tests.processor import GOOD, Merchant
from tests.shop import SECRET_KEY, Shop, guest, staff
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.adapters.payment_gateway.choice import open_gateways
from tradewind.contracts.common import Money
from tradewind.contracts.order import (
    Buyer,
    OrderCancelled,
)
from tradewind.contracts.payment import Authorised, Captured, CardToken, Payment, Pending
from tradewind.kernel.clock import SystemClock
from tradewind.kernel.compose import Runtime, World
from tradewind.kernel.events import Envelope
from tradewind.kernel.graph import Graph
from tradewind.ports.payment_gateway import Gateways
from tradewind.services.order.service import SERVICE as ORDERS
from tradewind.services.payment import jobs
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.invariants import INVARIANTS
from tradewind.services.payment.service import SERVICE
from tradewind.services.user.service import SERVICE as USERS

WEBHOOK_SECRET = "whsec_dGVzdCBzZWNyZXQgb2YgdGhlIHBheW1lbnQgdGVzdHM="
ROUNDS = 20
IMPATIENT = {"TRADEWIND_PAYMENT_PROCESSOR_TIMEOUT_SECONDS": "0.3"}


class _Undone(Exception):
    """What a transaction did was for looking at."""


@dataclass
class MovableClock:
    ahead: timedelta = field(default_factory=timedelta)
    _clock: SystemClock = field(default_factory=SystemClock)

    def now(self) -> datetime:
        return self._clock.now() + self.ahead

    def new_id(self) -> UUID:
        return self._clock.new_id()


@dataclass
class Till:
    """The service through its contract (`payment`), over HTTP (`staff`, `guest`), and its jobs."""

    shop: Shop
    clock: MovableClock
    merchant: Merchant
    payment: Payment
    staff: httpx.AsyncClient
    guest: httpx.AsyncClient

    @property
    def deps(self) -> Deps:
        deps: Deps = self.shop.deps("payment")
        return deps

    @property
    def database(self) -> PostgresDatabase:
        database: PostgresDatabase = self.shop.database("payment")
        return database

    async def pay(
        self,
        card: str = GOOD,
        *,
        order_id: UUID | None = None,
        attempt: int = 1,
        amount_minor: int = 5000,
        return_url: str | None = None,
    ) -> Any:
        token = await self.merchant.token(card)
        amount = Money(amount_minor, "EUR")
        return await self.payment.authorise(
            order_id or uuid4(), attempt, amount, CardToken(token), return_url
        )

    async def ask_again(self, order_id: UUID, amount_minor: int = 5000) -> Any:
        """The first attempt once more, as the order service resumes it: the card does not matter any more."""
        return await self.payment.authorise(
            order_id, 1, Money(amount_minor, "EUR"), CardToken("tok_of_before"), None
        )

    async def authorised(self, amount_minor: int = 5000) -> UUID:
        order_id = uuid4()
        answer = await self.pay(order_id=order_id, amount_minor=amount_minor)
        if isinstance(answer, Pending):  # a busy machine was slower than this till waits
            await self.heal()
            answer = await self.ask_again(order_id, amount_minor)
        assert isinstance(answer, Authorised), answer
        return order_id

    async def captured(self, amount_minor: int = 5000) -> UUID:
        order_id = await self.authorised(amount_minor)
        capture_id, amount = uuid4(), Money(amount_minor, "EUR")
        answer = await self.payment.capture(order_id, capture_id, amount)
        if isinstance(answer, Pending):
            await self.heal()
            answer = await self.payment.capture(order_id, capture_id, amount)
        assert isinstance(answer, Captured), answer
        return order_id

    async def cancel(self, order_id: UUID) -> None:
        """The order service's event arrives."""
        event = OrderCancelled(
            order_id, "T-1", "customer_request", Buyer("ada@example.com", "Ada"), Money(100, "EUR"), True
        )
        envelope = Envelope(
            uuid4(),
            "order.cancelled",
            "order",
            str(order_id),
            self.clock.now(),
            "",
            msgspec.Raw(msgspec.json.encode(event)),
        )
        inbox = self.shop.runtime.running["payment"].inbox
        assert await inbox.receive(envelope, "payment.on_order_cancelled")

    async def status(self, order_id: UUID) -> str:
        return str((await self.payment.payment_of(order_id)).status)  # type: ignore[union-attr]

    async def payment_id(self, order_id: UUID) -> UUID:
        return UUID(str((await self.payment.payment_of(order_id)).payment_id))  # type: ignore[union-attr]

    async def events(self, order_id: UUID | None = None) -> list[str]:
        """The names of what was published, in order; all of it, or of one order."""
        rows = await self.database.fetch("SELECT type, key FROM outbox ORDER BY id")
        return [row["type"] for row in rows if order_id is None or row["key"] == str(order_id)]

    async def later(self, **since: float) -> None:
        """So much time passes, and the jobs run once."""
        self.clock.ahead += timedelta(**since)
        await jobs.resolve_unknown(self.deps)
        await jobs.close_cancelled(self.deps)

    async def heal(self) -> None:
        """Time passes until nothing is open. Longer than any lease or pause at a time, so that each is due."""
        for _ in range(ROUNDS):
            await self.later(seconds=30)
            if not await self._open():
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"still open: {await self._open()}")

    async def _open(self) -> list[Any]:
        rows = await self.database.fetch(
            """
            SELECT 'attempt' AS what, state FROM attempts WHERE due_at IS NOT NULL AND state <> 'action_required'
            UNION ALL SELECT kind, state FROM operations WHERE due_at IS NOT NULL
            UNION ALL SELECT 'closing', state FROM payments WHERE closing_due_at IS NOT NULL
            """
        )
        return [(row["what"], row["state"]) for row in rows]

    async def broken_by(self, *statements: str) -> list[str]:
        """The invariants that do not hold after these, which are undone."""
        broken: list[str] = []
        with suppress(_Undone):
            async with self.database.begin() as tx:
                for statement in statements:
                    await tx.execute(statement)
                broken += [name for name, sql in INVARIANTS if await tx.fetch(sql)]
                raise _Undone
        return broken

    async def check(self) -> None:
        """Every invariant holds, and the processor did to money what the payments say, once."""
        for name, sql in INVARIANTS:
            rows = await self.database.fetch(sql)
            assert not rows, f"{name}: {[dict(row) for row in rows]}"
        done: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for effect in await self.merchant.log():
            done[effect["authorisation_id"]][effect["kind"]] += effect["amount_minor"]
            done[effect["authorisation_id"]][effect["kind"] + "s"] += 1
        rows = await self.database.fetch(
            """
            SELECT order_id, payments.state, captured_minor, refunded_minor,
                authorised_minor - CASE WHEN release_due_at IS NULL THEN let_go_minor ELSE 0 END AS authorised_minor,
                array_agg(attempts.processor_id) FILTER (WHERE attempts.processor_id IS NOT NULL) AS known
            FROM payments JOIN attempts USING (order_id, number)
            WHERE payments.method = 'card' AND attempts.processor <> 'stripe'
            GROUP BY order_id, number
            """
        )
        for row in rows:
            effects = [done.pop(processor_id) for processor_id in row["known"] or [] if processor_id in done]
            assert sum(effect["authorises"] for effect in effects) <= 1, f"charged twice: {dict(row)}"
            at_processor = {
                kind: sum(effect[kind] for effect in effects)
                for kind in ("authorise", "capture", "refund", "void")
            }
            assert at_processor["capture"] == row["captured_minor"], (dict(row), at_processor)
            assert at_processor["refund"] == row["refunded_minor"], (dict(row), at_processor)
            held = at_processor["authorise"] - at_processor["void"]
            assert held == (row["authorised_minor"] if row["state"] == "authorised" else 0), (
                dict(row),
                at_processor,
            )
        assert not done, f"the processor did what no payment knows of: {dict(done)}"

    @asynccontextmanager
    async def webhooks(self) -> AsyncIterator[list[int]]:
        """A door for the processor's webhooks; yields the statuses that they were answered with."""
        statuses: list[int] = []

        async def forward(request: web.Request) -> web.Response:
            answer = await self.guest.post(
                request.path, content=await request.read(), headers=dict(request.headers)
            )
            statuses.append(answer.status_code)
            return web.Response(status=answer.status_code)

        app = web.Application()
        app.router.add_post("/v1/webhooks/{processor}", forward)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        gateway: Any = self.deps.gateways.named("sandbox")
        await gateway.set_webhook_endpoint(f"http://127.0.0.1:{port}/v1/webhooks/sandbox")
        try:
            yield statuses
        finally:
            await runner.cleanup()


@asynccontextmanager
async def open_till(database_url: str, processor_url: str, **environ: str) -> AsyncIterator[Till]:
    merchant, clock = Merchant(processor_url), MovableClock()
    world = World(
        environ={
            "TRADEWIND_ENVIRONMENT": "development",
            "TRADEWIND_PAYMENT_PROCESSOR_URL": processor_url,
            "TRADEWIND_PAYMENT_PROCESSOR_SECRET_KEY": merchant.secret_key,
            "TRADEWIND_PAYMENT_PROCESSOR_PUBLISHABLE_KEY": merchant.publishable_key,
            "TRADEWIND_PAYMENT_PROCESSOR_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "TRADEWIND_PAYMENT_PROCESSOR_TIMEOUT_SECONDS": "5",
            "TRADEWIND_PAYMENT_LEASE_MARGIN_SECONDS": "1",
            "TRADEWIND_PAYMENT_RESOLVE_FIRST_SECONDS": "1",
            "TRADEWIND_PAYMENT_RESOLVE_MOST_SECONDS": "5",
            "TRADEWIND_PAYMENT_SETTLED_AFTER_SECONDS": "20",
            "TRADEWIND_PAYMENT_BREAKER_OPEN_SECONDS": "0.05",
            **environ,
        },
        open_database=lambda name: PostgresDatabase(database_url, name),
        ports={Gateways: open_gateways},
        secret_key=SECRET_KEY,
        clock=clock,
    )
    runtime = Runtime(Graph.of([SERVICE, ORDERS.elsewhere(), USERS.elsewhere()]), ["payment"], world)
    await runtime.migrate()
    shop = Shop(runtime, database_url)
    till = Till(
        shop, clock, merchant, runtime.contract(Payment), shop.client(staff("support")), shop.client(guest())
    )
    try:
        yield till
        await till.merchant.order_faults()
        await till.heal()
        await till.check()
    finally:
        await till.staff.aclose()
        await till.guest.aclose()
        await merchant.close()
        await runtime.stop()
