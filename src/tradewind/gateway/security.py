"""Headers that keep a browser from doing with an answer what it was not meant for."""

from __future__ import annotations

from tradewind.gateway.settings import Settings
from tradewind.kernel.http import JSON, PROBLEM, Header, Response

_CSP = b"content-security-policy"
_NOSNIFF: Header = (b"x-content-type-options", b"nosniff")
_NO_PAGE: Header = (_CSP, b"default-src 'none'; frame-ancestors 'none'")
_PAGE: tuple[Header, ...] = (
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class SecurityHeaders:
    """JSON gets those that act on it alone: a policy that lets a browser do nothing with it leaves
    nothing for a referrer or permissions policy to forbid, and each header costs half a microsecond."""

    def __init__(self, settings: Settings) -> None:
        secure: tuple[Header, ...] = ()
        if settings.public_url.startswith("https:"):
            secure = ((b"strict-transport-security", b"max-age=31536000; includeSubDomains"),)
        self._json = (_NOSNIFF, _NO_PAGE, *secure)
        self._other = (_NOSNIFF, *_PAGE, *secure)

    def add(self, response: Response) -> None:
        headers = response.headers
        kind = headers[0] if headers else None
        if kind in (JSON, PROBLEM):
            headers += self._json
            return
        if not any(name == _CSP for name, _ in headers):
            headers.append(_NO_PAGE)
        headers += self._other
