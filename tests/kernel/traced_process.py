"""A process that serves one request and handles its event, for test_telemetry: logs on standard error, as
JSON lines, and what the request was answered, with the spans, on standard output.

Of its own, because logging and tracing are set up once a process.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence

import httpx
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.kernel.serving import serving
from tests.kernel.stand import Place, open_stand
from tests.shop import SECRET_KEY, guest
from tradewind.kernel import telemetry
from tradewind.kernel.compose import answer_for_services
from tradewind.kernel.identity import InternalTokens
from tradewind.kernel.server import Server


async def main(url: str, prefix: str, headers: dict[str, str], spans: InMemorySpanExporter | None) -> None:
    async with open_stand(Place(url, prefix)) as stand:
        tokens = InternalTokens(SECRET_KEY)
        app = Server(lambda request: answer_for_services(stand.runtime, request), tokens)
        async with serving(app) as base, httpx.AsyncClient(base_url=base) as client:
            identity = {"tradewind-identity": tokens.mint(guest())}
            answer = await client.post("/v1/notes", json={"text": "one"}, headers={**identity, **headers})
        await stand.pump()
    exported = [
        {
            "name": span.name,
            "trace_id": f"{span.context.trace_id:032x}",
            "span_id": f"{span.context.span_id:016x}",
            "parent_id": f"{span.parent.span_id:016x}" if span.parent else None,
            "attributes": dict(span.attributes or {}),
        }
        for span in (telemetry_flushed(spans) if spans else ())
    ]
    if telemetry.exporting():
        flush()
    print(json.dumps({"request_id": answer.headers["x-request-id"], "spans": exported}))


def telemetry_flushed(spans: InMemorySpanExporter) -> Sequence[ReadableSpan]:
    flush()
    return spans.get_finished_spans()


def flush() -> None:
    """A batch is exported every few seconds; now will do."""
    tracer = telemetry._tracer
    assert tracer is not None
    tracer.span_processor.force_flush()  # type: ignore[attr-defined]


if __name__ == "__main__":
    given_url, given_prefix, given_headers, traced = sys.argv[1:]
    telemetry.configure_logging(json=True)
    exporter = InMemorySpanExporter() if traced == "traced" else None
    if traced != "untraced":
        telemetry.start_tracing("test", exporter)  # without one, to the collector of the environment
    asyncio.run(main(given_url, given_prefix, json.loads(given_headers), exporter))
