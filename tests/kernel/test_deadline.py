"""A deadline shrinks with each hop, and work that nobody waits for is not begun."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest

from tests.kernel.calls import SERVICES, Store, served
from tests.kernel.stand import Place, open_stand
from tests.shop import SECRET_KEY, guest
from tradewind.kernel import deadline
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.identity import InternalTokens
from tradewind.kernel.server import REQUEST_SECONDS
from tradewind.kernel.wire import CALL_SECONDS


@pytest.fixture
async def chain(place: Place) -> AsyncIterator[httpx.AsyncClient]:
    """Three processes in a row: the shop asks the hop, the hop asks the store. A client of the shop."""
    async with AsyncExitStack() as stack:
        _, store = await stack.enter_async_context(served(place, ("store",)))
        _, hop = await stack.enter_async_context(served(place, ("hop",), urls={"store": [store]}))
        urls = {"store": [store], "hop": [hop]}
        _, shop = await stack.enter_async_context(served(place, ("shop",), urls=urls))
        headers = {"tradewind-identity": InternalTokens(SECRET_KEY).mint(guest())}
        yield await stack.enter_async_context(httpx.AsyncClient(base_url=shop, headers=headers))


async def test_each_hop_has_less_time_than_the_one_before(chain: httpx.AsyncClient) -> None:
    at_shop, at_hop, at_store = (await chain.get("/v1/remaining")).json()
    assert REQUEST_SECONDS >= at_shop > CALL_SECONDS >= at_hop > at_store > CALL_SECONDS - 2


async def test_a_callers_deadline_holds_at_every_hop(chain: httpx.AsyncClient) -> None:
    answer = await chain.get("/v1/remaining", headers={"tradewind-deadline-ms": "1500"})
    at_shop, at_hop, at_store = answer.json()
    assert 1.5 >= at_shop > at_hop > at_store > 0


async def test_when_the_time_is_over_the_next_hop_is_not_even_asked(chain: httpx.AsyncClient) -> None:
    answer = await chain.get("/v1/late", headers={"tradewind-deadline-ms": "50"})
    assert (answer.status_code, answer.json()["code"]) == (503, "deadline_exceeded")
    assert int(answer.headers["retry-after"]) >= 1


async def test_an_answer_that_comes_too_late_leaves_the_outcome_unknown(place: Place) -> None:
    async with served(place, ("store",)) as (_, url):
        urls = {"store": [url]}
        async with open_stand(place, ("hop",), services=SERVICES, urls=urls) as here:
            store: Store = here.runtime.contract(Store)
            began = time.monotonic()
            with pytest.raises(Unavailable):
                await in_a_hurry(store)
            assert time.monotonic() - began < 3.0


async def in_a_hurry(store: Store) -> None:
    deadline.begin(0.15)
    try:
        await store.wait(5)
    finally:
        deadline.clear()


async def test_an_earlier_deadline_stays_and_a_new_request_begins_anew() -> None:
    deadline.begin(5)
    deadline.start(100)
    assert deadline.remaining_seconds(1000) <= 5
    deadline.start(1)
    assert deadline.remaining_seconds(1000) <= 1
    assert deadline.remaining_seconds(0.5) == 0.5
    deadline.begin(50)
    assert deadline.remaining_seconds(1000) > 40
    deadline.clear()
    assert deadline.remaining_seconds(1000) == 1000


async def test_tasks_begun_for_a_request_share_its_deadline_and_others_do_not() -> None:
    deadline.begin(5)

    async def left() -> float:
        return deadline.remaining_seconds(1000)

    async def another_request() -> float:
        deadline.begin(20)
        return deadline.remaining_seconds(1000)

    inherited, other = await asyncio.gather(
        asyncio.create_task(left()), asyncio.create_task(another_request())
    )
    assert inherited <= 5 < other
    assert deadline.remaining_seconds(1000) <= 5
    deadline.clear()
