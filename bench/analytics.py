"""Events a second and reports over many lines, beside the bare engine doing the same.

Over HTTP an event is acknowledged when it is staged in PostgreSQL, and stored when a report sees it; through the port
it is stored. The engine is DuckDB itself: the same JSON into the same table, without looking for repeats; and the
SQL of a sales report, without making it one.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import msgspec

from bench.percentiles import median
from tradewind.adapters.analytics_store import sql
from tradewind.adapters.analytics_store.duckdb import DuckDbStore
from tradewind.adapters.analytics_store.engine import Engine
from tradewind.ports.analytics_store import EventFact, Filter, Span

BATCH = 1000
SENDERS = 2
WRITE_KEY = "Basic ZGV2ZWxvcG1lbnQtd3JpdGUta2V5Og=="
_DAY_US = 86_400_000_000
_YEAR = Span(0, 365 * _DAY_US)
REPEATS = 5


class Analytics(msgspec.Struct, frozen=True):
    """Events a second in batches of BATCH; a sales report by day of a year, median of REPEATS."""

    events: int
    acknowledged_per_second: float
    stored_per_second: float
    port_per_second: float
    engine_per_second: float
    lines: int
    report_utc_ms: float
    report_berlin_ms: float
    engine_utc_ms: float

    def rows(self) -> list[tuple[str, str]]:
        """As the table shows them."""
        return [
            (
                f"events a second, batches of {BATCH}",
                f"{self.acknowledged_per_second:,.0f} acknowledged over HTTP, {self.stored_per_second:,.0f} until "
                f"reports see them, {self.port_per_second:,.0f} through the port, "
                f"{self.engine_per_second:,.0f} by bare DuckDB",
            ),
            (
                f"sales by day over {self.lines:,} lines",
                f"{self.report_utc_ms:.0f} ms in UTC, {self.report_berlin_ms:.0f} ms in Berlin; "
                f"the same SQL by bare DuckDB {self.engine_utc_ms:.0f} ms",
            ),
        ]


async def measure_analytics(
    folder: Path, shop_port: int, database_url: str, events: int, lines: int
) -> Analytics:
    acknowledged, stored = await _over_http(shop_port, database_url, events)
    port = await _through_the_port(folder / "bench-port", events)
    engine = await asyncio.to_thread(_by_the_engine, folder / "bench-engine.duckdb", events)
    report = await _reports(folder / "bench-report", lines)
    return Analytics(events, acknowledged, stored, port, engine, lines, *report)


async def _over_http(port: int, database_url: str, events: int) -> tuple[float, float]:
    bodies = [msgspec.json.encode({"batch": _messages()}) for _ in range(events // BATCH)]

    def send(own: list[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for body in own:
            headers = {"content-type": "application/json", "authorization": WRITE_KEY}
            connection.request("POST", "/v1/batch", body, headers)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            assert answer.status == 200 and said["taken"] == BATCH, said
        connection.close()

    began = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as senders:
        loop = asyncio.get_running_loop()
        await asyncio.gather(
            *(loop.run_in_executor(senders, send, bodies[n::SENDERS]) for n in range(SENDERS))
        )
    acknowledged = time.perf_counter() - began
    database = await asyncpg.connect(database_url)
    while await database.fetchval("SELECT EXISTS (SELECT 1 FROM analytics.staged_events)"):
        await asyncio.sleep(0.02)
    stored = time.perf_counter() - began
    await database.close()
    return events / acknowledged, events / stored


def _messages() -> list[dict[str, Any]]:
    return [
        {
            "type": "track",
            "event": "Product Viewed",
            "messageId": str(uuid.uuid4()),
            "anonymousId": f"visitor-{number % 211}",
            "timestamp": "2026-01-01T12:00:00.000Z",
            "properties": {
                "sku": f"SKU-{number % 97}",
                "name": "A vase of clay",
                "price": 49.5,
                "currency": "EUR",
            },
        }
        for number in range(BATCH)
    ]


def _batches(events: int) -> list[bytes]:
    properties = '{"sku":"SKU-1","name":"A vase of clay","price":49.5,"currency":"EUR"}'
    return [
        msgspec.json.encode(
            [
                EventFact(
                    uuid.uuid4(), batch, batch + number, "track", "Product Viewed", "segment",
                    anonymous_id=f"visitor-{number % 211}", sku=f"SKU-{number % 97}", title="A vase of clay",
                    properties=properties,
                )
                for number in range(BATCH)
            ]
        )
        for batch in range(events // BATCH)
    ]  # fmt: skip


async def _through_the_port(folder: Path, events: int) -> float:
    store, batches = DuckDbStore(folder), _batches(events)
    await store.identity()
    began = time.perf_counter()
    for batch in batches:
        await store.put_events([batch], 0)
    seconds = time.perf_counter() - began
    await store.close()
    return events / seconds


def _by_the_engine(file: Path, events: int) -> float:
    connection, batches = duckdb.connect(str(file), config={"threads": 2}), _batches(events)
    connection.execute(sql.TABLES[1])
    insert = sql.INSERT_ARRIVED.replace("INTO arrived", "INTO events")
    began = time.perf_counter()
    for batch in batches:
        connection.execute(insert, [batch.decode()])
    seconds = time.perf_counter() - began
    connection.close()
    return events / seconds


async def _reports(folder: Path, lines: int) -> tuple[float, float, float]:
    """Milliseconds: ours by day in UTC and, by the hour, for Berlin; and the first one's SQL by the bare engine."""
    file = folder / "analytics.duckdb"
    folder.mkdir()
    await asyncio.to_thread(_fill, file, lines)
    store = DuckDbStore(folder)
    utc, berlin = await _report_ms(store, 86_400), await _report_ms(store, 3_600)
    await store.close()
    return utc, berlin, await asyncio.to_thread(_bare_report, file)


def _fill(file: Path, lines: int) -> None:
    """A year of lines, in the order of their time, as they would have come."""
    Engine(file, 512, 2).close()
    connection = duckdb.connect(str(file), config={"threads": 2, "memory_limit": "512MB"})
    connection.execute(
        f"""
        INSERT INTO sale_lines (source, order_id, at_us, currency, kind, orders, units, returned_units,
            gross_parts, refund_parts, country, customer, customer_label, sku, title, category, demo,
            charged_back_parts)
        SELECT NULL, NULL, n * {_YEAR.to_us // lines}, CASE n % 10 WHEN 0 THEN 'USD' ELSE 'EUR' END, 'item',
            CASE n % 3 WHEN 0 THEN 1 ELSE 0 END, n % 5 + 1, 0, (n % 9973) * 10000 + n % 7, 0, 'DE', '', '',
            'SKU-' || n % 997, '', '', false, 0
        FROM range({lines}) AS made (n)
        """
    )
    connection.close()


async def _report_ms(store: DuckDbStore, bucket_seconds: int) -> float:
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        assert await store.sales(_YEAR, bucket_seconds, Filter())
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


def _bare_report(file: Path) -> float:
    connection = duckdb.connect(str(file), read_only=True, config={"threads": 2})
    parameters = {"from_us": _YEAR.from_us, "to_us": _YEAR.to_us, "bucket": _DAY_US}
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        assert connection.execute(sql.sales(Filter()), parameters).fetchall()
        taken.append((time.perf_counter() - began) * 1000)
    connection.close()
    return median(taken)
