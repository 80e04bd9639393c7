"""One visitor's request for a page: who they are, what they read, what they typed, and how they are answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from uuid import UUID, uuid4

from tradewind.faces.kit.api import Api
from tradewind.faces.kit.kept import Kept
from tradewind.faces.kit.languages import LANGUAGES, preferred, translations
from tradewind.faces.kit.settings import Settings
from tradewind.faces.kit.templates import render
from tradewind.kernel.errors import Malformed, UnsupportedMedia
from tradewind.kernel.http import Handler, Header, Request, Response
from tradewind.kernel.identity import SESSION_COOKIE, Principal

YEAR_SECONDS = 365 * 24 * 3600
LARGEST_FORM_BYTES = 256 * 1024
THEMES = ("light", "dark")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Fields:
    """What was typed, or stands in the address. A name may come several times."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs

    def __getitem__(self, name: str) -> str:
        """The last one of this name, without the space around it; empty where it is missing."""
        return next((value.strip() for known, value in reversed(self.pairs) if known == name), "")

    def __contains__(self, name: str) -> bool:
        return any(known == name for known, _ in self.pairs)

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.pairs if known == name]

    def whole(self, name: str, default: int | None = None) -> int | None:
        """As a whole number; `default` for what is none."""
        text = self[name]
        return int(text) if text.removeprefix("-").isdecimal() and len(text) < 16 else default

    def whole_as_typed(self, name: str, default: int | None = None) -> int | str | None:
        """As a whole number, `default` for an empty one. What is no number stays as it was typed: the platform refuses
        it, and names the field."""
        number = self.whole(name)
        return number if number is not None else self[name] or default

    def pieces(self, prefix: str = "quantity:") -> list[dict[str, Any]]:
        """Fields named `prefix` and a SKU, as the lines of a parcel or a return. Those that are empty or 0 are left
        out; what is no number stays as it was typed."""
        names = dict.fromkeys(name for name, _ in self.pairs if name.startswith(prefix))
        typed = {name.removeprefix(prefix): self.whole_as_typed(name, 0) for name in names}
        return [{"sku": sku, "quantity": quantity} for sku, quantity in typed.items() if quantity != 0]

    def without(self, *names: str, **changed: str) -> str:
        """The same as a query string, less these and with those changed: for links that keep the rest."""
        kept = [(k, v) for k, v in self.pairs if k not in names and k not in changed]
        return urlencode([*kept, *((k, v) for k, v in changed.items() if v)])


class Visit:
    def __init__(
        self, request: Request, ask: Handler, settings: Settings, kept: Kept, public_url: str
    ) -> None:
        """`public_url` is how the shop is reached from outside. `kept` outlives the visit."""
        self.request, self.settings, self.kept = request, settings, kept
        self._ask, self._public_url = ask, public_url
        self.cookies = _cookies(request)
        self.session = self.cookies.get(SESSION_COOKIE) if request.principal.kind == "account" else None
        self.api = Api(ask, request, request.principal, self.session)
        self.query = Fields(_pairs(request.query))
        self._headers: list[Header] = []
        self.language = self._language()
        self.theme = self.cookies.get("theme", "") if self.cookies.get("theme") in THEMES else ""

    @property
    def path(self) -> str:
        return self.request.path

    @property
    def signed_in(self) -> bool:
        return self.request.principal.kind == "account"

    @property
    def origin(self) -> str:
        """What the addresses of our pages begin with where another party is to lead back to them. On a
        developer's machine, the name that they chose for it: 127.0.0.1 and localhost share no cookies."""
        public = urlsplit(self._public_url)
        host = (self.request.header(b"host") or "").lower()
        if public.hostname in LOOPBACK and urlsplit(f"//{host}").hostname in LOOPBACK:
            return f"{public.scheme}://{host}"
        return f"{public.scheme}://{public.netloc}"

    @property
    def new_key(self) -> str:
        """For a form that makes something, as a hidden field: sent twice, it takes effect once."""
        return str(uuid4())

    def begin_session(self, signed_in: Mapping[str, Any]) -> None:
        """`signed_in` is what POST /v1/sessions answered: from here on the visit is that account's."""
        self.session = signed_in["token"]
        account_id = UUID(signed_in["account"]["account_id"])
        self.request.principal = Principal("account", account_id, client_address=self.request.client_address)
        self.api = Api(self._ask, self.request, self.request.principal, self.session)
        self.set_cookie(SESSION_COOKIE, signed_in["token"])

    def end_session(self) -> None:
        self.session = None
        self.request.principal = Principal(client_address=self.request.client_address)
        self.api = Api(self._ask, self.request, self.request.principal, None)
        self.forget_cookie(SESSION_COOKIE)

    @property
    def is_partial(self) -> bool:
        """Asked by htmx for a part of the page; a page that is restored from history is whole."""
        headers = self.request.headers
        return b"hx-request" in headers and b"hx-history-restore-request" not in headers

    @property
    def here(self) -> str:
        """This address, to come back to."""
        query = self.request.query.decode("latin-1")
        return quote(self.request.path) + (f"?{query}" if query else "")

    def parameter(self, name: str) -> str:
        return self.request.parameters[name]

    def may(self, permission: str) -> bool:
        return self.request.principal.may(permission)

    def gettext(self, text: str, **values: Any) -> str:
        translated = translations(self.language).gettext(text)
        return translated % values if values else translated

    async def form(self) -> Fields:
        """Raises TooLarge, UnsupportedMedia and Malformed."""
        await self.request.read(LARGEST_FORM_BYTES)
        kind = self.request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if self.request.body and kind != b"application/x-www-form-urlencoded":
            raise UnsupportedMedia(
                "form_expected", "this page takes what its form sends", field="Content-Type"
            )
        return Fields(_pairs(self.request.body))

    def set_cookie(
        self, name: str, value: str, *, seconds: int | None = YEAR_SECONDS, script: bool = False
    ) -> None:
        """`seconds` None: until the browser is closed. `script` lets the page's own scripts read it.
        A name that begins with __Host- is bound to this host."""
        secure = "" if name in ("theme", "language", "currency") else "; Secure"
        http_only = "" if script else "; HttpOnly"
        lasting = "" if seconds is None else f"; Max-Age={seconds}"
        text = f"{name}={value}{lasting}; Path=/{secure}{http_only}; SameSite=Lax"
        self._headers.append((b"set-cookie", text.encode()))

    def forget_cookie(self, name: str) -> None:
        self.set_cookie(name, "", seconds=0)

    def page(self, template: str, status: int = 200, *, party: str = "", **values: Any) -> Response:
        """`template` is named with its face: shop/cart.html, admin/orders.html. `party`: see Settings.page_headers."""
        body = render(template, self.language, {"visit": self, "status": status, **values})
        return Response(status, body, [*self.settings.page_headers(party), *self._headers])

    def see_other(self, url: str) -> Response:
        """On to another page of ours, after a form was taken: a reload does not send it again."""
        assert url.startswith("/") and not url.startswith("//"), "only to our own pages"
        if self.is_partial:  # a script follows a redirect by itself and would swap the whole page in
            return Response(204, b"", [(b"hx-location", url.encode()), *self._headers])
        return Response(
            303, b"", [(b"location", url.encode()), (b"cache-control", b"no-store"), *self._headers]
        )

    def leave_to(self, url: str) -> Response:
        """To another party's page (the card processor, the shopper's bank), whose address the platform gave us."""
        if self.is_partial:
            return Response(204, b"", [(b"hx-redirect", url.encode()), *self._headers])
        return Response(
            303, b"", [(b"location", url.encode()), (b"cache-control", b"no-store"), *self._headers]
        )

    def answer(self, response: Response) -> Response:
        """Something other than a page, with the cookies that were set on the way."""
        response.headers += self._headers
        return response

    def own_path(self, url: str, otherwise: str) -> str:
        """`url` if it leads to a page of ours: what an address may say of where to go on."""
        own = (
            url.startswith("/") and not url.startswith(("//", "/\\")) and "\n" not in url and "\r" not in url
        )
        return url if own and len(url) < 2000 else otherwise

    def _language(self) -> str:
        asked = self.query["language"]
        if asked in LANGUAGES:
            self.set_cookie("language", asked)
            return asked
        kept = self.cookies.get("language", "")
        if kept in LANGUAGES:
            return kept
        return preferred(self.request.header(b"accept-language") or "")


@dataclass(frozen=True, slots=True)
class View:
    """One page, or what its form is sent to. `permission` keeps it for staff who hold it; empty: for all."""

    method: str
    path: str
    show: Callable[[Visit], Awaitable[Response]]
    permission: str = ""
    staff: bool = False


def _cookies(request: Request) -> dict[str, str]:
    text = request.header(b"cookie")
    if not text:
        return {}
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(text).items()}
    except CookieError:
        return {}


def _pairs(text: bytes) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=500)
    except ValueError as error:
        raise Malformed("malformed_form", f"this cannot be read: {error}") from error
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise Malformed("null_character", "text must not contain the null character")
    return pairs
