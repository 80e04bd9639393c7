"""Two services without a database: accounts that are known by heart, and things to read, change and stream."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body, Page
from tradewind.contracts.user import Account, Authenticated, NotAuthenticated, UnknownAccount, User
from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.http import ACCOUNT, INTERNAL, OWNER, PUBLIC, Answer, Call, Route, permission
from tradewind.kernel.service import Service, implement

ADA_ID = UUID("0192d0c4-0000-7000-8000-000000000001")
ROBOT_ID = UUID("0192d0c4-0000-7000-8000-000000000002")
calls: Counter[str] = Counter()  # by function, so that tests see what was and was not asked


@dataclass(frozen=True)
class Settings: ...


@dataclass(frozen=True)
class Deps: ...


async def authenticate(deps: Deps, credential: str) -> Authenticated | NotAuthenticated:
    calls["authenticate"] += 1
    known = {
        "tws_ada": Authenticated("account", ADA_ID, []),
        "twk_robot": Authenticated("api_key", ROBOT_ID, ["inventory:read"]),
    }
    return known.get(credential, NotAuthenticated())


async def account(deps: Deps, account_id: UUID) -> Account | UnknownAccount:
    return UnknownAccount()


USERS = Service(
    "user", Settings, Deps, "none", provides=implement(User, authenticate=authenticate, account=account)
)


class Thing(msgspec.Struct, frozen=True):
    """Something to look at."""

    thing_id: str
    title: str
    made_at: datetime | None = None


class NewThing(Body, frozen=True):
    title: Annotated[str, Meta(max_length=80)]


class ThingQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=500)] = 24
    colour: list[str] = []
    sort: Literal["title", "made_at"] = "title"
    since: datetime | None = None


class Seen(msgspec.Struct, frozen=True):
    """What a service learns of a request."""

    kind: str
    account_id: UUID | None
    permissions: list[str]
    client_address: str
    headers: dict[str, str]


class Size(msgspec.Struct, frozen=True):
    bytes: int


async def get_things(deps: Deps, call: Call[None, ThingQuery]) -> Page[Thing]:
    things = [
        Thing(
            str(number), f"Thing {number} {' '.join(call.query.colour)}", datetime(2026, 11, 22, tzinfo=UTC)
        )
        for number in range(call.query.limit)
    ]
    return Page(things)


async def get_thing(deps: Deps, call: Call[None, None]) -> Thing:
    calls["get_thing"] += 1
    if call.parameters["thing_id"] == "none":
        raise NotFound("thing_not_found", "there is no such thing")
    return Thing(call.parameters["thing_id"], "A thing")


async def post_thing(deps: Deps, call: Call[NewThing, None]) -> Answer:
    calls["post_thing"] += 1
    return Answer(Thing("new", call.body.title), headers=((b"location", b"/v1/things/new"),))


async def delete_thing(deps: Deps, call: Call[None, None]) -> None:
    raise Conflict("thing_in_use", "it is in use")


async def get_seen(deps: Deps, call: Call[None, None]) -> Seen:
    principal = call.principal
    headers = {name.decode(): value.decode() for name, value in call.headers.items()}
    return Seen(
        principal.kind, principal.account_id, sorted(principal.permissions), principal.client_address, headers
    )


async def post_upload(deps: Deps, call: Call[bytes, None]) -> Size:
    calls["post_upload"] += 1
    return Size(len(call.body))


async def get_ticks(deps: Deps, call: Call[None, None]) -> AsyncIterator[bytes]:
    return _ticks()


async def _ticks() -> AsyncIterator[bytes]:
    calls["ticking"] += 1
    try:
        for number in range(1_000):
            yield f"data: {number}\n\n".encode()
            await asyncio.sleep(0.02)
    finally:
        calls["ticking"] -= 1


async def get_export(deps: Deps, call: Call[None, None]) -> bytes:
    return b"sku,title\n" * 400


async def get_failure(deps: Deps, call: Call[None, None]) -> None:
    raise RuntimeError("a bug")


async def get_nap(deps: Deps, call: Call[None, None]) -> Size:
    await asyncio.sleep(0.1)
    return Size(0)


def _route(method: str, path: str, handler: Any, **rest: Any) -> Route:
    policy = rest.pop("policy", PUBLIC)
    return Route(method, path, handler, policy, handler.__name__.replace("_", " "), **rest)


THINGS = Service(
    "things",
    Settings,
    Deps,
    "none",
    routes=(
        _route("GET", "/v1/things", get_things, answer=Page[Thing], query=ThingQuery, cache_seconds=60),
        _route(
            "GET", "/v1/things/{thing_id}", get_thing, answer=Thing, errors=((NotFound, "thing_not_found"),)
        ),
        _route(
            "POST",
            "/v1/things",
            post_thing,
            answer=Thing,
            body=NewThing,
            status=201,
            max_body_bytes=2_000,
            keyed=False,
            example={"title": "A thing"},
        ),
        _route(
            "DELETE",
            "/v1/things/{thing_id}",
            delete_thing,
            policy=OWNER,
            errors=((Conflict, "thing_in_use"), (NotFound, "thing_not_found")),
        ),
        _route("GET", "/v1/seen", get_seen, answer=Seen),
        _route("POST", "/v1/seen", get_seen, answer=Seen, keyed=False),
        _route("GET", "/v1/mine", get_seen, answer=Seen, policy=ACCOUNT),
        _route("GET", "/v1/stock", get_seen, answer=Seen, policy=permission("inventory:read")),
        _route(
            "POST",
            "/v1/uploads",
            post_upload,
            answer=Size,
            body=bytes,
            policy=permission("inventory:read"),
            max_body_bytes=3_000_000,
            keyed=False,
        ),
        _route("GET", "/v1/ticks", get_ticks, media_type="text/event-stream"),
        _route("GET", "/v1/export", get_export, answer=bytes, media_type="text/csv"),
        _route("POST", "/v1/costly", get_seen, answer=Seen, cost=20, keyed=False),
        _route("GET", "/v1/failure", get_failure),
        _route("GET", "/v1/nap", get_nap, answer=Size),
        _route("GET", "/v1/internal", get_seen, answer=Seen, policy=INTERNAL),
    ),
)
