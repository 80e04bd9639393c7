"""What happens to orders, while it happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from tradewind.kernel.errors import Forbidden, Invalid, NotFound, Unauthenticated
from tradewind.kernel.http import OWNER, Answer, Call, Route
from tradewind.kernel.identity import Principal
from tradewind.services.notification.deps import Deps
from tradewind.services.notification.shapes import StreamQuery
from tradewind.services.notification.streaming import ORDER, ORDERS, follow

WATCHES = "orders:read"
_LARGEST_ID = 2**62


async def get_stream(deps: Deps, call: Call[None, StreamQuery]) -> Answer:
    topic = _topic(deps, call.principal, call.query)
    stream: AsyncIterator[bytes] = follow(deps, topic, _last_id(call))
    return Answer(stream, headers=((b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")))


def _topic(deps: Deps, caller: Principal, query: StreamQuery) -> str:
    """What the ticket opens, or what staff ask for. Raises Invalid, Unauthenticated, Forbidden, NotFound."""
    if query.ticket is not None:
        topic = deps.tickets.topic(query.ticket, deps.clock.now())
    elif query.topic is None:
        raise Invalid("ticket_or_topic_needed", "send the ticket of an order, or a topic", field="ticket")
    elif caller.kind == "guest":
        raise Unauthenticated("authentication_required", "sign in, or send the ticket of an order")
    elif not caller.may(WATCHES):
        raise Forbidden("permission_required", f"this needs the permission {WATCHES}, or a ticket")
    else:
        topic = query.topic
    if topic != ORDERS and not _is_order(topic):
        raise NotFound(
            "topic_not_found", "there is no such topic: there are `orders` and `order:` with an id"
        )
    return topic


def _is_order(topic: str) -> bool:
    try:
        return topic.startswith(ORDER) and str(UUID(topic.removeprefix(ORDER))) == topic.removeprefix(ORDER)
    except ValueError:
        return False


def _last_id(call: Call[None, StreamQuery]) -> int | None:
    """The browser's header where it came again by itself, else what the page asks for."""
    header = call.headers.get(b"last-event-id", b"").strip()
    if not header:
        return call.query.last_event_id
    if not header.isdigit() or len(header) > 19 or int(header) > _LARGEST_ID:
        raise Invalid("last_event_id_invalid", "send the id of an event as it came", field="Last-Event-ID")
    return int(header)


STREAM_ROUTES = (
    Route(
        "GET",
        "/v1/stream",
        get_stream,
        OWNER,
        "Follow an order, or for staff all of them, by Server-Sent Events",
        query=StreamQuery,
        media_type="text/event-stream",
        errors=(
            (Invalid, "ticket_or_topic_needed"),
            (Invalid, "last_event_id_invalid"),
            (Unauthenticated, "ticket_invalid"),
            (Unauthenticated, "authentication_required"),
            (Forbidden, "permission_required"),
            (NotFound, "topic_not_found"),
        ),
    ),
)
