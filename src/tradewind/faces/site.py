"""Every page of the shop, put together: what the gateway is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlencode

from tradewind.faces.backoffice.views import VIEWS as BACKOFFICE
from tradewind.faces.kit import assets
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.kept import Kept
from tradewind.faces.kit.settings import Settings
from tradewind.faces.kit.visit import View, Visit
from tradewind.faces.storefront import frame as storefront
from tradewind.faces.storefront.views import VIEWS as STOREFRONT
from tradewind.kernel.errors import Malformed, Refusal
from tradewind.kernel.http import STATUS, Handler, Page, Request, Response
from tradewind.kernel.telemetry import log


class Site:
    def __init__(self, settings: Settings, public_url: str) -> None:
        """`public_url` is how the shop is reached from outside, such as https://shop.example."""
        self._settings, self._public_url, self._kept = settings, public_url, Kept()
        self._ask: Handler | None = None

    def pages(self, ask: Handler) -> Sequence[Page]:
        self._ask = ask
        views = [*STOREFRONT, *BACKOFFICE]
        views += _ways_back(views)
        return [assets.PAGE, *(Page(v.path, self._shown(v), v.method, face=True) for v in views)]

    def _shown(self, view: View) -> Handler:
        async def respond(request: Request) -> Response:
            visit = self._visit(request)
            if view.staff and not (visit.signed_in and request.principal.permissions):
                return visit.see_other("/admin/sign-in?" + urlencode({"next": visit.here}))
            if view.permission and not visit.may(view.permission):
                return visit.page("kit/failure.html", 403, code="permission_required", staff=True)
            return await view.show(visit)

        return respond

    async def failed(self, request: Request, error: Exception) -> Response:
        """What a visitor is shown instead: never the words of a machine alone, always a way on."""
        if isinstance(error, ApiProblem):
            status, code = error.status, error.code
        elif isinstance(error, Refusal):
            status, code = STATUS.get(type(error), 500), error.code
        else:
            log.error("page_failed", method=request.method, path=request.path, exc_info=error)
            status, code = 500, "internal_error"
        visit = self._visit_of_failed(request)
        office = request.path == "/admin" or request.path.startswith("/admin/")
        if status == 401:
            here = visit.here if request.method == "GET" else "/admin" if office else "/account"
            return visit.see_other(("/admin" if office else "") + "/sign-in?" + urlencode({"next": here}))
        if office:
            staff = bool(request.principal.permissions)
            return visit.page("kit/failure.html", status, code=code, staff=staff)
        return await storefront.failure(visit, 404 if status == 405 else status, code)

    def _visit_of_failed(self, request: Request) -> Visit:
        """What cannot be read in an address must not keep the page that says so from being shown."""
        try:
            return self._visit(request)
        except Malformed:
            request.query = b""
            return self._visit(request)

    def _visit(self, request: Request) -> Visit:
        assert self._ask is not None, "the gateway asks for the pages first"
        return Visit(request, self._ask, self._settings, self._kept, self._public_url)


def _ways_back(views: Sequence[View]) -> list[View]:
    """Whoever asks by GET for the address that a form of the back office was sent to goes to the page above it: a
    form that was refused is shown there, and its tabs, the languages and the browser's own reload lead from there."""
    shown = {view.path for view in views if view.method == "GET"}
    found = []
    for path in sorted({view.path for view in views if view.method == "POST" and view.staff} - shown):
        above = path
        while above not in shown:
            above = above.rpartition("/")[0]
        found.append(View("GET", path, _way_to(above.count("/")), staff=True))
    return found


def _way_to(depth: int) -> Callable[[Visit], Awaitable[Response]]:
    async def go(visit: Visit) -> Response:
        above = "/".join(visit.path.split("/")[: depth + 1])
        query = visit.query.without()
        return visit.see_other(f"{above}?{query}" if query else above)

    return go
