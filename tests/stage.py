"""A whole shop as its users have it: real processes, real HTTP, in one process or split.

Started once a worker and shape, and shared: a test makes its own articles, customers and carts, and what
it leaves must satisfy every invariant.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.connections import OneEach
from tests.shop import SECRET_KEY
from tradewind.adapters.database.embedded import running_dsn
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.cli.seed import DEMO_PASSWORD
from tradewind.cli.supervise import free_port
from tradewind.kernel.clock import SystemClock
from tradewind.kernel.compose import Runtime, World
from tradewind.kernel.graph import Graph
from tradewind.services import registry
from tradewind.verify.checks import Report, verify_shop

# Long enough for a busy machine; who succeeds waits for none of it.
START_SECONDS = 120.0
SETTLE_SECONDS = 90.0
CARDS = {
    "good": "4242424242424242",
    "declined": "4000000000000002",
    "3ds": "4000002500003155",
    "timeout_after": "4000000000000341",
    "timeout_before": "4000000000000259",
    "slow": "4000000000000077",
}
ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "Karlstr. 12",
    "postal_code": "04107",
    "city": "Leipzig",
    "country": "DE",
}


def key() -> dict[str, str]:
    return {"idempotency-key": str(uuid.uuid4())}


@dataclass
class Stage:
    """One running shop. `split` says in which shape."""

    url: str
    processor_url: str
    database_url: str
    data: Path
    split: bool
    process: subprocess.Popen[bytes]
    environ: dict[str, str]

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=40, transport=OneEach())

    async def staff(self, role: str = "admin") -> httpx.AsyncClient:
        """Signed in as one of the demo's accounts."""
        async with self.client() as client:
            body = {"email": f"{role}@tradewind.example", "password": DEMO_PASSWORD}
            answer = await client.post("/v1/sessions", json=body)
            assert answer.status_code == 201, answer.text
            return self.client(answer.json()["token"])

    async def article(self, stock: int = 100, price_minor: int = 5000, **stock_by: int) -> str:
        """A new product on sale with one SKU, so many of it in Leipzig (or by warehouse)."""
        sku = f"T-{uuid.uuid4().hex[:12].upper()}"
        async with await self.staff() as admin:
            body = {
                "title": f"Article {sku}",
                "status": "active",
                "options": [],
                "variants": [
                    {"sku": sku, "options": {}, "prices": [{"currency": "EUR", "amount_minor": price_minor}]}
                ],
            }
            made = await admin.post("/v1/products", json=body)
            assert made.status_code == 201, made.text
            lines = [
                {"sku": sku, "warehouse": code, "quantity": quantity}
                for code, quantity in (stock_by or {"LEJ": stock}).items()
                if quantity
            ]
            if lines:
                receipt = {"reference": str(uuid.uuid4()), "lines": lines}
                received = await admin.post("/v1/stock/receipts", json=receipt)
                assert received.status_code in (200, 201), received.text
        return sku

    async def card_token(self, card: str = "good") -> str:
        async with httpx.AsyncClient(timeout=10) as client:
            body = {"number": CARDS.get(card, card), "exp_month": 12, "exp_year": 2040, "cvc": "123"}
            headers = {
                "authorization": f"Bearer {self.environ['TRADEWIND_PAYMENT_PROCESSOR_PUBLISHABLE_KEY']}"
            }
            answer = await client.post(f"{self.processor_url}/v1/tokens", json=body, headers=headers)
            assert answer.status_code == 201, answer.text
            return str(answer.json()["token"])

    async def cart(self, client: httpx.AsyncClient, lines: Sequence[tuple[str, int]], **changes: Any) -> Any:
        """A cart ready to be ordered."""
        body = {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines]}
        made = await client.post("/v1/carts", json=body, headers=key())
        assert made.status_code == 201, made.text
        change = {
            "email": "ada@example.com",
            "shipping_address": ADDRESS,
            "shipping_method": "standard",
            **changes,
        }
        ready = await client.patch(f"/v1/carts/{made.json()['cart_id']}", json=change, headers=key())
        assert ready.status_code == 200, ready.text
        return ready.json()

    async def order(
        self, client: httpx.AsyncClient, lines: Sequence[tuple[str, int]], card: str = "good", **changes: Any
    ) -> httpx.Response:
        cart = await self.cart(client, lines, **changes)
        body = {"cart_id": cart["cart_id"], "card_token": await self.card_token(card)}
        return await client.post("/v1/orders", json=body, headers=key())

    async def wait_for_state(self, client: httpx.AsyncClient, order: Any, *states: str) -> Any:
        """The order once it is in one of `states`."""
        ends = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < ends:
            params = {"token": order["token"]} if order.get("token") else {}
            seen = (await client.get(f"/v1/orders/{order['order_id']}", params=params)).json()
            if seen.get("state") in states:
                return seen
            await asyncio.sleep(0.1)
        raise AssertionError(f"the order is still {seen.get('state', seen)}, not {states}")

    async def available(self, sku: str) -> int:
        async with self.client() as client:
            answer = await client.get("/v1/availability", params={"sku": sku})
            return int(answer.json()["items"][0]["available"])

    async def processor_log(self) -> list[dict[str, Any]]:
        """What the processor itself did to money."""
        async with httpx.AsyncClient(timeout=10) as client:
            headers = {"authorization": f"Bearer {self.environ['TRADEWIND_PAYMENT_PROCESSOR_SECRET_KEY']}"}
            answer = await client.get(f"{self.processor_url}/v1/log", headers=headers)
            assert answer.status_code == 200, answer.text
            items: list[dict[str, Any]] = answer.json()
            return items

    @asynccontextmanager
    async def runtime(self) -> Any:
        """The platform's code on this shop's database, without serving: to look inside."""
        world = World(
            environ={**self.environ, "TRADEWIND_NATS_URL": ""},
            open_database=lambda name: PostgresDatabase(self.database_url, name),
            ports=_ports(),
            secret_key=SECRET_KEY,
            clock=SystemClock(),
        )
        runtime = Runtime(Graph.of(registry.load()), registry.NAMES, world)
        try:
            yield runtime
        finally:
            await runtime.stop()

    async def settle(self, seconds: float = SETTLE_SECONDS) -> Report:
        """Wait until nothing is under way, then answer what `tradewind verify --settled` finds."""
        ends = time.monotonic() + seconds
        async with self.runtime() as runtime:
            while True:
                report = await verify_shop(runtime, settled=True)
                if not report.violations or time.monotonic() > ends:
                    return report
                await asyncio.sleep(0.3)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _ports() -> Any:
    from tradewind.cli.world import PORTS

    return PORTS


def start_stage(
    database_url: str,
    processor_url: str,
    data: Path,
    *,
    split: bool,
    environ: dict[str, str] | None = None,
    arguments: Sequence[str] = (),
) -> Stage:
    """Start a seeded shop on an empty database and wait until it is ready.

    Without a `database_url` it has an embedded PostgreSQL of its own, as a newcomer's.
    """
    merchant = f"stage{uuid.uuid4().hex[:10]}"
    port = free_port()
    variables = {
        "TRADEWIND_DATABASE_URL": database_url,
        "TRADEWIND_SECRET_KEY": SECRET_KEY,
        "TRADEWIND_DATA_DIR": str(data),
        "TRADEWIND_LOG_LEVEL": "warning",
        "TRADEWIND_ACCESS_LOG": "false",
        "TRADEWIND_GATEWAY_LIMIT_MULTIPLIER": "0",
        "TRADEWIND_PAYMENT_PROCESSOR_URL": processor_url,
        "TRADEWIND_PAYMENT_PROCESSOR_SECRET_KEY": f"sk_sandbox_{merchant}",
        "TRADEWIND_PAYMENT_PROCESSOR_PUBLISHABLE_KEY": f"pk_sandbox_{merchant}",
        "TRADEWIND_PAYMENT_PROCESSOR_TIMEOUT_SECONDS": "1.5",
        "TRADEWIND_PAYMENT_RESOLVE_FIRST_SECONDS": "1",
        "TRADEWIND_PAYMENT_LEASE_MARGIN_SECONDS": "0.5",
        "TRADEWIND_PAYMENT_SETTLED_AFTER_SECONDS": "4",
        "TRADEWIND_ORDER_RESUME_SECONDS": "2",
        **(environ or {}),
    }
    command = [
        sys.executable,
        "-m",
        "tradewind",
        "up-split" if split else "up",
        "--port",
        str(port),
        "--seed-demo",
        *arguments,
    ]
    log = (data / "stage.log").open("wb")
    process = subprocess.Popen(
        command, env={**os.environ, **variables}, stdout=log, stderr=log, start_new_session=True
    )
    stage = Stage(f"http://127.0.0.1:{port}", processor_url, database_url, data, split, process, variables)
    wait_until_ready(stage)
    if not database_url:
        stage.database_url = running_dsn(data / "postgres") or ""
    return stage


def wait_until_ready(stage: Stage) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        try:
            # The seed is done before the shop says that it is ready; sign-in shows that it is.
            ready = httpx.get(f"{stage.url}/health/ready", timeout=2)
            body = {"email": "admin@tradewind.example", "password": DEMO_PASSWORD}
            if ready.status_code == 200 and (
                httpx.post(f"{stage.url}/v1/sessions", json=body, timeout=5).status_code == 201
            ):
                return
        except httpx.TransportError as error:
            assert stage.process.poll() is None, f"{error}\n{(stage.data / 'stage.log').read_text()}"
        time.sleep(0.1)
    raise AssertionError(f"the shop did not become ready\n{(stage.data / 'stage.log').read_text()[-4000:]}")
