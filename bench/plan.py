"""How much is measured: the whole run, or a quick one that shows the same table with more noise."""

from __future__ import annotations

from dataclasses import dataclass

DETAIL, LIST, LINE, PURCHASE = "detail", "list", "line", "purchase"
SCENARIOS = (DETAIL, LIST, LINE, PURCHASE)
TITLES = {
    DETAIL: "product detail",
    LIST: "list of 24, prices and stock",
    LINE: "add to cart",
    PURCHASE: "whole purchase",
}
RATIO_GOALS = {DETAIL: 0.60, LIST: 0.75}
STATEMENTS_GOAL, COMMITS_GOAL = 25, 8
READY_SECONDS_GOAL, RESIDENT_MB_GOAL = 3.0, 250
ALLOWED_SIZE_DIFFERENCE = 0.03  # of an answer's bytes, between shop and floor


@dataclass(frozen=True)
class Plan:
    products: int
    carts: int  # with one line each, waiting for their second
    rounds: int
    round_seconds: float
    warm_up_seconds: float
    counted_purchases: int
    starts: int
    limiter_rounds: int  # 0: not measured
    scenarios: tuple[str, ...] = SCENARIOS
    analytics_events: int = 2_000
    analytics_lines: int = 20_000
    floor_pool: str = "driver"  # whose pool lends the floor its connections: the driver's, or the shop's
    reads_in_flight: tuple[int, ...] = (1, 32)  # also adding to a cart
    purchases_in_flight: tuple[int, ...] = (1, 8, 32)

    def in_flight(self, scenario: str) -> tuple[int, ...]:
        return self.purchases_in_flight if scenario == PURCHASE else self.reads_in_flight


FULL = Plan(
    products=1000,
    carts=80_000,
    rounds=5,
    round_seconds=3.0,
    warm_up_seconds=1.5,
    counted_purchases=20,
    starts=5,
    limiter_rounds=5,
    analytics_events=100_000,
    analytics_lines=10_000_000,
)
QUICK = Plan(
    products=1000,
    carts=25_000,
    rounds=3,
    round_seconds=0.6,
    warm_up_seconds=0.4,
    counted_purchases=5,
    starts=3,
    limiter_rounds=2,
    analytics_events=20_000,
    analytics_lines=1_000_000,
)
