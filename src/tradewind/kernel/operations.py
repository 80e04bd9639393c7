"""Routes that every service has for those who run it: how it is, events that failed or were parked, their replay."""

from __future__ import annotations

from datetime import datetime
from importlib import metadata
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.http import Call, Route, permission
from tradewind.kernel.inbox import Inbox, Parked

OPERATE = "operations:write"
VERSION = metadata.version("tradewind")


class ParkedEvents(msgspec.Struct, frozen=True):
    items: list[Parked]


class ServiceStatus(msgspec.Struct, frozen=True):
    """That it is answered says that the service and its database are there. `outbox_waiting` are its events that
    somebody has yet to confirm; `events_failed` those of others that it tries again, `events_parked` no more."""

    version: str
    outbox_waiting: int
    outbox_oldest_at: datetime | None
    events_failed: int
    events_parked: int


class Replay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    event_id: UUID
    subscriber: Annotated[str, Meta(max_length=200)]


async def show_status(inbox: Inbox, call: Call[None, None]) -> ServiceStatus:
    row = await inbox.database.row(
        """
        SELECT count(*) AS waiting, min(occurred_at) AS oldest_at,
            (SELECT count(*) FROM inbox WHERE state = 'failed') AS failed,
            (SELECT count(*) FROM inbox WHERE state = 'parked') AS parked
        FROM outbox WHERE awaiting <> '{}'
        """
    )
    assert row is not None, "an aggregate has one row"
    return ServiceStatus(VERSION, row["waiting"], row["oldest_at"], row["failed"], row["parked"])


async def list_parked_events(inbox: Inbox, call: Call[None, None]) -> ParkedEvents:
    return ParkedEvents(await inbox.unfinished())


async def replay_parked_event(inbox: Inbox, call: Call[Replay, None]) -> None:
    await inbox.replay(call.body.event_id, call.body.subscriber)


def operations_routes(service: str) -> tuple[Route, ...]:
    """Their handlers take the service's Inbox where others take its deps."""
    path = f"/v1/operations/{service}/parked-events"
    return (
        Route(
            "GET",
            f"/v1/operations/{service}/status",
            show_status,
            permission(OPERATE),
            f"How the {service} service is: what it has yet to send, and to take",
            answer=ServiceStatus,
        ),
        Route(
            "GET",
            path,
            list_parked_events,
            permission(OPERATE),
            f"Events that the {service} service could not take yet",
            answer=ParkedEvents,
        ),
        Route(
            "POST",
            path + "/replay",
            replay_parked_event,
            permission(OPERATE),
            "Try a parked event again",
            body=Replay,
            status=204,
            keyed=False,  # naturally: replaying a replayed event changes nothing
            errors=((NotFound, "event_not_found"), (Conflict, "event_done")),
            example={"event_id": "0192d0c4-7f7e-7b60-8d00-2f6c9a1b2c3d", "subscriber": f"{service}.on_event"},
        ),
    )


def is_operations(route: Route) -> bool:
    return route.handler in _HANDLERS


_HANDLERS: tuple[Any, ...] = (show_status, list_parked_events, replay_parked_event)
