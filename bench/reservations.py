"""`python -m bench.reservations [--seconds N] [--movements N]`: reserving stock, beside a bare guarded UPDATE.

The same embedded PostgreSQL, as durable as in real use, and the same connections for both: the shop's whole use case
in process (its statement, its ledger, its reservation) and `UPDATE stock ... WHERE available >= 1` alone, which keeps
no record of anything. In rounds in turn; a ratio is the median of the rounds'. Then a SKU's past at a million
movements.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from tradewind.adapters.database.embedded import EmbeddedPostgres
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.contracts.inventory import Reserved, StockCount, StockLine
from tradewind.kernel.clock import SystemClock
from tradewind.kernel.compose import Runtime, World
from tradewind.kernel.graph import Graph
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries.past import stock_as_of
from tradewind.services.inventory.service import SERVICE
from tradewind.services.inventory.store.balances import keep_next
from tradewind.services.inventory.use_cases.count_stock import count_stock
from tradewind.services.inventory.use_cases.reserve_stock import reserve_stock
from tradewind.services.order.service import SERVICE as ORDERS

SECRET_KEY = "a secret key of the benchmark, long enough for HMAC-SHA-256"
PLENTY = 1_000_000_000
SKUS, ROUNDS = 10_000, 5
CHUNK = 20_000  # movements a statement
GUARDED = """
    UPDATE stock SET reserved = reserved + 1 WHERE sku = $1 AND warehouse = 'MAIN' AND available >= 1
"""
LEDGER = """
    INSERT INTO stock_movements
        (sku, warehouse, kind, on_hand_delta, reserved_delta, reason, actor, reference, at)
    SELECT 'PAST', 'MAIN', CASE WHEN n % 2 = 0 THEN 'receive' ELSE 'adjust' END,
        CASE WHEN n % 2 = 0 THEN 2 ELSE -1 END, 0, '', 'bench', '', $1::timestamptz + n * interval '1 second'
    FROM generate_series($2::integer, $3::integer) AS n
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round")
    parser.add_argument("--movements", type=int, default=1_000_000)
    options = parser.parse_args()
    with TemporaryDirectory(prefix="bench-") as folder:
        Path(folder).chmod(0o711)  # where it runs as root, PostgreSQL runs as another user
        server = EmbeddedPostgres(Path(folder) / "data", durable=True, max_connections=100)
        asyncio.run(_run(server, options.seconds, options.movements))


async def _run(server: EmbeddedPostgres, seconds: float, movements: int) -> None:
    url = await server.start()
    world = World(
        environ={"TRADEWIND_ENVIRONMENT": "development"},
        open_database=lambda name: PostgresDatabase(url, name),
        ports={},
        secret_key=SECRET_KEY,
        urls={"order": ["http://127.0.0.1:9"]},
        clock=SystemClock(),
    )
    runtime = Runtime(Graph.of([SERVICE, ORDERS.elsewhere()]), ("inventory",), world)
    try:
        await runtime.migrate()
        deps = runtime.running["inventory"].deps
        await _furnish(deps)
        table = Table("scenario", "in flight", "shop / s", "bare UPDATE / s", "ratio", "ratios of the rounds")
        for name, skus in (("one SKU", 1), (f"{SKUS:,} SKUs", SKUS)):
            for in_flight in (1, 8, 32):
                table.add_row(name, str(in_flight), *await _compared(deps, skus, in_flight, seconds))
        Console().print(table)
        await _past(deps, movements)
    finally:
        await runtime.stop()
        await server.destroy()


async def _furnish(deps: Deps) -> None:
    await deps.db.execute(
        """
        INSERT INTO warehouses (code, name, country, priority, active, created_at, updated_at)
        VALUES ('MAIN', 'Main', 'DE', 1, true, now(), now())
        """
    )
    for start in range(0, SKUS, 5000):
        counts = [StockCount(f"SKU-{n}", "MAIN", PLENTY) for n in range(start, start + 5000)]
        await count_stock(deps, f"bench {start}", counts)


async def _compared(deps: Deps, skus: int, in_flight: int, seconds: float) -> list[str]:
    chance = random.Random(skus * in_flight)

    async def shop() -> None:
        line = StockLine(f"SKU-{chance.randrange(skus)}", 1)
        answer = await reserve_stock(deps, uuid.uuid4(), [line], None)
        assert isinstance(answer, Reserved), answer

    async def bare() -> None:
        done = await deps.db.execute(GUARDED, f"SKU-{chance.randrange(skus)}")
        assert done == 1, "there is plenty"

    rates: dict[str, list[float]] = {"shop": [], "bare": []}
    for _ in range(ROUNDS):
        rates["shop"].append(await _rate(shop, in_flight, seconds))
        rates["bare"].append(await _rate(bare, in_flight, seconds))
    ratios = [ours / floor for ours, floor in zip(rates["shop"], rates["bare"], strict=True)]
    shown = " ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
    medians = [f"{statistics.median(rates[name]):,.0f}" for name in ("shop", "bare")]
    return [*medians, f"{statistics.median(ratios):.2f}", shown]


async def _rate(work: Callable[[], Awaitable[None]], in_flight: int, seconds: float) -> float:
    done, until = 0, time.perf_counter() + seconds

    async def worker() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await work()
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return done / (time.perf_counter() - began)


async def _past(deps: Deps, movements: int) -> None:
    """How long a question of the past takes, before and since balances are kept."""
    began = datetime.now(UTC) - timedelta(seconds=movements + 86_400)
    await deps.db.execute(
        "INSERT INTO stock (sku, warehouse, on_hand, updated_at) VALUES ('PAST', 'MAIN', 0, now())"
    )
    for start in range(0, movements, CHUNK):
        await deps.db.execute(LEDGER, began, start + 1, min(start + CHUNK, movements))
    await deps.db.execute("ANALYZE stock_movements")
    table = Table("a moment of a SKU with so many movements", "ms")
    table.add_row(f"{movements:,}, from the ledger alone", f"{await _asked(deps, began, movements):.1f}")
    async with deps.db.begin() as tx:
        while await keep_next(tx, datetime.now(UTC)) is not None:
            pass
    table.add_row(f"{movements:,}, with hourly balances", f"{await _asked(deps, began, movements):.1f}")
    Console().print(table)


async def _asked(deps: Deps, began: datetime, movements: int) -> float:
    took = []
    for part in range(1, 10):
        moment = began + timedelta(seconds=movements * part / 10)
        start = time.perf_counter()
        await stock_as_of(deps, "PAST", moment)
        took.append(1000 * (time.perf_counter() - start))
    return statistics.median(took)


if __name__ == "__main__":
    main()
