"""Logs, metrics and traces. A trace id is carried through HTTP and events whether or not spans are exported.

Logs are JSON lines on standard error (readable lines on a terminal), with request and trace ids.
Spans go to an OTLP collector when OTEL_EXPORTER_OTLP_ENDPOINT is set, and cost nothing otherwise.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.propagate import extract

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

log: structlog.stdlib.BoundLogger = structlog.get_logger("tradewind")
_traceparent: ContextVar[str] = ContextVar("traceparent", default="")
_request_id: ContextVar[str] = ContextVar("request_id", default="")
_tracer: otel.Tracer | None = None


def new_traceparent(trace_id: str | None = None) -> str:
    """A W3C traceparent of a new trace. Its parent is no span, which it says by repeating the trace's id: a
    span under it is the trace's first."""
    made = trace_id or os.urandom(16).hex()
    return f"00-{made}-{made[:16]}-00"


def _is_new(traceparent: str) -> bool:
    return traceparent[36:52] == traceparent[3:19]


def current_trace() -> str:
    """The traceparent of the work at hand; empty outside any."""
    return _traceparent.get()


def current_request_id() -> str:
    return _request_id.get()


def enter(traceparent: str, request_id: str) -> None:
    """Set the ids of the work that this task does from here on."""
    _traceparent.set(traceparent)
    _request_id.set(request_id)


@contextmanager
def span(name: str, **attributes: Any) -> Iterator[None]:
    """A span where spans are exported, else nothing."""
    if _tracer is None:
        yield
        return
    known = _traceparent.get()
    parent = Context() if _is_new(known) else extract({"traceparent": known})
    with _tracer.start_as_current_span(name, context=parent, attributes=attributes) as current:
        context = current.get_span_context()
        token = _traceparent.set(
            f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
        )
        try:
            yield
        finally:
            _traceparent.reset(token)


def exporting() -> bool:
    return _tracer is not None


def start_tracing(service: str, exporter: SpanExporter | None = None) -> None:
    """Export spans, to `exporter` or to the collector that the environment names; else do nothing.

    The exporter's library is imported only here: it costs 20 MB and a tenth of the time of a start.
    """
    global _tracer
    if exporter is None and not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    tracing = import_module("tradewind.kernel.tracing")
    _tracer = tracing.exporting_tracer(service, exporter)


def _add_ids(logger: Any, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    request_id, traceparent = _request_id.get(), _traceparent.get()
    if request_id:
        event.setdefault("request_id", request_id)
    if traceparent:
        event["trace_id"] = traceparent[3:35]
    return event


def configure_logging(*, level: str = "info", json: bool | None = None) -> None:
    """`json` None: JSON unless standard error is a terminal."""
    as_json = not sys.stderr.isatty() if json is None else json
    renderer: Any = (
        structlog.processors.JSONRenderer(
            serializer=lambda e, **_: msgspec.json.encode(e, enc_hook=str).decode()
        )
        if as_json
        else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            _add_ids,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if as_json else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
