"""Which other sites' pages may read answers. Cookies never go along: such pages send a token."""

from __future__ import annotations

from collections.abc import Collection

from tradewind.gateway.settings import Settings
from tradewind.kernel.http import Header, Request, Response

_REQUEST_HEADERS = (
    b"authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, traceparent, "
    b"x-request-id"
)
_EXPOSED: Header = (
    b"access-control-expose-headers",
    b"etag, idempotency-replayed, location, ratelimit, ratelimit-policy, retry-after, x-request-id",
)
_KEPT_SECONDS = b"7200"  # the longest that browsers keep a preflight


class CrossOrigin:
    """With no allowed origins it says nothing, and browsers keep other sites out."""

    def __init__(self, settings: Settings) -> None:
        self.on = bool(settings.allowed_origins)
        self._any = "*" in settings.allowed_origins
        self._allowed = frozenset(origin.rstrip("/").encode() for origin in settings.allowed_origins)

    def add(self, request: Request, headers: list[Header]) -> None:
        """What every answer says: which origin may read it, and that it differs by origin."""
        if self._any:
            headers += ((b"access-control-allow-origin", b"*"), _EXPOSED)
            return
        headers.append((b"vary", b"origin"))
        origin = request.headers.get(b"origin")
        if origin in self._allowed:
            headers += ((b"access-control-allow-origin", origin), _EXPOSED)

    def preflight(self, request: Request, methods: Collection[str]) -> Response:
        """The answer to OPTIONS on a path with these methods; `add` says for whom."""
        listed = ", ".join(sorted(methods)).encode()
        headers: list[Header] = [(b"allow", listed)]
        if self.on and b"access-control-request-method" in request.headers:
            headers += (
                (b"access-control-allow-methods", listed),
                (b"access-control-allow-headers", _REQUEST_HEADERS),
                (b"access-control-max-age", _KEPT_SECONDS),
            )
        return Response(204, b"", headers)
