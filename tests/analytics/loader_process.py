"""A process that moves what is staged into the store, over and over, until it is killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tradewind.adapters.analytics_store.duckdb import DuckDbStore
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.kernel.clock import SystemClock
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.loading import keep_loading
from tradewind.services.analytics.settings import Settings


async def main(database_url: str, data: str) -> None:
    store = DuckDbStore(Path(data) / "analytics")
    deps = Deps(PostgresDatabase(database_url, "analytics"), store, SystemClock(), Settings())
    print("loading", flush=True)
    await keep_loading(deps)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
