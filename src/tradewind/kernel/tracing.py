"""Where spans go: an OTLP collector over HTTP. Imported only by a process that exports (see telemetry)."""

from __future__ import annotations

from opentelemetry import trace as otel
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter


def exporting_tracer(service: str, exporter: SpanExporter | None) -> otel.Tracer:
    """A tracer that sends in batches; `exporter` None is the collector of OTEL_EXPORTER_OTLP_ENDPOINT."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"tradewind-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
    return provider.get_tracer("tradewind")
