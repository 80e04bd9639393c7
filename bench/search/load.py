"""Queries at a steady rate, whether or not the one before was answered: a queue shows in the latencies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.percentiles import percentile
from bench.search.subject import Subject
from tradewind.services.search.shapes import SearchQuery


@dataclass(frozen=True)
class Latencies:
    p50_ms: float
    p95_ms: float
    p99_ms: float


async def steady(subject: Subject, queries: Sequence[str], rate: int, seconds: float) -> Latencies:
    """Measured from when each query was due. The judged ones in turn, a page of 24 with all facets."""
    taken: list[float] = []

    async def one(query: str, due: float) -> None:
        await subject.search(SearchQuery(q=query))
        taken.append((time.perf_counter() - due) * 1000)

    for query in queries:  # a process that has served for a while is measured, not one that just began
        await subject.search(SearchQuery(q=query))
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(queries[number % len(queries)], due))
    taken.sort()
    return Latencies(percentile(taken, 0.5), percentile(taken, 0.95), percentile(taken, 0.99))
