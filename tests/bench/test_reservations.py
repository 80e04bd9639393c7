"""The benchmark of reservations once, as small as it gets: every part works, and a past is the same however told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bench.reservations import Plan, measure, print_report
from rich.console import Console


async def test_a_tiny_run_of_reservations_measures_everything(fresh_database: Callable[[], str]) -> None:
    plan = Plan(round_seconds=0.05, movements=10_000, skus=20, rounds=1, in_flight=(1, 4))
    report = await measure(await asyncio.to_thread(fresh_database), plan)
    assert [(one.skus, one.in_flight) for one in report.compared] == [(1, 1), (1, 4), (20, 1), (20, 4)]
    assert all(one.shop_per_second > 0 and one.ratio > 0 for one in report.compared)
    assert report.past.movements == 10_000
    assert min(report.past.ledger_ms, report.past.balances_ms) > 0
    console = Console(record=True, width=160)
    print_report(report, console)
    assert "10,000, with hourly balances" in console.export_text()
