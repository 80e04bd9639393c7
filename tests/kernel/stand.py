"""Two small services for the kernel's own tests, alive on a real PostgreSQL: one writes notes, one reads them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol
from uuid import UUID

import httpx
import msgspec
from msgspec import Meta

from tests.shop import SECRET_KEY, Shop
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.kernel.clock import Clock, SystemClock
from tradewind.kernel.compose import Runtime, World
from tradewind.kernel.errors import Conflict
from tradewind.kernel.events import Event
from tradewind.kernel.graph import Graph
from tradewind.kernel.http import PUBLIC, Call, Route
from tradewind.kernel.outbox import Outbox
from tradewind.kernel.service import Service, Subscription
from tradewind.kernel.settings import setting
from tradewind.kernel.telemetry import log
from tradewind.ports.bus import Bus
from tradewind.ports.database import Database, Transaction


class MovableClock(SystemClock):
    """Now, and as much later as a test says."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


class Noted(Event, tag="notes.noted"):
    note_id: UUID
    text: str


class Struck(Event, tag="notes.struck"):
    """Nobody hears of it."""

    note_id: UUID


class NewNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=100)]


class Note(msgspec.Struct, frozen=True):
    note_id: UUID
    text: str


Trouble = Callable[[Noted], Awaitable[None]]


async def no_trouble(event: Noted) -> None:
    return None


@dataclass
class Ears:
    """What a reader heard; `trouble` is awaited before, and may raise."""

    heard: list[str] = field(default_factory=list)
    trouble: Trouble = no_trouble


class Gate(Protocol):
    """Where slow requests wait."""

    async def passed(self, text: str) -> None: ...


@dataclass
class OpenGate:
    """Nobody waits until it is shut; `arrived` counts who came."""

    arrived: int = 0
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.opened.set()

    async def passed(self, text: str) -> None:
        self.arrived += 1
        await self.opened.wait()


@dataclass(frozen=True)
class Settings:
    longest_text: int = setting(100, help="characters of a note")


@dataclass(frozen=True)
class NotesDeps:
    db: Database
    outbox: Outbox
    clock: Clock
    settings: Settings
    gate: Gate


@dataclass(frozen=True)
class ReadersDeps:
    db: Database
    outbox: Outbox
    clock: Clock
    settings: Settings
    ears: Ears


async def write_note(deps: NotesDeps, tx: Transaction, text: str) -> Note:
    note = Note(deps.clock.new_id(), text)
    await tx.execute("INSERT INTO notes VALUES ($1, $2, $3)", note.note_id, text, deps.clock.now())
    await deps.outbox.append(tx, Noted(note.note_id, text))
    return note


async def post_note(deps: NotesDeps, call: Call[NewNote, None]) -> Note:
    """One transaction, as most use cases."""
    async with deps.db.begin() as tx:
        note = await write_note(deps, tx, call.body.text)
        return await call.once.answer(tx, note)


async def post_late_note(deps: NotesDeps, call: Call[NewNote, None]) -> Note:
    """Two transactions with something remote between them; keyed by its text, and so safe to repeat."""
    async with deps.db.begin() as tx:
        await call.once.claim(tx)
        row = await tx.row("SELECT note_id, text FROM notes WHERE text = $1", call.body.text)
        note = Note(*row) if row else await write_note(deps, tx, call.body.text)
    await deps.gate.passed(note.text)
    async with deps.db.begin() as tx:
        return await call.once.complete(tx, note)


async def post_rare_note(deps: NotesDeps, call: Call[NewNote, None]) -> Note:
    """Refused while there is any other note."""
    async with deps.db.begin() as tx:
        if await tx.value("SELECT count(*) FROM notes"):
            raise Conflict("not_rare", "there are notes already", field="text")
        return await call.once.answer(tx, await write_note(deps, tx, call.body.text))


async def get_notes(deps: NotesDeps, call: Call[None, None]) -> list[Note]:
    await deps.gate.passed("")
    return [Note(*row) for row in await deps.db.fetch("SELECT note_id, text FROM notes ORDER BY note_id")]


async def on_noted(deps: ReadersDeps, tx: Transaction, event: Noted) -> None:
    log.info("noted_heard", text=event.text)
    await tx.execute("INSERT INTO heard (note_id, text) VALUES ($1, $2)", event.note_id, event.text)
    await deps.ears.trouble(event)
    deps.ears.heard.append(event.text)


NOTES = Service(
    name="notes",
    settings=Settings,
    deps=NotesDeps,
    migrations="tests.kernel.schemas.notes",
    routes=(
        Route("POST", "/v1/notes", post_note, PUBLIC, "Write", answer=Note, body=NewNote, status=201),
        Route("POST", "/v1/late-notes", post_late_note, PUBLIC, "Write late", answer=Note, body=NewNote),
        Route("POST", "/v1/rare-notes", post_rare_note, PUBLIC, "Write rarely", answer=Note, body=NewNote),
        Route(
            "POST",
            "/v1/secret-notes",
            post_note,
            PUBLIC,
            "Write secretly",
            answer=Note,
            body=NewNote,
            status=201,
            secret=True,
        ),
        Route("GET", "/v1/notes", get_notes, PUBLIC, "Read", answer=list[Note]),
    ),
    publishes=(Noted, Struck),
)
READERS = Service(
    name="readers",
    settings=Settings,
    deps=ReadersDeps,
    migrations="tests.kernel.schemas.readers",
    subscriptions=(Subscription(Noted, on_noted),),
)


@dataclass(frozen=True)
class Place:
    """Where the databases of one test's services are: as good as elsewhere for every other test."""

    url: str
    prefix: str

    def database(self, service: str) -> PostgresDatabase:
        return PostgresDatabase(self.url, f"{self.prefix}_{service}", max_size=6)


@dataclass
class Stand:
    """Some services of a graph, in one process."""

    runtime: Runtime
    clock: MovableClock
    ears: Ears
    gate: OpenGate
    shop: Shop

    def client(self, principal: Any) -> httpx.AsyncClient:
        return self.shop.client(principal)

    def database(self, service: str) -> Database:
        return self.runtime.running[service].database

    async def note(self, *texts: str, about: UUID | None = None) -> None:
        """Publish an event a text, in one transaction each, all about one thing."""
        alive = self.runtime.running["notes"]
        key = about or self.clock.new_id()
        for text in texts:
            async with alive.database.begin() as tx:
                await alive.outbox.append(tx, Noted(key, text))

    async def pump(self) -> None:
        """Every relay, until nothing moves."""
        await self.shop.deliver_events()

    async def awaiting(self) -> list[list[str]]:
        """Whom each event still awaits, oldest first."""
        rows = await self.database("notes").fetch("SELECT awaiting FROM outbox ORDER BY id")
        return [row["awaiting"] for row in rows]

    async def written(self) -> list[str]:
        """What the reader's handler left in its database."""
        rows = await self.database("readers").fetch("SELECT text FROM heard ORDER BY id")
        return [row["text"] for row in rows]


@asynccontextmanager
async def open_stand(
    place: Place,
    local: Sequence[str] = ("notes", "readers"),
    *,
    services: Sequence[Service] = (NOTES, READERS),
    bus: Bus | None = None,
    urls: Mapping[str, Sequence[str]] | None = None,
    ports: Mapping[type, Any] | None = None,
    clock: MovableClock | None = None,
    environ: Mapping[str, str] | None = None,
    open_database: Callable[[str], Database] | None = None,
) -> AsyncIterator[Stand]:
    clock, ears, gate = clock or MovableClock(), Ears(), OpenGate()
    world = World(
        environ={"TRADEWIND_ENVIRONMENT": "development", **(environ or {})},
        open_database=open_database or place.database,
        ports={Ears: lambda _: ears, Gate: lambda _: gate, **(ports or {})},
        secret_key=SECRET_KEY,
        clock=clock,
        bus=bus,
        urls=urls or {},
    )
    runtime = Runtime(Graph.of(services), local, world)
    await runtime.migrate()
    try:
        yield Stand(runtime, clock, ears, gate, Shop(runtime, place.url))
    finally:
        await runtime.stop()


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    """Wait until it holds; a test that waits in vain fails here."""
    ends = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < ends, f"it did not come true in {seconds:g} s"
        await asyncio.sleep(0.02)
