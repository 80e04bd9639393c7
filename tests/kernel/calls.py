"""A contract that answers in every way there is, and a service that calls it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from tests.kernel.serving import serving
from tests.kernel.stand import Place, Settings, Stand, open_stand
from tests.shop import SECRET_KEY
from tradewind.kernel import deadline
from tradewind.kernel.compose import answer_for_services
from tradewind.kernel.errors import REFUSALS, Refusal, refusal
from tradewind.kernel.http import PUBLIC, Call, Route
from tradewind.kernel.identity import InternalTokens
from tradewind.kernel.server import Server
from tradewind.kernel.service import Service, implement
from tradewind.ports.database import Database, DatabaseUnavailable


class Kept(msgspec.Struct, frozen=True, tag="kept"):
    name: str
    at: datetime | None = None


class Full(msgspec.Struct, frozen=True, tag="full"):
    left: list[str]


class Forgotten(msgspec.Struct, frozen=True, tag="forgotten"):
    pass


class Store(Protocol):
    async def keep(self, name: str) -> Kept | Full | Forgotten:
        """Keyed by `name`: a repeat answers the first."""
        ...

    async def echo(
        self, owner: UUID, at: datetime, names: list[str], limits: dict[str, int], note: str | None = None
    ) -> list[tuple[UUID, datetime, list[str], dict[str, int], str | None]]: ...

    async def refuse(self, kind: str) -> None: ...

    async def break_down(self, how: str) -> None: ...

    async def remaining_seconds(self) -> float: ...

    async def wait(self, seconds: float) -> None: ...


@dataclass(frozen=True)
class StoreDeps:
    db: Database


async def keep(deps: StoreDeps, name: str) -> Kept | Full | Forgotten:
    if name == "full":
        return Full(["a", "b"])
    if name == "forgotten":
        return Forgotten()
    async with deps.db.begin() as tx:
        await tx.execute(
            "INSERT INTO kept VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET calls = kept.calls + 1", name
        )
    return Kept(name)


async def echo(
    deps: StoreDeps,
    owner: UUID,
    at: datetime,
    names: list[str],
    limits: dict[str, int],
    note: str | None = None,
) -> list[tuple[UUID, datetime, list[str], dict[str, int], str | None]]:
    return [(owner, at, names, limits, note)]


def refusal_of(kind: str) -> Refusal:
    """One of each kind, with all that it may carry."""
    details = (
        {"retry_after_seconds": 7} if kind in ("TooManyRequests", "Unavailable") else {"left": [1, "two"]}
    )
    field = None if kind in ("TooManyRequests", "Unavailable") else "lines[3].sku"
    return refusal(kind, f"{kind.lower()}_code", "what would be right", field, details)


async def refuse(deps: StoreDeps, kind: str) -> None:
    raise refusal_of(kind)


async def break_down(deps: StoreDeps, how: str) -> None:
    if how == "database":
        raise DatabaseUnavailable("the connection broke")
    raise AssertionError("a bug")


async def remaining_seconds(deps: StoreDeps) -> float:
    return deadline.remaining_seconds(1000.0)


async def wait(deps: StoreDeps, seconds: float) -> None:
    await asyncio.sleep(seconds)


class Relay(Protocol):
    """A second hop: what it is asked, it asks the store."""

    async def remaining_seconds(self) -> list[float]: ...


@dataclass(frozen=True)
class HopDeps:
    store: Store


async def remaining_of_both(deps: HopDeps) -> list[float]:
    return [deadline.remaining_seconds(1000.0), await deps.store.remaining_seconds()]


@dataclass(frozen=True)
class ShopDeps:
    relay: Relay
    store: Store


async def get_remaining(deps: ShopDeps, call: Call[None, None]) -> list[float]:
    return [deadline.remaining_seconds(1000.0), *await deps.relay.remaining_seconds()]


async def get_late(deps: ShopDeps, call: Call[None, None]) -> None:
    """Slower than a caller in a hurry waits, and then asks for more."""
    await asyncio.sleep(0.06)
    await deps.store.wait(0.0)


def _service(name: str, **said: Any) -> Service:
    return Service(name=name, settings=Settings, migrations="tests.kernel.schemas.readers", **said)


STORE = _service(
    "store",
    deps=StoreDeps,
    provides=implement(
        Store,
        keep=keep,
        echo=echo,
        refuse=refuse,
        break_down=break_down,
        remaining_seconds=remaining_seconds,
        wait=wait,
    ),
)
HOP = _service(
    "hop", deps=HopDeps, needs=(Store,), provides=implement(Relay, remaining_seconds=remaining_of_both)
)
SHOP = _service(
    "shop",
    deps=ShopDeps,
    needs=(Relay, Store),
    routes=(
        Route("GET", "/v1/remaining", get_remaining, PUBLIC, "What is left", answer=list[float]),
        Route("GET", "/v1/late", get_late, PUBLIC, "Too late", status=204),
    ),
)
SERVICES = (STORE, HOP, SHOP)
KINDS = tuple(REFUSALS)


@asynccontextmanager
async def served(place: Place, local: Sequence[str], **world: Any) -> AsyncIterator[tuple[Stand, str]]:
    """A process of these services, and its URL. Only the platform's own tokens open it."""
    async with open_stand(place, local, services=SERVICES, **world) as stand:
        app = Server(
            lambda request: answer_for_services(stand.runtime, request),
            InternalTokens(SECRET_KEY),
            access_log=False,
        )
        async with serving(app) as url:
            yield stand, url
