"""Every mutating operation sent twice with one Idempotency-Key: one effect, the same answer.

The effect is looked for in every table of every service. A new route fails here until it has a ready-made
request in requests.py.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import msgspec
import pytest
import pytest_asyncio

from tests.promises.market import Market
from tests.promises.operations import BY_ID, OPERATIONS, Operation
from tests.promises.requests import READY, Ready
from tests.shop import Shop, open_shop
from tests.stage import key
from tradewind.cli.world import PORTS
from tradewind.kernel.openapi import answered_status
from tradewind.services import registry

MUTATING = [operation for operation in OPERATIONS if operation.mutates]
KEYED = [operation for operation in MUTATING if operation.route.keyed]
# Routes that take no key must be harmless to repeat by their nature.
WITHOUT_KEY = {
    "payment_post_webhook": "a webhook is processed once by its own id",
    "payment_post_gift_card_balance": "it reads; the code travels in a body to stay out of logs",
    "order_post_quote": "it prices what is asked, and keeps nothing",
    "order_post_order_lookup": "it reads; the number and the e-mail travel in a body to stay out of logs",
    **{
        f"{name}_replay_parked_event": "an event that waits for its next try waits, asked for once or twice"
        for name in registry.NAMES
    },
}
AT_ONCE = 16
# What a request may be told while another replica is busy with the same one.
MEANWHILE = {"product_post_import": {"import_elsewhere"}}
# What a request that overtakes at another replica may leave behind besides.
BESIDES = {
    "user_post_password": {'"user".log_in_failures'},  # it finds the old password wrong: one guess
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replica(market: Market) -> AsyncIterator[Shop]:
    """Another process of the same shop, on the same database."""
    async with open_shop(
        registry.NAMES, market.shop.database_url, environ=market.environ, ports=PORTS
    ) as opened:
        yield opened


def test_every_mutating_operation_has_a_ready_made_request() -> None:
    missing = {operation.id for operation in MUTATING} - set(READY)
    assert not missing, f"write a request in requests.py for {', '.join(sorted(missing))}"
    assert not set(READY) - {operation.id for operation in MUTATING}


def test_what_takes_no_key_is_listed_with_its_reason() -> None:
    assert {operation.id for operation in MUTATING if not operation.route.keyed} == set(WITHOUT_KEY)


async def send(
    client: httpx.AsyncClient, operation: Operation, request: Ready, header: dict[str, str], more: bytes = b""
) -> httpx.Response:
    """`more` is white space: another body, which means the same."""
    body = request.body
    encoded = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
    return await client.request(
        operation.route.method,
        operation.url(request.path),
        params=request.query,
        content=encoded + more,
        headers={
            "content-type": "application/json",
            **request.who.headers,
            **request.headers,
            **header,
        },
    )


def is_success(operation: Operation, answer: httpx.Response) -> bool:
    """And final: a 202 of some routes says that the same request again tells the outcome."""
    return answer.status_code == answered_status(operation.route)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("operation", KEYED, ids=lambda operation: operation.id)
async def test_sent_twice_it_has_one_effect_and_the_same_answer(market: Market, operation: Operation) -> None:
    request, header = await READY[operation.id](market), key()
    await market.shop.deliver_events()
    before = await market.contents()
    async with market.inside(request.who.principal) as client:
        first = await send(client, operation, request, header)
        assert is_success(operation, first), f"{first.status_code} {first.text}"
        await market.shop.deliver_events()
        after = await market.contents()
        assert after != before, "it had no effect: nothing is shown"
        second = await send(client, operation, request, header)
        assert (second.status_code, second.content) == (first.status_code, first.content)
        assert second.headers.get("idempotency-replayed") == "true"
        assert second.headers.get("content-type") == first.headers.get("content-type")
        await market.shop.deliver_events()
        assert changed(after, await market.contents()) == {}
        other = await send(client, operation, request, header, more=b" ")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused"), other.text
        await market.shop.deliver_events()
        assert changed(after, await market.contents()) == {}


def changed(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]) -> dict[str, int]:
    """Tables whose contents differ, with by how many rows."""
    return {
        name: after[name][0] - rows for name, (rows, digest) in before.items() if after[name][1] != digest
    }


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("operation", KEYED, ids=lambda operation: operation.id)
async def test_sixteen_at_once_at_two_replicas_have_one_effect(
    market: Market, replica: Shop, operation: Operation
) -> None:
    alone, many = await READY[operation.id](market), await READY[operation.id](market)
    await market.shop.deliver_events()
    start = await market.contents()
    async with market.inside(alone.who.principal) as client:
        assert is_success(operation, await send(client, operation, alone, key()))
    await market.shop.deliver_events()
    middle = await market.contents()
    header = key()
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(shop.client(many.who.principal))
            for shop in (market.shop, replica)
        ]
        answers = await asyncio.gather(
            *(send(client, operation, many, header) for client in clients * (AT_ONCE // 2))
        )
        last = await send(clients[0], operation, many, header)
    await market.shop.deliver_events()
    assert is_success(operation, last), last.text
    successes = [answer for answer in answers if is_success(operation, answer)]
    assert successes, Counter(answer.text for answer in answers)
    assert {(answer.status_code, answer.content) for answer in successes} == {
        (last.status_code, last.content)
    }
    assert all(
        operation.route.pending for a in answers if a.status_code == 202 and not is_success(operation, a)
    )
    refused = Counter(a.json()["code"] for a in answers if not a.is_success)
    assert set(refused) <= {"request_in_flight"} | MEANWHILE.get(operation.id, set()), refused
    besides = BESIDES.get(operation.id, set())
    effects = [changed(middle, await market.contents()), changed(start, middle)]
    many_times, once = [{name: n for name, n in effect.items() if name not in besides} for effect in effects]
    assert many_times == once


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("operation_id", sorted(WITHOUT_KEY))
async def test_what_takes_no_key_is_harmless_to_repeat(market: Market, operation_id: str) -> None:
    operation = BY_ID[operation_id]
    request = await READY[operation_id](market)
    await market.shop.deliver_events()
    async with market.inside(request.who.principal) as client:
        first = await send(client, operation, request, {})
        assert is_success(operation, first), f"{first.status_code} {first.text}"
        after = await market.contents()
        second = await send(client, operation, request, {})
        assert (second.status_code, second.content) == (first.status_code, first.content)
        assert {name: rows for name, rows in changed(after, await market.contents()).items() if rows} == {}
