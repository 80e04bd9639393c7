"""The load client, a process of its own: `python -m bench.client GOODS` takes jobs on standard input, one JSON
a line, and answers each with a Measured on standard output."""

from __future__ import annotations

import gc
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import uvloop

from bench.catalogue import all_skus
from bench.load import Measured, Taken, measured, request_in_a_loop, travel_in_a_loop
from bench.plan import PURCHASE
from bench.shopper import floor_shopper, shopper
from bench.traffic import STATUS, Goods, get, requests_of

EMPTY = "empty"  # the client's own ceiling: an ASGI function that does nothing


class Job(msgspec.Struct, frozen=True):
    """One round. `first_cart`: the first of the waiting carts that it may use. `merchant`: at the processor."""

    scenario: str
    port: int
    in_flight: int
    seconds: float
    is_floor: bool = False
    first_cart: int = 0
    processor_port: int = 0
    merchant: str = ""
    seed: int = 0


async def run(job: Job, goods: Goods) -> Taken:
    if job.scenario == PURCHASE:
        visit = floor_shopper if job.is_floor else shopper
        skus = all_skus(goods.products)
        seeds = range(job.seed, job.seed + job.in_flight)
        journeys = [await visit(job.port, job.processor_port, job.merchant, skus, seed) for seed in seeds]
        return await travel_in_a_loop(journeys, job.seconds)
    if job.scenario == EMPTY:
        requests: Iterator[bytes] = itertools.repeat(get("/empty"))
    else:
        requests = requests_of(job.scenario, goods, job.first_cart)
    return await request_in_a_loop(
        job.port,
        requests,
        in_flight=job.in_flight,
        seconds=job.seconds,
        status=STATUS.get(job.scenario, 200),
    )


def main() -> None:
    goods = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Goods)
    gc.disable()  # between jobs only: a collection in the middle would be a latency
    for line in sys.stdin.buffer:
        job = msgspec.json.decode(line, type=Job)
        answer: Measured = measured(uvloop.run(run(job, goods)))
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()
        gc.collect()


if __name__ == "__main__":
    main()
