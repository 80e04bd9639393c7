"""Where events are sent: the paths and shapes of Segment's libraries."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from tradewind.kernel.errors import Invalid, TooLarge, Unauthenticated
from tradewind.kernel.http import PUBLIC, Call, Route
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.shapes import LARGEST_BATCH_BYTES, Batch, Event, Taken
from tradewind.services.analytics.use_cases.take_events import take_event, take_events

Handler = Callable[[Deps, Call[Any, None]], Awaitable[Taken]]


async def post_batch(deps: Deps, call: Call[Batch, None]) -> Taken:
    return await take_events(deps, call.body, _sender(deps, call), call.once)


async def post_track(deps: Deps, call: Call[Event, None]) -> Taken:
    return await take_event(deps, call.body, "track", _sender(deps, call), call.once)


async def post_page(deps: Deps, call: Call[Event, None]) -> Taken:
    return await take_event(deps, call.body, "page", _sender(deps, call), call.once)


async def post_screen(deps: Deps, call: Call[Event, None]) -> Taken:
    return await take_event(deps, call.body, "screen", _sender(deps, call), call.once)


async def post_identify(deps: Deps, call: Call[Event, None]) -> Taken:
    return await take_event(deps, call.body, "identify", _sender(deps, call), call.once)


async def post_group(deps: Deps, call: Call[Event, None]) -> Taken:
    return await take_event(deps, call.body, "group", _sender(deps, call), call.once)


async def post_alias(deps: Deps, call: Call[Event, None]) -> Taken:
    return await take_event(deps, call.body, "alias", _sender(deps, call), call.once)


def _sender(deps: Deps, call: Call[Batch, None] | Call[Event, None]) -> UUID | None:
    """The account that is signed in, if one is. A write key is needed by who neither is nor sends from a page of
    ours, which a browser says of itself. Raises Unauthenticated."""
    if call.principal.kind != "guest":
        return call.principal.account_id if call.principal.kind == "account" else None
    key = _basic_key(call.headers.get(b"authorization", b""))
    if key is None:
        key = call.body.write_key
    if key is None:
        if call.headers.get(b"sec-fetch-site") == b"same-origin":
            return None
        raise Unauthenticated(
            "write_key_required", "send the write key: Authorization: Basic, with it as the name"
        )
    if not any(hmac.compare_digest(key.encode(), known.encode()) for known in deps.settings.write_keys):
        raise Unauthenticated(
            "write_key_unknown", "this write key is not one of TRADEWIND_ANALYTICS_WRITE_KEYS"
        )
    return None


def _basic_key(authorization: bytes) -> str | None:
    """The name of Basic credentials; a password beside it is ignored, as Segment does."""
    scheme, _, encoded = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


_REFUSED = ((Unauthenticated, "write_key_required"), (Unauthenticated, "write_key_unknown"))
_WHO = {"anonymousId": "9c1f4f6e-5f0e-4f2e-9c58-1b8a5e2d7a11", "timestamp": "2026-01-01T12:00:00Z"}
_EXAMPLES: dict[str, tuple[Handler, str, dict[str, Any], tuple[str, ...]]] = {
    "track": (
        post_track,
        "Tell what somebody did, such as Product Viewed",
        {"event": "Product Viewed", "properties": {"sku": "VASE-1", "name": "Vase"}},
        ("event_required",),
    ),
    "page": (post_page, "Tell which page somebody saw", {"name": "Home"}, ()),
    "screen": (post_screen, "Tell which screen of an app somebody saw", {"name": "Home"}, ()),
    "identify": (post_identify, "Tell who somebody is", {"userId": "u-1", "traits": {"plan": "gold"}}, ()),
    "group": (post_group, "Tell which group somebody belongs to", {"groupId": "g-1"}, ()),
    "alias": (
        post_alias,
        "Tell that two names are of one person",
        {"userId": "u-1", "previousId": "u-0"},
        ("previous_required",),
    ),
}
EVENT_ROUTES = (
    Route(
        "POST",
        "/v1/batch",
        post_batch,
        PUBLIC,
        "Tell up to 500 KB of events; each is taken or refused for itself",
        answer=Taken,
        body=Batch,
        errors=(*_REFUSED, (Invalid, "batch_refused")),
        example={"batch": [{"type": "track", "event": "Product Viewed", **_WHO}]},
        max_body_bytes=LARGEST_BATCH_BYTES,
        write_key=True,
    ),
    *(
        Route(
            "POST",
            f"/v1/{kind}",
            handler,
            PUBLIC,
            summary,
            answer=Taken,
            body=Event,
            errors=(
                *_REFUSED,
                (Invalid, "person_required"),
                (Invalid, "type_other"),
                (TooLarge, "event_too_large"),
                *((Invalid, code) for code in codes),
            ),
            example={**_WHO, **example},
            write_key=True,
        )
        for kind, (handler, summary, example, codes) in _EXAMPLES.items()
    ),
)
