"""Where races are run: a running shop, everybody who takes part, and a watch on every answer that they get."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from tests.stage import Stage, key
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.services.payment.references import (
    AttemptKey,
    parse_reference,
)

Bank = Callable[[str], dict[str, int]]
"""What the processor did for an order, by kind of operation, in minor units."""

Check = Callable[[Bank], Awaitable[None]]

APART_SECONDS = 0.02


@dataclass
class Seen:
    """What the answers of one run came to."""

    errors: list[str] = field(default_factory=list)
    told_to_wait: int = 0  # 503 with Retry-After


@dataclass
class Ring:
    stage: Stage
    guest: httpx.AsyncClient
    admin: httpx.AsyncClient
    warehouse: httpx.AsyncClient
    bank: httpx.AsyncClient
    card: str
    chance: random.Random
    seen: Seen = field(default_factory=Seen)
    afterwards: list[Check] = field(default_factory=list)  # asked once nothing moves any more

    async def send(self, client: httpx.AsyncClient, method: str, path: str, body: Any = None) -> Any:
        """Something that must succeed, and is no part of the race."""
        answer = await client.request(method, path, json=body, headers=key())
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def at_once(
        self, *contestants: Coroutine[Any, Any, Any], apart_seconds: float = APART_SECONDS
    ) -> list[Any]:
        """In disorder, and up to so much apart, so that each meets the others at another step."""
        order = list(range(len(contestants)))
        self.chance.shuffle(order)
        starts = asyncio.Event()

        async def run(contestant: Coroutine[Any, Any, Any]) -> Any:
            await starts.wait()
            await asyncio.sleep(self.chance.random() * apart_seconds)
            return await contestant

        tasks = {number: asyncio.ensure_future(run(contestants[number])) for number in order}
        starts.set()
        await asyncio.gather(*tasks.values())
        return [tasks[number].result() for number in range(len(contestants))]

    async def place(self, cart_id: str, **paid: Any) -> httpx.Response:
        body = {"cart_id": cart_id, **(paid or {"card_token": self.card})}
        return await self.guest.post("/v1/orders", json=body, headers=key())

    async def placed(self, sku: str, quantity: int = 1) -> Any:
        """An order that is paid and waits for its parcel."""
        cart = await self.stage.cart(self.guest, [(sku, quantity)])
        answer = await self.place(cart["cart_id"])
        assert answer.status_code == 201 and answer.json()["state"] == "placed", answer.text
        return answer.json()

    async def of_order(self, order: Any, action: str, body: Any = None) -> httpx.Response:
        """What its shopper does with an order."""
        path, params = f"/v1/orders/{order['order_id']}{action}", {"token": order["token"]}
        return await self.guest.post(path, params=params, json=body, headers=key())

    async def time_out(self, orders: Sequence[Any]) -> None:
        """The time that these had to be paid in is over, and the job that ends them has come to them: the first
        of them has expired."""
        database = PostgresDatabase(self.stage.database_url, "order")
        try:
            # In this order: the job takes the longest due first.
            await database.execute(
                """
                UPDATE orders o SET decide_by = i.due, resume_at = i.due
                FROM unnest($1::uuid[], $2::timestamptz[]) AS i(order_id, due) WHERE o.order_id = i.order_id
                """,
                [UUID(order["order_id"]) for order in orders],
                [datetime.now(UTC) - timedelta(seconds=len(orders) - n) for n in range(len(orders))],
            )
            first = "SELECT FROM orders WHERE order_id = $1 AND state = 'expired'"
            while not await database.fetch(first, UUID(orders[0]["order_id"])):
                await asyncio.sleep(0.005)
        finally:
            await database.close()

    async def order(self, order: Any) -> Any:
        """As staff see it."""
        return await self.send(self.admin, "GET", f"/v1/orders/{order['order_id']}")

    async def bank_says(self) -> Bank:
        """As the processor itself has it, at this moment."""
        log: list[dict[str, Any]] = []
        while page := await self._log_after(log[-1]["sequence"] if log else 0):
            log += page
        orders: dict[str, str] = {}
        for line in log:
            if line["kind"] == "authorise":
                key_of = parse_reference(line["reference"])
                assert isinstance(key_of, AttemptKey), line
                orders[line["authorisation_id"]] = str(key_of.order_id)
        sums: dict[str, Counter[str]] = defaultdict(Counter)
        for line in log:
            sums[orders[line["authorisation_id"]]][line["kind"]] += line["amount_minor"]
        return lambda order_id: dict(sums[order_id])

    async def _log_after(self, sequence: int) -> list[dict[str, Any]]:
        url = f"{self.stage.processor_url}/v1/log"
        answer = await self.bank.get(url, params={"after": sequence}, headers=self._processor_headers())
        assert answer.status_code == 200, answer.text
        lines: list[dict[str, Any]] = answer.json()
        return lines

    def _processor_headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.stage.environ['TRADEWIND_PAYMENT_PROCESSOR_SECRET_KEY']}"}

    async def order_faults(self, *faults: dict[str, Any]) -> None:
        answer = await self.bank.put(
            f"{self.stage.processor_url}/sandbox/faults",
            json={"faults": list(faults)},
            headers=self._processor_headers(),
        )
        assert answer.status_code == 200, answer.text

    async def watch(self, answer: httpx.Response) -> None:
        """Nobody is shown an error of ours, and nobody hears of a deadlock."""
        await answer.aread()
        if answer.status_code == 503 and "retry-after" in answer.headers:
            self.seen.told_to_wait += 1
        elif answer.status_code >= 500 or b"deadlock" in answer.content:
            self.seen.errors.append(f"{answer.request.method} {answer.request.url}: {answer.text[:300]}")


@asynccontextmanager
async def open_ring(stage: Stage) -> AsyncIterator[Ring]:
    async with AsyncExitStack() as stack:
        guest = await stack.enter_async_context(stage.client())
        admin = await stack.enter_async_context(await stage.staff("admin"))
        warehouse = await stack.enter_async_context(await stage.staff("warehouse"))
        bank = await stack.enter_async_context(httpx.AsyncClient(timeout=10, verify=False))
        ring = Ring(stage, guest, admin, warehouse, bank, await stage.card_token(), random.Random())
        for client in (guest, admin, warehouse):
            client.event_hooks["response"].append(ring.watch)
        yield ring
