"""`python -m bench.reservations [--seconds N] [--movements N]`: reserving stock, beside a bare guarded UPDATE; prints
tables, writes bench/results/.

The same embedded PostgreSQL, as durable as in real use, and the same connections for both: the shop's whole use case
in process (its statement, its ledger, its reservation) and `UPDATE stock ... WHERE available >= 1` alone, which keeps
no record of anything. In rounds in turn; a ratio is the median of the rounds'. Then a SKU's past at a million
movements.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from rich.console import Console
from rich.table import Table

from bench.machine import Machine, machine
from tradewind.adapters.database.embedded import EmbeddedPostgres
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.contracts.inventory import Reserved, StockCount, StockLine
from tradewind.kernel.clock import SystemClock
from tradewind.kernel.compose import Runtime, World
from tradewind.kernel.graph import Graph
from tradewind.kernel.telemetry import configure_logging
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries.past import stock_as_of
from tradewind.services.inventory.service import SERVICE
from tradewind.services.inventory.store.balances import keep_next
from tradewind.services.inventory.use_cases.count_stock import count_stock
from tradewind.services.inventory.use_cases.reserve_stock import reserve_stock
from tradewind.services.order.service import SERVICE as ORDERS

SECRET_KEY = "a secret key of the benchmark, long enough for HMAC-SHA-256"
RESULTS = Path(__file__).parent / "results"
PLENTY = 1_000_000_000
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


@dataclass(frozen=True)
class Plan:
    round_seconds: float = 2.0
    movements: int = 1_000_000
    skus: int = 10_000
    rounds: int = 5
    in_flight: tuple[int, ...] = (1, 8, 32)


class Compared(msgspec.Struct, frozen=True):
    skus: int
    in_flight: int
    shop_per_second: float
    bare_per_second: float
    ratios: list[float]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)


class Past(msgspec.Struct, frozen=True):
    movements: int
    ledger_ms: float
    balances_ms: float


class Report(msgspec.Struct, frozen=True):
    """What the JSON file holds."""

    measured_at: str
    machine: Machine
    compared: list[Compared]
    past: Past


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.reservations", description=__doc__)
    parser.add_argument("--seconds", type=float, default=Plan.round_seconds, help="of each round")
    parser.add_argument("--movements", type=int, default=Plan.movements, help="of the SKU with a past")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the JSON file goes")
    options = parser.parse_args()
    configure_logging(level="warning")
    with TemporaryDirectory(prefix="bench-") as folder:
        Path(folder).chmod(0o711)  # where it runs as root, PostgreSQL runs as another user
        server = EmbeddedPostgres(Path(folder) / "data", durable=True, max_connections=100)
        report = asyncio.run(_on_its_own(server, Plan(options.seconds, options.movements)))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)
    print_report(report, console)
    options.results.mkdir(parents=True, exist_ok=True)
    file = options.results / f"reservations-{report.measured_at[:19].replace(':', '')}.json"
    file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    console.print(f"written to {file.parent.name}/{file.name}")


async def _on_its_own(server: EmbeddedPostgres, plan: Plan) -> Report:
    url = await server.start()
    try:
        return await measure(url, plan)
    finally:
        await server.destroy()


async def measure(url: str, plan: Plan) -> Report:
    """In an empty database."""
    load_before = os.getloadavg()[0]
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
        await _furnish(deps, plan.skus)
        compared = [
            await _compared(deps, skus, in_flight, plan)
            for skus in (1, plan.skus)
            for in_flight in plan.in_flight
        ]
        past = await _past(deps, plan.movements)
        facts = machine(await deps.db.value("SHOW server_version"), load_before)
    finally:
        await runtime.stop()
    return Report(datetime.now(UTC).isoformat(timespec="seconds"), facts, compared, past)


def print_report(report: Report, console: Console) -> None:
    table = Table("scenario", "in flight", "shop / s", "bare UPDATE / s", "ratio", "ratios of the rounds")
    for one in report.compared:
        table.add_row(
            "one SKU" if one.skus == 1 else f"{one.skus:,} SKUs",
            str(one.in_flight),
            f"{one.shop_per_second:,.0f}",
            f"{one.bare_per_second:,.0f}",
            f"{one.ratio:.2f}",
            " ".join(f"{ratio:.2f}" for ratio in sorted(one.ratios)),
        )
    console.print(table)
    past = Table("a moment of a SKU with so many movements", "ms")
    past.add_row(f"{report.past.movements:,}, from the ledger alone", f"{report.past.ledger_ms:.1f}")
    past.add_row(f"{report.past.movements:,}, with hourly balances", f"{report.past.balances_ms:.1f}")
    console.print(past)


async def _furnish(deps: Deps, skus: int) -> None:
    await deps.db.execute(
        """
        INSERT INTO warehouses (code, name, country, priority, active, created_at, updated_at)
        VALUES ('MAIN', 'Main', 'DE', 1, true, now(), now())
        """
    )
    for start in range(0, skus, 5000):
        counts = [StockCount(f"SKU-{n}", "MAIN", PLENTY) for n in range(start, min(start + 5000, skus))]
        await count_stock(deps, f"bench {start}", counts)


async def _compared(deps: Deps, skus: int, in_flight: int, plan: Plan) -> Compared:
    chance = random.Random(skus * in_flight)

    async def shop() -> None:
        line = StockLine(f"SKU-{chance.randrange(skus)}", 1)
        answer = await reserve_stock(deps, uuid.uuid4(), [line], None)
        assert isinstance(answer, Reserved), answer

    async def bare() -> None:
        done = await deps.db.execute(GUARDED, f"SKU-{chance.randrange(skus)}")
        assert done == 1, "there is plenty"

    rates: dict[str, list[float]] = {"shop": [], "bare": []}
    for _ in range(plan.rounds):
        rates["shop"].append(await _rate(shop, in_flight, plan.round_seconds))
        rates["bare"].append(await _rate(bare, in_flight, plan.round_seconds))
    ratios = [ours / floor for ours, floor in zip(rates["shop"], rates["bare"], strict=True)]
    return Compared(
        skus, in_flight, statistics.median(rates["shop"]), statistics.median(rates["bare"]), ratios
    )


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


async def _past(deps: Deps, movements: int) -> Past:
    """How long a question of the past takes, before and since balances are kept; the answers are the same."""
    began = datetime.now(UTC) - timedelta(seconds=movements + 86_400)
    await deps.db.execute(
        "INSERT INTO stock (sku, warehouse, on_hand, updated_at) VALUES ('PAST', 'MAIN', 0, now())"
    )
    for start in range(0, movements, CHUNK):
        await deps.db.execute(LEDGER, began, start + 1, min(start + CHUNK, movements))
    await deps.db.execute("ANALYZE stock_movements")
    ledger_ms, told = await _asked(deps, began, movements)
    async with deps.db.begin() as tx:
        while await keep_next(tx, datetime.now(UTC)) is not None:
            pass
    balances_ms, told_again = await _asked(deps, began, movements)
    assert told_again == told, "kept balances answer what the ledger does"
    return Past(movements, ledger_ms, balances_ms)


async def _asked(deps: Deps, began: datetime, movements: int) -> tuple[float, list[int]]:
    took, told = [], []
    for part in range(1, 10):
        moment = began + timedelta(seconds=movements * part / 10)
        start = time.perf_counter()
        stock = await stock_as_of(deps, "PAST", moment)
        took.append(1000 * (time.perf_counter() - start))
        told.append(stock.on_hand)
    return statistics.median(took), told


if __name__ == "__main__":
    main()
