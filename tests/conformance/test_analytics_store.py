"""What every analytics store promises, whatever it is made of."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tradewind.adapters.analytics_store import duckdb
from tradewind.adapters.analytics_store.duckdb import DuckDbStore
from tradewind.ports.analytics_store import (
    KEPT_DAYS,
    AnalyticsStore,
    CartFact,
    EventFact,
    FactsRefused,
    Filter,
    OrderFact,
    SaleLine,
    Sales,
    Span,
    StoreHeld,
)

ALWAYS = Span(0, 2**60)
DAY_US = 86_400_000_000


def encoded(*facts: object) -> bytes:
    return msgspec.json.encode(facts)


def sale(order_id: uuid.UUID, parts: int = 10, at_us: int = 5 * DAY_US) -> SaleLine:
    return SaleLine(
        order_id, at_us, "EUR", "item", 1, 2, 0, parts, 0, "DE", "ada", "Ada", "S1", None, "Vase", "Home"
    )


def event(name: str = "Product Viewed", at_us: int = DAY_US, **of: str) -> EventFact:
    return EventFact(uuid.uuid4(), at_us, at_us, "track", name, "segment", **of)


@pytest.fixture(params=[DuckDbStore])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnalyticsStore]:
    opened: AnalyticsStore = request.param(tmp_path / "analytics")
    yield opened
    await opened.close()


async def total(store: AnalyticsStore) -> Sales:
    found = await store.sales(ALWAYS, 86_400, Filter())
    return found[0].sales if found else Sales()


async def test_orders_take_the_place_of_what_was_known_of_them(store: AnalyticsStore) -> None:
    order_id, other = uuid.uuid4(), uuid.uuid4()
    fact = OrderFact(order_id, DAY_US, None, "")
    await store.put_orders([other], b"[]", encoded(sale(other, 7)))
    for parts in (10, 10, 25):
        await store.put_orders([order_id], encoded(fact), encoded(sale(order_id, parts)))
        assert (await total(store)).gross_parts == parts + 7
    await store.put_orders([order_id], b"[]", b"[]")
    assert (await total(store)).gross_parts == 7


async def test_sums_are_exact_where_floats_are_not(store: AnalyticsStore) -> None:
    chunk = uuid.uuid4()
    lines = [sale(uuid.uuid4(), 9_007_199_254_740_993) for _ in range(1500)]
    for _ in range(2):  # the same chunk again is the same chunk
        await store.put_history(chunk, encoded(*lines))
    assert await total(store) == Sales(9_007_199_254_740_993 * 1500, 0, 1500, 3000, 0)


async def test_buckets_and_spans_are_half_open(store: AnalyticsStore) -> None:
    order_id = uuid.uuid4()
    lines = [sale(order_id, 1, at_us) for at_us in (3_599_999_999, 3_600_000_000, 7_200_000_000)]
    await store.put_orders([order_id], b"[]", encoded(*lines))
    found = await store.sales(Span(3_599_999_999, 7_200_000_000), 3600, Filter())
    assert sorted((bucket.number, bucket.sales.gross_parts) for bucket in found) == [(0, 1), (1, 1)]


async def test_an_event_is_taken_once_within_its_days(store: AnalyticsStore) -> None:
    first = event(anonymous_id="a")
    batch = encoded(first, first, event(anonymous_id="b"))
    assert await store.put_events([batch, batch], DAY_US) == 2
    assert await store.put_events([batch], DAY_US) == 0
    late = replace(first, received_us=DAY_US * (KEPT_DAYS + 2))
    assert await store.put_events([encoded(late)], late.received_us) == 1
    assert [(of.name, of.count, of.people) for of in await store.event_counts(ALWAYS, 10)] == [
        ("Product Viewed", 3, 2)
    ]


async def test_facts_of_another_form_are_refused_as_a_whole(store: AnalyticsStore) -> None:
    for bad in (b"no json", b'[{"message_id": "no uuid"}]'):
        with pytest.raises(FactsRefused):
            await store.put_events([encoded(event(anonymous_id="a")), bad], 0)
    assert await store.event_counts(ALWAYS, 10) == []


async def test_what_is_made_anew_is_compared_and_switched_to(store: AnalyticsStore) -> None:
    order_id, cart_id = uuid.uuid4(), uuid.uuid4()
    cart = CartFact(cart_id, DAY_US, "", "ada@example.com", "EUR", 500, 2)
    await store.put_orders([order_id], b"[]", encoded(sale(order_id)))
    await store.put_carts([cart_id], encoded(cart))
    await store.put_events([encoded(event(anonymous_id="a"))], 0)
    for parts, same in ((10, True), (11, False)):
        anew = await store.rebuilding()
        await anew.put_carts([cart_id], encoded(cart))
        await anew.put_orders([order_id], b"[]", encoded(sale(order_id, parts)))
        assert ((await store.differences()) == []) == same
    assert (await total(store)).gross_parts == 10
    await store.switch()
    assert (await total(store)).gross_parts == 11
    assert (await store.abandoned(ALWAYS, "EUR", 10)).value_minor == 500
    assert len(await store.event_counts(ALWAYS, 10)) == 1


async def test_it_is_kept_when_it_is_closed_and_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb, "IDLE_SECONDS", 0.0)
    store = DuckDbStore(tmp_path)
    identity, empty = await store.identity()
    assert empty
    order_id = uuid.uuid4()
    await store.put_orders([order_id], b"[]", encoded(sale(order_id)))
    await asyncio.sleep(0.01)
    await store.tidy()  # idle: the file is closed, and opened again by who asks
    assert (await total(store)).orders == 1
    await store.close()
    again = DuckDbStore(tmp_path)
    assert await again.identity() == (identity, False)
    await again.close()


async def test_questions_are_answered_while_facts_come_in(store: AnalyticsStore) -> None:
    async def write(number: int) -> None:
        await store.put_events([encoded(*(event(anonymous_id=f"p{n}") for n in range(200)))], 0)
        await store.put_history(uuid.UUID(int=number), encoded(sale(uuid.uuid4())))

    async def ask() -> None:
        for _ in range(5):
            await store.funnel(["Product Viewed", "Product Added"], ALWAYS, DAY_US)
            await total(store)

    await asyncio.gather(*(write(n) for n in range(6)), *(ask() for _ in range(4)))
    assert (await total(store)).orders == 6
    assert await store.funnel(["Product Viewed", "Product Added"], ALWAYS, DAY_US) == [200, 0]


HOLDER = """
import asyncio, sys
from pathlib import Path
from tradewind.adapters.analytics_store.duckdb import DuckDbStore
async def hold():
    store = DuckDbStore(Path(sys.argv[1]))
    await store.claim()
    print("held", flush=True)
    await asyncio.sleep(60)
asyncio.run(hold())
"""


async def test_one_process_holds_it_and_a_dead_one_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb, "CLAIM_SECONDS", 0.2)
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert await asyncio.to_thread(holder.stdout.readline) == b"held\n"
    store = DuckDbStore(tmp_path)
    for attempt in (store.claim(), store.identity()):
        with pytest.raises(StoreHeld, match=str(holder.pid)):
            await attempt
    holder.kill()
    holder.wait()
    holder.stdout.close()
    await store.claim()
    assert (await store.identity())[1]
    await store.close()
