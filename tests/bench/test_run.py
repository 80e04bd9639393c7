"""The whole benchmark once, as small as it gets: every part works, and its figures are the goals' where they do
not depend on the machine."""

from __future__ import annotations

from pathlib import Path

from bench.__main__ import run
from bench.plan import Plan
from bench.report import goals_of, print_report
from rich.console import Console

TINY = Plan(
    products=40,
    carts=400,
    rounds=1,
    round_seconds=0.1,
    warm_up_seconds=0.05,
    counted_purchases=2,
    starts=1,
    limiter_rounds=0,
    reads_in_flight=(4,),
    purchases_in_flight=(2,),
)


async def test_a_tiny_run_measures_everything(tmp_path: Path) -> None:
    console = Console(record=True, width=160)
    report = await run(TINY, tmp_path, console, quick=True)
    assert {(c.scenario, c.in_flight) for c in report.compared} == {
        ("detail", 4),
        ("list", 4),
        ("line", 4),
        ("purchase", 2),
    }
    assert all(c.shop.per_second > 0 and c.floor.per_second > 0 for c in report.compared)
    assert report.orders_verified > 0
    counted = report.counted
    # PostgreSQL also counts what the trigger of an order's changes runs at its commit: docs/adr/0014.
    assert counted.statements_of_postgres - counted.statements_recorded == 1
    assert counted.statements_of_postgres <= 25
    assert counted.commits_recorded == counted.commits_of_postgres <= 8
    met = {goal.what: goal.met for goal in goals_of(report)}
    assert met["SQL statements of a whole purchase"]
    assert met["commits of a whole purchase"]
    assert met["resident after the load, one process beside PostgreSQL"]
    print_report(report, console)
    assert "whole purchase" in console.export_text()
