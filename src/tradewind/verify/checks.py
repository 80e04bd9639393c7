"""Every check there is: each service's own, those of its events, and those between services."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tradewind.kernel.compose import Runtime
from tradewind.ports.database import Connection
from tradewind.verify.analytics import check_analytics
from tradewind.verify.crossings import check_orders
from tradewind.verify.events import check_events

SHOWN = 20


@dataclass
class Report:
    """What was checked, and what broke a check."""

    checked: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def add(self, name: str, broken_by: list[str]) -> None:
        self.checked.append(name)
        self.violations += [f"{name}: {what}" for what in broken_by]

    def lines(self) -> list[str]:
        lines = [f"broken: {violation}" for violation in self.violations]
        lines.append(f"{len(self.checked)} invariants checked, {len(self.violations)} violations")
        return lines


async def verify_shop(runtime: Runtime, *, settled: bool = False) -> Report:
    """Run every check on the services of `runtime`. With `settled`, what is under way counts as broken:
    for tests, which wait until nothing moves."""
    report = Report()
    for name, alive in runtime.running.items():
        invariants = import_module(f"tradewind.services.{name}.invariants").INVARIANTS
        for title, sql in invariants:
            report.add(f"{name}: {title}", await _broken(alive.database, sql))
        for check in _own_checks(name):
            broken = await check(alive.deps, settled=settled)
            report.add(f"{name}: {check.__name__}", broken[:SHOWN])
    for title, broken in (await check_events(runtime, settled=settled)).items():
        report.add(title, broken)
    if {"order", "inventory", "payment"} <= set(runtime.running):
        for title, broken in (await check_orders(runtime, settled=settled)).items():
            report.add(title, broken)
    # Reports are made anew for it: who waits for things to settle asks when the rest has.
    if {"order", "analytics"} <= set(runtime.running) and not (settled and report.violations):
        for title, broken in (await check_analytics(runtime, settled=settled)).items():
            report.add(title, broken)
    return report


def _own_checks(service: str) -> tuple[Any, ...]:
    """`CHECKS` of a service's `checks.py`, where it has one: each `async check(deps, *, settled)` answers what breaks
    it, which SQL over its own tables could not tell."""
    if find_spec(f"tradewind.services.{service}.checks") is None:
        return ()
    checks: tuple[Any, ...] = import_module(f"tradewind.services.{service}.checks").CHECKS
    return checks


async def _broken(database: Connection, sql: str) -> list[str]:
    rows = await database.fetch(sql)
    shown = [", ".join(f"{name}={row[name]}" for name in row.keys()) for row in rows[:SHOWN]]  # noqa: SIM118
    if len(rows) > SHOWN:
        shown.append(f"and {len(rows) - SHOWN} more")
    return shown
