"""Whoever moves events into the store is killed at any moment: none is lost, none is counted twice."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path

from tests.analytics.desk import WRITE_KEY, Desk, line, open_desk, placed, refunded
from tradewind.services.analytics.loading import compare, load_staged
from tradewind.services.analytics.store import staging

LIVES = 4


def start(database_url: str, data: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.analytics.loader_process", database_url, str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


async def feed(desk: Desk, number: int) -> tuple[int, int]:
    """Events and one order with a refund; how many events were acknowledged, and the order's net."""
    batch = [
        {"type": "track", "event": "Product Viewed", "userId": f"u{n}", "messageId": f"{number}-{n}"}
        for n in range(200)
    ]
    order = placed([line("A", 1, 1000 + number)], shipping_minor=0)
    answers = [
        await desk.visitor.post("/v1/batch", json={"batch": batch}, headers=WRITE_KEY)
        for _ in range(1 + number % 2)  # every other one is sent twice, as by a library that heard no answer
    ]
    assert all(answer.json()["taken"] == 200 for answer in answers)
    await desk.tell(order, "2026-01-10 10:00:00")
    await desk.tell(refunded(order, 100), "2026-01-10 11:00:00")
    return 200, 900 + number


async def test_killed_at_any_moment_nothing_is_lost_or_counted_twice(
    database_url: str, tmp_path: Path
) -> None:
    dice = random.Random(5)
    async with open_desk(database_url) as desk:
        fed = []
        for life in range(LIVES):
            loader = await asyncio.to_thread(start, database_url, tmp_path)
            assert loader.stdout is not None and loader.stderr is not None
            assert await asyncio.to_thread(loader.stdout.readline) == b"loading\n", loader.stderr.read()
            fed += [await feed(desk, life * 10 + n) for n in range(10)]
            await asyncio.sleep(dice.uniform(0, 0.3))
            loader.kill()
            loader.communicate()
    async with open_desk(database_url, TRADEWIND_DATA_DIR=str(tmp_path)) as desk:
        await load_staged(desk.deps)
        assert not await staging.anything(desk.deps.db)
        assert await compare(desk.deps, mend=False) == []
        items = (await desk.get("events", limit=1000))["items"]
        seen = next(item["count"] for item in items if item["name"] == "Product Viewed")
        assert seen == sum(events for events, _ in fed)
        report = await desk.get("sales", from_="2026-01-10", to="2026-01-11")
        assert report["totals"]["net_minor"] == sum(net for _, net in fed)
        assert report["totals"]["orders"] == len(fed)
