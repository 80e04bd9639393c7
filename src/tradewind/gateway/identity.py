"""Who is calling: a session token or an API key, asked of the user service. Never silently a guest."""

from __future__ import annotations

from urllib.parse import urlsplit

from tradewind.contracts.user import Authenticated, User
from tradewind.gateway.settings import Settings
from tradewind.kernel.errors import Forbidden, Unauthenticated
from tradewind.kernel.http import Header, Request
from tradewind.kernel.identity import SESSION_COOKIE, Principal

COOKIE = SESSION_COOKIE.encode()
CLEAR_COOKIE: Header = (
    b"set-cookie",
    COOKIE + b"=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax",
)
LONGEST_CREDENTIAL = 256
_PREFIXES = ("tws_", "twk_")


class Identification:
    """`credential` costs next to nothing and is asked of each request; `identify` of those that have one."""

    def __init__(self, user: User, settings: Settings) -> None:
        self._user = user
        public = urlsplit(settings.public_url)
        self._own_origins = {f"{public.scheme}://{public.netloc}".encode()}
        self._own_origins.update(origin.encode() for origin in settings.allowed_origins if origin != "*")

    def credential(self, request: Request, *, write_key: bool = False) -> str | None:
        """None for a guest, and for who sends a write key to a route that takes one. Raises Unauthenticated for
        what is no credential of ours, and Forbidden for a change that another site has a browser make in its
        visitor's name."""
        headers = request.headers
        authorization = headers.get(b"authorization")
        if authorization is not None:
            scheme, _, token = authorization.partition(b" ")
            if write_key and scheme.lower() == b"basic":
                return None
            if scheme.lower() != b"bearer":
                raise Unauthenticated(
                    "authentication_scheme_unknown", "send Authorization: Bearer and a token"
                )
            return _readable(token.strip())
        cookies = headers.get(b"cookie")
        if cookies is None or COOKIE not in cookies:
            return None
        token = _cookie(cookies)
        if not token:
            return None
        if request.method not in ("GET", "HEAD"):
            self.refuse_other_sites(request)
        return _readable(token)

    def refuse_other_sites(self, request: Request) -> None:
        """Raises Forbidden for what another site has a browser send: the cookies would be its visitor's."""
        if not self._same_origin(request.headers):
            raise Forbidden(
                "cross_site_request", "a browser's session is not taken from other sites: send a token"
            )

    async def identify(self, credential: str, client_address: str) -> Principal:
        """Raises Unauthenticated, and Unavailable while the user service does not answer."""
        answer = await self._user.authenticate(credential)
        if not isinstance(answer, Authenticated):
            raise _unknown()
        permissions = frozenset(answer.permissions)
        if answer.kind == "api_key":
            return Principal("api_key", answer.account_id, permissions, client_address)
        assert answer.kind == "account", f"authenticate answered a {answer.kind}"
        return Principal("account", answer.account_id, permissions, client_address)

    def _same_origin(self, headers: dict[bytes, bytes]) -> bool:
        """Every browser says where a request comes from, by Sec-Fetch-Site or (older ones) by Origin."""
        if headers.get(b"sec-fetch-site") in (b"same-origin", b"none"):
            return True
        origin = headers.get(b"origin")
        if origin is None:
            return b"sec-fetch-site" not in headers
        return origin in self._own_origins


def by_cookie(request: Request) -> bool:
    """Whether the request's credential, if it has one, is a browser's cookie."""
    return b"authorization" not in request.headers and COOKIE in request.headers.get(b"cookie", b"")


def hand_on(request: Request, credential: str) -> None:
    """In the one shape that services read, whichever it came in: log-out and refresh are about the credential
    itself, and not only about whose it is."""
    request.headers.setdefault(b"authorization", b"Bearer " + credential.encode())


def _cookie(cookies: bytes) -> bytes:
    for part in cookies.split(b";"):
        name, _, value = part.strip().partition(b"=")
        if name == COOKIE:
            return value.strip(b'"')
    return b""


def _readable(token: bytes) -> str:
    text = token.decode("latin-1")
    if len(text) > LONGEST_CREDENTIAL or not text.startswith(_PREFIXES) or not text.isascii():
        raise _unknown()
    if not text.isprintable() or " " in text:
        raise _unknown()
    return text


def _unknown() -> Unauthenticated:
    return Unauthenticated(
        "credential_invalid", "this session or API key is not known, or no longer valid: sign in again"
    )
