"""The table and the JSON of a run: each figure beside its goal."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from rich.console import Console
from rich.table import Table

from bench.analytics import Analytics
from bench.counting import Everything
from bench.footprint import Footprint
from bench.load import Measured
from bench.machine import Machine
from bench.measure import Compared, Limiter, Side
from bench.plan import (
    COMMITS_GOAL,
    RATIO_GOALS,
    READY_SECONDS_GOAL,
    RESIDENT_MB_GOAL,
    STATEMENTS_GOAL,
    TITLES,
)
from bench.sample import Counted


class Goal(msgspec.Struct, frozen=True):
    what: str
    measured: str
    goal: str
    met: bool


class Report(msgspec.Struct, frozen=True):
    """What the JSON file holds."""

    measured_at: str
    quick: bool
    floor_pool: str
    machine: Machine
    compared: list[Compared]
    client_ceiling: Measured
    counted: Counted
    everything: Everything
    limiter: Limiter | None
    footprint: Footprint
    orders_verified: int
    analytics: Analytics
    goals: list[Goal] = []


def goals_of(report: Report) -> list[Goal]:
    return [
        *_ratio_goals(report.compared),
        *_count_goals(report.counted),
        *_footprint_goals(report.footprint),
    ]


def _ratio_goals(compared: list[Compared]) -> Iterator[Goal]:
    for one in compared:
        goal = RATIO_GOALS.get(one.scenario)
        if goal is not None:
            what = f"{TITLES[one.scenario]}, {one.in_flight} in flight, of the floor's rate"
            yield Goal(what, f"{one.ratio:.0%}", f"at least {goal:.0%}", one.ratio >= goal)


def _count_goals(counted: Counted) -> Iterator[Goal]:
    statements = max(counted.statements_recorded, counted.statements_of_postgres)
    commits = max(counted.commits_recorded, counted.commits_of_postgres)
    yield Goal(
        "SQL statements of a whole purchase",
        f"{counted.statements_recorded:g} by the ports, {counted.statements_of_postgres:g} by PostgreSQL",
        f"at most {STATEMENTS_GOAL}",
        statements <= STATEMENTS_GOAL,
    )
    yield Goal(
        "commits of a whole purchase",
        f"{counted.commits_recorded:g} by the ports, {counted.commits_of_postgres:g} by PostgreSQL",
        f"at most {COMMITS_GOAL}",
        commits <= COMMITS_GOAL,
    )


def _footprint_goals(footprint: Footprint) -> Iterator[Goal]:
    yield Goal(
        "from start to ready, kept data, its own PostgreSQL",
        f"{footprint.ready_seconds:.2f} s",
        f"at most {READY_SECONDS_GOAL:g} s",
        footprint.ready_seconds <= READY_SECONDS_GOAL,
    )
    yield Goal(
        "resident after the load, one process beside PostgreSQL",
        f"{footprint.shop.resident:.0f} MB (unique {footprint.shop.unique:.0f} MB)",
        f"at most {RESIDENT_MB_GOAL} MB",
        footprint.shop.resident <= RESIDENT_MB_GOAL,
    )


def print_report(report: Report, console: Console) -> None:
    machine = report.machine
    console.print(
        f"\n{machine.cores} cores of {machine.processor}, Python {machine.python}, PostgreSQL {machine.postgres}, "
        f"load before {machine.load_before:g}{', quick run' if report.quick else ''}"
    )
    console.print(_rates(report.compared, report.floor_pool))
    console.print(_goals(report.goals))
    console.print(_further(report))


def _rates(compared: list[Compared], floor_pool: str) -> Table:
    title = f"The shop and its floor: the same SQL, bare, connections lent by the {floor_pool}'s pool"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    columns = (
        "in flight",
        "shop/s",
        "p50 ms",
        "p99 ms",
        "cpu us",
        "floor/s",
        "p50 ms",
        "p99 ms",
        "cpu us",
        "of floor",
    )
    for name in (*columns, "goal"):
        table.add_column(name, justify="right")
    for one in compared:
        goal = RATIO_GOALS.get(one.scenario)
        shown = "" if goal is None else f"[{'green' if one.ratio >= goal else 'red'}]{goal:.0%}[/]"
        table.add_row(
            TITLES[one.scenario],
            str(one.in_flight),
            *_figures(one.shop),
            *_figures(one.floor),
            f"{one.ratio:.0%}",
            shown,
        )
    return table


def _figures(side: Side) -> tuple[str, str, str, str]:
    return f"{side.per_second:,.0f}", f"{side.p50_ms:.2f}", f"{side.p99_ms:.2f}", f"{side.cpu_us:,.0f}"


def _goals(goals: list[Goal]) -> Table:
    table = Table(title="Goals", title_justify="left")
    for name in ("", "measured", "goal", ""):
        table.add_column(name)
    for goal in goals:
        met = "[green]met[/]" if goal.met else "[red]not met[/]"
        table.add_row(goal.what, goal.measured, goal.goal, met)
    return table


def _further(report: Report) -> Table:
    table = Table(title="Beside them", title_justify="left", show_header=False)
    counted, everything, limiter = report.counted, report.everything, report.limiter
    by_request = ", ".join(f"{name} {s} and {c}" for name, (s, c) in counted.by_request.items())
    table.add_row("statements and commits by request", by_request)
    table.add_row(
        "statements of a purchase with its events",
        f"{everything.statements:.1f} (the idle shop: {everything.idle_statements_per_second:.1f} a second)",
    )
    for one in report.compared:
        if one.shop.steps_p50_ms:
            steps = ", ".join(f"{name} {ms:.1f}" for name, ms in one.shop.steps_p50_ms.items())
            table.add_row(f"steps of a purchase, {one.in_flight} in flight, p50 ms", steps)
    if limiter is not None:
        table.add_row("detail with limits counted, of without", f"{limiter.ratio:.0%}")
    table.add_row(
        "the client's ceiling",
        f"{report.client_ceiling.per_second:,.0f} requests a second of an empty ASGI function",
    )
    table.add_row(
        "sandbox card processor, resident",
        f"{report.footprint.sandbox_processor.resident:.0f} MB (development only)",
    )
    for what, measured in report.analytics.rows():
        table.add_row(what, measured)
    table.add_row("orders placed, all invariants hold", f"{report.orders_verified:,}")
    return table
