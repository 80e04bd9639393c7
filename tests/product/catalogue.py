"""A shop that knows products and their stock, and the words that its tests speak."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import msgspec

from tests.shop import SECRET_KEY, Shop, guest, staff
from tradewind.adapters.blob.files import open_file_blobs
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.contracts.inventory import Counted, Inventory, StockCount
from tradewind.contracts.product import Product
from tradewind.kernel.clock import Clock, SystemClock
from tradewind.kernel.compose import Runtime, World
from tradewind.kernel.graph import Graph
from tradewind.ports.blob import Blobs
from tradewind.services.inventory.service import SERVICE as INVENTORY
from tradewind.services.order.service import SERVICE as ORDERS
from tradewind.services.product.deps import Deps
from tradewind.services.product.importing.source import ImportSource
from tradewind.services.product.invariants import INVARIANTS
from tradewind.services.product.service import SERVICE as PRODUCT
from tradewind.services.product.shapes import ImportResult
from tradewind.services.product.use_cases.import_products import ImportProgress, import_products
from tradewind.services.user.service import SERVICE as USER


@dataclass
class Catalogue:
    """The service over HTTP, as its staff (`http`) and as anybody (`public`), and through its contract."""

    shop: Shop
    http: httpx.AsyncClient
    public: httpx.AsyncClient
    product: Product
    inventory: Inventory

    @property
    def deps(self) -> Deps:
        deps: Deps = self.shop.deps("product")
        return deps

    async def create(self, **changes: Any) -> dict[str, Any]:
        """A product for sale, with whatever is given instead of the usual."""
        answer = await self.http.post("/v1/products", json=draft(**changes))
        assert answer.status_code == 201, answer.text
        saved: dict[str, Any] = answer.json()
        return saved

    async def detail(self, product_id: str, **query: str) -> dict[str, Any]:
        answer = await self.public.get(f"/v1/products/{product_id}", params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def list(self, **query: Any) -> dict[str, Any]:
        answer = await self.public.get("/v1/products", params=query)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    async def titles(self, **query: Any) -> list[str]:
        """Of every page, in order."""
        found, cursor = [], None
        while True:
            page = await self.list(**query, **({"cursor": cursor} if cursor else {}))
            found += [item["title"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                return found

    async def categories(self, *paths: str) -> dict[str, dict[str, Any]]:
        """Created level by level; answers them by path."""
        known: dict[str, dict[str, Any]] = {}
        for path in paths:
            names = path.split(" > ")
            for depth in range(1, len(names) + 1):
                here = " > ".join(names[:depth])
                if here not in known:
                    parent = known.get(" > ".join(names[: depth - 1]))
                    body = {"name": names[depth - 1], "parent_id": parent and parent["category_id"]}
                    answer = await self.http.post("/v1/categories", json=body)
                    assert answer.status_code == 201, answer.text
                    known[here] = answer.json()
        return known

    async def brand(self, name: str) -> dict[str, Any]:
        answer = await self.http.post("/v1/brands", json={"name": name})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def warehouse(self, code: str) -> None:
        body = {"code": code, "name": code, "country": "DE", "priority": 1}
        answer = await self.http.post("/v1/warehouses", json=body)
        assert answer.status_code == 201, answer.text

    async def stock(self, warehouse: str, **on_hand: int) -> None:
        counts = [StockCount(sku, warehouse, quantity) for sku, quantity in on_hand.items()]
        answer = await self.inventory.count(f"set-up {SystemClock().new_id()}", counts)
        assert isinstance(answer, Counted), answer

    async def take_in(
        self, content: bytes | list[dict[str, Any]], file_format: Any = "jsonl", **how: str | None
    ) -> ImportResult:
        """Import a file's content; a list is written as JSONL."""
        if isinstance(content, list):
            content = b"".join(msgspec.json.encode(line) + b"\n" for line in content)
        source = ImportSource.of_bytes("test", content, file_format, **how)
        return await import_products(self.deps, source, ignore)

    async def told(self) -> list[dict[str, Any]]:
        """The events so far, in order."""
        rows = await self.shop.database("product").fetch(
            "SELECT payload FROM outbox ORDER BY occurred_at, id"
        )
        return [msgspec.json.decode(row["payload"]) for row in rows]

    async def broken(self) -> list[str]:
        """Which invariants do not hold, and why."""
        found = []
        for name, sql in INVARIANTS:
            rows = await self.shop.database("product").fetch(sql)
            found += [f"{name}: {dict(row)}" for row in rows]  # type: ignore[call-overload]
        return found


def ignore(progress: ImportProgress) -> None:
    """For tests that look at the result alone."""


def draft(**changes: Any) -> dict[str, Any]:
    """The body of a product for sale."""
    return {
        "title": "Aldea vase",
        "status": "active",
        "options": ["Colour"],
        "variants": [variant("ALDEA-CLAY", 6800, Colour="Clay"), variant("ALDEA-SAND", 7200, Colour="Sand")],
        **changes,
    }


def simple(sku: str, amount_minor: int, **changes: Any) -> dict[str, Any]:
    """The body of a product without options."""
    return draft(**{"title": sku, "options": [], "variants": [variant(sku, amount_minor)], **changes})


def variant(sku: str, amount_minor: int | None, currency: str = "EUR", **options: str) -> dict[str, Any]:
    prices = [] if amount_minor is None else [{"currency": currency, "amount_minor": amount_minor}]
    return {"sku": sku, "options": options, "prices": prices}


@asynccontextmanager
async def open_catalogue(
    database_url: str, *, environ: Mapping[str, str] | None = None, clock: Clock | None = None
) -> AsyncIterator[Catalogue]:
    """At its end the invariants must hold."""
    data = TemporaryDirectory(prefix="catalogue-")
    world = World(
        environ={"TRADEWIND_ENVIRONMENT": "development", "TRADEWIND_DATA_DIR": data.name, **(environ or {})},
        open_database=lambda name: PostgresDatabase(database_url, name),
        ports={Blobs: open_file_blobs},
        secret_key=SECRET_KEY,
        urls={"order": ["http://127.0.0.1:9"]},
        clock=clock or SystemClock(),
    )
    runtime = Runtime(
        Graph.of([PRODUCT, INVENTORY, USER, ORDERS.elsewhere()]), ("product", "inventory", "user"), world
    )
    shop = Shop(runtime, database_url)
    try:
        async with shop.client(staff()) as http, shop.client(guest()) as public:
            opened = Catalogue(shop, http, public, runtime.contract(Product), runtime.contract(Inventory))
            yield opened
            assert await opened.broken() == []
    finally:
        await runtime.stop()
        data.cleanup()
