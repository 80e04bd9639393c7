"""Shoppers who do not give up: what was not answered, or answered with "not now", they ask again, the same."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.stage import ADDRESS, Stage, key

PATIENCE_SECONDS = 60.0
ENDS = ("placed", "fulfilled", "payment_failed", "cancelled", "expired")


@dataclass
class Buyers:
    """`answers` counts what they heard, by status; 0 is a connection that was refused or broke."""

    stage: Stage
    sku: str
    card_token: str
    answers: Counter[int] = field(default_factory=Counter)
    orders: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    async def of(cls, stage: Stage, price_minor: int) -> Buyers:
        """Their article costs what no other's does, so that the processor's log can be told apart."""
        sku = await stage.article(stock=10_000, price_minor=price_minor)
        return cls(stage, sku, await stage.card_token())

    @asynccontextmanager
    async def at_work(self, at_once: int = 3) -> AsyncIterator[None]:
        """They buy, one order after the other, until the block ends; then each finishes what it began."""
        leaving = asyncio.Event()

        async def shopper() -> None:
            async with self.stage.client() as client:
                while not leaving.is_set():
                    self.orders.append(await self.order(client))

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(shopper())
            yield
            leaving.set()

    async def have_ordered(self, more: int) -> None:
        """Wait until there are so many orders more than now."""
        wanted = len(self.orders) + more
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.orders) < wanted:
                await asyncio.sleep(0.05)

    async def order(self, client: httpx.AsyncClient) -> dict[str, Any]:
        body: dict[str, Any] = {"lines": [{"sku": self.sku, "quantity": 1}]}
        cart = await self.insist(client.post, "/v1/carts", body)
        change = {"email": "ada@example.com", "shipping_address": ADDRESS, "shipping_method": "standard"}
        await self.insist(client.patch, f"/v1/carts/{cart['cart_id']}", change)
        body = {"cart_id": cart["cart_id"], "card_token": self.card_token}
        return await self.insist(client.post, "/v1/orders", body)

    async def insist(
        self, send: Callable[..., Awaitable[httpx.Response]], path: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        """The final answer to one request, which is sent under one key until there is one."""
        header = key()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    answer = await send(path, json=body, headers=header)
                except httpx.TransportError:
                    self.answers[0] += 1
                    await asyncio.sleep(0.1)
                    continue
                self.answers[answer.status_code] += 1
                if answer.status_code in (200, 201):
                    told: dict[str, Any] = answer.json()
                    return told
                self._note(answer)
                await asyncio.sleep(0.1)

    def _note(self, answer: httpx.Response) -> None:
        """Why it may be asked again; anything else is a problem."""
        if answer.status_code == 202:  # what the processor did is being found out
            return
        is_problem = answer.headers["content-type"] == "application/problem+json"
        code = answer.json().get("code") if is_problem else None
        if answer.status_code == 503 and is_problem and int(answer.headers["retry-after"]) > 0:
            return
        if answer.status_code == 409 and code == "request_in_flight":
            return
        raise AssertionError(f"{answer.request.url.path}: {answer.status_code} {answer.text[:300]}")

    async def check(self) -> None:
        """Every order is at an end, is known to its buyer, and was charged for once."""
        async with self.stage.client() as client:
            for order in self.orders:
                seen = await self.stage.wait_for_state(client, order, *ENDS)
                assert seen["state"] == "placed", seen
        numbers = [order["number"] for order in self.orders]
        assert len(set(numbers)) == len(numbers)
        ids = {order["order_id"] for order in self.orders}
        charged = Counter(
            entry["reference"].removeprefix("authorise-")[:36]
            for entry in await self.stage.processor_log()
            if entry["kind"] == "authorise"
        )
        assert all(charged[order_id] == 1 for order_id in ids), [i for i in ids if charged[i] != 1]
        report = await self.stage.settle()
        assert not report.violations, "\n".join(report.violations)
