"""Rounds of shop and floor in turn, so that what disturbs the machine disturbs both."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import msgspec

from bench.client import EMPTY, Job
from bench.load import Measured
from bench.percentiles import median, median_ratio
from bench.plan import ALLOWED_SIZE_DIFFERENCE, DETAIL, LINE, LIST, Plan
from bench.processes import ClientProcess, FloorProcess, ShopProcess
from bench.sample import Sample
from bench.stage import FLOOR, SHOP, Stage, clean_environ

Tell = Callable[[str], None]
SHOP_MERCHANT, FLOOR_MERCHANT = "tradewind", "benchfloor"


class Side(msgspec.Struct, frozen=True):
    """Medians over the rounds of one target. `cpu_us`: what its process itself computed for each request, which
    tells more than a rate does on a machine that others use too."""

    per_second: float
    p50_ms: float
    p99_ms: float
    bytes_each: float
    cpu_us: float
    rounds_per_second: list[float]
    steps_p50_ms: dict[str, float] = {}


class Compared(msgspec.Struct, frozen=True):
    """`ratio` is the median of the rounds' ratios, shop to floor."""

    scenario: str
    in_flight: int
    shop: Side
    floor: Side
    ratio: float


class Limiter(msgspec.Struct, frozen=True):
    """Product detail with the limits of the gateway counted, to without."""

    on_per_second: float
    off_per_second: float
    ratio: float


@dataclass(frozen=True)
class Round:
    measured: Measured
    cpu_us: float


class Unequal(Exception):
    """Shop and floor answer so differently that comparing them would mean nothing."""


@contextmanager
def floor_of(stage: Stage, sample: Sample, plan: Plan, processor_url: str) -> Iterator[FloorProcess]:
    script = stage.folder / "script.pickle"
    script.write_bytes(pickle.dumps(sample.script))
    environ = stage.merchant_environ(FLOOR_MERCHANT, FLOOR, processor_url)
    with FloorProcess(script, plan.floor_pool, environ, stage.folder / "floor.log") as floor:
        yield floor


@contextmanager
def client_of(stage: Stage, sample: Sample) -> Iterator[ClientProcess]:
    goods = stage.folder / "goods.json"
    goods.write_bytes(msgspec.json.encode(sample.goods))
    with ClientProcess(goods, clean_environ(), stage.folder / "client.log") as client:
        yield client


class Match:
    """Shop and floor, and the one client that asks them in turn."""

    def __init__(
        self, shop: ShopProcess, floor: FloorProcess, client: ClientProcess, stage: Stage, plan: Plan
    ) -> None:
        self._shop, self._floor, self._client, self._plan = shop, floor, client, plan
        self._processor_port = stage.processor_port
        self._next_cart = {False: 0, True: 0}  # by whether it is the floor's
        self._seed = 0

    def compare(self, scenario: str, in_flight: int) -> Compared:
        """Raises Unequal."""
        plan = self._plan
        for is_floor in (False, True):
            self._round(scenario, in_flight, plan.warm_up_seconds, is_floor)
        shop: list[Round] = []
        floor: list[Round] = []
        for _ in range(plan.rounds):
            shop.append(self._round(scenario, in_flight, plan.round_seconds, False))
            floor.append(self._round(scenario, in_flight, plan.round_seconds, True))
        ratio = median_ratio([r.measured.per_second for r in shop], [r.measured.per_second for r in floor])
        compared = Compared(scenario, in_flight, _side(shop), _side(floor), ratio)
        difference = abs(compared.shop.bytes_each / max(compared.floor.bytes_each, 1) - 1)
        if scenario in (DETAIL, LIST, LINE) and difference > ALLOWED_SIZE_DIFFERENCE:
            raise Unequal(f"{scenario}: the answers differ in size by {difference:.1%}")
        return compared

    def ceiling(self) -> Measured:
        """What the client can ask for, of an ASGI function that does nothing on the same server."""
        return self._client.run(Job(EMPTY, self._floor.port, 32, self._plan.round_seconds))

    def _round(self, scenario: str, in_flight: int, seconds: float, is_floor: bool) -> Round:
        first_cart = self._next_cart[is_floor]
        job = Job(
            scenario,
            self._floor.port if is_floor else self._shop.port,
            in_flight,
            seconds,
            is_floor,
            first_cart,
            self._processor_port,
            FLOOR_MERCHANT if is_floor else SHOP_MERCHANT,
            self._seed,
        )
        server = self._floor if is_floor else self._shop
        before = server.cpu_seconds()
        measured = self._client.run(job)
        cpu_us = (server.cpu_seconds() - before) / measured.count * 1e6
        self._seed += in_flight
        if scenario == LINE:
            self._next_cart[is_floor] = first_cart + measured.count + in_flight
        return Round(measured, cpu_us)


def _side(rounds: list[Round]) -> Side:
    figures = [one.measured for one in rounds]
    steps = figures[0].steps_p50_ms
    return Side(
        median([m.per_second for m in figures]),
        median([m.p50_ms for m in figures]),
        median([m.p99_ms for m in figures]),
        median([m.bytes_each for m in figures]),
        median([one.cpu_us for one in rounds]),
        [round(m.per_second, 1) for m in figures],
        {step: median([m.steps_p50_ms[step] for m in figures]) for step in steps},
    )


def compare_all(match: Match, plan: Plan, tell: Tell) -> list[Compared]:
    compared = []
    for scenario in plan.scenarios:
        for in_flight in plan.in_flight(scenario):
            tell(f"{scenario}, {in_flight} in flight")
            compared.append(match.compare(scenario, in_flight))
    return compared


def compare_limiter(stage: Stage, client: ClientProcess, plan: Plan) -> Limiter:
    """A shop whose limits count but are never reached, beside one without; both on the kept data."""
    with ExitStack() as stack:
        rates: dict[str, list[float]] = {"1000000": [], "0": []}
        shops = {}
        for multiplier in rates:
            environ = stage.shop_environ(
                SHOP,
                TRADEWIND_GATEWAY_LIMIT_MULTIPLIER=multiplier,
                TRADEWIND_PAYMENT_PROCESSOR_URL="http://127.0.0.1:1",  # nobody buys here
                TRADEWIND_DATA_DIR=str(stage.folder / f"limiter-{multiplier}"),  # one process a folder
            )
            log = stage.folder / f"limiter-{multiplier}.log"
            shops[multiplier] = stack.enter_context(ShopProcess(environ, log))
            client.run(Job(DETAIL, shops[multiplier].port, 32, plan.warm_up_seconds))
        for _ in range(plan.limiter_rounds):
            for multiplier, shop in shops.items():
                measured = client.run(Job(DETAIL, shop.port, 32, plan.round_seconds))
                rates[multiplier].append(measured.per_second)
        on, off = rates.values()
        return Limiter(median(on), median(off), median_ratio(on, off))
