"""Routes that every service has for those who run it: events that failed or were parked, and their replay."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.http import Call, Route, permission
from tradewind.kernel.inbox import Inbox, Parked

OPERATE = "operations:write"


class ParkedEvents(msgspec.Struct, frozen=True):
    items: list[Parked]


class Replay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    event_id: UUID
    subscriber: Annotated[str, Meta(max_length=200)]


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


_HANDLERS: tuple[Any, ...] = (list_parked_events, replay_parked_event)
