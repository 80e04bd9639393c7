"""A shop with products, stock and a search; events and indexes move when a test says so."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec

from tests.shop import SECRET_KEY, Shop, guest, staff
from tradewind.adapters.blob.files import open_file_blobs
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.adapters.search_index.tantivy_index import open_tantivy_index
from tradewind.kernel.clock import SystemClock
from tradewind.kernel.compose import Runtime, World
from tradewind.kernel.graph import Graph
from tradewind.ports.blob import Blobs
from tradewind.ports.search_index import SearchIndex
from tradewind.services.inventory.service import SERVICE as INVENTORY
from tradewind.services.order.service import SERVICE as ORDERS
from tradewind.services.product.importing.source import ImportSource
from tradewind.services.product.service import SERVICE as PRODUCT
from tradewind.services.product.use_cases.import_products import import_products
from tradewind.services.search.deps import Deps
from tradewind.services.search.service import SERVICE as SEARCH
from tradewind.services.search.use_cases.catch_up import catch_up
from tradewind.services.search.use_cases.rebuild_documents import rebuild_documents
from tradewind.services.search.use_cases.record_searches import record_searches
from tradewind.services.search.use_cases.refresh_documents import refresh_documents
from tradewind.services.user.service import SERVICE as USER
from tradewind.verify.checks import verify_shop

LOCAL = ("product", "inventory", "user", "search")


@dataclass
class Stall:
    shop: Shop
    staff: httpx.AsyncClient
    public: httpx.AsyncClient

    @property
    def deps(self) -> Deps:
        deps: Deps = self.shop.deps("search")
        return deps

    async def create(self, title: str, **changes: Any) -> str:
        """A product on sale; its id."""
        answer = await self.staff.post("/v1/products", json=draft(title, **changes))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["product_id"])

    async def take_in(self, drafts: list[dict[str, Any]]) -> None:
        """Products with their brands and categories, which need not be there."""
        lines = [{**draft, "external_id": f"goods-{n}"} for n, draft in enumerate(drafts)]
        content = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        source = ImportSource.of_bytes("goods", content, "jsonl")
        result = await import_products(self.shop.deps("product"), source, lambda progress: None)
        assert (result.run.created, result.run.rejected) == (len(drafts), 0), result

    async def update(self, product_id: str, **changes: Any) -> None:
        answer = await self.staff.patch(f"/v1/products/{product_id}", json=changes)
        assert answer.status_code == 200, answer.text

    async def receive(self, sku: str, quantity: int) -> None:
        line = {"sku": sku, "warehouse": "LEJ", "quantity": quantity}
        body = {"reference": uuid.uuid4().hex, "lines": [line]}
        answer = await self.staff.post("/v1/stock/receipts", json=body)
        assert answer.is_success, answer.text

    async def settle(self) -> None:
        """Until all that happened can be found."""
        moved: object = True
        while moved:
            await self.shop.deliver_events()
            moved = await rebuild_documents(self.deps)
            while await refresh_documents(self.deps):
                moved = True
            while await record_searches(self.deps):
                moved = True
        await catch_up(self.deps)

    async def search(self, q: str = "", **query: Any) -> dict[str, Any]:
        params = {name.replace("attr_", "attr."): value for name, value in query.items()}
        answer = await self.public.get("/v1/search", params={"q": q, **params})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def titles(self, q: str = "", **query: Any) -> list[str]:
        return [hit["title"] for hit in (await self.search(q, **query))["hits"]]

    async def facet(self, name: str, q: str = "", **query: Any) -> dict[str, int]:
        """Of a search: labels and counts."""
        for facet in (await self.search(q, **query))["facets"]:
            if facet["name"] == name:
                return {value["label"]: value["count"] for value in facet["values"]}
        return {}

    async def suggest(self, q: str) -> dict[str, Any]:
        answer = await self.public.get("/v1/search/suggest", params={"q": q})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def broken(self) -> list[str]:
        return (await verify_shop(self.shop.runtime, settled=True)).violations


def draft(title: str, **changes: Any) -> dict[str, Any]:
    """The body of a product on sale, of one variant unless others are given."""
    price_minor, sku = changes.pop("price_minor", 1900), changes.pop("sku", None)
    variant: dict[str, Any] = {
        "sku": sku or uuid.uuid4().hex[:12].upper(),
        "prices": [{"currency": "EUR", "amount_minor": price_minor}],
    }
    if "gtin" in changes:
        variant["gtin"] = changes.pop("gtin")
    return {"title": title, "status": "active", "variants": [variant], **changes}


@asynccontextmanager
async def open_stall(
    database_url: str, *, data: Path | None = None, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Stall]:
    folder = {"TRADEWIND_DATA_DIR": str(data)} if data else {}
    world = World(
        environ={"TRADEWIND_ENVIRONMENT": "development", **folder, **(environ or {})},
        open_database=lambda name: PostgresDatabase(database_url, name),
        ports={Blobs: open_file_blobs, SearchIndex: open_tantivy_index},
        secret_key=SECRET_KEY,
        urls={"order": ["http://127.0.0.1:9"]},
        clock=SystemClock(),
    )
    runtime = Runtime(Graph.of([PRODUCT, INVENTORY, USER, SEARCH, ORDERS.elsewhere()]), LOCAL, world)
    shop = Shop(runtime, database_url)
    try:
        async with shop.client(staff()) as http, shop.client(guest()) as public:
            yield Stall(shop, http, public)
    finally:
        await runtime.stop()


async def open_warehouse(stall: Stall) -> None:
    body = {"code": "LEJ", "name": "Leipzig", "country": "DE", "priority": 1}
    answer = await stall.staff.post("/v1/warehouses", json=body)
    assert answer.status_code == 201, answer.text


def clone(postgres_url: str, template: str) -> str:
    """The name of a new database with every service's tables."""
    name = f"stall_{uuid.uuid4().hex}"
    asyncio.run(execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    return name


async def execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
