"""The outer edge: every request from outside passes `Gateway.handle`, and every answer leaves by it.

In order: which route, whose address and how much it asks, who is calling, then the service, here or afar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tradewind.contracts.user import User
from tradewind.gateway.addresses import ClientAddresses, counted_as
from tradewind.gateway.compression import SMALLEST_BYTES, Compression
from tradewind.gateway.cors import CrossOrigin
from tradewind.gateway.identity import CLEAR_COOKIE, Identification, by_cookie, hand_on
from tradewind.gateway.inside import Inside
from tradewind.gateway.limits import Limits, Window
from tradewind.gateway.operational import operational_pages
from tradewind.gateway.pages import Faces, public_pages
from tradewind.gateway.proxy import Proxied
from tradewind.gateway.security import SecurityHeaders
from tradewind.gateway.settings import Settings
from tradewind.gateway.streams import Streams
from tradewind.kernel.compose import Runtime
from tradewind.kernel.errors import MethodNotAllowed, NotFound, Refusal, Unauthenticated, Unavailable
from tradewind.kernel.graph import CompositionError, Graph
from tradewind.kernel.http import Handler, Header, Page, Request, Response, Route
from tradewind.kernel.identity import Principal
from tradewind.kernel.openapi import documented_routes
from tradewind.kernel.routing import RouteTable
from tradewind.kernel.server import failure


@dataclass(frozen=True, slots=True)
class Target:
    """What a route leads to, with all that is known of it before a request."""

    path: str
    respond: Handler
    limit: Window | None = None  # its own, beside the client's and the account's
    counted: bool = True  # against its client's limits
    operational: bool = False  # for those who run the shop: no limits, no accounts
    face: bool = False  # for people: see kernel.http.Page
    write_key: bool = False  # see kernel.http.Route


class Gateway:
    def __init__(
        self, runtime: Runtime, settings: Settings, pages: Sequence[Page] = (), faces: Faces | None = None
    ) -> None:
        """`pages`, and those of `faces`, are answered here as well, in place of the gateway's own of the same path.

        Raises CompositionError for a service that is neither here nor has a URL, and SettingsError.
        """
        problems = list(_unreachable(runtime))
        if problems:
            raise CompositionError("\n".join(problems))
        routes = public_routes(runtime.graph)
        self._limits = Limits(settings, [route for _, route in routes])
        self._faces = faces
        self._face_paths: set[str] = set()
        self._table = self._targets(runtime, settings, routes, pages)
        self._addresses = ClientAddresses(settings.trusted_proxies)
        self._identity = Identification(runtime.contract(User), settings)
        self._cross_origin = CrossOrigin(settings)
        self._security = SecurityHeaders(settings)
        self._compression = Compression(settings.compressed_cache_bytes)
        self._streams = Streams(settings.most_streams, settings.most_streams_by_client)
        self._most_in_flight, self._in_flight = settings.most_in_flight, 0

    def _targets(
        self,
        runtime: Runtime,
        settings: Settings,
        routes: Sequence[tuple[str, Route]],
        pages: Sequence[Page],
    ) -> RouteTable[Target]:
        table: RouteTable[Target] = RouteTable()
        asked: list[tuple[str, Target]] = []
        for service, route in routes:
            respond: Handler = (
                runtime.endpoint(route)
                if service in runtime.running
                else Proxied(route, runtime.upstreams[service], runtime.tokens)
            )
            own_limit = self._limits.of_route(route)
            counted = route.cost > 0
            target = Target(route.path, respond, own_limit, counted=counted, write_key=route.write_key)
            table.add(route.method, route.path, target)
            asked.append((route.method, target))
        shown = () if self._faces is None else self._faces.pages(Inside(asked, self._limits))
        every = (*public_pages(runtime.graph, settings), *pages, *shown)
        own = {(page.method, page.path): page for page in every}
        for page in own.values():
            table.add(page.method, page.path, Target(page.path, page.respond, face=page.face))
            if page.face:
                self._face_paths.add(page.path)
        for page in operational_pages(runtime, settings):
            table.add("GET", page.path, Target(page.path, page.respond, operational=True))
        return table

    async def handle(self, request: Request) -> Response:
        """Never raises: what goes wrong is answered, with the headers that every answer has."""
        headers: list[Header] = []
        try:
            response = await self._answer(request, headers)
        except Exception as error:  # noqa: BLE001 - failure() answers refusals, and records the rest
            response = await self._failed(request, error)
            if isinstance(error, Unauthenticated) and by_cookie(request):
                headers.append(CLEAR_COOKIE)
        if len(response.body) >= SMALLEST_BYTES:
            await self._compression.apply(request, response)
        self._security.add(response)
        response.headers += headers
        if self._cross_origin.on:
            self._cross_origin.add(request, response.headers)
        return response

    async def _failed(self, request: Request, error: Exception) -> Response:
        """For people a page: where they asked for one, or followed a link to what does not exist."""
        wants_page = b"text/html" in request.headers.get(b"accept", b"")
        nothing_there = isinstance(error, NotFound | MethodNotAllowed) and not request.route
        lost = nothing_there and not request.path.startswith("/v1/")
        if self._faces is not None and (request.route in self._face_paths or (wants_page and lost)):
            return await self._faces.failed(request, error)
        return failure(request, error)

    async def _answer(self, request: Request, headers: list[Header]) -> Response:
        """`headers` takes what is to be told whatever becomes of the request."""
        if request.method == "OPTIONS":
            return self._options(request)
        try:
            target, request.parameters = self._table.match(request.method, request.path)
        except Refusal:  # what does not exist is counted too
            await self._count_client(request, None, headers)
            raise
        request.route = target.path
        if target.face and request.method not in ("GET", "HEAD"):
            self._identity.refuse_other_sites(request)
        if target.operational:
            return await target.respond(request)
        if self._in_flight >= self._most_in_flight:
            raise Unavailable("too_busy", "too many requests are being served: try again in a moment")
        self._in_flight += 1
        try:
            if target.counted:
                await self._count_client(request, target.limit, headers)
            else:
                request.client_address = self._addresses.of(request)
            await self._identify(request, headers, target)
            response = await target.respond(request)
            if response.stream is not None:
                response.stream = await self._streams.admit(
                    response.stream, counted_as(request.client_address)
                )
            return response
        finally:
            self._in_flight -= 1

    async def _count_client(self, request: Request, own: Window | None, headers: list[Header]) -> None:
        """By address, and by address and route where the route has a limit of its own. Raises TooManyRequests."""
        address = request.client_address = self._addresses.of(request)
        client = counted_as(address)
        pending = self._limits.take(self._limits.client, client, headers)
        if pending is not None:
            await pending
        if own is not None:
            pending = self._limits.take(own, f"{request.route} {client}", headers)
            if pending is not None:
                await pending

    async def _identify(self, request: Request, headers: list[Header], target: Target) -> None:
        """Raises Unauthenticated, Forbidden and TooManyRequests. On a page, a session that is over makes a guest."""
        request.principal = Principal(client_address=request.client_address)
        try:
            credential = self._identity.credential(request, write_key=target.write_key)
            if credential is None:
                return
            request.principal = await self._identity.identify(credential, request.client_address)
            hand_on(request, credential)
        except Unauthenticated:
            if not target.face:
                raise
            headers.append(CLEAR_COOKIE)
            return
        pending = self._limits.take(self._limits.account, request.principal.name, headers)
        if pending is not None:
            await pending

    def _options(self, request: Request) -> Response:
        try:
            self._table.match("OPTIONS", request.path)
        except MethodNotAllowed as refusal:
            assert refusal.details is not None
            return self._cross_origin.preflight(request, refusal.details["allow"])
        raise AssertionError("no route answers OPTIONS by itself")


def public_routes(graph: Graph) -> list[tuple[str, Route]]:
    """Every route that the outside may ask, with the service that answers it."""
    return [
        (service.name, route) for service in graph.services.values() for route in documented_routes(service)
    ]


def _unreachable(runtime: Runtime) -> Iterator[str]:
    if runtime.graph.owner(User) is None:
        yield "the gateway needs User, which no service provides"
    for name in runtime.graph.services:
        if name not in runtime.running and name not in runtime.upstreams:
            yield f"the gateway needs {name}, which does not run here: set TRADEWIND_{name.upper()}_URL"
