"""All that PostgreSQL did for a purchase in the running shop, events and their handlers included."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import asyncpg
import msgspec

from bench.client import Job
from bench.measure import SHOP_MERCHANT
from bench.plan import PURCHASE
from bench.processes import ClientProcess, ShopProcess
from bench.sample import statement_calls
from bench.stage import SHOP, Stage

QUIET_SECONDS = 1.5  # for the last event of a purchase, and more than a turn of the relays


class Everything(msgspec.Struct, frozen=True):
    """Statements a purchase, above what the idle shop does in the same time (relays and jobs that poll)."""

    purchases: int
    statements: float
    idle_statements_per_second: float


async def count_everything(
    shop: ShopProcess, client: ClientProcess, stage: Stage, seconds: float
) -> Everything:
    """One shopper for so long, then nobody for as long."""
    connection = await asyncpg.connect(stage.database_url("postgres"))
    job = Job(
        PURCHASE,
        shop.port,
        1,
        seconds,
        processor_port=stage.processor_port,
        merchant=SHOP_MERCHANT,
        seed=10**6,
    )
    await asyncio.sleep(QUIET_SECONDS)
    await _restart(connection)
    began = time.monotonic()
    purchases = (await asyncio.to_thread(client.run, job)).count
    await asyncio.sleep(QUIET_SECONDS)
    busy, lasted = await statement_calls(connection, SHOP), time.monotonic() - began
    await _restart(connection)
    await asyncio.sleep(lasted)
    idle = await statement_calls(connection, SHOP)
    await connection.close()
    return Everything(purchases, (busy - idle) / purchases, idle / lasted)


async def _restart(connection: Any) -> None:
    await connection.execute("SELECT pg_stat_statements_reset()")
