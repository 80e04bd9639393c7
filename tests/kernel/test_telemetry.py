"""One request can be followed by its ids: through HTTP, its event, and the handler in another service."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.kernel.stand import Place

TRACE_ID, PARENT_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

FORGED = f'00-{"a" * 20}","level":"x-{PARENT_ID}-01'  # as long as a good one


@dataclass
class Told:
    """What one process told: its log lines by event, and its spans by name."""

    request_id: str
    lines: dict[str, dict[str, Any]]
    spans: dict[str, dict[str, Any]]


async def run(place: Place, headers: dict[str, str], traced: str = "untraced", **environ: str) -> Told:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.kernel.traced_process",
        place.url,
        place.prefix,
        json.dumps(headers),
        traced,
        env={**os.environ, **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    told = json.loads(out)
    lines = [json.loads(line) for line in err.decode().splitlines()]
    spans = {span["name"]: span for span in told["spans"]}
    return Told(told["request_id"], {line["event"]: line for line in lines}, spans)


async def test_the_callers_ids_are_in_every_line_to_the_handler_of_the_event(place: Place) -> None:
    given = {"x-request-id": "order-4711.a", "traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01"}
    told = await run(place, given)
    assert told.request_id == "order-4711.a"
    for event in ("request", "noted_heard"):
        line = told.lines[event]
        assert (line["request_id"], line["trace_id"]) == ("order-4711.a", TRACE_ID), line
    request = told.lines["request"]
    assert (request["method"], request["route"], request["path"], request["status"]) == (
        "POST",
        "/v1/notes",
        "/v1/notes",
        201,
    )
    assert (request["level"], request["caller"]) == ("info", "guest")
    assert request["milliseconds"] > 0
    assert told.lines["noted_heard"]["text"] == "one"


async def test_spans_are_exported_and_hang_together(place: Place) -> None:
    told = await run(place, {"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01"}, "traced")
    request, handled = told.spans["POST /v1/notes"], told.spans["event notes.noted"]
    assert {span["trace_id"] for span in told.spans.values()} == {TRACE_ID}
    assert request["parent_id"] == PARENT_ID
    assert handled["parent_id"] == request["span_id"]
    assert handled["attributes"]["subscriber"] == "readers.on_noted"
    assert request["attributes"]["request_id"] == told.request_id
    assert told.lines["noted_heard"]["trace_id"] == TRACE_ID


async def test_a_trace_that_nobody_began_is_exported_under_the_request_id(place: Place) -> None:
    told = await run(place, {}, "traced")
    request, handled = told.spans["POST /v1/notes"], told.spans["event notes.noted"]
    assert (request["trace_id"], request["parent_id"]) == (told.request_id, None)
    assert (handled["trace_id"], handled["parent_id"]) == (told.request_id, request["span_id"])
    assert told.lines["noted_heard"]["trace_id"] == told.request_id


async def test_a_trace_that_its_caller_does_not_sample_is_not_exported(place: Place) -> None:
    told = await run(place, {"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-00"}, "traced")
    assert told.spans == {}
    assert told.lines["noted_heard"]["trace_id"] == TRACE_ID


async def test_spans_go_to_the_collector_that_the_environment_names(place: Place) -> None:
    received: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        assert request.headers["content-type"] == "application/x-protobuf"
        received.append(await request.read())
        return web.Response()

    collector = web.Application()
    collector.router.add_post("/v1/traces", take)
    runner = web.AppRunner(collector)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        await run(place, {}, "collected", OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{host}:{port}")
    finally:
        await runner.cleanup()
    sent = b"".join(received)
    assert b"tradewind-test" in sent
    assert b"POST /v1/notes" in sent
    assert b"event notes.noted" in sent


async def test_ids_that_nobody_gave_or_that_are_not_well_formed_are_made(place: Place) -> None:
    told = await run(place, {"x-request-id": 'forged"} {', "traceparent": FORGED})
    request, heard = told.lines["request"], told.lines["noted_heard"]
    assert told.request_id == request["request_id"] == heard["request_id"]
    assert len(told.request_id) == 32
    assert int(told.request_id, 16)
    assert request["trace_id"] == heard["trace_id"] == told.request_id
