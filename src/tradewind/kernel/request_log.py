"""Requests counted and written down: Prometheus series and one JSON line each, for a microsecond or two.

The metrics library's own counters and the logging library cost several times what a route does, so
both are kept as plain numbers and bytes here, and turned into what others read when they are read.
"""

from __future__ import annotations

import asyncio
import atexit
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator
from typing import BinaryIO

import msgspec
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from tradewind.kernel.http import Request
from tradewind.kernel.telemetry import current_trace

BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
FLUSH_SECONDS = 0.1
_LINE = (
    b'%b,"path":%b,"milliseconds":%.2f,"request_id":"%b","trace_id":"%b","caller":"%b","timestamp":%.6f}\n'
)
_READABLE = b"%b %d %b %b %.1f ms, %b\n"


class Series:
    """One method, route and status: how many, how long, and how its log lines begin."""

    __slots__ = ("counts", "line", "method", "route", "status", "total_seconds")

    def __init__(self, method: str, route: str, status: int) -> None:
        self.method, self.route, self.status = method, route, status
        self.counts = [0] * (len(BUCKETS_SECONDS) + 1)
        self.total_seconds = 0.0
        known = {"event": "request", "level": "info", "method": method, "route": route, "status": status}
        self.line = msgspec.json.encode(known)[:-1]

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS_SECONDS, seconds)] += 1
        self.total_seconds += seconds


_series: dict[tuple[str, str, int], Series] = {}


def series_of(method: str, route: str, status: int) -> Series:
    """`route` is a template, never a path: there are few of them. An unknown method counts as `other`."""
    found = _series.get((method, route, status))
    if found is None:
        named = method if method in _METHODS else "other"
        found = _series.setdefault((named, route, status), Series(named, route, status))
    return found


_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class _Requests(Collector):
    """The series as Prometheus reads them."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        answered = CounterMetricFamily(
            "tradewind_http_requests", "Requests answered.", labels=("method", "route", "status")
        )
        seconds = HistogramMetricFamily(
            "tradewind_http_request_seconds", "Time to answer a request.", labels=("method", "route")
        )
        timed: dict[tuple[str, str], tuple[list[int], list[float]]] = {}
        for series in list(_series.values()):
            answered.add_metric((series.method, series.route, str(series.status)), sum(series.counts))
            counts, totals = timed.setdefault(
                (series.method, series.route), ([0] * len(series.counts), [0.0])
            )
            counts[:] = [a + b for a, b in zip(counts, series.counts, strict=True)]
            totals[0] += series.total_seconds
        for labels, (counts, totals) in timed.items():
            seconds.add_metric(labels, _cumulative(counts), totals[0])
        yield answered
        yield seconds


def _cumulative(counts: list[int]) -> list[tuple[str, float]]:
    bounds = [*(str(bound) for bound in BUCKETS_SECONDS), "+Inf"]
    return [(bound, float(sum(counts[: index + 1]))) for index, bound in enumerate(bounds)]


REGISTRY.register(_Requests())


class AccessLog:
    """A line a request on standard error, written a few at a time, FLUSH_SECONDS late at the most."""

    def __init__(self, stream: BinaryIO | None = None, *, readable: bool | None = None) -> None:
        """`readable` None: for people on a terminal, else JSON."""
        self._stream = stream
        self._readable = sys.stderr.isatty() if readable is None else readable
        self._lines: list[bytes] = []
        atexit.register(self.flush)

    def write(self, series: Series, request: Request, seconds: float) -> None:
        line = (_readable_line if self._readable else _json_line)(series, request, seconds)
        lines = self._lines
        lines.append(line)
        if len(lines) == 1:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        elif len(lines) >= 500:
            self.flush()

    def flush(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            stream = self._stream or sys.stderr.buffer
            stream.write(b"".join(lines))
            stream.flush()


def _json_line(series: Series, request: Request, seconds: float) -> bytes:
    return _LINE % (
        series.line,
        msgspec.json.encode(request.path),
        seconds * 1000,
        request.request_id.encode(),
        current_trace()[3:35].encode(),
        request.principal.kind.encode(),
        time.time(),
    )


def _readable_line(series: Series, request: Request, seconds: float) -> bytes:
    """In ASCII, so that no path steers the terminal that it is printed on."""
    at, path = time.strftime("%H:%M:%S").encode(), ascii(request.path)[1:-1].encode()
    method, caller = series.method.encode(), request.principal.kind.encode()
    return _READABLE % (at, series.status, method, path, seconds * 1000, caller)
