"""Closed loops: so many in flight, each sends the next as soon as it has the answer to the one before."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from bench.connection import Connection
from bench.percentiles import percentile

FAILURES_SHOWN = 3


@dataclass
class Taken:
    """What a loop took: every request that was begun in time, and how long until the last was answered."""

    latencies_seconds: array[float] = field(default_factory=lambda: array("d"))
    steps_seconds: dict[str, array[float]] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    answered_bytes: int = 0
    seconds: float = 0.0


class Measured(msgspec.Struct, frozen=True):
    """One round of one target. `steps_p50_ms`: the parts of a purchase."""

    count: int
    per_second: float
    p50_ms: float
    p99_ms: float
    bytes_each: float
    failures: dict[str, int] = {}
    steps_p50_ms: dict[str, float] = {}


def measured(taken: Taken) -> Measured:
    ordered = sorted(taken.latencies_seconds)
    if not ordered:
        return Measured(0, 0.0, 0.0, 0.0, 0.0, dict(taken.failures))
    return Measured(
        len(ordered),
        len(ordered) / taken.seconds,
        percentile(ordered, 0.5) * 1000,
        percentile(ordered, 0.99) * 1000,
        taken.answered_bytes / len(ordered),
        dict(taken.failures.most_common(FAILURES_SHOWN)),
        {name: percentile(sorted(values), 0.5) * 1000 for name, values in taken.steps_seconds.items()},
    )


class _Loop:
    """One connection of a closed loop; `done` is set when its last request is answered."""

    def __init__(
        self, connection: Connection, requests: Iterator[bytes], taken: Taken, ends: float, status: int
    ) -> None:
        self._connection, self._requests, self._taken = connection, requests, taken
        self._ends, self._status = ends, status
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._taken.failures["out of requests"] += 1
            self.done.set_result(None)
            return
        self._sent = time.perf_counter()
        self._connection.send(request, self._answered)

    def _answered(self, status: int, body: bytes) -> None:
        now = time.perf_counter()
        taken = self._taken
        if status == self._status:
            taken.latencies_seconds.append(now - self._sent)
            taken.answered_bytes += len(body)
        else:
            taken.failures[f"{status} {body[:300].decode(errors='replace')}"] += 1
        if now < self._ends and (status == self._status or taken.failures.total() < FAILURES_SHOWN):
            self.send()
        else:
            self.done.set_result(None)


async def request_in_a_loop(
    port: int, requests: Iterator[bytes], *, in_flight: int, seconds: float, status: int
) -> Taken:
    """Every answer must have `status`; what has another is counted as a failure, and some end the loop."""
    connections = [await Connection.open(port) for _ in range(in_flight)]
    taken = Taken()
    started = time.perf_counter()
    loops = [_Loop(c, requests, taken, started + seconds, status) for c in connections]
    for loop in loops:
        loop.send()
    await asyncio.gather(*(loop.done for loop in loops))
    taken.seconds = time.perf_counter() - started
    for connection in connections:
        connection.close()
    return taken


Journey = Callable[[Taken], Awaitable[None]]


async def travel_in_a_loop(journeys: list[Journey], seconds: float) -> Taken:
    """Each journey over and over. One that raises ConnectionError or BadAnswer ends its loop."""
    taken = Taken()
    started = time.perf_counter()
    ends = started + seconds

    async def travel(journey: Journey) -> None:
        while time.perf_counter() < ends:
            began = time.perf_counter()
            try:
                await journey(taken)
            except (ConnectionError, BadAnswer) as error:
                taken.failures[str(error)] += 1
                return
            taken.latencies_seconds.append(time.perf_counter() - began)

    await asyncio.gather(*(travel(journey) for journey in journeys))
    taken.seconds = time.perf_counter() - started
    return taken


class BadAnswer(Exception):
    """A step of a journey was answered otherwise than it should be."""
