"""The events of the bus as an AsyncAPI 3.0 document."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import msgspec

from tradewind import __doc__ as about
from tradewind.kernel.events import Event
from tradewind.kernel.service import Service


def asyncapi(services: Sequence[Service]) -> dict[str, Any]:
    """A channel a publishing service; messages are the events, in the envelope that the outbox keeps."""
    events = [event for service in services for event in service.publishes]
    _, schemas = msgspec.json.schema_components(events, ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Tradewind's events", "version": "1.0.0", "description": about},
        "channels": {service.name: _channel(service) for service in services if service.publishes},
        "operations": {
            f"{service.name}.publish": {"action": "send", "channel": {"$ref": f"#/channels/{service.name}"}}
            for service in services
            if service.publishes
        },
        "components": {"schemas": schemas, "messages": {e.event_type(): _message(e) for e in events}},
    }


def _channel(service: Service) -> dict[str, Any]:
    return {
        "address": f"tradewind.events.{{subscriber}} (source: {service.name})",
        "messages": {
            event.event_type(): {"$ref": f"#/components/messages/{event.event_type()}"}
            for event in service.publishes
        },
    }


def _message(event: type[Event]) -> dict[str, Any]:
    documented = inspect.getdoc(event) if event.__doc__ and event.__doc__ != Event.__doc__ else None
    return {
        "name": event.event_type(),
        "summary": (documented or event.__name__).partition("\n")[0],
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
    }
