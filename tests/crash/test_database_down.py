"""PostgreSQL stops, by order or by force: who asks meanwhile is told to come again, and then it goes on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.crash.buyers import Buyers
from tests.crash.members import end, engine, members
from tests.stage import Stage, key
from tradewind.adapters.database.cluster import LOCAL_CONFIGURATION
from tradewind.adapters.database.placement import known_home


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "shut down"])
async def test_while_postgresql_is_down_all_is_503_and_then_it_goes_on_by_itself(
    either_stage: Stage, number: signal.Signals
) -> None:
    stage = either_stage
    buyers = await Buyers.of(stage, price_minor=4100 + number)
    async with buyers.at_work(), stage.client() as client:
        await buyers.have_ordered(5)
        with kept_down(stage, number):
            await everything_is_unavailable(stage, client)
        await buyers.have_ordered(5)
        assert (await client.get("/health/ready")).status_code == 200
    assert buyers.answers[503] > 0
    assert buyers.answers[0] == 0, "no connection was refused or broken"
    await buyers.check()


async def everything_is_unavailable(stage: Stage, client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).status_code == 200
    await nobody_is_ready(stage)
    sign_in = {"email": "admin@tradewind.example", "password": "whatever it is"}
    for answer in (
        await client.get("/v1/products"),
        await client.get("/v1/availability", params={"sku": "ANY"}),
        await client.post("/v1/carts", json={}, headers=key()),
        await client.post("/v1/sessions", json=sign_in),
    ):
        assert answer.status_code == 503, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["code"] in ("database_unavailable", "service_unavailable"), answer.text


async def nobody_is_ready(stage: Stage) -> None:
    """Every process that has a database says so. (A gateway apart has none.)"""
    services = [member for member in members(stage) if member.name != "gateway"]
    urls = [f"http://127.0.0.1:{member.port}" for member in services] or [stage.url]
    async with httpx.AsyncClient(verify=False) as client, asyncio.timeout(20):
        for url in urls:
            while (answer := await client.get(f"{url}/health/ready")).status_code == 200:
                await asyncio.sleep(0.1)
            assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
            assert int(answer.headers["retry-after"]) > 0


@contextmanager
def kept_down(stage: Stage, number: signal.Signals) -> Iterator[None]:
    """PostgreSQL is stopped, and cannot be started again for a mistake in its settings, until the block ends."""
    home = known_home((stage.data / "postgres").resolve())
    assert home is not None
    mistake = home / LOCAL_CONFIGURATION
    mistake.write_text("no_such_setting = on\n")
    mistake.chmod(0o644)
    try:
        end(engine(stage, "postgres"), number)
        yield
    finally:
        mistake.unlink()
