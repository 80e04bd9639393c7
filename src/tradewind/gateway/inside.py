"""The platform's own pages ask its routes as their visitor would, without crossing the edge again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tradewind.gateway.limits import Limits, Window
from tradewind.kernel.errors import Refusal
from tradewind.kernel.http import Handler, Header, Request, Response, problem
from tradewind.kernel.routing import RouteTable


class Asked(Protocol):
    """What is to be known of a route that a page asks."""

    @property
    def path(self) -> str: ...
    @property
    def respond(self) -> Handler: ...
    @property
    def limit(self) -> Window | None: ...


class Inside:
    """Callable with a Request whose principal, address and body are set; answers refusals as problem documents.

    What a client may ask of a costly route counts here too: a sign-in page is no way around the limit of sign-ins.
    """

    def __init__(self, routes: Sequence[tuple[str, Asked]], limits: Limits) -> None:
        self._limits, self._table = limits, RouteTable[Asked]()
        for method, asked in routes:
            self._table.add(method, asked.path, asked)

    async def __call__(self, request: Request) -> Response:
        headers: list[Header] = []
        try:
            asked, request.parameters = self._table.match(request.method, request.path)
            request.route = asked.path
            pending = self._limits.take(asked.limit, f"{asked.path} {request.client_address}", headers)
            if pending is not None:
                await pending
            return await asked.respond(request)
        except Refusal as refusal:
            return problem(refusal, request.request_id)
