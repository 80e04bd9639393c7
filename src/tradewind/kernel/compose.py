"""Puts services together in one process: settings, dependencies, bindings, routes, and what runs beside them.

No service knows which others share its process: what is not here is reached over HTTP and the bus.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from tradewind.kernel import migrate, settings
from tradewind.kernel.clock import Clock
from tradewind.kernel.endpoint import Endpoint
from tradewind.kernel.envelope import SETTING, KeyRing, Vault
from tradewind.kernel.errors import Refusal, Unavailable
from tradewind.kernel.graph import CompositionError, Graph
from tradewind.kernel.health import health_response
from tradewind.kernel.http import Request, Response, Route
from tradewind.kernel.idempotency import forget_old_keys
from tradewind.kernel.identity import InternalTokens
from tradewind.kernel.inbox import Inbox
from tradewind.kernel.jobs import run_forever
from tradewind.kernel.operations import is_operations, operations_routes
from tradewind.kernel.outbox import Outbox
from tradewind.kernel.relay import Relay
from tradewind.kernel.routing import RouteTable
from tradewind.kernel.sealing import Sealer
from tradewind.kernel.service import Job, Service
from tradewind.kernel.tasks import cancelled
from tradewind.kernel.telemetry import log
from tradewind.kernel.tickets import Tickets
from tradewind.kernel.upstream import Upstream
from tradewind.kernel.wire import PREFIX, Binding, ContractServer, bind_in_process, bind_over_http
from tradewind.ports.bus import Bus
from tradewind.ports.database import Database, DatabaseUnavailable


@dataclass(frozen=True)
class World:
    """What the composition root hands in: everything that touches the outside."""

    environ: Mapping[str, str]
    open_database: Callable[[str], Database]  # by service name
    ports: Mapping[type, Callable[[Any], Any]]  # by port, made from the service's settings
    secret_key: str
    clock: Clock
    bus: Bus | None = None
    urls: Mapping[str, Sequence[str]] = field(default_factory=dict)  # of services that run elsewhere


@dataclass
class Running:
    """One service, alive in this process."""

    service: Service
    settings: Any
    database: Database
    outbox: Outbox
    inbox: Inbox
    relay: Relay
    deps: Any
    vault: Vault


class Runtime:
    """What this process runs. `handle` answers for its services; the gateway uses it too, when it is here."""

    def __init__(self, graph: Graph, local: Sequence[str], world: World) -> None:
        problems = graph.problems(local, world.urls, bus=world.bus is not None)
        if problems:
            raise CompositionError("\n".join(problems))
        self.graph, self.world = graph, world
        self.tokens = InternalTokens(world.secret_key)
        self._ring = KeyRing.read(world.environ.get(SETTING, ""), world.secret_key)
        self.upstreams = {
            name: Upstream(name, urls) for name, urls in world.urls.items() if name not in local
        }
        self.running: dict[str, Running] = {}
        self.draining = False
        self.preparing = False  # not ready yet for a reason of who started it
        self._bindings: dict[type, Binding] = {}
        self._closers: list[Callable[[], Awaitable[None]]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._inboxes: dict[str, Inbox] = {}
        self._endpoints: dict[tuple[str, str], Endpoint] = {}
        for name in local:
            self.running[name] = self._begin(graph.services[name])
        self._bind()
        self._table, self._contracts = self._routes(), self._contract_servers()

    def _begin(self, service: Service) -> Running:
        chosen: Any = settings.load(service.settings, service.name, self.world.environ)
        database = self.world.open_database(service.name)
        outbox = Outbox(service.name, self.graph.subscribers_by_event(service), self.world.clock)
        sealer = Sealer(self.world.secret_key, service.name)
        vault = Vault(service.name, service.sealed, self._ring, sealer, self.world.clock)
        deps = self._deps(service, chosen, database, outbox, {Sealer: sealer, Vault: vault})
        subscriptions = {s.subscriber(service.name): s for s in service.subscriptions}
        inbox = Inbox(database, deps, self.world.clock, subscriptions)
        self._inboxes[service.name] = inbox
        relay = Relay(service.name, database, outbox, self._inboxes, self.world.bus)
        return Running(service, chosen, database, outbox, inbox, relay, deps, vault)

    def _deps(
        self, service: Service, chosen: Any, database: Database, outbox: Outbox, made: Mapping[Any, Any]
    ) -> Any:
        """An instance of the service's Deps: each field is filled by what its annotation names."""
        given: dict[Any, Any] = {
            service.settings: chosen,
            Database: database,
            Outbox: outbox,
            Clock: self.world.clock,
            Tickets: Tickets(self.world.secret_key),
            **made,
        }
        values = {}
        for name, hint in get_type_hints(service.deps).items():
            if hint in given:
                values[name] = given[hint]
            elif hint in service.needs:
                values[name] = self._bindings.setdefault(hint, Binding(hint))
            elif hint in self.world.ports:
                values[name] = port = self.world.ports[hint](chosen)
                if hasattr(port, "close"):
                    self._closers.append(port.close)
            else:
                raise CompositionError(
                    f"{service.name}.Deps.{name}: nothing provides {hint}; declare it in needs"
                )
        assert dataclasses.is_dataclass(service.deps), f"{service.name}.Deps is a dataclass"
        return service.deps(**values)

    def _bind(self) -> None:
        for contract, binding in self._bindings.items():
            owner = self.graph.owner(contract)
            assert owner is not None, "checked by graph.problems"
            provider = self.running.get(owner)
            if provider is not None:
                assert provider.service.provides is not None
                binding.set(bind_in_process(provider.service.provides, provider.deps))
            else:
                binding.set(bind_over_http(contract, self.upstreams[owner], self.tokens))

    def contract(self, contract: type) -> Any:
        """A binding for the gateway, the faces and the tests."""
        if contract not in self._bindings:
            self._bindings[contract] = Binding(contract)
            self._bind()
        return self._bindings[contract]

    def _routes(self) -> RouteTable[Endpoint]:
        table: RouteTable[Endpoint] = RouteTable()
        for alive in self.running.values():
            sealer = Sealer(self.world.secret_key, f"{alive.service.name}.idempotency")
            for route in alive.service.routes + operations_routes(alive.service.name):
                deps = alive.inbox if is_operations(route) else alive.deps
                endpoint = Endpoint(route, deps, alive.database, self.world.clock, sealer)
                table.add(route.method, route.path, endpoint)
                self._endpoints[route.method, route.path] = endpoint
        return table

    def _contract_servers(self) -> dict[str, ContractServer]:
        return {
            alive.service.provides.contract.__name__: ContractServer(alive.service.provides, alive.deps)
            for alive in self.running.values()
            if alive.service.provides is not None
        }

    def endpoint(self, route: Route) -> Endpoint:
        """What answers for a route of a service that runs here: for a gateway, which matches by itself."""
        return self._endpoints[route.method, route.path]

    async def handle(self, request: Request) -> Response:
        """Answer for the services of this process. Refusals of routing are raised."""
        if request.path.startswith(PREFIX):
            contract, _, method = request.path.removeprefix(PREFIX).partition("/")
            request.route = f"{PREFIX}{contract}/{method}"
            server = self._contracts.get(contract)
            if server is None:
                raise Unavailable("contract_not_here", f"{contract} is not provided by this process")
            return await server(method, request)
        endpoint, request.parameters = self._table.match(request.method, request.path)
        request.route = endpoint.route.path
        return await endpoint(request)

    async def migrate(self) -> dict[str, list[str]]:
        """Bring every local service's schema up to date, and open its data keys; answers what was applied."""
        applied = {
            name: await migrate.migrate(alive.database, alive.service.migrations)
            for name, alive in self.running.items()
        }
        await self.open_keys()
        return applied

    async def open_keys(self) -> None:
        """Raises SettingsError where a data key does not open."""
        for alive in self.running.values():
            await alive.vault.prepare(alive.database)

    async def start(self) -> None:
        """Begin relays and jobs. The schemas must be up to date. Raises SettingsError as open_keys does."""
        await self.open_keys()
        for alive in self.running.values():
            await alive.relay.start()
            self._spawn(alive.relay.run())
            for job in (*alive.service.jobs, Job(_housekeeping(alive, self.world.clock), every_seconds=3600)):
                self._spawn(run_forever(job, alive.database, alive.deps, self.world.clock))
            for work in alive.service.background:
                self._spawn(work(alive.deps))

    async def claim(self) -> None:
        """Take what only one process may hold, such as a file. Raises a Refusal that says who has it."""
        for alive in self.running.values():
            if alive.service.claim is not None:
                await alive.service.claim(alive.deps)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(_report_death)
        self._tasks.append(task)

    async def readiness(self) -> list[str]:
        """What keeps this process from serving; empty when it is ready. A dead broker does not."""
        if self.draining:
            return ["draining"]
        wrong = ["being prepared"] if self.preparing else []
        for name, alive in self.running.items():
            try:
                missing = await migrate.pending(alive.database, alive.service.migrations)
                if missing:
                    wrong.append(f"{name}: migrations {', '.join(missing)} are not applied")
                if alive.service.health is not None:
                    await alive.service.health(alive.deps)
            except (DatabaseUnavailable, Refusal) as error:
                wrong.append(f"{name}: {error}")
        return wrong

    async def stop(self) -> None:
        """Stop what runs beside the requests, then let go of everything outside."""
        self.draining = True
        await cancelled(self._tasks)
        for close in self._closers:
            await close()
        for upstream in self.upstreams.values():
            await upstream.close()
        for alive in self.running.values():
            await alive.database.close()


def _housekeeping(alive: Running, clock: Clock) -> Callable[[Any], Awaitable[None]]:
    async def housekeeping(deps: Any) -> None:
        await forget_old_keys(alive.database, clock)
        await alive.outbox.forget_old(alive.database)
        await alive.inbox.forget_old()
        await alive.vault.rewrap(alive.database)
        await alive.vault.reseal(alive.database)

    return housekeeping


def _report_death(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("background_work_died", exc_info=task.exception())


async def answer_for_services(runtime: Runtime, request: Request) -> Response:
    """The handler of a process without the gateway: its services, and its health."""
    answer = await health_response(runtime.readiness, request)
    if answer is not None:
        return answer
    return await runtime.handle(request)
