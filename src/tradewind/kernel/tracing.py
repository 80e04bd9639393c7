"""Where spans go: an OTLP collector over HTTP. Imported only by a process that exports (see telemetry)."""

from __future__ import annotations

from opentelemetry import trace as otel
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from tradewind.kernel.telemetry import current_trace


class _KnownTraces(RandomIdGenerator):
    """The first span of a trace has the trace id that the logs have already."""

    def generate_trace_id(self) -> int:
        known = current_trace()
        return int(known[3:35], 16) if known else super().generate_trace_id()


def exporting_tracer(service: str, exporter: SpanExporter | None) -> otel.Tracer:
    """A tracer that sends in batches; `exporter` None is the collector of OTEL_EXPORTER_OTLP_ENDPOINT."""
    resource = Resource.create({"service.name": f"tradewind-{service}"})
    provider = TracerProvider(resource=resource, id_generator=_KnownTraces())
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
    return provider.get_tracer("tradewind")
