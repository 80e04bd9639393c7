from __future__ import annotations

import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits.aio.storage import MemoryStorage
from limits.errors import StorageError

from tests.gateway.edge import ADA, ROBOT, open_edge
from tests.gateway.tiny_services import THINGS, calls
from tradewind.gateway.limits import Limits, Window
from tradewind.gateway.settings import Settings
from tradewind.kernel.errors import TooManyRequests
from tradewind.kernel.http import Header
from tradewind.kernel.settings import SettingsError


async def test_every_answer_tells_what_is_left() -> None:
    async with open_edge(client_per_minute=5) as client:
        for left in (4, 3):
            headers = (await client.get("/v1/things/7")).headers
            assert headers["ratelimit-policy"] == '"client";q=5;w=60'
            name, remaining, seconds = headers["ratelimit"].split(";")
            assert (name, remaining) == ('"client"', f"r={left}")
            assert 1 <= int(seconds.removeprefix("t=")) <= 60


async def test_over_the_limit_is_a_429_that_says_when_to_come_again() -> None:
    async with open_edge(client_per_minute=2) as client:
        assert [(await client.get("/v1/things/7")).status_code for _ in range(3)] == [200, 200, 429]
        before = calls["get_thing"]
        refused = await client.get("/v1/things/7")
        assert refused.status_code == 429
        assert refused.json()["code"] == "too_many_requests"
        assert 1 <= int(refused.headers["retry-after"]) <= 120
        assert refused.headers["ratelimit"] == f'"client";r=0;t={refused.headers["retry-after"]}'
        assert calls["get_thing"] == before


async def test_what_does_not_exist_is_counted_as_well() -> None:
    async with open_edge(client_per_minute=2) as client:
        assert [(await client.get("/v1/nothing")).status_code for _ in range(3)] == [404, 404, 429]


async def test_each_client_has_its_own_limit() -> None:
    async with open_edge(client_per_minute=1, trusted_proxies=("127.0.0.0/8",)) as client:
        for address in ("6.6.6.1", "6.6.6.2", "2001:db8::1"):
            answer = await client.get("/v1/things/7", headers={"x-forwarded-for": address})
            assert answer.status_code == 200
        answer = await client.get("/v1/things/7", headers={"x-forwarded-for": "2001:db8::2"})
        assert answer.status_code == 429


async def test_an_account_is_limited_wherever_it_asks_from() -> None:
    async with open_edge(account_per_minute=2, trusted_proxies=("127.0.0.0/8",)) as client:
        statuses = [
            (await client.get("/v1/mine", headers={**ADA, "x-forwarded-for": f"6.6.6.{last}"})).status_code
            for last in range(3)
        ]
        assert statuses == [200, 200, 429]
        answer = await client.get("/v1/seen", headers={**ROBOT, "x-forwarded-for": "6.6.6.0"})
        assert answer.status_code == 200
        assert '"account";r=1' in answer.headers["ratelimit"]


async def test_a_costly_route_has_a_stricter_limit_of_its_own() -> None:
    async with open_edge() as client:  # a client may spend 100 a minute, and this route costs 20
        statuses = [(await client.post("/v1/costly")).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]
        assert (await client.post("/v1/seen")).status_code == 200


async def test_a_limit_for_a_route_can_be_set() -> None:
    async with open_edge(route_limits=("POST /v1/seen=1", "POST /v1/costly=3")) as client:
        assert [(await client.post("/v1/seen")).status_code for _ in range(2)] == [200, 429]
        assert [(await client.post("/v1/costly")).status_code for _ in range(4)] == [200] * 3 + [429]


@pytest.mark.parametrize("entry", ["POST /v1/nothing=3", "POST /v1/seen=x", "/v1/seen=3", "nonsense"])
def test_a_limit_for_a_route_that_does_not_exist_is_refused_at_the_start(entry: str) -> None:
    with pytest.raises(SettingsError, match="TRADEWIND_GATEWAY_ROUTE_LIMITS"):
        Limits(Settings(route_limits=(entry,)), THINGS.routes)


async def test_limits_can_be_multiplied_and_switched_off() -> None:
    async with open_edge(client_per_minute=2, limit_multiplier=2) as client:
        assert [(await client.get("/v1/things/7")).status_code for _ in range(5)] == [200] * 4 + [429]
    async with open_edge(client_per_minute=1, limit_multiplier=0) as client:
        answers = [await client.post("/v1/costly", headers=ADA) for _ in range(9)]
        assert {answer.status_code for answer in answers} == {200}
        assert "ratelimit" not in answers[0].headers


async def test_those_who_run_the_shop_are_not_limited() -> None:
    async with open_edge(client_per_minute=1) as client:
        assert {(await client.get("/health/live")).status_code for _ in range(5)} == {200}


async def test_a_shared_store_counts_for_all_gateways_alike() -> None:
    """The library's own store stands for Redis: the same strategy and calls, without a server."""
    limits = Limits(Settings(client_per_minute=2, limits_url="memory://"), ())
    statuses = []
    for _ in range(3):
        headers: list[Header] = []
        pending = limits.take(limits.client, "6.6.6.6", headers)
        assert pending is not None
        try:
            await pending
            statuses.append(200)
        except TooManyRequests:
            statuses.append(429)
        assert headers[0][0] == b"ratelimit"
    assert statuses == [200, 200, 429]


class StoreThatIsGone(MemoryStorage):
    STORAGE_SCHEME = ["async+gone"]

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        raise StorageError(ConnectionRefusedError("nobody there"))


async def test_a_shared_store_that_is_gone_limits_nobody() -> None:
    limits = Limits(Settings(client_per_minute=1, limits_url="gone://"), ())
    for _ in range(3):
        headers: list[Header] = []
        pending = limits.take(limits.client, "6.6.6.6", headers)
        assert pending is not None
        await pending
        assert headers == []


def test_a_store_of_an_unknown_kind_is_refused_at_the_start() -> None:
    with pytest.raises(SettingsError, match="TRADEWIND_GATEWAY_LIMITS_URL"):
        Limits(Settings(limits_url="nonsense://x"), ())


@given(
    most=st.integers(1, 20),
    pauses=st.lists(st.floats(0, 100, allow_nan=False), min_size=1, max_size=120),
)
def test_a_window_never_lets_more_than_twice_its_limit_pass_in_any_minute(
    most: int, pauses: list[float]
) -> None:
    window, now, passed = Window("client", most), 1000.0, []
    for pause in pauses:
        now += pause
        if window.take("a", now) >= 0:
            passed.append(now)
    for start in passed:
        assert sum(1 for at in passed if start <= at < start + 60) <= 2 * most
    for start in range(960, int(now) + 60, 60):
        assert sum(1 for at in passed if start <= at < start + 60) <= most


@given(
    most=st.integers(1, 20),
    pauses=st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=80),
)
def test_who_waits_as_long_as_told_is_served(most: int, pauses: list[float]) -> None:
    window, now = Window("client", most), 1000.0
    for pause in pauses:
        now += pause
        if window.take("a", now) < 0:
            now += window.retry_after_seconds("a", now)
            assert window.take("a", now) >= 0


def test_what_is_left_counts_down_and_comes_back() -> None:
    window = Window("client", 3)
    assert [window.take("a", 600.0) for _ in range(4)] == [2, 1, 0, -1]
    assert window.take("b", 600.0) == 2
    assert window.take("a", 660.0) == -1  # all of them are less than a minute ago
    assert window.take("a", 680.0) == 0  # a third of them is forgotten
    assert window.take("a", 800.0) == 2


def test_counting_costs_a_few_microseconds_however_many_clients_there_are() -> None:
    limits = Limits(Settings(client_per_minute=10**9), ())
    for number in range(50_000):
        limits.take(limits.client, str(number), [])
    seconds = min(timeit.repeat(lambda: limits.take(limits.client, "7", []), number=1000, repeat=5)) / 1000
    assert seconds < 10e-6
