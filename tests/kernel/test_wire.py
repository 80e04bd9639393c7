"""Contracts in process and over HTTP: the same outcomes, the same refusals, one effect however often sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest

from tests.kernel.calls import KINDS, SERVICES, Forgotten, Full, Kept, Store, refusal_of, served
from tests.kernel.serving import CuttingProxy
from tests.kernel.stand import Place, Stand, open_stand
from tests.shop import SECRET_KEY, staff
from tradewind.kernel.errors import Invalid, Refusal, Unavailable
from tradewind.kernel.identity import SERVICE, TOKEN_LIFETIME_SECONDS, InternalTokens, Principal
from tradewind.kernel.upstream import RETRY_BUDGET
from tradewind.kernel.wire import TRIES, methods


@dataclass
class Caller:
    """Who calls the store; `provider` is the process that keeps it, `proxy` lies between them."""

    store: Store
    here: Stand
    provider: Stand
    url: str
    proxy: CuttingProxy | None

    async def calls(self, name: str) -> int:
        """How often the store did what it was asked."""
        return int(
            await self.provider.database("store").value("SELECT calls FROM kept WHERE name = $1", name) or 0
        )


@pytest.fixture(params=["in process", "over HTTP"])
async def caller(request: pytest.FixtureRequest, place: Place) -> AsyncIterator[Caller]:
    async with AsyncExitStack() as stack:
        if request.param == "in process":
            stand = await stack.enter_async_context(open_stand(place, ("store", "hop"), services=SERVICES))
            yield Caller(stand.runtime.contract(Store), stand, stand, "", None)
            return
        yield await remote(stack, place)


async def remote(stack: AsyncExitStack, place: Place) -> Caller:
    provider, url = await stack.enter_async_context(served(place, ("store",)))
    proxy = CuttingProxy(url)
    between = await proxy.start()
    stack.push_async_callback(proxy.stop)
    urls = {"store": [between]}
    here = await stack.enter_async_context(open_stand(place, ("hop",), services=SERVICES, urls=urls))
    return Caller(here.runtime.contract(Store), here, provider, url, proxy)


@pytest.fixture
async def far(place: Place) -> AsyncIterator[Caller]:
    async with AsyncExitStack() as stack:
        yield await remote(stack, place)


async def test_each_outcome_of_a_union_arrives_as_what_it_was(caller: Caller) -> None:
    assert await caller.store.keep("cup") == Kept("cup")
    assert await caller.store.keep("full") == Full(["a", "b"])
    assert await caller.store.keep("forgotten") == Forgotten()


async def test_values_arrive_as_they_were_sent(caller: Caller) -> None:
    owner, at = uuid4(), datetime(2026, 2, 28, 23, 59, 59, 999999, UTC)
    sent = (owner, at, ["Ü", "雪", ""], {"a": 2**53 + 1, "b": -1})
    assert await caller.store.echo(*sent) == [(*sent, None)]
    assert await caller.store.echo(*sent, note="said") == [(*sent, "said")]
    assert await caller.store.echo(owner=owner, at=at, names=[], limits={}) == [(owner, at, [], {}, None)]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_refusal_arrives_as_it_was_raised(caller: Caller, kind: str) -> None:
    with pytest.raises(Refusal) as refused:
        await caller.store.refuse(kind)
    raised, wanted = refused.value, refusal_of(kind)
    assert type(raised) is type(wanted)
    assert (raised.code, raised.message, raised.field, raised.details) == (
        wanted.code,
        wanted.message,
        wanted.field,
        wanted.details,
    )


async def test_a_dead_database_of_the_other_side_is_unavailable(caller: Caller) -> None:
    with pytest.raises(Unavailable, match="database_unavailable"):
        await caller.store.break_down("database")


async def test_a_bug_of_the_other_side_leaves_the_outcome_unknown(far: Caller) -> None:
    with pytest.raises(Unavailable, match="service_failed: store answered 500; the outcome is unknown"):
        await far.store.break_down("bug")


async def test_a_call_whose_connection_breaks_is_sent_again(far: Caller) -> None:
    assert far.proxy is not None
    far.proxy.cut_before = 1
    assert await far.store.keep("cup") == Kept("cup")
    assert (far.proxy.requests, await far.calls("cup")) == (2, 1)


async def test_a_call_whose_answer_was_lost_is_sent_again_under_its_natural_key(far: Caller) -> None:
    """The provider is asked twice: every mutating method must make one effect of it."""
    assert far.proxy is not None
    far.proxy.cut_after = 1
    assert await far.store.keep("cup") == Kept("cup")
    assert await far.calls("cup") == 2


async def test_after_the_last_try_the_outcome_is_unknown(far: Caller) -> None:
    assert far.proxy is not None
    far.proxy.cut_before = 100
    with pytest.raises(Unavailable, match=r"store did not answer: .*; the outcome is unknown"):
        await far.store.keep("cup")
    assert far.proxy.requests == TRIES


async def test_retries_are_a_share_of_the_calls_so_that_they_cannot_multiply_an_overload(far: Caller) -> None:
    assert far.proxy is not None
    far.proxy.cut_before = 1000
    upstream = far.here.runtime.upstreams["store"]
    upstream.pause = no_pause  # type: ignore[method-assign]
    for _ in range(30):
        with pytest.raises(Unavailable):
            await far.store.keep("cup")
    assert far.proxy.requests == 30 + RETRY_BUDGET


async def no_pause(seconds: float) -> None:
    return None


async def test_a_replica_that_refuses_connections_is_left_out(place: Place) -> None:
    async with served(place, ("store",)) as (_, url):
        urls = {"store": ["http://127.0.0.1:9", url]}
        async with open_stand(place, ("hop",), services=SERVICES, urls=urls) as here:
            store: Store = here.runtime.contract(Store)
            for _ in range(6):
                assert await store.keep("cup") == Kept("cup")


async def test_contracts_open_to_the_platforms_own_token_alone(far: Caller) -> None:
    body = b'{"name":"cup"}'
    forged = InternalTokens("another secret key, which is long enough too").mint(SERVICE)
    tokens = InternalTokens(SECRET_KEY)
    async with httpx.AsyncClient(base_url=far.url) as client:

        async def call(token: str | None, method: str = "keep") -> tuple[int, str]:
            headers = {} if token is None else {"tradewind-identity": token}
            answer = await client.post(f"/_contract/Store/{method}", content=body, headers=headers)
            return answer.status_code, answer.json().get("code", "")

        assert await call(None) == (401, "internal_token_missing")
        assert await call(forged) == (401, "internal_token_invalid")
        assert await call("not.a.token") == (401, "internal_token_invalid")
        assert await call(tokens.mint(staff())) == (404, "route_not_found")
        assert await call(tokens.mint(Principal())) == (404, "route_not_found")
        assert await call(tokens.mint(SERVICE), "burn") == (404, "route_not_found")
        assert await far.calls("cup") == 0
        assert (await call(tokens.mint(SERVICE)))[0] == 200


def test_a_token_is_good_for_two_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    caller = staff("warehouse")
    token = InternalTokens(SECRET_KEY).mint(caller)
    reader = InternalTokens(SECRET_KEY)
    assert reader.verify(token) == caller
    now += TOKEN_LIFETIME_SECONDS / 2
    assert reader.verify(token) == caller
    now += TOKEN_LIFETIME_SECONDS
    for late in (reader, InternalTokens(SECRET_KEY)):
        with pytest.raises(Refusal, match="internal_token_invalid"):
            late.verify(token)


async def test_callers_of_another_version_are_told_what_does_not_fit(far: Caller) -> None:
    headers = {"tradewind-identity": InternalTokens(SECRET_KEY).mint(SERVICE)}
    async with httpx.AsyncClient(base_url=far.url, headers=headers) as client:
        answer = await client.post("/_contract/Store/keep", content=b'{"nom":"cup"}')
        assert (answer.status_code, answer.json()["code"]) == (422, "contract_mismatch")
        more = await client.post("/_contract/Store/keep", content=b'{"name":"cup","colour":"clay"}')
        assert more.status_code == 200  # a newer caller may say more
        absent = await client.post("/_contract/Other/keep", content=b"{}")
        assert (absent.status_code, absent.json()["code"]) == (503, "contract_not_here")


def test_arguments_travel_by_name() -> None:
    described = methods(Store)
    assert described["echo"].arguments.__struct_fields__ == ("owner", "at", "names", "limits", "note")
    with pytest.raises(TypeError):
        described["keep"].arguments()
    assert Invalid("a", "b").details is None
