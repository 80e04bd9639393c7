"""`python -m bench [--quick]`: measures, prints a table, writes bench/results/."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import asyncpg
import msgspec
from rich.console import Console

from bench.analytics import measure_analytics
from bench.counting import count_everything
from bench.footprint import footprint, memory_of, starts_of
from bench.machine import machine
from bench.measure import Match, Unequal, client_of, compare_all, compare_limiter, floor_of
from bench.plan import FULL, QUICK, SCENARIOS, Plan
from bench.processes import ProcessFailed, ShopProcess
from bench.report import Report, goals_of, print_report
from bench.sample import take_sample
from bench.stage import FLOOR, SHOP, Stage, open_stage
from tradewind.kernel.telemetry import configure_logging

RESULTS = Path(__file__).parent / "results"
SETTLE_SECONDS = 5.0


class Broken(Exception):
    """The shop lost or made up something under load: its figures are worth nothing."""


async def run(plan: Plan, folder: Path, console: Console, *, quick: bool) -> Report:
    """Raises ProcessFailed, Unequal and Broken."""

    def tell(what: str) -> None:
        console.print(f"[dim]{dt.datetime.now():%H:%M:%S}[/] {what}")

    load_before = os.getloadavg()[0]
    tell(f"a shop of {plan.products} products")
    async with open_stage(folder, plan) as stage:
        sample = await take_sample(stage, plan)
        with (
            ShopProcess(stage.shop_environ(), folder / "shop.log") as shop,
            floor_of(stage, sample, plan, f"http://127.0.0.1:{stage.processor_port}") as floor,
            client_of(stage, sample) as client,
        ):
            match = Match(shop, floor, client, stage, plan)
            compared = await asyncio.to_thread(compare_all, match, plan, tell)
            ceiling = await asyncio.to_thread(match.ceiling)
            memory = memory_of(shop)
            tell("counting")
            everything = await count_everything(shop, client, stage, plan.round_seconds)
            await asyncio.sleep(SETTLE_SECONDS if not quick else 1)
            tell("analytics")
            analytics = await measure_analytics(
                folder, shop.port, stage.database_url(SHOP), plan.analytics_events, plan.analytics_lines
            )
            tell("verify")
            orders = await _verified(stage)
            limiter = None
            if plan.limiter_rounds:
                tell("rate limits")
                limiter = await asyncio.to_thread(compare_limiter, stage, client, plan)
        tell("starts on kept data")
        starts = await starts_of(stage, plan)
        facts = machine(await _postgres_version(stage), load_before)
    report = Report(
        dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        quick,
        plan.floor_pool,
        facts,
        compared,
        ceiling,
        sample.counted,
        everything,
        limiter,
        footprint(memory, starts),
        orders,
        analytics,
    )
    return msgspec.structs.replace(report, goals=goals_of(report))


async def _verified(stage: Stage) -> int:
    """How many orders were placed; Broken unless that is every one, and every invariant holds."""
    verified = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tradewind", "verify"],
        env=stage.shop_environ(),
        capture_output=True,
        text=True,
    )
    if verified.returncode != 0:
        raise Broken(verified.stderr or verified.stdout)
    for database in (SHOP, FLOOR):
        connection = await asyncpg.connect(stage.database_url(database))
        states = await connection.fetch('SELECT state, count(*) FROM "order".orders GROUP BY state')
        await connection.close()
        if {row["state"] for row in states} - {"placed"}:
            raise Broken(f"orders in {database} are {[tuple(row) for row in states]}, all should be placed")
        if database == SHOP:
            orders: int = sum(row["count"] for row in states)
    return orders


async def _postgres_version(stage: Stage) -> str:
    connection = await asyncpg.connect(stage.database_url(SHOP))
    version: str = await connection.fetchval("SHOW server_version")
    await connection.close()
    return version


def _plan(arguments: argparse.Namespace) -> Plan:
    plan = replace(QUICK if arguments.quick else FULL, floor_pool=arguments.floor_pool)
    return replace(plan, scenarios=tuple(arguments.only)) if arguments.only else plan


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the same table in a minute, with more noise")
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, help="some of the scenarios")
    parser.add_argument(
        "--floor-pool",
        choices=("driver", "shop"),
        default="driver",
        help="what lends the floor its connections",
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the JSON file goes")
    arguments = parser.parse_args()
    configure_logging(level="warning")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as folder:
        try:
            report = asyncio.run(run(_plan(arguments), Path(folder), console, quick=arguments.quick))
        except (ProcessFailed, Unequal, Broken) as error:
            sys.exit(f"bench: {error}")
    print_report(report, console)
    arguments.results.mkdir(parents=True, exist_ok=True)
    file = arguments.results / f"{report.measured_at[:19].replace(':', '')}.json"
    file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    console.print(f"written to {file.parent.name}/{file.name}")


if __name__ == "__main__":
    main()
