"""The shop that is measured: an embedded PostgreSQL with a catalogue, and processes that serve it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from bench.catalogue import cart_id_of, catalogue_lines, first_sku_of
from bench.plan import Plan
from tradewind.adapters.database.embedded import EmbeddedPostgres
from tradewind.cli.options import load_options
from tradewind.cli.seed import SHIPPING, VAT_BASIS_POINTS
from tradewind.cli.seed import WAREHOUSES as SEEDED_WAREHOUSES
from tradewind.cli.serve import running
from tradewind.cli.supervise import free_port
from tradewind.kernel.compose import Runtime
from tradewind.kernel.idempotency import Once
from tradewind.services import registry
from tradewind.services.inventory.use_cases.create_warehouse import create_warehouse
from tradewind.services.order.shapes.terms import TaxRateInput
from tradewind.services.order.use_cases.set_terms import set_shipping_method, set_tax_rate
from tradewind.services.product.importing.source import ImportSource
from tradewind.services.product.use_cases.import_products import ImportProgress, import_products

SECRET_KEY = "a secret key of the benchmark, long enough for HMAC-SHA-256"
SHOP, FLOOR, SAMPLE = "tradewind", "bench_floor", "bench_sample"  # databases, alike when it begins


def clean_environ(**variables: str) -> dict[str, str]:
    """This process's environment without any TRADEWIND_ variable of whoever started the benchmark."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRADEWIND_")}
    return kept | {"TRADEWIND_SECRET_KEY": SECRET_KEY} | variables


class Stage:
    """The engines and the folder of a run. `processor_port` is where the shop's sandbox processor listens."""

    def __init__(self, folder: Path, postgres: EmbeddedPostgres) -> None:
        self.folder, self.postgres = folder, postgres
        self.processor_port = free_port()

    def database_url(self, database: str) -> str:
        return self.postgres.dsn(database)

    def shop_environ(self, database: str | None = SHOP, **variables: str) -> dict[str, str]:
        """Default settings, but for the limits, which would refuse a benchmark's one client. `database` None:
        the embedded one, which the shop then starts by itself."""
        environ = clean_environ(
            TRADEWIND_PROCESSOR_PORT=str(self.processor_port),
            TRADEWIND_DATA_DIR=str(self.folder / "data"),
            TRADEWIND_GATEWAY_LIMIT_MULTIPLIER="0",
        )
        if database is not None:
            environ["TRADEWIND_DATABASE_URL"] = self.database_url(database)
        return environ | variables

    def merchant_environ(self, merchant: str, database: str, processor_url: str) -> dict[str, str]:
        """For another merchant of a card processor that runs already."""
        return self.shop_environ(
            database,
            TRADEWIND_PAYMENT_PROCESSOR_URL=processor_url,
            TRADEWIND_PAYMENT_PROCESSOR_SECRET_KEY=f"sk_sandbox_{merchant}",
            TRADEWIND_PAYMENT_PROCESSOR_PUBLISHABLE_KEY=f"pk_sandbox_{merchant}",
        )


@asynccontextmanager
async def open_stage(folder: Path, plan: Plan) -> AsyncIterator[Stage]:
    """Engines up, and three databases with the same shop in them."""
    # Connections for several shops at once.
    postgres = EmbeddedPostgres(folder / "data" / "postgres", durable=True, max_connections=500)
    await postgres.start()
    try:
        stage = Stage(folder, postgres)
        await _fill(stage, plan)
        await _clone(stage)
        yield stage
    finally:
        await postgres.destroy()


async def _fill(stage: Stage, plan: Plan) -> None:
    file = stage.folder / "catalogue.jsonl"
    file.write_bytes(b"".join(catalogue_lines(plan.products)))
    environ = stage.shop_environ()
    async with running(environ, load_options(environ), registry.NAMES) as runtime:
        await _seed_terms(runtime)
        product = runtime.running["product"]
        result = await import_products(product.deps, ImportSource.of_file(file, "jsonl"), _refuse_problems)
        assert result.run.created == plan.products, result
    await _add_waiting_carts(stage.database_url(SHOP), plan)


async def _seed_terms(runtime: Runtime) -> None:
    inventory, order = runtime.running["inventory"].deps, runtime.running["order"].deps
    for warehouse in SEEDED_WAREHOUSES:
        await create_warehouse(inventory, warehouse, Once.unkeyed())
    for code, method in SHIPPING.items():
        await set_shipping_method(order, code, method, Once.unkeyed())
    for country, basis_points in VAT_BASIS_POINTS.items():
        await set_tax_rate(order, country, "standard", TaxRateInput(basis_points), Once.unkeyed())


def _refuse_problems(at: ImportProgress) -> None:
    assert not at.problems, f"the catalogue is sound: {at.problems[:3]}"


async def _add_waiting_carts(url: str, plan: Plan) -> None:
    """Carts with one line, straight into the tables: there are more than HTTP would bring in a minute."""
    numbers = range(plan.carts)
    connection = await asyncpg.connect(url)
    await connection.execute('SET search_path = "order"')
    async with connection.transaction():
        ids = [cart_id_of(number) for number in numbers]
        await connection.execute(
            """
            INSERT INTO carts (cart_id, currency, created_at, updated_at)
            SELECT cart_id, 'EUR', now(), now() FROM unnest($1::uuid[]) AS cart_id
            """,
            ids,
        )
        await connection.execute(
            """
            INSERT INTO cart_lines (cart_id, sku, quantity, added_at)
            SELECT cart_id, sku, 1, now() FROM unnest($1::uuid[], $2::text[]) AS l (cart_id, sku)
            """,
            ids,
            [first_sku_of(number, plan.products) for number in numbers],
        )
    await connection.close()


async def _clone(stage: Stage) -> None:
    connection = await asyncpg.connect(stage.database_url(SHOP))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    connection = await asyncpg.connect(stage.database_url("postgres"))
    await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    for name in (FLOOR, SAMPLE):
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {SHOP} STRATEGY FILE_COPY")
    await connection.close()
