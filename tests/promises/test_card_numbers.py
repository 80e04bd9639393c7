"""A card's number, sent to every route in every part of a request, is refused and found nowhere afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import msgspec
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.kernel.traced_process import flush, telemetry_flushed
from tests.promises import nasties
from tests.promises.market import Market
from tests.promises.operations import OPERATIONS, Operation
from tests.promises.test_nasty import path_of
from tests.stage import key
from tradewind.kernel import telemetry
from tradewind.kernel.card_numbers import EXEMPT_FIELDS

CARD = "4242424242424242"
GROUPED = "4242 4242 4242 4242"
WRITTEN = re.compile(r"4242(?:(?:%20|\D)?4242){3}")
UNSEARCHED = "payment_post_webhook"  # what a processor did not sign is refused, and not kept
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def spans(market: Market, monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Every span from here on, also where none is exported otherwise."""
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(telemetry, "_tracer", None)
    telemetry.start_tracing("test", exporter)
    yield exporter
    telemetry._tracer.span_processor.shutdown()  # type: ignore[union-attr]


async def test_no_route_takes_a_card_number(
    market: Market, capfd: pytest.CaptureFixture[str], spans: InMemorySpanExporter
) -> None:
    taken: list[str] = []
    tried: set[str] = set()
    async with market.inside(market.admin.principal) as client:
        for operation in OPERATIONS:
            tried |= await _in_body(client, operation, taken)
            await _in_target(client, operation, taken)
            flush()  # what waits for its export is thrown away where it is much
    assert not taken, "\n".join(taken[:20])
    assert not await _found_in_tables(market)
    traced = telemetry_flushed(spans)
    assert tried and tried <= {span.name for span in traced}
    assert not [span.name for span in traced if WRITTEN.search(span.to_json())]
    out, err = capfd.readouterr()
    assert CARD not in out + err and GROUPED not in out + err


async def _in_body(client: httpx.AsyncClient, operation: Operation, taken: list[str]) -> set[str]:
    """The names of the spans that this makes: a number in the target is refused before there is one."""
    if not operation.route.mutates or operation.id == UNSEARCHED:
        return set()
    path = path_of(operation)
    bodies = [("text", f"card,{GROUPED}\n".encode()), ("nested", msgspec.json.encode({"a": [{"b": CARD}]}))]
    if operation.body_schema is not None:
        for place, schema in nasties.places(operation.body_schema, operation.route.example):
            if "string" in nasties.types(schema) and place[-1] not in EXEMPT_FIELDS:
                value = nasties.with_value(operation.route.example, place, f"it is {GROUPED}")
                bodies.append((str(place), msgspec.json.encode(value)))
    for name, body in bodies:
        headers = {"content-type": "application/json", **key()}
        answer = await client.request(operation.route.method, path, content=body, headers=headers)
        _judge(operation, name, answer, taken)
    return {f"{operation.route.method} {path}"}


async def _in_target(client: httpx.AsyncClient, operation: Operation, taken: list[str]) -> None:
    path = path_of(operation)
    for name in ("q", *operation.query_schemas):
        for number in (CARD, GROUPED):
            url = f"{path}?{urlencode({name: number})}"
            _judge(operation, url, await client.request(operation.route.method, url), taken)
    if operation.path_names:
        url = operation.url(dict.fromkeys(operation.path_names, CARD))
        _judge(operation, url, await client.request(operation.route.method, url), taken)
    headers = {"idempotency-key": CARD, "x-request-id": CARD}
    _judge(operation, "headers", await client.request(operation.route.method, path, headers=headers), taken)


def _judge(operation: Operation, sent: str, answer: httpx.Response, taken: list[str]) -> None:
    right = answer.status_code == 422 and answer.json()["code"] == "card_number_refused"
    if not right or CARD in answer.text or CARD in str(answer.headers):
        taken.append(f"{operation.id} {sent}: {answer.status_code} {answer.text[:200]}")


async def _found_in_tables(market: Market) -> list[str]:
    """In any table of any service: rows of its own, its events, its idempotency keys."""
    found = []
    for name, alive in market.shop.runtime.running.items():
        rows = await alive.database.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        )
        for table in [row["table_name"] for row in rows]:
            hits = await alive.database.value(
                f"SELECT count(*) FROM \"{table}\" t WHERE to_jsonb(t)::text ~ '4242[ -]?4242[ -]?4242[ -]?4242'"
            )
            if hits:
                found.append(f"{name}.{table}")
    return found
