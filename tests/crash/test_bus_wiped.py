"""The broker loses all that it has, at any time: every event still arrives, and has its effect once."""

from __future__ import annotations

import asyncio
import shutil
import signal

import httpx
import pytest

from tests.crash.buyers import Buyers
from tests.crash.members import end, engine, new_engine
from tests.stage import Stage, key
from tradewind.adapters.bus.embedded import STORE

STOCK = 10_000


@pytest.mark.parametrize("while_it_runs", [False, True], ids=["killed first", "while it runs"])
async def test_nats_store_deleted_while_events_are_under_way(split_stage: Stage, while_it_runs: bool) -> None:
    """Every second order is cancelled: its stock and money come back, by events alone, once."""
    buyers = await Buyers.of(split_stage, price_minor=4301 + while_it_runs)
    cancelled: list[str] = []
    store = split_stage.data / "nats" / STORE
    async with buyers.at_work(), split_stage.client() as client:
        await cancel_some(buyers, client, cancelled, more=4)
        broker = engine(split_stage, "nats-server")
        if not while_it_runs:
            end(broker, signal.SIGKILL)
        shutil.rmtree(store, ignore_errors=True)
        await cancel_some(buyers, client, cancelled, more=4)
        if not while_it_runs:
            await asyncio.to_thread(new_engine, split_stage, "nats-server", broker)
    report = await split_stage.settle()
    assert not report.violations, "\n".join(report.violations)
    kept = [order for order in buyers.orders if order["order_id"] not in cancelled]
    assert await split_stage.available(buyers.sku) == STOCK - len(kept)
    effects = [
        (entry["kind"], entry["authorisation_id"])
        for entry in await split_stage.processor_log()
        if entry["amount_minor"] == buyers.orders[0]["totals"]["total_minor"]
    ]
    kinds = [kind for kind, _ in effects]
    assert (kinds.count("authorise"), kinds.count("void")) == (len(buyers.orders), len(cancelled))
    assert len(set(effects)) == len(effects), "nothing was done twice to one authorisation"
    async with split_stage.client() as client:
        for order in buyers.orders:
            state = "cancelled" if order["order_id"] in cancelled else "placed"
            await split_stage.wait_for_state(client, order, state)


async def cancel_some(buyers: Buyers, client: httpx.AsyncClient, cancelled: list[str], more: int) -> None:
    """As orders come in, cancel every second one."""
    begin = len(buyers.orders)
    await buyers.have_ordered(2 * more)
    for order in buyers.orders[begin : begin + 2 * more : 2]:
        path, params = f"/v1/orders/{order['order_id']}/cancel", {"token": order["token"]}
        answer = await client.post(path, params=params, json={}, headers=key())
        assert answer.status_code == 200, answer.text
        cancelled.append(order["order_id"])
