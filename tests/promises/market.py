"""A whole shop with people in it: every service, the gateway before them, a card processor, staff by role."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from tempfile import TemporaryDirectory
from typing import Any, Literal
from urllib.parse import urlsplit

import asyncpg
import httpx

from tests.shop import Shop, open_shop
from tests.stage import ADDRESS, CARDS
from tradewind.cli.world import PORTS
from tradewind.contracts.user import ROLES, Authenticated, User
from tradewind.gateway.gateway import Gateway
from tradewind.gateway.settings import Settings as GatewaySettings
from tradewind.kernel import deadline, settings
from tradewind.kernel.identity import Principal
from tradewind.kernel.server import Server
from tradewind.services import registry
from tradewind.services.user.use_cases.ensure_account import ensure_account

PASSWORD = "seven lean cows graze"
# What the platform keeps for itself beside an effect: a repeat may touch it.
BOOKKEEPING = ("idempotency_keys", "job_runs", "schema_migrations")
Kind = Literal["guest", "account", "api_key", "service"]


@dataclass(frozen=True)
class Person:
    """Somebody with a credential; `token` None is a guest."""

    email: str = ""
    account_id: uuid.UUID | None = None
    token: str | None = None
    principal: Principal = field(default_factory=lambda: Principal(client_address="127.0.0.1"))

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}


GUEST = Person()


@dataclass
class Market:
    """`edge` is the gateway's client, `inside` speaks to the services as the gateway does. `watcher` looks at the
    database, beside the shop."""

    shop: Shop
    environ: dict[str, str]
    gateway: Server
    edge: httpx.AsyncClient
    watcher: asyncpg.Connection
    admin: Person = GUEST
    _contents: str = ""

    def inside(self, who: Principal) -> httpx.AsyncClient:
        return self.shop.client(who)

    async def person(self, *roles: str) -> Person:
        """A new account with these roles, signed in. Without any, a customer."""
        deadline.clear()  # of a request that this test was answered before
        email = f"{uuid.uuid4().hex}@example.com"
        account_id = await ensure_account(
            self.shop.deps("user"), email, "Ada Lovelace", PASSWORD, roles or ("customer",)
        )
        answer = await self.edge.post("/v1/sessions", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        permissions = frozenset[str]().union(*(ROLES[role] for role in roles))
        principal = Principal("account", account_id, permissions, "127.0.0.1")
        return Person(email, account_id, answer.json()["token"], principal)

    async def api_key(self, of: Person, scopes: Sequence[str] = ()) -> Person:
        body = {"name": "robot", "scopes": list(scopes)}
        answer = await self.edge.post("/v1/me/api-keys", json=body, headers=of.headers)
        assert answer.status_code == 201, answer.text
        token = answer.json()["token"]
        known = await self.shop.runtime.contract(User).authenticate(token)
        assert isinstance(known, Authenticated)
        principal = Principal("api_key", known.account_id, frozenset(known.permissions), "127.0.0.1")
        return Person(of.email, of.account_id, token, principal)

    async def send(self, who: Person, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Through the gateway; what was answered, which must be a success."""
        headers = {**who.headers, **options.pop("headers", {})}
        answer = await self.edge.request(method, path, json=body, headers=headers, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def article(self, stock: int = 1000, price_minor: int = 1900) -> str:
        """The SKU of a new product on sale, so many of it in Leipzig."""
        return str((await self.product(stock, price_minor))["sku"])

    async def product(self, stock: int = 1000, price_minor: int = 1900) -> dict[str, Any]:
        """As answered to who made it, with its `sku`."""
        sku = f"A-{uuid.uuid4().hex[:12].upper()}"
        prices = [{"currency": "EUR", "amount_minor": price_minor}]
        draft = {
            "title": f"Article {sku}",
            "status": "active",
            "variants": [{"sku": sku, "options": {}, "prices": prices}],
        }
        made = await self.send(self.admin, "POST", "/v1/products", draft)
        if stock:
            line = {"sku": sku, "warehouse": "LEJ", "quantity": stock}
            await self.send(self.admin, "POST", "/v1/stock/receipts", {"reference": sku, "lines": [line]})
        return {**made, "sku": sku}

    async def cart(self, who: Person, quantity: int = 1, sku: str | None = None) -> dict[str, Any]:
        """Ready to be ordered, with its `sku`."""
        sku = sku or await self.article()
        lines = {"lines": [{"sku": sku, "quantity": quantity}]}
        cart = await self.send(who, "POST", "/v1/carts", lines)
        change = {"email": "ada@example.com", "shipping_address": ADDRESS, "shipping_method": "standard"}
        ready: dict[str, Any] = await self.send(who, "PATCH", f"/v1/carts/{cart['cart_id']}", change)
        return {**ready, "sku": sku}

    async def card_token(self, card: str = "good") -> str:
        chosen = self.shop.runtime.running["payment"].settings
        number = {"number": CARDS[card], "exp_month": 12, "exp_year": 2040, "cvc": "123"}
        headers = {"authorization": f"Bearer {chosen.processor_publishable_key}"}
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{chosen.processor_url}/v1/tokens", json=number, headers=headers)
        return str(answer.json()["token"])

    async def order(self, who: Person, card: str = "good", quantity: int = 1) -> dict[str, Any]:
        """Placed (or, with another card, as far as it got), with its `sku`."""
        cart = await self.cart(who, quantity)
        body = {"cart_id": cart["cart_id"], "card_token": await self.card_token(card)}
        order: dict[str, Any] = await self.send(who, "POST", "/v1/orders", body)
        await self.shop.deliver_events()
        return {**order, "sku": cart["sku"]}

    async def payment_id(self, order_id: str) -> str:
        listed = await self.send(self.admin, "GET", "/v1/payments", params={"order_id": order_id})
        return str(listed["items"][0]["payment_id"])

    async def contents(self) -> dict[str, tuple[int, str]]:
        """Every table with what it holds: how many rows, and a digest of them. Bookkeeping is left out."""
        if not self._contents:
            self._contents = await self._contents_statement()
        return {row["name"]: (row["rows"], row["digest"]) for row in await self.watcher.fetch(self._contents)}

    async def _contents_statement(self) -> str:
        tables = await self.watcher.fetch(
            """
            SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
            WHERE schemaname = ANY ($1::text[]) AND tablename <> ALL ($2::text[])
            """,
            list(registry.NAMES),
            list(BOOKKEEPING),
        )
        return " UNION ALL ".join(
            f"""SELECT '{row["name"]}' AS name, count(*) AS rows,
                md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS digest
            FROM {row["name"]} AS t"""
            for row in tables
        )

    async def broken_invariants(self) -> list[str]:
        """Of every service's own."""
        await self.shop.deliver_events()
        broken = []
        for name in registry.NAMES:
            for title, sql in import_module(f"tradewind.services.{name}.invariants").INVARIANTS:
                rows = await self.shop.database(name).fetch(sql)
                broken += [f"{name}: {title}: {dict(row)}" for row in rows[:3]]
        return broken


@asynccontextmanager
async def open_market(database_url: str, processor_url: str) -> AsyncIterator[Market]:
    """A merchant of its own at the processor; hashes that cost little; no rate limits."""
    merchant, data = uuid.uuid4().hex, TemporaryDirectory(prefix="market-")
    environ = {
        "TRADEWIND_DATA_DIR": data.name,
        "TRADEWIND_PAYMENT_PROCESSOR_URL": processor_url,
        "TRADEWIND_PAYMENT_PROCESSOR_SECRET_KEY": f"sk_sandbox_{merchant}",
        "TRADEWIND_PAYMENT_PROCESSOR_PUBLISHABLE_KEY": f"pk_sandbox_{merchant}",
        "TRADEWIND_PAYMENT_PROCESSOR_TIMEOUT_SECONDS": "2",
        "TRADEWIND_USER_HASH_MEMORY_KIB": "64",
        "TRADEWIND_USER_HASH_PASSES": "1",
        "TRADEWIND_INVENTORY_APPROVAL_ABOVE_PIECES": "20000",
    }
    async with open_shop(registry.NAMES, database_url, environ=environ, ports=PORTS) as shop:
        chosen = settings.load(GatewaySettings, "gateway", {"TRADEWIND_GATEWAY_LIMIT_MULTIPLIER": "0"})
        app = Server(Gateway(shop.runtime, chosen).handle, None, access_log=False)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://shop", timeout=30) as edge:
            watcher = await asyncpg.connect(database_url)
            market = Market(shop, environ, app, edge, watcher)
            market.admin = await market.person("administrator")
            await _furnish(market)
            yield market
            await watcher.close()
    data.cleanup()


async def _furnish(market: Market) -> None:
    """A warehouse, a way of shipping, a tax rate."""
    admin = market.admin
    await market.send(admin, "POST", "/v1/warehouses", {"code": "LEJ", "name": "Leipzig", "country": "DE"})
    standard = {"name": "Standard", "countries": ["DE"], "prices": {"EUR": {"price_minor": 490}}}
    await market.send(admin, "PUT", "/v1/shipping-methods/standard", standard)
    await market.send(admin, "PUT", "/v1/tax-rates/DE/standard", {"basis_points": 1900})


def clone_database(postgres_url: str, template: str) -> str:
    """The URL of a database made from `template`, for tests that share one."""
    name = f"market_{uuid.uuid4().hex}"
    asyncio.run(_execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    return urlsplit(postgres_url)._replace(path=f"/{name}").geturl()


def drop_database(postgres_url: str, url: str) -> None:
    name = urlsplit(url).path.removeprefix("/")
    asyncio.run(_execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
